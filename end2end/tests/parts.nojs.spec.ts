// Parts of a question that do not go together, without JavaScript.
import { expect, test } from "./fixtures";

test("what a form held and does not go with its question any more is said where it was", async ({ statistics }) => {
  await statistics.open("service=acces&indicateur=acces-total&par=aucun&forme=jours-semaines&du=2025-09-01&au=2026-07-03");
  await statistics.choose("par", "profil");
  await statistics.form.getByRole("button", { name: "Afficher" }).click();
  await statistics.expectAnswer();
  await expect(statistics.form.getByRole("group", { name: "Graphique" })).toContainText(/il est devenu «\sBarres empilées\s»/);
  await statistics.choose("pas", "mois");
  await statistics.form.getByRole("button", { name: "Afficher" }).click();
  await statistics.expectAddress("pas", "mois");
  await statistics.expectAddress("formulaire", null);
  await expect(statistics.form.getByText("il est devenu")).toBeHidden();
});
