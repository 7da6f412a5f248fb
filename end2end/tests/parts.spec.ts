// Parts of a question that do not go together: what is said, where, and what to do.
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./fixtures";

const PERIOD = "du=2025-09-01&au=2026-07-03";

test.describe("an address", () => {
  test.use({ expectedErrors: [/status of 400/] });

  for (const [name, query, label, sentence] of [
    ["par", `indicateur=ressources-distinctes&par=ressource&${PERIOD}`, "Répartition", /n’a pas de répartition «\sRessource\s»/],
    ["premiers", `indicateur=acces-total&par=profil&premiers=5&${PERIOD}`, "Parts montrées, les plus grandes d’abord", /répartition par ressource. Choisissez la répartition «\sRessource\s», ou retirez-le/],
    ["premiers", `indicateur=acces-par-ressource&premiers=0&${PERIOD}`, "Parts montrées, les plus grandes d’abord", /n’est pas un nombre de 1 à/],
  ] as const) {
    test(`whose field ${name} does not fit (${query}) is told so beside it, and has a way on`, async ({ page, statistics }) => {
      expect((await page.goto(`/statistiques?${query}`))!.status()).toBe(400);
      await page.locator("html[data-vif]").waitFor();
      const field = statistics.form.getByLabel(label);
      await expect(field).toBeVisible();
      await expect(field).toHaveAttribute("aria-invalid", "true");
      await expect(field).toHaveAccessibleDescription(sentence);
      await expect(statistics.form.getByRole("alert")).toContainText("Une valeur est à corriger");
      await expect(statistics.svg).toHaveCount(0);
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      await statistics.form.getByRole("button", { name: "Afficher" }).click();
      await statistics.expectAnswer();
      await expect(statistics.form.getByRole("alert")).toBeHidden();
      await expect(field).not.toHaveAttribute("aria-invalid", "true");
      await expect(statistics.form.getByRole("button", { name: "Afficher" })).toBeHidden();
    });
  }

  test("whose form would lie is told so beside the forms, which name those that do not", async ({ page, statistics }) => {
    expect((await page.goto(`/statistiques?indicateur=utilisateurs-distincts&forme=aires&${PERIOD}`))!.status()).toBe(400);
    const forms = statistics.form.getByRole("group", { name: "Graphique" });
    await expect(forms).toHaveAccessibleDescription(/«\sAires\s» ne convient pas à cette question.*Courbe \(courbe\), Barres \(barres\)/);
    await page.locator("html[data-vif]").waitFor();
    await statistics.choose("forme", "barres");
    await statistics.expectAddress("forme", "barres");
    await statistics.expectAnswer();
  });
});

test("what a change of the form takes away is said where it was, and aloud", async ({ page, statistics }) => {
  await statistics.openLive(`service=acces&indicateur=acces-total&par=aucun&forme=jours-semaines&${PERIOD}`);
  await statistics.choose("par", "profil");
  const said = /Le graphique «\sJours × semaines\s» ne convient plus à la question\s: il est devenu «\sBarres empilées\s»/;
  await expect(statistics.form.getByRole("group", { name: "Graphique" })).toContainText(said);
  await expect(page.locator(".answer > [role=status]")).toHaveText(said);
  await expect.poll(() => new URL(page.url()).search).not.toContain("formulaire");
  await statistics.choose("pas", "mois");
  await statistics.expectAddress("pas", "mois");
  await expect(statistics.form.getByText(said)).toBeHidden();
});

test("the link to all the indicators says what it takes away", async ({ statistics }) => {
  await statistics.openLive(`service=acces&indicateur=acces-total&par=presentation&${PERIOD}`);
  await statistics.form.getByRole("link", { name: "Tous les indicateurs du service" }).click();
  await expect(statistics.form.getByRole("group", { name: "Indicateurs" })).toContainText("la répartition a été retirée");
  await statistics.expectAnswer();
});
