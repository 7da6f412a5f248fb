// Files, from the question to the download, by Claire (responsable) in a browser with JavaScript.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { stateOf } from "../sign-in";
import { expect, test } from "./fixtures";

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** A question that no other test asks. */
function question(month: string): string {
  return `etablissement=9999992G&service=acces&indicateur=acces-total&du=${month}-01&au=${month}-28&pas=jour&par=profil`;
}

/** The export of a question, on the page. */
function line(page: Page, words: string) {
  return page.locator("[data-export]").filter({ hasText: words }).first();
}

test("a file is asked for in a dialog, followed, announced and taken", async ({ page, statistics }) => {
  await page.goto(`/statistiques?${question("2026-01")}`);
  await statistics.expectAnswer();
  await page.getByRole("link", { name: "Télécharger les données" }).click();
  const dialog = page.getByRole("dialog", { name: "Télécharger les données" });
  await expect(dialog).toContainText("Un fichier couvre une année au plus");
  await expect(dialog.getByRole("table").first()).toBeVisible();
  await expect(dialog.getByRole("radio")).toHaveCount(5);
  expect((await new AxeBuilder({ page }).withTags(rules).analyze()).violations).toEqual([]);
  await dialog.getByRole("button", { name: "Demander l’export" }).click();

  await expect(page).toHaveURL(/\/exports\?/);
  const mine = line(page, "janvier 2026");
  await expect(mine).toContainText("Prêt");
  await expect(mine).toContainText("encore 30 jours");
  // Said whole to whoever only hears the links: what it holds, as what, and since when.
  await expect(mine.getByRole("link", { name: /^Télécharger\s: Total des accès aux ressources par profil, par \S+, du 1er\sjanvier.*2026, .*, demandé le / })).toBeVisible();
  const names = await page.getByRole("link", { name: /^Télécharger\s: / }).allInnerTexts();
  expect(new Set(names).size).toBe(names.length);
  const sha256 = await mine.locator("code").textContent();
  const [download] = await Promise.all([page.waitForEvent("download"), mine.getByRole("link", { name: "Télécharger" }).click()]);
  expect(download.suggestedFilename()).toMatch(/ – 9999992G – 2026-01-01 à 2026-01-28\.csv$/);
  const bytes = readFileSync(await download.path());
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
  expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
  await page.reload();
  await expect(line(page, "janvier 2026")).toContainText("Téléchargé 1 fois");
  expect((await new AxeBuilder({ page }).withTags(rules).analyze()).violations).toEqual([]);
});

test("escape closes the dialog and gives the focus back", async ({ page, statistics }) => {
  await page.goto(`/statistiques?${question("2026-02")}`);
  await statistics.expectAnswer();
  const link = page.getByRole("link", { name: "Télécharger les données" });
  await link.click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(link).toBeFocused();
});

test("two clicks open one dialog", async ({ page, statistics }) => {
  await page.goto(`/statistiques?${question("2026-02")}`);
  await statistics.expectAnswer();
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes("/exports/nouveau")) asked += 1;
  });
  await page.getByRole("link", { name: "Télécharger les données" }).evaluate((link: HTMLElement) => {
    link.click();
    link.click();
  });
  await expect(page.getByRole("dialog")).toHaveCount(1);
  expect(asked).toBe(1);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("what is too long is refused before it is asked for, with what would do", async ({ page }) => {
  await page.goto("/exports/nouveau?etablissement=9999992G&service=acces&indicateur=acces-total&du=2024-09-01&au=2026-06-30");
  await expect(page.getByRole("alert")).toContainText("Un fichier couvre une année au plus");
  await page.getByRole("listitem").getByRole("link", { name: /du 1er\s+septembre 2025/ }).click();
  await expect(page.getByRole("button", { name: "Demander l’export" })).toBeVisible();
});

test("a mail says that the file is there, without any figure, and leads to it", async ({ page, baseURL }) => {
  const form = { question: question("2026-03"), format: "ods" };
  const asked = await page.request.post("/exports", { form, headers: { origin: baseURL! }, maxRedirects: 0 });
  expect(asked.status()).toBe(303);
  const mail = page.locator("article.mail").filter({ hasText: "mars 2026" });
  await expect(async () => {
    await page.goto("/demo/mails");
    await expect(mail).toHaveCount(1, { timeout: 100 });
  }).toPass();
  await expect(mail.getByRole("heading", { level: 2 })).toHaveText("Votre export est prêt");
  await expect(mail).toContainText("claire@demo.invalid");
  expect((await new AxeBuilder({ page }).withTags(rules).analyze()).violations).toEqual([]);
  const address = await mail.getByRole("link").getAttribute("href");
  await page.goto(address!);
  await expect(line(page, "mars 2026")).toContainText("Prêt");
});

