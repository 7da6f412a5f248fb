import { expect, type Locator, type Page } from "@playwright/test";

/** A school year of accesses by profile, a point a week: the question that most tests start from. */
export const ACCESSES = "service=acces&indicateur=acces-total&du=2025-09-01&au=2026-07-03&pas=semaine&par=profil&forme=courbe";

/** The page of statistics, as a person meets it. */
export class Statistics {
  readonly chart: Locator;
  readonly svg: Locator;
  readonly description: Locator;
  readonly table: Locator;
  readonly form: Locator;
  /** What opens and closes the résumé. */
  readonly summary: Locator;
  readonly summaryBox: Locator;

  constructor(readonly page: Page) {
    this.chart = page.locator("figure.chart");
    this.svg = this.chart.locator(".chart__stage svg").filter({ visible: true }).first();
    this.description = this.chart.locator("figcaption");
    this.table = page.getByRole("region", { name: /^Tableau/ }).getByRole("table");
    this.form = page.getByRole("form", { name: "Question" });
    this.summaryBox = page.locator("details#resume");
    this.summary = this.summaryBox.locator("> summary");
  }

  async open(query = ACCESSES) {
    await this.page.goto(`/statistiques?${query}`);
  }

  /** Opens the page and waits until it reacts by itself. */
  async openLive(query = ACCESSES) {
    await this.open(query);
    await this.page.locator("html[data-vif]").waitFor();
  }

  /** The field of the form that has this name in the address. */
  field(name: string): Locator {
    return this.form.locator(`[name="${name}"]`);
  }

  /** Chooses a value of a list, or of a group of buttons or boxes. */
  async choose(name: string, value: string) {
    const isList = await this.field(name).first().evaluate((element) => element.tagName === "SELECT");
    if (isList) await this.field(name).selectOption(value);
    else await this.form.locator(`label:has([name="${name}"][value="${value}"])`).click();
  }

  /** One field of the address, as it is now. */
  address(name: string): string | null {
    return new URL(this.page.url()).searchParams.get(name);
  }

  /** Waits for a field of the address; a failure tells the whole address. */
  async expectAddress(name: string, value: string | null) {
    await expect(this.page, `${name}=${value}`).toHaveURL((url) => url.searchParams.get(name) === value);
  }

  async expectAnswer() {
    await expect(this.svg).toBeVisible();
    await expect(this.description).not.toBeEmpty();
    await expect(this.table.locator("caption")).not.toBeEmpty();
    expect(await this.table.locator("tbody tr").count()).toBeGreaterThan(0);
  }
}
