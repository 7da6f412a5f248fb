// Sign-in by real providers: an OpenID provider from npm, and a CAS server.
import AxeBuilder from "@axe-core/playwright";
import { type Page, expect, test } from "@playwright/test";
import { type Accounts, type Running, freePort, startCas, startFederation, startOpenId, startVigie } from "../providers";
import { NOBODY } from "../sign-in";

const ACCOUNTS: Accounts = {
  "prof-1": { name: "Ana Brun", email: "ana@ent.example", PRO: "National_ens", UAI: ["9999992G", "9999993H"] },
  "eleve-1": { name: "Tom", email: "tom@ent.example", PRO: "National_elv", UAI: ["9999992G"] },
};
/** A question whose days have data, whatever the day it is. */
const QUESTION = "du=2026-01-05&au=2026-06-26&par=profil";
const SECRET = "un secret d'essai & des signes: %2B+";

test.use({ storageState: NOBODY });
// The servers of a describe are started once, and their tests share them.
test.describe.configure({ mode: "serial", timeout: 60_000 });

async function expectSignedIn(page: Page, name: string) {
  await expect(page).toHaveURL((url) => url.pathname + url.search === `/statistiques?${QUESTION}`);
  await expect(page.getByRole("banner")).toContainText(name);
  await expect(page.locator("figure.chart .chart__stage svg").filter({ visible: true }).first()).toBeVisible();
}

async function signOut(page: Page) {
  await page.getByRole("banner").locator("summary").last().click();
  await page.getByRole("button", { name: "Se déconnecter", exact: true }).click();
}

test.describe("by OpenID Connect", () => {
  let provider: Running;
  let vigie: Running;

  test.beforeAll(async () => {
    const [at, port] = [await freePort(), await freePort()];
    provider = await startOpenId(at, ACCOUNTS, `http://localhost:${port}`, SECRET);
    const settings = `
public_url = "http://localhost:${port}"
[oidc]
issuer = "${provider.url}"
client_id = "vigie"
label = "l’ENT d’essai"
[[person]]
id = "prof-1"
delegue = ["9999993H"]
`;
    vigie = await startVigie(port, settings, { VIGIE_OIDC_SECRET: SECRET });
  });
  test.afterAll(async () => {
    await vigie?.stop();
    await provider?.stop();
  });

  async function signIn(page: Page, user: string) {
    await page.goto(`${vigie.url}/statistiques?${QUESTION}`);
    await page.getByRole("link", { name: "Se connecter avec l’ENT d’essai" }).click();
    await page.locator("[name=login]").fill(user);
    await page.locator("[name=password]").fill("peu importe");
    await page.locator("[type=submit]").click();
    await page.locator("[type=submit]").click();
  }

  test("a teacher signs in, is délégué of one school, and signs out there too", async ({ page, context }) => {
    await signIn(page, "prof-1");
    await expectSignedIn(page, "Ana Brun");
    await page.goto(`${vigie.url}/statistiques?etablissement=9999993H&${QUESTION}`);
    await expect(page.getByRole("link", { name: "CSV" })).toBeVisible();
    await page.goto(`${vigie.url}/statistiques?etablissement=9999992G&${QUESTION}`);
    await expect(page.getByRole("link", { name: "CSV" })).toBeHidden();
    const [session] = (await context.cookies(vigie.url)).filter(({ name }) => name === "vigie");
    expect(session).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
    await signOut(page);
    await expect(page).toHaveURL(new RegExp(`^${provider.url}/session/end`));
    await page.getByRole("button").first().click();
    await expect(page).toHaveURL(`${vigie.url}/connexion`);
    await expect(page.getByRole("status")).toHaveText("Votre session est fermée.");
    await page.goto(`${vigie.url}/statistiques`);
    await expect(page).toHaveURL(/\/connexion/);
  });

  test("a pupil is told that there is nothing here", async ({ page }) => {
    await signIn(page, "eleve-1");
    await expect(page.getByRole("alert")).toContainText("n’ouvre l’accès à aucune statistique");
  });

  test("an address of return sent by somebody else signs nobody in", async ({ page, browser }) => {
    await page.goto(`${vigie.url}/connexion`);
    await page.getByRole("link", { name: /Se connecter/ }).click();
    await page.locator("[name=login]").fill("prof-1");
    await page.locator("[name=password]").fill("x");
    await page.locator("[type=submit]").click();
    // The browser that began never follows the last redirect: its address is opened in another one.
    const consent = page.locator("form");
    let address = new URL((await consent.getAttribute("action"))!, page.url()).href;
    let answer = await page.request.post(address, { form: { prompt: "consent" }, maxRedirects: 0 });
    while (!address.startsWith(`${vigie.url}/connexion/oidc/retour?`)) {
      expect(answer.status()).toBe(303);
      address = new URL(answer.headers().location!, address).href;
      if (address.startsWith(provider.url)) answer = await page.request.get(address, { maxRedirects: 0 });
    }
    const victim = await browser.newContext({ storageState: NOBODY });
    const other = await victim.newPage();
    await other.goto(address);
    await expect(other.getByRole("alert")).toContainText("dans un autre navigateur");
    await other.goto(`${vigie.url}/statistiques`);
    await expect(other).toHaveURL(/\/connexion/);
    await victim.close();
  });
});

