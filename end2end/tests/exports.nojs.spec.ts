// Files, from the question to the download, without JavaScript.
import { expect, test } from "./fixtures";

const QUESTION = "etablissement=9999993H&service=acces&indicateur=acces-total&du=2026-05-01&au=2026-05-28&pas=jour";

test("a file is asked for, and taken once it is ready", async ({ page, statistics }) => {
  await page.goto(`/statistiques?${QUESTION}`);
  await statistics.expectAnswer();
  await page.getByRole("link", { name: "Télécharger les données" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Télécharger les données");
  await page.getByRole("radio", { name: /RFC 4180/ }).check();
  await page.getByRole("button", { name: "Demander l’export" }).click();
  await expect(page.getByRole("status").filter({ hasText: /demande|prêt/ })).toBeVisible();
  const mine = page.locator("[data-export]").filter({ hasText: "mai 2026" }).first();
  await expect(async () => {
    await page.goto("/exports");
    await expect(mine).toContainText("Prêt", { timeout: 100 });
  }).toPass();
  const [download] = await Promise.all([page.waitForEvent("download"), mine.getByRole("link", { name: "Télécharger" }).click()]);
  expect(download.suggestedFilename()).toContain("(RFC 4180).csv");
});
