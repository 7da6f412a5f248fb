// Favourites, the default search and links, by people who have JavaScript.
import AxeBuilder from "@axe-core/playwright";
import { NOBODY, stateOf } from "../sign-in";
import { expect, test } from "./fixtures";
import { favourites, nameOf, starred } from "./kept";

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

test("the star keeps the question that was asked in the page, and lets it go", async ({ page, statistics }, info) => {
  await statistics.openLive(`${nameOf(info)}&pas=jour`);
  const star = page.getByRole("button", { name: "Favori", exact: true });
  await expect(star).toHaveAttribute("aria-pressed", "false");
  // A field changes in the page: the star is about the question that follows.
  await statistics.choose("pas", "mois");
  await statistics.expectAddress("pas", "mois");
  await expect(page.locator("#garder [name=question]").first()).toHaveValue(/pas=mois/);
  await star.click();
  await expect(star).toHaveAttribute("aria-pressed", "true");
  await statistics.expectAddress("pas", "mois");
  await star.click();
  await expect(star).toHaveAttribute("aria-pressed", "false");
});

test("the page of favourites shows each with its chart, and takes back what was taken away", async ({ page }, info) => {
  const card = await starred(page, info);
  await expect.poll(() => card.locator("img").evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth)).toBe(680);
  await card.locator("summary").click();
  await card.getByRole("button", { name: "Retirer" }).click();
  await expect(card).toHaveCount(0);
  await page.getByRole("status").getByRole("button", { name: "Annuler" }).click();
  await expect(card).toBeVisible();
  await card.getByRole("link").click();
  await expect(page).toHaveURL(/\/statistiques\?/);
});

test("a favourite is given to the team, and taken back by the notice, which has the focus", async ({ page }, info) => {
  const card = await starred(page, info);
  await card.locator("summary").click();
  await card.getByRole("button", { name: "Donner à l’équipe" }).click();
  const notice = page.locator("[data-notice]");
  await expect(notice).toContainText("toute l’équipe le voit");
  await expect(notice).toBeFocused();
  await expect(page).toHaveURL(/\/favoris\?etablissement=9999992G$/);
  const id = `#${await card.getAttribute("id")}`;
  await expect(page.getByRole("region", { name: "Favoris de l’équipe" }).locator(id)).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.locator(":focus")).toHaveText("Annuler");
  await page.keyboard.press("Enter");
  await expect(notice).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Mes favoris" }).locator(id)).toBeVisible();
});

test("the focus that leads back to what was pressed leaves whoever has gone further where they are", async ({ page }, info) => {
  const card = await starred(page, info);
  const summary = card.locator("summary");
  const place = await summary.getAttribute("id");
  // The clock of the page stands still until the field has the focus.
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000);
  // From elsewhere: a fragment alone would not load the page.
  await page.goto("about:blank");
  await page.goto(`/favoris?etablissement=9999992G#${place}`);
  await summary.press("Enter");
  const name = card.getByLabel("Nom");
  await name.focus();
  await page.clock.runFor(1_000);
  await expect(page).toHaveURL(/\/favoris\?etablissement=9999992G$/);
  await expect(name).toBeFocused();
});

