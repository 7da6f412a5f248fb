import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./fixtures";

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme} colours`, () => {
    test.use({ colorScheme });

    test("axe finds nothing on the page", async ({ page, statistics }) => {
      await statistics.openLive();
      await statistics.summary.click();
      expect((await new AxeBuilder({ page }).withTags(rules).analyze()).violations).toEqual([]);
    });

    test("axe finds nothing in the download dialog", async ({ page, statistics }) => {
      await statistics.openLive();
      await page.getByRole("button", { name: "Télécharger" }).first().click();
      await expect(page.getByRole("dialog")).toBeVisible();
      expect((await new AxeBuilder({ page }).withTags(rules).analyze()).violations).toEqual([]);
    });
  });
}

test("the keyboard alone asks a question, opens the résumé and the download, and leaves it", async ({ page, statistics }) => {
  await statistics.openLive();
  const focused = page.locator(":focus");

  await page.keyboard.press("Tab");
  await expect(focused).toHaveText(/aller au contenu/i);

  // Tab reaches every field and button: none of them needs a pointer.
  const reached = async (wanted: string) => {
    for (let presses = 0; presses < 80; presses++) {
      if (await focused.evaluateAll((elements, selector) => elements.some((element) => element.matches(selector)), wanted)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`Tab never reaches ${wanted}`);
  };

  await reached("[name=pas]");
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => statistics.address("pas")).not.toBe("semaine");

  await reached("#resume > summary");
  await page.keyboard.press("Enter");
  await expect(statistics.summaryBox).toHaveAttribute("open", "");

  await page.getByRole("button", { name: "Télécharger" }).first().focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(focused).toHaveText(/télécharger/i);
});

test("a point of the chart that was reached with the arrows leaves no mark, by Escape or by leaving", async ({ page, statistics }) => {
  await statistics.openLive("service=acces&indicateur=acces-total&du=2025-09-01&au=2026-07-03&pas=mois&par=profil&forme=barres-empilees");
  const stage = statistics.chart.locator(".chart__stage");
  await stage.focus();
  // The chart lives once it has the box that ECharts made.
  await expect(stage.locator(".chart__drawing > div > div").first()).toBeAttached();
  const drawn = () => statistics.svg.evaluate((svg) => svg.innerHTML);
  const atRest = await drawn();
  const tooltip = page.locator(".infobulle");
  for (const leaving of ["Escape", "Tab"]) {
    await page.keyboard.press("ArrowRight");
    await expect(tooltip).toBeVisible();
    await expect.poll(drawn).not.toBe(atRest);
    await page.keyboard.press(leaving);
    await expect(tooltip).toBeHidden();
    await expect.poll(drawn).toBe(atRest);
  }
});

for (const width of [360, 768, 1440]) {
  test(`at ${width} px the days of a year fill the chart`, async ({ page, statistics }) => {
    await page.setViewportSize({ width, height: 800 });
    await statistics.openLive("service=acces&indicateur=acces-total&du=2025-08-01&au=2026-07-31&par=aucun&forme=jours-semaines");
    const stage = statistics.chart.locator(".chart__stage");
    const empty = () =>
      stage.evaluate((stage) => {
        const seen = [...stage.querySelectorAll("svg text")].map((text) => text.getBoundingClientRect()).filter(({ height }) => height > 0);
        return stage.getBoundingClientRect().bottom - Math.max(...seen.map(({ bottom }) => bottom));
      });
    expect(await empty(), "as the server drew it").toBeLessThan(40);
    await stage.focus();
    await expect(stage.locator(".chart__drawing > .chart__flat > div").first()).toBeAttached();
    await expect.poll(empty, "as the browser draws it").toBeLessThan(40);
  });
}

test("rows are whole pixels high, so that the column that stays meets the lines of the others", async ({ page, statistics }) => {
  for (const width of [360, 1440]) {
    await page.setViewportSize({ width, height: 800 });
    await statistics.open();
    const heights = await statistics.table.locator("tr").evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height));
    expect(heights.filter((height) => !Number.isInteger(height))).toEqual([]);
  }
});

for (const width of [320, 360, 768]) {
  test(`at ${width} px the page has no horizontal scroll`, async ({ page, statistics }) => {
    await page.setViewportSize({ width, height: 800 });
    await statistics.openLive();
    const [content, visible] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    expect(content).toBeLessThanOrEqual(visible);
  });
}
