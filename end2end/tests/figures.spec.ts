// Every figure of several searches, cell by cell, against an independent computation from the source files.
import { type APIRequestContext, type APIResponse, expect, test as base } from "@playwright/test";
import { join } from "node:path";
import { type Fact, count, readFacts } from "../independent";
import { stateOf } from "../sign-in";

/** Asks about a school as somebody who sees it: the délégué of the école, or the responsable of the two others. */
const test = base.extend<{ ask: (uai: string, path: string) => Promise<APIResponse> }>({
  ask: async ({ playwright, baseURL }, use) => {
    const as = (person: "claire" | "hugo") => playwright.request.newContext({ baseURL, storageState: stateOf(person) });
    const [claire, hugo]: APIRequestContext[] = await Promise.all([as("claire"), as("hugo")]);
    await use((uai, path) => (uai === "9999991F" ? hugo! : claire!).get(path));
    await Promise.all([claire!.dispose(), hugo!.dispose()]);
  },
});

const folder = join(process.env.VIGIE_TEST_DATA ?? "", "demo");
let facts: Map<string, Fact[]>;

test.beforeAll(() => {
  facts = new Map();
  for (const fact of readFacts(folder)) {
    if (!facts.has(fact.uai)) facts.set(fact.uai, []);
    facts.get(fact.uai)!.push(fact);
  }
});

type Compute = (facts: Fact[], from: string, to: string) => number | null;
const one = (term: string): Compute => (all, from, to) => count(all, term, from, to);
const less = (term: string, without: string): Compute => (all, from, to) => count(all, term, from, to) - count(all, without, from, to);
const ratio = (above: string, below: string, scale: number): Compute => (all, from, to) => {
  const denominator = count(all, below, from, to);
  return denominator === 0 ? null : (count(all, above, from, to) * scale) / denominator;
};

const INDICATORS: Record<string, Compute> = {
  "abonnements-crees": one("abonnements-crees"),
  "abonnements-modifies": one("abonnements-modifies"),
  "abonnements-supprimes": one("abonnements-supprimes"),
  "affectations-automatiques": one("affectations-automatiques"),
  "suggestions-creees": one("suggestions"),
  "abonnements-avec-suggestion": one("abonnements-avec-suggestion"),
  "abonnements-sans-suggestion": less("abonnements-traites", "abonnements-avec-suggestion"),
  "part-abonnements-avec-suggestion": ratio("abonnements-avec-suggestion", "abonnements-traites", 100),
  "part-ressources-avec-suggestion": ratio("ressources-suggerees", "ressources-abonnees", 100),
  "suggestions-moyenne-par-ressource": ratio("suggestions", "ressources-suggerees", 1),
  "ressources-abonnees": one("ressources-abonnees"),
  "ressources-avec-suggestion": one("ressources-suggerees"),
  "affectations-total": one("affectations"),
  "affectations-individuelles": one("affectations-individuelles"),
  "suggestions-validees": one("suggestions-validees"),
  "sessions-avec-affectation": one("sessions-avec-affectation"),
  "sessions-sans-affectation": less("sessions", "sessions-avec-affectation"),
  "affectations-groupe": one("affectations-groupe"),
  "acces-total": one("acces"),
  "utilisateurs-distincts": one("utilisateurs"),
  "ressources-distinctes": one("ressources-accedees"),
};

for (const [indicator, compute] of Object.entries(INDICATORS)) {
  for (const step of ["jour", "semaine", "mois"]) {
    test(`${indicator} par ${step}`, async ({ ask }) => {
      for (const [uai, all] of facts) {
        const query = `etablissement=${uai}&indicateur=${indicator}&par=aucun&du=2025-09-03&au=2026-06-24&pas=${step}`;
        const response = await ask(uai, `/statistiques.json?${query}`);
        expect(response.ok(), await response.text()).toBe(true);
        const answer = await response.json();
        const [series] = answer.series;
        const expected = answer.intervalles.map(({ du, au }: { du: string; au: string }) => compute(all, du, au));
        const values = series.valeurs.map((value: any) => (value?.denominateur !== undefined ? value.valeur : value));
        expect(values.length).toBeGreaterThan(8);
        values.forEach((value: number | null, position: number) => {
          if (value === null || expected[position] === null) expect(value).toBe(expected[position]);
          else expect(value).toBeCloseTo(expected[position], 9);
        });
        const whole = compute(all, "2025-09-03", "2026-06-24");
        const overPeriod = series.resume.total ?? series.resume.distincts_sur_la_periode ?? series.resume.sur_la_periode.valeur;
        if (whole === null) expect(overPeriod).toBeNull();
        else expect(overPeriod).toBeCloseTo(whole, 9);
        if (series.nature !== "rapport") {
          const mean = expected.reduce((sum: number, n: number) => sum + n, 0) / expected.length;
          const variance = expected.reduce((sum: number, n: number) => sum + (n - mean) ** 2, 0) / expected.length;
          const sorted = [...expected].sort((a: number, b: number) => a - b);
          expect(series.resume.moyenne).toBeCloseTo(mean, 9);
          expect(series.resume.ecart_type).toBeCloseTo(Math.sqrt(variance), 9);
          expect(series.resume.mediane).toBeCloseTo((sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.floor(sorted.length / 2)]) / 2, 9);
          expect(series.resume.min.valeur).toBe(sorted[0]);
          expect(series.resume.max).toEqual({ valeur: sorted.at(-1), du: answer.intervalles[expected.indexOf(sorted.at(-1))].du });
        }
      }
    });
  }
}

