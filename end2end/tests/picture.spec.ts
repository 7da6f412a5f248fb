import { readFile } from "node:fs/promises";
import type { Download, Page } from "@playwright/test";
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
  // The chart that is drawn takes the place of the one in the page: for a moment there is none.
  let wide = 0;
  await expect.poll(async () => (wide = await width())).toBeGreaterThan(600);

  await page.setViewportSize({ width: 600, height: 900 });
  await expect.poll(width).toBeLessThan(wide);
  await expect.poll(async () => (await container()) - (await width())).toBeGreaterThanOrEqual(0);

  await page.setViewportSize({ width: 1440, height: 900 });
  await expect.poll(width).toBe(wide);
});

test("a sheet of paper has all the figures and the résumé, and nothing to press", async ({ page, statistics }) => {
  await statistics.openLive("service=acces&indicateur=acces-total&du=2025-09-01&au=2026-07-03&pas=mois&par=ressource&premiers=20");
  const resume = page.locator("#resume");
  await page.setViewportSize({ width: 794, height: 1123 });
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await expect(resume.locator("table").first()).toBeVisible();
  await expect(statistics.svg).toBeVisible();
  await expect(page.getByRole("button")).toHaveCount(0);
  const width = () => page.evaluate(() => document.documentElement.scrollWidth);
  expect(await width(), "no column is cut").toBeLessThanOrEqual(794);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  await expect(resume).not.toHaveAttribute("open");
});

/** Opens the dialog, chooses, and gives what the browser then downloads. */
async function download(page: Page, format: string, size: string, other?: [width: number, height: number]): Promise<Download> {
  await page.getByRole("button", { name: "Télécharger l’image" }).click();
  const dialog = page.getByRole("dialog", { name: "Télécharger l’image" });
  await dialog.getByRole("radio", { name: format }).check();
  await dialog.getByLabel("Taille").selectOption(size);
  if (other) {
    await dialog.getByLabel("Largeur").fill(String(other[0]));
    await dialog.getByLabel("Hauteur").fill(String(other[1]));
  }
  const coming = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Télécharger" }).click();
  const file = await coming;
  await expect(dialog).toBeHidden();
  return file;
}

test("the chart is downloaded as an SVG that parses and says what it shows", async ({ page, statistics }) => {
  await statistics.openLive();
  const file = await download(page, "SVG", "diapositive");
  expect(file.suggestedFilename()).toMatch(/\.svg$/);
  const svg = await readFile(await file.path(), "utf8");
  const content = await page.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
    const root = parsed.documentElement;
    return { error: parsed.querySelector("parsererror")?.textContent, root: root.localName, width: root.getAttribute("width"), words: root.textContent };
  }, svg);
  expect(content).toMatchObject({ error: undefined, root: "svg", width: "1200" });
  const words = content.words?.replace(/\s+/g, " ") ?? "";
  for (const [what, wanted] of Object.entries({
    title: /accès aux ressources, par profil/,
    school: /Collège/,
    period: /du 1er septembre 2025 au 3 juillet 2026/,
    source: /Source : Vigie/,
    date: /Chiffres au \d/,
  })) {
    expect.soft(words, what).toMatch(wanted);
  }
  // It must mean the same on any other computer.
  expect(svg).not.toMatch(/<script|@import|https?:\/\/(?!www\.w3\.org\/)/);
});

for (const [size, width, height] of [["diapositive", 1200, 675], ["a4", 2480, 1754]] as const) {
  test(`the chart is downloaded as a PNG of ${width} × ${height}`, async ({ page, statistics }) => {
    await statistics.openLive();
    const file = await download(page, "PNG", size);
    expect(file.suggestedFilename()).toMatch(/\.png$/);
    expect(pngSize(await readFile(await file.path()))).toEqual([width, height]);
  });
}

test("the chart is downloaded as a PNG of a size of one’s own", async ({ page, statistics }) => {
  await statistics.openLive();
  const file = await download(page, "PNG", "autre", [1111, 777]);
  expect(pngSize(await readFile(await file.path()))).toEqual([1111, 777]);
});
