import { type Locator, type Page, type TestInfo, expect } from "@playwright/test";

/** A question of this test alone: the tests run at once, and somebody keeps a question once. */
export function nameOf(info: TestInfo, school = "9999992G"): string {
  let hash = 7;
  for (const letter of info.titlePath.join("/") + info.project.name) hash = (hash * 31 + letter.charCodeAt(0)) % 97;
  const day = String((hash % 28) + 1).padStart(2, "0");
  const month = String(Math.floor(hash / 28) + 9).padStart(2, "0");
  return `etablissement=${school}&service=acces&indicateur=acces-total&du=2025-${month}-${day}&au=2026-07-03`;
}

/** The page of favourites. */
export async function favourites(page: Page, school = "9999992G") {
  await page.goto(`/favoris?etablissement=${school}`);
  await expect(page.getByRole("heading", { level: 1, name: "Favoris" })).toBeVisible();
}

/** Keeps a question of this test, and gives its card on the page of favourites. */
export async function starred(page: Page, info: TestInfo, school = "9999992G"): Promise<Locator> {
  const question = nameOf(info, school);
  await page.goto(`/statistiques?${question}`);
  const star = page.getByRole("button", { name: "Favori", exact: true });
  if ((await star.getAttribute("aria-pressed")) === "false") await star.click();
  await expect(star).toHaveAttribute("aria-pressed", "true");
  await favourites(page, school);
  const day = new URLSearchParams(question).get("du")!;
  return page.locator(".card", { has: page.locator(`a[href*="du=${day}"]`) });
}
