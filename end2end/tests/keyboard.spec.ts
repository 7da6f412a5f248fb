// The whole of what somebody keeps, hands on and takes away, from sign-in to sign-out, by the keyboard alone.
import type { Locator, Page } from "@playwright/test";
import { NOBODY } from "../sign-in";
import { expect, test } from "./fixtures";
import { nameOf } from "./kept";

test.use({ storageState: NOBODY });

/** Presses Tab until `wanted` has the focus, which is seen at every stop. */
async function reach(page: Page, wanted: Locator, key = "Tab") {
  for (let presses = 0; presses < 150; presses++) {
    if (await wanted.evaluateAll((elements) => elements.includes(document.activeElement as HTMLElement))) return;
    await page.keyboard.press(key);
    const unseen = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!focused || focused === document.body) return "";
      // The button of a date has a ring of the browser’s own.
      if (focused.matches("[type=date]")) return "";
      const shown = [focused, focused.closest("label")].some((element) => element && getComputedStyle(element).outlineStyle !== "none");
      return shown ? "" : focused.outerHTML.slice(0, 200);
    });
    expect(unseen, "what has the focus is seen").toBe("");
  }
  throw new Error(`Tab never reaches ${wanted}`);
}

async function press(page: Page, wanted: Locator, key = "Enter") {
  await reach(page, wanted);
  await page.keyboard.press(key);
}

/** The page that follows reacts by itself, and its scripts have led the focus where it goes. */
async function ready(page: Page) {
  await page.locator("html[data-vif]").waitFor();
}

test("signs in, keeps, orders, renames, takes away, shares, asks for a file and signs out", async ({ page, statistics, context }, info) => {
  test.setTimeout(90_000);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const focused = page.locator(":focus");
  const question = nameOf(info, "9999991F");
  await page.goto(`/statistiques?${question}`);
  // The only delegate of the école, whom no other test is in its pages of favourites.
  await press(page, page.getByRole("button", { name: /Hugo Marchand/ }));
  await statistics.expectAnswer();
  await ready(page);

  const star = page.getByRole("button", { name: "Favori", exact: true });
  await press(page, star);
  await expect(star).toHaveAttribute("aria-pressed", "true");
  await expect(star).toBeFocused();
  await ready(page);
  await reach(page, statistics.field("pas"), "Shift+Tab");
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => statistics.address("pas")).not.toBeNull();
  await expect(star).toHaveAttribute("aria-pressed", "false");
  await press(page, star);
  await expect(star).toHaveAttribute("aria-pressed", "true");

  await page.goto("/favoris");
  await ready(page);
  const card = page.locator(".card").first();
  const id = `#${await card.getAttribute("id")}`;
  const down = page.locator(id).getByRole("button", { name: /^Descendre/ });
  await press(page, down);
  await expect(page.locator(".card").nth(1)).toHaveAttribute("id", id.slice(1));
  await expect(down).toBeFocused();
  await expect(down).toHaveAccessibleName(/place 2 sur 2/);
  const more = page.locator(id).locator("summary");
  await press(page, more);
  await press(page, page.locator(id).getByLabel("Nom"), "ControlOrMeta+a");
  await page.keyboard.type("Au clavier");
  await page.keyboard.press("Enter");
  await expect(page.locator(id)).toContainText("Au clavier");
  await expect(more).toBeFocused();
  await page.keyboard.press("Enter");
  await press(page, page.locator(id).getByRole("button", { name: /^Retirer/ }));
  const notice = page.locator("[data-notice]");
  await expect(notice).toBeFocused();
  await expect(page.locator(id)).toHaveCount(0);
  await page.keyboard.press("Tab");
  await expect(focused).toHaveText("Annuler");
  await page.keyboard.press("Enter");
  await expect(page.locator(id)).toBeVisible();

  await page.goto(`/statistiques?${question}`);
  await ready(page);
  const sharing = page.getByRole("link", { name: "Partager", exact: true });
  await press(page, sharing);
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("radio").first()).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(sharing).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(dialog).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await press(page, dialog.getByRole("button", { name: "Créer le lien" }));
  await expect(page.getByLabel("Adresse du lien")).toBeVisible();
  await ready(page);
  await press(page, page.getByRole("button", { name: "Copier le lien" }));
  await expect(page.getByText("Lien copié.")).toBeVisible();
  await press(page, page.locator(".handed__code summary"));
  await expect(page.getByRole("img", { name: /Code QR/ })).toBeVisible();

  await page.goto(`/statistiques?${question}`);
  await ready(page);
  const data = page.getByRole("link", { name: "Télécharger les données" });
  await press(page, data);
  await expect(dialog.getByRole("radio").first()).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await press(page, dialog.getByRole("button", { name: "Demander l’export" }));
  await expect(page).toHaveURL(/\/exports/);
  await expect(notice).toBeFocused();
  const line = page.locator("[data-export]").first();
  await expect(line).toContainText("Prêt");
  await reach(page, line.getByRole("link", { name: /^Télécharger/ }));

  await reach(page, page.getByRole("banner").locator("summary").last(), "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(focused).toHaveText("Se déconnecter");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status")).toHaveText("Votre session est fermée.");
});
