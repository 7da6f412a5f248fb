import { expect, test } from "./fixtures";
import { ACCESSES } from "./statistics";

test("the same address gives the figures as CSV", async ({ request }) => {
  const answer = await request.get(`/statistiques.csv?${ACCESSES}`);
  expect(answer.status()).toBe(200);
  expect(answer.headers()["content-type"]).toContain("text/csv");
  const lines = (await answer.text()).trim().split(/\r?\n/);
  expect(lines.length).toBeGreaterThan(40);
});

test("the same address gives the figures as JSON", async ({ request }) => {
  const answer = await request.get(`/statistiques.json?${ACCESSES}`);
  expect(answer.status()).toBe(200);
  expect(answer.headers()["content-type"]).toContain("application/json");
  expect(await answer.json()).toBeTruthy();
});

test("the same address gives the chart as SVG", async ({ request }) => {
  const answer = await request.get(`/statistiques.svg?${ACCESSES}`);
  expect(answer.status()).toBe(200);
  expect(answer.headers()["content-type"]).toContain("image/svg+xml");
  expect(await answer.text()).toMatch(/^(<\?xml[^>]*>\s*)?<svg[\s\S]*<\/svg>\s*$/);
});

test("the same address gives the chart as PNG", async ({ request }) => {
  const answer = await request.get(`/statistiques.png?${ACCESSES}`);
  expect(answer.status()).toBe(200);
  expect(answer.headers()["content-type"]).toBe("image/png");
  expect([...(await answer.body()).subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
});

test.describe("bad addresses", () => {
  test.use({ expectedErrors: [/status of 4\d\d/] });

  const bad: Record<string, [query: string, sentence: RegExp]> = {
    "an unknown service": ["service=cantine", /«\scantine\s» n’est pas connu/],
    "an unknown indicator": ["service=acces&indicateur=cantine", /«\scantine\s» n’existe pas/],
    "a date that does not exist": ["du=2025-02-30&au=2025-03-01", /«\s2025-02-30\s» n’est pas une date/],
    "dates the wrong way round": ["du=2025-09-30&au=2025-09-01", /précède la date de début/],
    "a missing date": ["du=2025-09-01", /date de fin/],
    "a school that is not one": ["etablissement=%3Cscript%3E", /UAI|établissement/],
    "a form that does not exist": ["forme=camembert", /«\scamembert\s» n’est pas connu/],
    "an address of another version": ["v=99", /version «\s99\s»/],
  };
  for (const [name, [query, sentence]] of Object.entries(bad)) {
    test(`${name} gets a sentence`, async ({ page }) => {
      await page.goto(`/statistiques?${query}`);
      await expect(page.getByRole("main")).toContainText(sentence);
      await expect(page.getByRole("main").locator("script")).toHaveCount(0);
    });
  }

  test("a period without any event gets a sentence, not an empty chart", async ({ page, statistics }) => {
    await statistics.open("service=acces&indicateur=acces-total&du=2001-01-01&au=2001-01-31");
    await expect(page.getByRole("main")).toContainText(/aucun/i);
    await expect(statistics.svg).toHaveCount(0);
  });

  test("a page that does not exist says so and answers 404", async ({ page }) => {
    const answer = await page.goto("/cette-page-n-existe-pas");
    expect(answer?.status()).toBe(404);
    await expect(page.locator("body")).toContainText(/page/i);
    await expect(page.getByRole("link", { name: /statistiques/i }).first()).toBeVisible();
  });
});
