// The menus at the top of the page, without JavaScript.
import { expect, test } from "./fixtures";
import { ACCESSES } from "./statistics";

for (const width of [360, 1440]) {
  test(`at ${width} px the header stays as it is when a menu opens, and what has the focus is not under its list`, async ({ page }) => {
    await page.setViewportSize({ width, height: 640 });
    await page.goto(`/statistiques?${ACCESSES}`);
    const banner = page.getByRole("banner");
    const parts = await banner.locator(".brand, .site-nav a, summary").all();
    const places = () => Promise.all([banner, ...parts].map((part) => part.boundingBox()));
    const closed = await places();
    for (const summary of await banner.locator("summary").all()) {
      await summary.click();
      const list = banner.locator(".menu[open] .menu__list");
      await expect(list).toBeInViewport({ ratio: 1 });
      expect(await places()).toEqual(closed);
      await page.getByRole("main").getByRole("link").first().focus();
      await expect(list).toBeHidden();
      await summary.focus();
      await expect(list).toBeVisible();
      await summary.click();
    }
  });
}
