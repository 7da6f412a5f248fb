import { expect, test } from "./fixtures";
import { ACCESSES } from "./statistics";

test("the root of the site leads to the statistics", async ({ page, statistics }) => {
  await page.goto("/");
  await expect(page).toHaveURL(/\/statistiques$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Total des accès aux ressources");
  await expect(statistics.form).toBeVisible();
});

test("the first HTML holds the drawn chart, its description and its table", async ({ request }) => {
  const answer = await request.get(`/statistiques?${ACCESSES}`);
  expect(answer.status()).toBe(200);
  const html = await answer.text();
  const figure = /<figure[\s\S]*?<\/figure>/.exec(html)?.[0] ?? "";
  expect(figure).toMatch(/<svg[\s\S]*<path[\s\S]*<\/svg>/);
  expect(figure).toMatch(/<figcaption[^>]*>[\s\S]*\p{L}/u);
  expect(html).toMatch(/<table[\s\S]*<caption[\s\S]*<tbody/);
});

test("the chart and the table survive hydration", async ({ statistics }) => {
  await statistics.openLive();
  await statistics.expectAnswer();
  await expect(statistics.page).toHaveTitle(/Vigie/);
});

test("a changed field is one request and another address", async ({ page, statistics }) => {
  await statistics.openLive();
  const requests: string[] = [];
  page.on("request", (request) => {
    // Other tests ask for files meanwhile, which the page follows.
    const isAnswer = ["fetch", "xhr", "document"].includes(request.resourceType()) && !request.url().endsWith("/exports/etat");
    if (isAnswer) requests.push(request.url());
  });

  const rows = statistics.table.locator("tbody tr");
  const weeks = await rows.count();
  await statistics.choose("pas", "mois");
  await statistics.expectAddress("pas", "mois");
  await expect.poll(() => rows.count()).toBeLessThan(weeks);
  expect(requests).toHaveLength(1);

  const months = await rows.count();
  await statistics.choose("pas", "jour");
  await statistics.expectAddress("pas", "jour");
  await expect.poll(() => rows.count()).toBeGreaterThan(months);
  expect(requests).toHaveLength(2);
});

test("a period without figures leads to the school year that has some", async ({ page, statistics }) => {
  await statistics.openLive("service=acces&indicateur=acces-total&du=2020-08-01&au=2021-07-31");
  await page.getByRole("link", { name: "Voir l’année scolaire 2025-2026" }).click();
  await statistics.expectAddress("du", "2025-08-01");
  await statistics.expectAnswer();
});

test("another service brings its own indicators", async ({ statistics }) => {
  await statistics.openLive();
  await statistics.choose("service", "console");
  await statistics.expectAddress("service", "console");
  await expect(statistics.field("indicateur").first()).toBeAttached();
  await expect(statistics.table.locator("caption")).toContainText(/affectations/i);
  await statistics.expectAnswer();
});

test("back and forward give back the question and its answer", async ({ page, statistics }) => {
  await statistics.openLive();
  const before = await statistics.table.locator("caption").innerText();
  const rows = await statistics.table.locator("tbody tr").count();

  await statistics.choose("pas", "mois");
  await statistics.expectAddress("pas", "mois");
  await expect.poll(() => statistics.table.locator("tbody tr").count()).toBeLessThan(rows);

  await page.goBack();
  await statistics.expectAddress("pas", "semaine");
  await expect(statistics.table.locator("tbody tr")).toHaveCount(rows);
  await expect(statistics.table.locator("caption")).toHaveText(before);
  await expect(statistics.field("pas")).toHaveValue("semaine");

  await page.goForward();
  await statistics.expectAddress("pas", "mois");
  await expect.poll(() => statistics.table.locator("tbody tr").count()).toBeLessThan(rows);
});

test("the résumé gives a total of accesses", async ({ statistics }) => {
  await statistics.openLive();
  await statistics.summary.click();
  const summary = statistics.summaryBox;
  await expect(summary).toHaveAttribute("open", "");
  for (const word of [/total/i, /moyenne/i, /écart/i, /médiane/i, /minimum/i, /maximum/i]) {
    await expect(summary).toContainText(word);
  }
});

test("distinct users have a count of the period and no total", async ({ statistics }) => {
  await statistics.openLive("service=acces&indicateur=utilisateurs-distincts&par=aucun&du=2025-09-01&au=2026-07-03&pas=mois");
  await statistics.summary.click();
  const summary = statistics.summaryBox;
  await expect(summary).toContainText(/distinct/i);
  await expect(summary.getByRole("rowheader", { name: /^total/i })).toHaveCount(0);
  await expect(summary.getByRole("columnheader", { name: /^total/i })).toHaveCount(0);
  await expect(statistics.table.locator("tfoot")).toHaveCount(0);
});

test("forms that would lie are not offered", async ({ statistics }) => {
  const offered = () => statistics.form.getByRole("group", { name: "Graphique" }).getByRole("radio");
  await statistics.openLive("service=acces&indicateur=acces-total&par=profil&periode=annee-scolaire");
  await expect(offered()).toHaveCount(5);
  await statistics.openLive("service=acces&indicateur=utilisateurs-distincts&par=profil&periode=annee-scolaire");
  await expect(offered()).toHaveCount(2);
  await expect(offered().first()).toHaveAccessibleName("Courbe");
  await expect(offered().last()).toHaveAccessibleName("Barres");
});

test("the link that is copied says the question and the school that the address did not, as do the files", async ({ page, statistics, context, baseURL }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await statistics.openLive("service=acces&du=2025-09-01&au=2026-07-03");
  await page.getByRole("button", { name: "Copier le lien" }).click();
  await expect(page.getByText("Lien copié.")).toBeVisible();
  const question = "etablissement=9999992G&service=acces&indicateur=acces-total&du=2025-09-01&au=2026-07-03";
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(`${baseURL}/statistiques?${question}`);
  await expect(page.getByRole("link", { name: "CSV" })).toHaveAttribute("href", `/statistiques.csv?${question}`);
  await expect(page.getByRole("link", { name: "Télécharger les données" })).toHaveAttribute("href", `/exports/nouveau?${question}`);
  await page.goto(copied);
  await statistics.expectAnswer();
});