const DIVIDED: [indicator: string, by: string, term: string, code: (fact: Fact) => unknown][] = [
  ["acces-total", "profil", "acces", (fact) => fact.profil],
  ["acces-par-presentation", "presentation", "acces", (fact) => fact.presentation],
  ["acces-total", "ressource", "acces", (fact) => fact.ressource],
  ["acces-par-ressource", "ressource-profil", "acces", (fact) => ({ ressource: fact.ressource, profil: fact.profil })],
  ["utilisateurs-distincts", "profil", "utilisateurs", (fact) => fact.profil],
  ["ressources-distinctes", "profil", "ressources-accedees", (fact) => fact.profil],
  ["affectations-total", "ressource", "affectations", (fact) => fact.ressource],
  ["abonnements-crees", "ressource", "abonnements-crees", (fact) => fact.ressource],
];

/** What a part is, as text, whatever the order in which its sides are written. */
function name(part: unknown): string {
  return JSON.stringify(part && typeof part === "object" ? Object.entries(part).sort() : part);
}

/** The profiles of a part. */
function profiles(part: any): string[] {
  return [part?.profil ?? part].flat();
}

/** The code of a fact, its profile being in the one of these parts that holds it. */
function grouped(code: any, parts: any[]): unknown {
  const own = parts.find((part) => profiles(part).includes(profiles(code)[0]));
  if (!own) return code;
  return code?.profil === undefined ? own : { ...code, profil: own.profil };
}

/** Profiles are shown together when fewer than five people have one of them, and in no other case. */
function expectFewOnlyTogether(parts: any[], all: Fact[]) {
  const people = new Map<string, Set<string>>();
  for (const fact of all.filter((fact) => fact.term === "comptes" && fact.day === "2025-09-01")) {
    people.set(fact.profil, (people.get(fact.profil) ?? new Set()).add(fact.member!));
  }
  const size = (profil: string) => people.get(profil)?.size ?? 0;
  for (const group of parts.map(profiles)) {
    expect(group.reduce((sum, profil) => sum + size(profil), 0)).toBeGreaterThanOrEqual(5);
    if (group.length > 1) expect(Math.min(...group.map(size))).toBeLessThan(5);
  }
}

for (const [indicator, by, term, code] of DIVIDED) {
  test(`${indicator} par ${by}`, async ({ ask }) => {
    for (const [uai, all] of facts) {
      const query = `etablissement=${uai}&indicateur=${indicator}&par=${by}&premiers=1000&du=2025-09-01&au=2026-06-30&pas=mois`;
      const answer = await (await ask(uai, `/statistiques.json?${query}`)).json();
      const inPeriod = all.filter((fact) => fact.term === term && fact.day >= "2025-09-01" && fact.day <= "2026-06-30");
      const parts = new Map<string, Fact[]>();
      for (const fact of inPeriod) {
        const parties = answer.series.map((series: any) => series.partie);
        const key = name(by.includes("profil") ? grouped(code(fact), parties) : code(fact));
        if (!parts.has(key)) parts.set(key, []);
        parts.get(key)!.push(fact);
      }
      expect(answer.series.map((series: any) => name(series.partie)).sort()).toEqual([...parts.keys()].sort());
      if (by.includes("profil")) expectFewOnlyTogether(answer.series.map((series: any) => series.partie), all);
      for (const series of answer.series) {
        const part = parts.get(name(series.partie))!;
        expect(series.valeurs).toEqual(answer.intervalles.map(({ du, au }: any) => count(part, term, du, au)));
      }
      expect(answer.ensemble.valeurs).toEqual(answer.intervalles.map(({ du, au }: any) => count(inPeriod, term, du, au)));
    }
  });
}

test("the first resources are the largest, and the others are added up", async ({ ask }) => {
  for (const [uai, all] of facts) {
    const query = `etablissement=${uai}&indicateur=acces-total&par=ressource&premiers=3&du=2025-09-01&au=2026-06-30&pas=mois`;
    const answer = await (await ask(uai, `/statistiques.json?${query}`)).json();
    const totals = new Map<string, number>();
    for (const fact of all.filter((f) => f.term === "acces" && f.day >= "2025-09-01" && f.day <= "2026-06-30")) {
      totals.set(fact.ressource, (totals.get(fact.ressource) ?? 0) + fact.count);
    }
    const sorted = [...totals.values()].sort((a, b) => b - a);
    const expected = [...sorted.slice(0, 3), sorted.slice(3).reduce((sum, n) => sum + n, 0)];
    expect(answer.series.map((series: any) => series.resume.total)).toEqual(expected);
  }
});

test("comptes à la fin de chaque mois", async ({ ask }) => {
  for (const [uai, all] of facts) {
    const query = `etablissement=${uai}&service=comptes&indicateur=comptes&par=aucun&du=2023-08-01&au=2026-06-24&pas=mois`;
    const answer = await (await ask(uai, `/statistiques.json?${query}`)).json();
    const listed = all.filter((fact) => fact.term === "comptes");
    const expected = answer.intervalles.map(({ au }: { au: string }) => {
      const last = listed.map((fact) => fact.day).filter((day) => day <= au).sort().at(-1);
      return last === undefined ? null : new Set(listed.filter((fact) => fact.day === last).map((fact) => fact.member)).size;
    });
    expect(new Set(expected).size).toBeGreaterThan(1);
    expect(answer.series[0].valeurs).toEqual(expected);
    expect(answer.series[0].resume.dernier.valeur).toBe(expected.at(-1));
  }
});