test.describe("a member of the team", () => {
  test.use({ storageState: stateOf("ines"), expectedErrors: [/403|404/] });

  test("sees neither the button nor the exports", async ({ page, statistics }) => {
    await page.goto(`/statistiques?${question("2026-04")}`);
    await statistics.expectAnswer();
    await expect(page.getByRole("link", { name: "Télécharger les données" })).toHaveCount(0);
    await expect(page.getByRole("link", { name: "Exports" })).toHaveCount(0);
    expect((await page.goto(`/exports/nouveau?${question("2026-04")}`))!.status()).toBe(403);
  });
});

test("the bar of a file that is being made moves", async ({ page }) => {
  // What the server writes while a file waits, of which the list has one.
  await page.route("**/exports?*", async (route) => {
    const answer = await route.fetch();
    const line = `<li data-export="a1"><p data-state="waiting">En attente</p><progress max="100" hidden></progress></li>`;
    const list = `<div data-exports data-page="1" data-pending><ul>${line}</ul></div>`;
    const body = (await answer.text()).replace(/<div[^>]* data-exports[^]*?(?=<\/main>)/, `${list}</div></div>`);
    await route.fulfill({ response: answer, body });
  });
  const percents = [null, 40];
  await page.route("**/exports/etat?page=1", (route) => {
    const of = percents.length > 1 ? percents.shift() : percents[0];
    const words = of === null ? "En préparation" : `En préparation, ${of} %`;
    return route.fulfill({ json: { exports: [{ id: "a1", code: "running", words, percents: of, announcement: "" }], badge: "" } });
  });
  await page.goto("/exports?etablissement=9999992G");
  const bar = page.getByRole("progressbar");
  await expect(page.getByText("En préparation, 40 %")).toBeVisible();
  await expect(bar).toBeVisible();
  expect(await bar.evaluate((bar: HTMLProgressElement) => [bar.value, bar.max])).toEqual([40, 100]);
});

test.describe("on another page", () => {
  const STATE = "**/exports/etat";
  const told = (code: string, badge: string) => ({
    json: { exports: [{ id: "a1", code, words: "", announcement: code === "ready" ? "Export prêt : accès." : "" }], badge },
  });

  /** The statistics, as the server writes them for somebody who waits for a file. */
  async function openWaiting(page: Page) {
    await page.route("**/statistiques?*", async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace(/(<a href="\/exports[^>]*?)(?: data-pending-exports="[^"]*")?>/, '$1 data-pending-exports="a1">');
      await route.fulfill({ response: answer, body });
    });
    await page.goto(`/statistiques?${question("2025-10")}`);
  }

  test("a file that becomes ready is announced, with the way to it, and counted in the menu", async ({ page }) => {
    let asked = 0;
    await page.route(STATE, (route) => route.fulfill(++asked < 2 ? told("running", "") : told("ready", "1 nouveau")));
    await openWaiting(page);
    const news = page.getByRole("banner").getByRole("status");
    await expect(news).toContainText("Export prêt : accès.");
    await expect(page.getByRole("banner").getByRole("link", { name: "Exports 1 nouveau" })).toBeVisible();
    expect((await new AxeBuilder({ page }).withTags(rules).analyze()).violations).toEqual([]);
    await news.getByRole("link", { name: "Voir les exports" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Exports" })).toBeVisible();
    expect(asked).toBe(2);
  });

  for (const [what, answer] of [
    ["leads to where one signs in", { status: 303, headers: { location: "/connexion" } }],
    ["is refused", { status: 401, body: "Connectez-vous." }],
  ] as const) {
    test.describe(`once the session is over and what is asked ${what}`, () => {
      test.use({ expectedErrors: [/status of 401/] });

      test("nothing more is asked", async ({ page }) => {
        await page.clock.install();
        let asked = 0;
        await page.route(STATE, (route) => {
          asked += 1;
          return route.fulfill(answer);
        });
        const first = page.waitForRequest(STATE);
        await openWaiting(page);
        await first;
        // What would be asked again is asked after a pause, which the page may not have begun when its time first runs.
        for (let minute = 0; minute < 10; minute += 1) await page.clock.runFor(60_000);
        expect(asked).toBe(1);
      });
    });
  }

  test("nothing is asked when nothing is pending", async ({ page, statistics }) => {
    const asked: string[] = [];
    await page.clock.install();
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.route("**/statistiques?*", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replace(/ data-pending-exports="[^"]*"/, "") });
    });
    await statistics.openLive(question("2025-11"));
    await page.clock.runFor(60_000);
    expect(asked).not.toContain("/exports/etat");
  });
});