test("the dialog makes a link that opens for the team and for nobody else", async ({ page, browser, statistics, context }, info) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await statistics.openLive(nameOf(info));
  const opener = page.getByRole("link", { name: "Partager", exact: true });
  await opener.click();
  const dialog = page.getByRole("dialog", { name: "Partager cette question" });
  await expect(dialog).toBeVisible();
  // The focus is in the dialog, and stays there or in the bars of the browser.
  for (let step = 0; step < 8; step += 1) {
    expect(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest("dialog") !== null)).toBe(true);
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(opener).toBeFocused();
  await page.keyboard.press("Enter");
  await dialog.getByRole("radio", { name: /Les chiffres d’aujourd’hui/ }).check();
  await dialog.getByRole("button", { name: "Créer le lien" }).click();
  const address = await page.getByLabel("Adresse du lien").inputValue();
  await page.locator("html[data-vif]").waitFor();
  await page.getByRole("button", { name: "Copier le lien" }).click();
  await expect(page.getByText("Lien copié.")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(address);
  await page.locator(".handed__code summary").click();
  await expect(page.getByRole("img", { name: /Code QR/ })).toBeVisible();

  for (const [person, status] of [["ines", 200], ["paul", 404], ["nadia", 404]] as const) {
    const other = await browser.newContext({ storageState: stateOf(person) });
    const answer = await other.request.get(address, { maxRedirects: 0 });
    expect(answer.status(), person).toBe(status);
    await other.close();
  }
  await page.goto(address);
  await expect(page.getByText("Aucun de ces chiffres n’a changé depuis.")).toBeVisible();
  await expect(page.getByRole("region", { name: /^Tableau.: / })).toBeVisible();
});

