// Favourites, the default search and links, without JavaScript, in a school that no other test arrives in: a default search opens there.
import { expect, test } from "./fixtures";
import { favourites, nameOf, starred } from "./kept";

const SCHOOL = "9999993H";
const ARRIVAL = `/statistiques?etablissement=${SCHOOL}`;

test("a favourite is kept, renamed, put in a folder, given to the team and taken away", async ({ page }, info) => {
  const card = await starred(page, info, SCHOOL);
  await card.locator("summary").click();
  await card.getByLabel("Nom").fill("Pour le conseil d’administration");
  await card.getByRole("button", { name: "Renommer" }).click();
  await expect(card).toContainText("Pour le conseil d’administration");
  await card.locator("summary").click();
  await card.getByLabel(/Dossier/).fill("Conseil");
  await card.getByRole("button", { name: "Ranger" }).click();
  await expect(page.getByRole("heading", { name: "Conseil", exact: true })).toBeVisible();
  await card.locator("summary").click();
  await card.getByRole("button", { name: "Donner à l’équipe" }).click();
  const team = page.getByRole("region", { name: "Favoris de l’équipe" });
  await expect(team).toContainText("par vous");
  await card.locator("summary").click();
  await card.getByRole("button", { name: "Retirer" }).click();
  await expect(page.getByRole("status")).toContainText("n’est plus dans les favoris");
  await page.getByRole("button", { name: "Annuler" }).click();
  await expect(team).toContainText("Pour le conseil d’administration");
});

test("the default search opens on arrival, and the plain page is one link away", async ({ page, statistics }, info) => {
  await statistics.open(nameOf(info, SCHOOL));
  const kept = statistics.address("du");
  await page.getByRole("button", { name: "Définir comme recherche par défaut" }).click();
  await page.goto(ARRIVAL);
  await statistics.expectAddress("du", kept);
  await statistics.expectAnswer();
  await page.getByRole("link", { name: "Voir la page sans elle" }).click();
  await statistics.expectAddress("periode", "annee-scolaire");
  await page.goto(ARRIVAL);
  await page.getByRole("button", { name: "Ne plus l’ouvrir par défaut" }).click();
  await page.goto(ARRIVAL);
  await statistics.expectAddress("du", null);
});

test("a link is made in a page of its own, taken back and given again", async ({ page, statistics }, info) => {
  const question = nameOf(info, SCHOOL);
  await page.goto(`/partager?${question}`);
  await page.getByRole("button", { name: "Créer le lien" }).click();
  const address = await page.getByLabel("Adresse du lien").inputValue();
  await page.goto(address);
  await statistics.expectAddress("du", new URLSearchParams(question).get("du"));
  await statistics.expectAnswer();
  await page.goto(`/partages?etablissement=${SCHOOL}`);
  const item = page.locator(".shared", { has: page.locator(`a[href="${new URL(address).pathname}"]`) });
  await item.getByRole("button", { name: "Révoquer" }).click();
  await expect(page.getByRole("status")).toContainText("n’ouvre plus rien");
  expect((await page.request.get(address)).status()).toBe(404);
  await page.getByRole("button", { name: "Annuler" }).click();
  await expect(item).toBeVisible();
  await favourites(page, SCHOOL);
});
