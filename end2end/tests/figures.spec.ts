// Every figure of several searches, cell by cell, against an independent computation from the source files.
import { expect, test } from "@playwright/test";
import { join } from "node:path";
import { type Fact, count, readFacts } from "../independent";

const folder = join(process.env.VIGIE_TEST_DATA ?? "", "demo");
/** The facts of each school, by term. */
let facts: Map<string, Terms>;
type Terms = Map<string, Fact[]>;

test.beforeAll(() => {
  facts = new Map();
  for (const fact of readFacts(folder)) {
    const terms = facts.get(fact.uai) ?? new Map<string, Fact[]>();
    facts.set(fact.uai, terms.set(fact.term, terms.get(fact.term) ?? []));
    terms.get(fact.term)!.push(fact);
  }
});

type Compute = (terms: Terms, from: string, to: string) => number | null;
const one = (term: string): Compute => (all, from, to) => count(all.get(term) ?? [], from, to);
const less = (term: string, without: string): Compute => (all, from, to) => one(term)(all, from, to)! - one(without)(all, from, to)!;
const ratio = (above: string, below: string, scale: number): Compute => (all, from, to) => {
  const denominator = one(below)(all, from, to)!;
  return denominator === 0 ? null : (one(above)(all, from, to)! * scale) / denominator;
};

/** Ratios computed in another order may differ in their last digits. */
const rounded = (values: (number | null)[]) => values.map((value) => value && Number(value.toPrecision(12)));

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
    test(`${indicator} par ${step}`, async ({ request }) => {
      for (const [uai, all] of facts) {
        const query = `etablissement=${uai}&indicateur=${indicator}&par=aucun&du=2025-09-03&au=2026-06-24&pas=${step}`;
        const response = await request.get(`/statistiques.json?${query}`);
        expect(response.ok(), await response.text()).toBe(true);
        const answer = await response.json();
        const [series] = answer.series;
        const expected = answer.intervalles.map(({ du, au }: { du: string; au: string }) => compute(all, du, au));
        const values = series.valeurs.map((value: any) => (value?.denominateur !== undefined ? value.valeur : value));
        expect(values.length).toBeGreaterThan(8);
        expect(rounded(values)).toEqual(rounded(expected));
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
  ["acces-par-ressource", "ressource-profil", "acces", (fact) => ({ profil: fact.profil, ressource: fact.ressource })],
  ["utilisateurs-distincts", "profil", "utilisateurs", (fact) => fact.profil],
  ["ressources-distinctes", "profil", "ressources-accedees", (fact) => fact.profil],
  ["affectations-total", "ressource", "affectations", (fact) => fact.ressource],
  ["abonnements-crees", "ressource", "abonnements-crees", (fact) => fact.ressource],
];

for (const [indicator, by, term, code] of DIVIDED) {
  test(`${indicator} par ${by}`, async ({ request }) => {
    for (const [uai, all] of facts) {
      const query = `etablissement=${uai}&indicateur=${indicator}&par=${by}&premiers=1000&du=2025-09-01&au=2026-06-30&pas=mois`;
      const answer = await (await request.get(`/statistiques.json?${query}`)).json();
      const inPeriod = all.get(term)!.filter((fact) => fact.day >= "2025-09-01" && fact.day <= "2026-06-30");
      const parts = new Map<string, Fact[]>();
      for (const fact of inPeriod) {
        const key = JSON.stringify(code(fact));
        if (!parts.has(key)) parts.set(key, []);
        parts.get(key)!.push(fact);
      }
      expect(answer.series.map((series: any) => JSON.stringify(series.partie)).sort()).toEqual([...parts.keys()].sort());
      for (const series of answer.series) {
        const part = parts.get(JSON.stringify(series.partie))!;
        expect(series.valeurs).toEqual(answer.intervalles.map(({ du, au }: any) => count(part, du, au)));
      }
      expect(answer.ensemble.valeurs).toEqual(answer.intervalles.map(({ du, au }: any) => count(inPeriod, du, au)));
    }
  });
}

test("the first resources are the largest, and the others are added up", async ({ request }) => {
  for (const [uai, all] of facts) {
    const query = `etablissement=${uai}&indicateur=acces-total&par=ressource&premiers=3&du=2025-09-01&au=2026-06-30&pas=mois`;
    const answer = await (await request.get(`/statistiques.json?${query}`)).json();
    const totals = new Map<string, number>();
    for (const fact of all.get("acces")!.filter((f) => f.day >= "2025-09-01" && f.day <= "2026-06-30")) {
      totals.set(fact.ressource, (totals.get(fact.ressource) ?? 0) + fact.count);
    }
    const sorted = [...totals.values()].sort((a, b) => b - a);
    const expected = [...sorted.slice(0, 3), sorted.slice(3).reduce((sum, n) => sum + n, 0)];
    expect(answer.series.map((series: any) => series.resume.total)).toEqual(expected);
  }
});
