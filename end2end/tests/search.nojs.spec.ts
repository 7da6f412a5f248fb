import { expect, test } from "./fixtures";

test("the page shows its chart and its table", async ({ statistics }) => {
  await statistics.open();
  await statistics.expectAnswer();
});

test("the form searches when it is sent", async ({ statistics }) => {
  await statistics.open();
  await statistics.choose("pas", "mois");
  await statistics.form.getByRole("button", { name: "Afficher" }).click();
  await statistics.expectAddress("pas", "mois");
  await statistics.expectAnswer();
  expect(await statistics.table.locator("tbody tr").count()).toBeLessThan(20);
});

test("another service is reached by sending the form", async ({ statistics }) => {
  await statistics.open();
  await statistics.choose("service", "console");
  await statistics.form.getByRole("button", { name: "Afficher" }).click();
  await statistics.expectAddress("service", "console");
  await statistics.expectAnswer();
  await expect(statistics.table.locator("caption")).toContainText(/affectations/i);
});

test("the résumé opens", async ({ statistics }) => {
  await statistics.open();
  await statistics.summary.click();
  await expect(statistics.summaryBox).toContainText(/moyenne/i);
});
