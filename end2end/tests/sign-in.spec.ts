// Signing in and out, the menu, and what each person of the demonstration sees.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { NOBODY, type Person, stateOf } from "../sign-in";
import { expect, test } from "./fixtures";
import { ACCESSES } from "./statistics";

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function choose(page: Page, name: string) {
  await page.getByRole("button", { name }).click();
}

test.describe("somebody who is not signed in", () => {
  test.use({ storageState: NOBODY });

  test("chooses a person, and lands where they wanted to go", async ({ page, statistics }) => {
    await page.goto(`/statistiques?${ACCESSES}`);
    await expect(page).toHaveURL(/\/connexion\?retour=/);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Connexion");
    await choose(page, "Claire Fontaine");
    await expect(page).toHaveURL(new RegExp(ACCESSES.replaceAll("?", "\\?")));
    await statistics.expectAnswer();
  });

  test("finds the choice at the root of the site, and lands on the statistics", async ({ page, statistics }) => {
    await page.goto("/");
    await choose(page, "Inès Benali");
    await expect(page).toHaveURL(/\/statistiques$/);
    await expect(statistics.form).toBeVisible();
    await expect(page.locator(".answer__scope")).toContainText("Collège Simone-Veil");
  });

  test("reads the help", async ({ page }) => {
    await page.goto("/aide");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Aide");
    await expect(page.getByText("Compte de")).toHaveCount(0);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    test(`meets a page in which axe finds nothing, in ${colorScheme} colours`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await page.goto("/connexion?erreur=perimee");
      await expect(page.getByRole("alert")).toContainText("Recommencez");
      expect((await new AxeBuilder({ page }).withTags(rules).analyze()).violations).toEqual([]);
    });
  }

  test("is told by a page that was left open, and comes back to it", async ({ page, statistics, context, request, baseURL }) => {
    const form = { personne: "claire", retour: `/statistiques?${ACCESSES}` };
    await request.post("/connexion/demo", { form, headers: { origin: baseURL! } });
    await context.addCookies((await request.storageState()).cookies);
    await statistics.openLive();
    await context.clearCookies();
    await statistics.choose("pas", "mois");
    await expect(page.getByRole("alert")).toContainText("votre session est terminée");
    await page.getByRole("link", { name: "Se connecter" }).click();
    await choose(page, "Claire Fontaine");
    await statistics.expectAddress("pas", "mois");
    await statistics.expectAnswer();
  });
  test.use({ expectedErrors: [/status of 401/] });
});

test("the menu changes schools and keeps the question", async ({ page, statistics }) => {
  await statistics.openLive();
  const menu = page.getByRole("banner");
  await expect(menu.locator("summary").first()).toContainText("Collège Simone-Veil");
  await menu.locator("summary").first().click();
  const current = menu.getByRole("link", { name: "Collège Simone-Veil" });
  await expect(current).toHaveAttribute("aria-current", "true");
  // Also when the question has changed since the page was loaded.
  await statistics.choose("pas", "mois");
  await statistics.expectAddress("pas", "mois");
  await menu.getByRole("link", { name: "Lycée Rosa-Parks" }).click();
  await statistics.expectAddress("etablissement", "9999993H");
  await statistics.expectAddress("pas", "mois");
  await statistics.expectAnswer();
  await expect(menu.locator("summary").first()).toContainText("Lycée Rosa-Parks");
  await expect(page.locator(".answer__scope")).toContainText("Lycée Rosa-Parks");
});

test("the school stays when the question changes, and from page to page", async ({ page, statistics }) => {
  await statistics.openLive(`etablissement=9999993H&${ACCESSES}`);
  await statistics.choose("pas", "mois");
  await statistics.expectAddress("pas", "mois");
  await statistics.expectAddress("etablissement", "9999993H");
  await page.getByRole("banner").getByRole("link", { name: "Aide" }).click();
  await page.getByRole("banner").getByRole("link", { name: "Statistiques" }).click();
  await statistics.expectAddress("etablissement", "9999993H");
});

test("the menu is opened and used with the keyboard alone", async ({ page, statistics }) => {
  await statistics.openLive();
  const account = page.getByRole("banner").locator("summary").last();
  await account.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.locator(":focus")).toHaveText("Se déconnecter");
  await page.keyboard.press("Tab");
  await expect(page.locator(":focus")).toHaveText("Se déconnecter partout");
});