test.describe("by CAS", () => {
  let federation: Running;
  let cas: Running;
  let vigie: Running;

  test.beforeAll(async () => {
    const [at, port] = [await freePort(), await freePort()];
    federation = await startFederation(await freePort());
    cas = await startCas(at, ACCOUNTS, federation.url);
    vigie = await startVigie(port, `public_url = "http://localhost:${port}"\n[cas]\nurl = "${cas.url}"\n`);
  });
  test.afterAll(async () => {
    await vigie?.stop();
    await cas?.stop();
    await federation?.stop();
  });

  async function signIn(page: Page) {
    await page.goto(`${vigie.url}/statistiques?${QUESTION}`);
    await page.getByRole("link", { name: "Se connecter avec votre ENT" }).click();
    await page.getByLabel("Identifiant").fill("prof-1");
    await page.getByRole("button", { name: "Entrer" }).click();
  }

  for (const javaScriptEnabled of [true, false]) {
    test.describe(javaScriptEnabled ? "with scripts" : "without scripts", () => {
      test.use({ javaScriptEnabled });

      test("a teacher signs in, leaves the ENT with Vigie, whatever hosts it leads through, and is told so on coming back", async ({ page }) => {
        await signIn(page);
        await expectSignedIn(page, "Ana Brun");
        const left: string[] = [];
        page.on("request", (asked) => left.push(new URL(asked.url()).href.split("?")[0]!));
        await signOut(page);
        await expect(page).toHaveURL(`${vigie.url}/connexion`);
        await expect(page.getByRole("status")).toHaveText("Votre session est fermée.");
        expect(left).toContain(`${cas.url}/logout`);
        expect(left).toContain(`${federation.url}/sortie`);
        await page.reload();
        await expect(page.getByRole("status")).toHaveCount(0);
        await page.goto(`${vigie.url}/statistiques`);
        await expect(page).toHaveURL(/\/connexion/);
      });
    });
  }

  for (const colorScheme of ["light", "dark"] as const) {
    test(`whoever is not led on to the ENT is given a link, in ${colorScheme} colours`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await signIn(page);
      await expectSignedIn(page, "Ana Brun");
      await page.route(`${cas.url}/logout?*`, (route) => route.fulfill({ status: 204 }));
      await signOut(page);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Déconnexion");
      await expect(page.getByRole("status")).toHaveText("Votre session est fermée.");
      const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
      expect((await new AxeBuilder({ page }).withTags(rules).analyze()).violations).toEqual([]);
      await page.unroute(`${cas.url}/logout?*`);
      await page.getByRole("link", { name: "Continuer" }).click();
      await expect(page).toHaveURL(`${vigie.url}/connexion`);
    });
  }

  test("whoever leaves the ENT leaves Vigie, and a ticket does not serve again", async ({ page, request }) => {
    let address = "";
    page.on("request", (asked) => {
      if (asked.url().includes("ticket=")) address = asked.url();
    });
    await signIn(page);
    await expectSignedIn(page, "Ana Brun");
    await request.get(`${cas.url}/logout`);
    await page.goto(`${vigie.url}/statistiques`);
    await expect(page).toHaveURL(/\/connexion/);
    await page.goto(address);
    await expect(page.getByRole("alert")).toContainText("dans un autre navigateur");
    // Nor is it taken by a sign-in that this browser did begin.
    await page.getByRole("link", { name: /Se connecter/ }).click();
    await expect(page.getByLabel("Identifiant")).toBeVisible();
    const again = new URL(new URL(page.url()).searchParams.get("service")!);
    again.searchParams.set("ticket", new URL(address).searchParams.get("ticket")!);
    await page.goto(again.href);
    await expect(page.getByRole("alert")).toContainText("n’a pas pu être vérifiée");
    await page.goto(`${vigie.url}/statistiques`);
    await expect(page).toHaveURL(/\/connexion/);
  });
});
