// The pages that the server alone makes, by people who have JavaScript: links and the arrows of the browser lead to them whole.
import { expect, test } from "./fixtures";
import { favourites, nameOf, starred } from "./kept";

const SCHOOL = "etablissement=9999992G";
const QUESTION = `${SCHOOL}&service=acces&indicateur=acces-total&du=2026-01-05&au=2026-01-30`;

test("favourites and links lead to each other, and the arrows of the browser back", async ({ page, statistics }, info) => {
  const title = (name: string) => page.getByRole("heading", { level: 1, name, exact: true });
  const card = await starred(page, info);
  await page.locator("html[data-vif]").waitFor();
  await card.getByRole("link").click();
  await statistics.expectAnswer();
  await page.goBack();
  await expect(title("Favoris")).toBeVisible();
  await expect(card).toBeVisible();
  await page.goForward();
  await statistics.expectAnswer();
  await favourites(page);
  await page.locator("html[data-vif]").waitFor();
  await page.getByRole("link", { name: "Voir les liens partagés" }).click();
  await expect(title("Liens partagés")).toBeVisible();
  await page.locator("html[data-vif]").waitFor();
  await page.getByRole("link", { name: "Voir les favoris" }).click();
  await expect(title("Favoris")).toBeVisible();
  await expect(card).toBeVisible();
});

test("a link is found again, opened, and left for the figures of today", async ({ page, statistics }, info) => {
  await page.goto(`/partager?${nameOf(info)}`);
  await page.getByRole("radio", { name: /Les chiffres d’aujourd’hui/ }).check();
  await page.getByRole("button", { name: "Créer le lien" }).click();
  const path = new URL(await page.getByLabel("Adresse du lien").inputValue()).pathname;
  await page.goto(`/partager?${nameOf(info)}`);
  await page.locator("html[data-vif]").waitFor();
  await page.getByRole("link", { name: "Voir les liens partagés" }).click();
  const item = page.locator(".shared", { has: page.locator(`a[href="${path}"]`) });
  await page.locator("html[data-vif]").waitFor();
  await item.getByRole("link", { name: "Transmettre" }).click();
  await expect(page.getByLabel("Adresse du lien")).toBeVisible();
  await page.locator("html[data-vif]").waitFor();
  await item.locator(`a[href="${path}"]`).click();
  await expect(page.getByText("Aucun de ces chiffres n’a changé depuis.")).toBeVisible();
  await page.locator("html[data-vif]").waitFor();
  await page.getByRole("link", { name: "Voir les chiffres d’aujourd’hui" }).click();
  await statistics.expectAnswer();
  await page.goBack();
  await expect(page.getByText("Aucun de ces chiffres n’a changé depuis.")).toBeVisible();
});

const PAGES: [address: string, title: string][] = [
  [`/favoris?${SCHOOL}`, "Favoris"],
  [`/partages?${SCHOOL}`, "Liens partagés"],
  [`/partager?${QUESTION}`, "Partager cette question"],
  ["/exports", "Exports"],
  [`/exports/nouveau?${QUESTION}`, "Télécharger les données"],
  ["/demo/mails", "Courriels de la démonstration"],
];
for (const [address, title] of PAGES) {
  test(`${title}: the page is loaded when the application comes to its address by itself`, async ({ page, statistics }) => {
    await statistics.openLive();
    await page.evaluate((address) => {
      history.pushState({}, "", address);
      history.pushState({}, "", "/aide");
    }, address);
    await page.goBack();
    await expect(page.getByRole("heading", { level: 1, name: title, exact: true })).toBeVisible();
    await page.locator("html[data-vif]").waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(address);
  });
}
