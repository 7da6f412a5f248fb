import { readFile } from "node:fs/promises";
import { expect, test } from "./fixtures";

/** The size that the header of a PNG gives. */
function pngSize(bytes: Buffer): [width: number, height: number] {
  expect(bytes.subarray(1, 4).toString("latin1")).toBe("PNG");
  expect(bytes.subarray(12, 16).toString("latin1")).toBe("IHDR");
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

test("the chart follows the width of its container", async ({ page, statistics }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await statistics.openLive();
  const width = async () => (await statistics.svg.boundingBox())?.width ?? 0;
  const container = async () => (await statistics.chart.boundingBox())?.width ?? 0;
  const wide = await width();

  await page.setViewportSize({ width: 600, height: 900 });
  await expect.poll(width).toBeLessThan(wide);
  await expect.poll(async () => (await container()) - (await width())).toBeGreaterThanOrEqual(0);

  await page.setViewportSize({ width: 1440, height: 900 });
  await expect.poll(width).toBe(wide);
});

test("the chart is downloaded as an SVG that parses and says what it shows", async ({ page, statistics }) => {
  await statistics.openLive();
  await page.getByRole("button", { name: "Télécharger" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("SVG").check();
  const waiting = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Télécharger" }).click();
  const download = await waiting;

  expect(download.suggestedFilename()).toMatch(/\.svg$/);
  const svg = await readFile(await download.path(), "utf8");
  const content = await page.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
    return { error: parsed.querySelector("parsererror")?.textContent, root: parsed.documentElement.localName, text: parsed.documentElement.textContent };
  }, svg);
  expect(content).toMatchObject({ error: undefined, root: "svg" });
  expect(content.text).toMatch(/accès/i);
  expect(content.text).toMatch(/2025/);
});

for (const [width, height] of [[1200, 675], [2400, 1350]]) {
  test(`the chart is downloaded as a PNG of ${width} × ${height}`, async ({ page, statistics }) => {
    await statistics.openLive();
    await page.getByRole("button", { name: "Télécharger" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("PNG").check();
    await dialog.getByLabel(/largeur/i).fill(String(width));
    await dialog.getByLabel(/hauteur/i).fill(String(height));
    const waiting = page.waitForEvent("download");
    await dialog.getByRole("button", { name: "Télécharger" }).click();
    const download = await waiting;

    expect(download.suggestedFilename()).toMatch(/\.png$/);
    expect(pngSize(await readFile(await download.path()))).toEqual([width, height]);
  });
}
