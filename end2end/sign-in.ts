// Signs the people of the demonstration in, once, before the tests: each one has a state of the browser, kept in a file.
import { join } from "node:path";
import { type FullConfig, request } from "@playwright/test";

/** The people of the demonstration, by what chooses them. */
export type Person = "claire" | "hugo" | "ines" | "paul" | "nadia";

/** Responsable of the collège and of the lycée: whom the tests are, unless they say otherwise. */
export const CLAIRE: Person = "claire";

/** Where the state of a browser in which somebody is signed in is kept. */
export function stateOf(person: Person): string {
  return join(process.env.VIGIE_TEST_DATA!, `${person}.json`);
}

/** A browser in which nobody is signed in. */
export const NOBODY = { cookies: [], origins: [] };

export default async function signIn(config: FullConfig) {
  const { baseURL } = config.projects[0]!.use;
  for (const person of ["claire", "hugo", "ines", "paul", "nadia"] as const) {
    const browser = await request.newContext({ baseURL, extraHTTPHeaders: { origin: baseURL! } });
    const answer = await browser.post("/connexion/demo", { form: { personne: person }, maxRedirects: 0 });
    if (answer.status() !== 303) throw new Error(`${person} does not sign in: ${answer.status()}`);
    await browser.storageState({ path: stateOf(person) });
    await browser.dispose();
  }
}
