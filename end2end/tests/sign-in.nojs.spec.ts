// Signing in and out, and changing schools, without JavaScript.
import { NOBODY } from "../sign-in";
import { expect, test } from "./fixtures";
import { ACCESSES } from "./statistics";

test.use({ storageState: NOBODY });

test("one signs in, changes schools and signs out", async ({ page, statistics }) => {
  await page.goto(`/statistiques?${ACCESSES}`);
  await page.getByRole("button", { name: "Claire Fontaine" }).click();
  await statistics.expectAnswer();
  const menu = page.getByRole("banner");
  await menu.locator("summary").first().click();
  await menu.getByRole("link", { name: "Lycée Rosa-Parks" }).click();
  await statistics.expectAddress("etablissement", "9999993H");
  await statistics.expectAddress("par", "profil");
  await statistics.expectAnswer();
  await menu.locator("summary").last().click();
  await menu.getByRole("button", { name: "Se déconnecter", exact: true }).click();
  await expect(page).toHaveURL(/\/connexion/);
  await page.goto("/statistiques");
  await expect(page).toHaveURL(/\/connexion/);
});