test("a favourite without figures is a card that says so, without a broken picture", async ({ page, statistics }) => {
  await statistics.open("etablissement=9999992G&service=acces&indicateur=acces-total&du=2015-01-05&au=2015-02-01&par=aucun");
  await expect(page.locator(".answer .notice").first()).toContainText("Aucun chiffre");
  const star = page.getByRole("button", { name: "Favori", exact: true });
  await star.click();
  await expect(star).toHaveAttribute("aria-pressed", "true");
  await favourites(page);
  const picture = page.locator(".card", { has: page.locator('a[href*="du=2015-01-05"]') }).locator("img");
  await picture.scrollIntoViewIfNeeded();
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(680);
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme} colours`, () => {
    test.use({ colorScheme });

    test("axe finds nothing on the pages, nor in the dialog", async ({ page, statistics }, info) => {
      const check = async (where: string) =>
        expect((await new AxeBuilder({ page }).withTags(rules).analyze()).violations, where).toEqual([]);
      const card = await starred(page, info);
      await card.locator("summary").click();
      await check("favourites");
      await statistics.openLive(nameOf(info));
      await page.getByRole("link", { name: "Partager", exact: true }).click();
      await check("dialog");
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("radio", { name: /Les chiffres d’aujourd’hui/ }).check();
      await dialog.getByRole("button", { name: "Créer le lien" }).click();
      await page.locator(".handed__code summary").click();
      await check("links");
      await page.goto(await page.getByLabel("Adresse du lien").inputValue());
      await check("snapshot");
      await page.goto(`/partager?${nameOf(info)}`);
      await check("share");
    });
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`signing out, in ${colorScheme} colours`, () => {
    test.use({ colorScheme, storageState: NOBODY });

    test("gives up the pictures that are still awaited", async ({ page, statistics }, info) => {
      await page.goto(`/statistiques?${nameOf(info)}`);
      await page.getByRole("button", { name: "Claire Fontaine" }).click();
      await statistics.expectAnswer();
      await starred(page, info);
      // None comes, until the session is over.
      let awaited = 0;
      await page.route(/vignette=/, () => void awaited++);
      await page.reload({ waitUntil: "commit" });
      const pictures = page.locator(".card img");
      await expect(pictures.first()).toBeVisible();
      await page.waitForFunction(() => document.documentElement.dataset.menus !== undefined);
      await expect.poll(() => awaited).toBeGreaterThan(0);
      // What is left of them once the button is pressed, told by the page that follows.
      await page.evaluate(() => {
        addEventListener("submit", () => {
          const left = [...document.images].filter((image) => image.matches("[src], source ~ img"));
          sessionStorage.setItem("left", String(left.length));
        });
      });
      await page.getByRole("banner").locator("summary").last().click();
      await page.getByRole("button", { name: "Se déconnecter", exact: true }).click();
      await expect(page.getByRole("status")).toHaveText("Votre session est fermée.");
      expect(await page.evaluate(() => sessionStorage.getItem("left"))).toBe("0");
    });
  });
}

for (const width of [320, 768]) {
  test(`at ${width} px favourites have no horizontal scroll`, async ({ page }, info) => {
    await page.setViewportSize({ width, height: 800 });
    const card = await starred(page, info);
    await card.locator("summary").click();
    const [content, visible] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    expect(content).toBeLessThanOrEqual(visible);
  });
}

test("the menu names the school of a link, and leads from it to the statistics of another", async ({ page, statistics }, info) => {
  await page.goto(`/partager?${nameOf(info, "9999993H")}`);
  await page.getByRole("radio", { name: /Les chiffres d’aujourd’hui/ }).check();
  await page.getByRole("button", { name: "Créer le lien" }).click();
  await page.goto(await page.getByLabel("Adresse du lien").inputValue());
  const schools = page.getByRole("banner").locator("summary").first();
  await expect(schools).toContainText("Lycée Rosa-Parks");
  await schools.click();
  await page.getByRole("banner").getByRole("link", { name: "Collège Simone-Veil" }).click();
  await expect(page).toHaveURL(/\/statistiques\?etablissement=9999992G/);
  await expect(schools).toContainText("Collège Simone-Veil");
  await expect(statistics.form).toBeVisible();
});

test("what was just done stays in its school, and goes from the address", async ({ page }, info) => {
  const card = await starred(page, info);
  await card.locator("summary").click();
  await card.getByRole("button", { name: "Retirer" }).click();
  await expect(page.locator("[data-notice]")).toBeFocused();
  await expect(page).toHaveURL(/\/favoris\?etablissement=9999992G$/);
  await page.goto("/favoris?etablissement=9999992G&erreur=plein");
  await expect(page.getByRole("alert")).toContainText("Il y en a trop");
  await expect(page).toHaveURL(/\/favoris\?etablissement=9999992G$/);
  await page.getByRole("banner").locator("summary").first().click();
  await page.getByRole("banner").getByRole("link", { name: "Lycée Rosa-Parks" }).click();
  await expect(page).toHaveURL(/\/favoris\?etablissement=9999993H$/);
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test.describe("somebody of the team", () => {
  test.use({ storageState: ({}, use) => use(stateOf("ines")) });

  test("keeps for themselves, and is offered nothing that they may not do", async ({ page, statistics }, info) => {
    await statistics.open(nameOf(info, "9999992G"));
    await expect(page.getByRole("button", { name: "Favori", exact: true })).toBeVisible();
    await expect(page.getByRole("link", { name: "Partager", exact: true })).toHaveCount(0);
    const card = await starred(page, info, "9999992G");
    await card.locator("summary").click();
    await expect(card.getByRole("button", { name: "Donner à l’équipe" })).toHaveCount(0);
    await favourites(page);
  });

  // A default search changes where one arrives: no other test is about where this person does.
  test("what a button of the question did is said, and the focus is back on it", async ({ page, statistics }, info) => {
    await statistics.openLive(nameOf(info));
    const said = page.locator("#garder").getByRole("status");
    const star = page.getByRole("button", { name: "Favori", exact: true });
    const byDefault = page.locator("#par-defaut");
    for (const [button, rank, words] of [
      [star, 0, "Question ajoutée à vos favoris."],
      [star, 0, "Question retirée de vos favoris."],
      [byDefault, 1, "Cette question s’ouvrira à votre arrivée."],
      [byDefault, 1, "Cette question ne s’ouvre plus à votre arrivée."],
    ] as const) {
      await button.focus();
      await page.keyboard.press("Enter");
      await expect(said.nth(rank)).toHaveText(words);
      await expect(button).toBeFocused();
      await expect(page).not.toHaveURL(/#/);
      await expect(said.nth(1 - rank)).toBeEmpty();
      await page.locator("html[data-vif]").waitFor();
      await expect(button).toBeFocused();
    }
  });
});