test("a menu closes by Escape, which gives the focus back, and when a click or the focus goes elsewhere", async ({ page, statistics }) => {
  await statistics.openLive();
  for (const summary of await page.getByRole("banner").locator("summary").all()) {
    const list = page.locator(".menu[open] .menu__list");
    await summary.focus();
    await page.keyboard.press("Enter");
    await expect(list).toBeVisible();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Escape");
    await expect(list).toHaveCount(0);
    await expect(summary).toBeFocused();
    await summary.click();
    await expect(list).toBeVisible();
    await page.getByRole("heading", { level: 1 }).click();
    await expect(list).toHaveCount(0);
    await summary.click();
    await expect(list).toBeVisible();
    await page.getByRole("link", { name: "Aide" }).focus();
    await expect(list).toHaveCount(0);
  }
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing in the open menu, in ${colorScheme} colours`, async ({ page, statistics }) => {
    await page.emulateMedia({ colorScheme });
    await statistics.openLive();
    for (const summary of await page.getByRole("banner").locator("summary").all()) {
      await summary.click();
      expect((await new AxeBuilder({ page }).withTags(rules).analyze()).violations).toEqual([]);
    }
  });
}

for (const width of [360, 768, 1440]) {
  test(`at ${width} px the menu is gone through in the order in which it is read`, async ({ page, statistics }) => {
    await page.setViewportSize({ width, height: 800 });
    await statistics.openLive();
    const places: { top: number; left: number; bottom: number }[] = [];
    await page.getByRole("banner").getByRole("link").first().focus();
    for (;;) {
      const place = await page.evaluate(() => {
        const focused = document.activeElement!;
        const { top, left, bottom } = focused.getBoundingClientRect();
        return focused.closest("header") && { top, left, bottom };
      });
      if (!place) break;
      places.push(place);
      await page.keyboard.press("Tab");
    }
    // The name of the program, the school, four pages, the person.
    expect(places).toHaveLength(7);
    places.slice(1).forEach((place, rank) => {
      const before = places[rank]!;
      expect(place.top >= before.bottom || place.left > before.left, `${rank + 1}: ${JSON.stringify([before, place])}`).toBe(true);
    });
  });
}

test("the menu fits a narrow screen", async ({ page, statistics }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await statistics.openLive();
  for (const summary of await page.getByRole("banner").locator("summary").all()) {
    await summary.click();
    const list = page.locator(".menu[open] .menu__list");
    await expect(list).toBeInViewport({ ratio: 1 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  }
});

test.describe("signing out", () => {
  test.use({ storageState: NOBODY });

  test("ends this session, and the page before shows nothing any more", async ({ page, statistics }) => {
    await page.goto(`/statistiques?${ACCESSES}`);
    await choose(page, "Claire Fontaine");
    await statistics.expectAnswer();
    await page.getByRole("banner").locator("summary").last().click();
    await page.getByRole("button", { name: "Se déconnecter", exact: true }).click();
    await expect(page.getByRole("status")).toHaveText("Votre session est fermée.");
    await page.goBack();
    await expect(page).toHaveURL(/\/connexion/);
    await expect(statistics.table).toHaveCount(0);
  });

  test("everywhere ends the sessions of other browsers", async ({ page, browser, baseURL, statistics }) => {
    const elsewhere = await browser.newContext({ baseURL, storageState: NOBODY });
    const other = await elsewhere.newPage();
    for (const browserPage of [other, page]) {
      await browserPage.goto(`/statistiques?${ACCESSES}`);
      // Somebody whom no other test is: their sessions end.
      await choose(browserPage, "Sofia Almeida");
    }
    await statistics.expectAnswer();
    await page.getByRole("banner").locator("summary").last().click();
    await page.getByRole("button", { name: "Se déconnecter partout" }).click();
    await expect(page.getByRole("status")).toHaveText("Vos sessions sont fermées, sur tous vos appareils.");
    await other.goto("/statistiques");
    await expect(other).toHaveURL(/\/connexion/);
    await elsewhere.close();
  });
});

const SEEN: [Person, status: number, words: RegExp][] = [
  ["claire", 200, /Collège Simone-Veil/],
  ["hugo", 200, /École élémentaire Jacques-Prévert/],
  ["ines", 200, /Collège Simone-Veil/],
  ["paul", 200, /Suivre un groupe d’établissements/],
  ["nadia", 200, /Administrer le serveur/],
];
for (const [person, status, words] of SEEN) {
  test.describe(person, () => {
    test.use({ storageState: stateOf(person), expectedErrors: [/status of 40[34]/] });

    test("sees what their rights say", async ({ page }) => {
      const answer = await page.goto("/statistiques");
      expect(answer?.status()).toBe(status);
      await expect(page.getByRole("main")).toContainText(words);
    });

    test("does not see another school", async ({ page }) => {
      const [theirs, none] = [person === "hugo" ? "9999993H" : "9999991F", "9999999P"];
      const said = [];
      for (const uai of [theirs, none]) {
        expect((await page.goto(`/statistiques?etablissement=${uai}`))?.status()).toBe(404);
        said.push((await page.getByRole("main").innerText()).replaceAll(uai, ""));
      }
      expect(said[0]).toBe(said[1]);
      expect(said[0]).toContain("Cet établissement n’existe pas, ou vous n’y avez pas accès.");
    });
  });
}

test.describe("a member of the team", () => {
  test.use({ storageState: stateOf("ines"), expectedErrors: [/status of 403/] });

  test("takes the picture, and not the figures", async ({ page, request, statistics }) => {
    await statistics.openLive();
    await expect(page.getByRole("button", { name: "Télécharger l’image" })).toBeVisible();
    await expect(page.getByRole("link", { name: "CSV" })).toBeHidden();
    expect((await request.get(`/statistiques.svg?${ACCESSES}`)).status()).toBe(200);
    expect((await request.get(`/statistiques.csv?${ACCESSES}`)).status()).toBe(403);
  });
});
