// Figures computed again from the source files of the demonstration, in another language and in the most naive way:
// every event is kept, sums are loops and distinct counts are sets. Nothing here is shared with the program.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** One thing to count: how much it adds, whom it is about, and what it can be divided by. */
export interface Fact {
  uai: string;
  day: string;
  term: string;
  count: number;
  member?: string;
  profil: string;
  ressource: string;
  presentation: string;
}

const parisDay = new Intl.DateTimeFormat("fr-CA", { timeZone: "Europe/Paris", year: "numeric", month: "2-digit", day: "2-digit" });

/** The day of an instant in Paris; a date without a zone is already local. */
function localDay(date: string | number): string {
  if (typeof date === "string" && !/(Z|[+-]\d\d:?\d\d)$/.test(date.slice(10))) return date.slice(0, 10);
  return parisDay.format(new Date(date));
}

const PROFILES: Record<string, string> = {
  eleve: "eleve", student: "eleve", national_elv: "eleve",
  enseignant: "enseignant", teacher: "enseignant", national_ens: "enseignant",
  documentaliste: "documentaliste", national_doc: "documentaliste",
  "autre-personnel": "autre-personnel", "autre personnel": "autre-personnel", personnel: "autre-personnel",
  national_dir: "autre-personnel", national_evs: "autre-personnel", national_eta: "autre-personnel",
};

function profileOf(raw: unknown): string {
  const key = String(raw ?? "").toLowerCase();
  return key === "" ? "inconnu" : (PROFILES[key] ?? key);
}

/** Everything that the source files of a folder say. */
export function readFacts(folder: string): Fact[] {
  const files = listFiles(folder);
  const presentations = new Map<string, string>();
  for (const file of files.filter((name) => name.endsWith(".json"))) {
    const document = JSON.parse(readFileSync(file, "utf8"));
    for (const resource of document.listeRessources.ressource) {
      presentations.set(resource.idRessource, resource.typePresentation.code);
    }
  }
  const facts: Fact[] = [];
  for (const file of files) {
    if (basename(file).startsWith("annuaire-")) facts.push(...directoryFacts(file));
    else if (file.endsWith(".xml")) facts.push(...subscriptionFacts(file));
    if (!file.endsWith(".ndjson")) continue;
    for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
      facts.push(...lineFacts(JSON.parse(line), presentations));
    }
  }
  return facts;
}

function listFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? listFiles(path) : [path];
  });
}

/** What a file of subscriptions says: its name gives the day and the operation. */
function subscriptionFacts(file: string): Fact[] {
  const [, day, operation] = /(\d{4}-\d\d-\d\d)_(creation|modification|suppression)/.exec(basename(file)) ?? [];
  if (!day) throw new Error(`what is ${file}?`);
  const term = { creation: "abonnements-crees", modification: "abonnements-modifies", suppression: "abonnements-supprimes" }[operation]!;
  const facts: Fact[] = [];
  for (const [, body] of readFileSync(file, "utf8").matchAll(/<abonnement>(.*?)<\/abonnement>/gs)) {
    const ressource = /<idRessource>(.*?)<\/idRessource>/.exec(body)?.[1] ?? "";
    const schools = [...body.matchAll(/<uaiEtab>(.*?)<\/uaiEtab>/g)].map((match) => match[1]);
    for (const uai of schools.length > 0 ? schools : knownSchools(body)) {
      const base = { uai, day, profil: "", ressource, presentation: "" };
      facts.push({ ...base, term, count: 1 });
      if (operation === "creation" && ressource) facts.push({ ...base, term: "ressources-abonnees", count: 1, member: ressource });
    }
  }
  return facts;
}

/** Who has an account, in an export of a directory: its name gives the day. */
function directoryFacts(file: string): Fact[] {
  const day = /(\d{4}-\d\d-\d\d)-(eleves|personnels|responsables)/.exec(basename(file))?.[1];
  if (!day) throw new Error(`what is ${file}?`);
  const facts: Fact[] = [];
  for (const [, body] of readFileSync(file, "utf8").matchAll(/<men:(?:GAREleve|GAREnseignant)>(.*?)<\/men:(?:GAREleve|GAREnseignant)>/gs)) {
    const text = (name: string) => new RegExp(`<men:${name}>(.*?)</men:${name}>`).exec(body)![1];
    const profil = profileOf(text("GARPersonProfil"));
    facts.push({ uai: text("GARStructureUAI"), day, term: "comptes", count: 1, member: text("GARPersonIdentifiant"), profil, ressource: "", presentation: "" });
  }
  return facts;
}

/** A body without a school is about the school that its subscription's identifier begins with, in the demonstration. */
function knownSchools(body: string): string[] {
  const id = /<idAbonnement>(.*?)<\/idAbonnement>/.exec(body)?.[1] ?? "";
  const uai = /\d{7}[A-Z]/.exec(id)?.[0];
  if (!uai) throw new Error(`whose subscription is ${id}?`);
  return [uai];
}

/** What one line of NDJSON says, whichever of the three formats it is in. */
function lineFacts(event: any, presentations: Map<string, string>): Fact[] {
  if (event["event-type"]) {
    if (event["event-type"] !== "GAR_ACCESS") return [];
    return event.structures.flatMap((uai: string) =>
      accesses(uai, localDay(event.date), event.userId, profileOf(event.profil), "", event.service, 1),
    );
  }
  if (event.idRessource) {
    const date = event.created?.$date?.$numberLong ? Number(event.created.$date.$numberLong) : event.created.$date;
    const profil = profileOf(event.profil ?? event.owner?.profil);
    return accesses(event.uai, localDay(date), event.owner?.userId, profil, event.idRessource, event.typePresentation.code, 1);
  }
  const { uai, type } = event;
  const day = event.date ? localDay(event.date) : "";
  const ressource = event.ressource ?? "";
  const fact = (term: string, count: number, member?: string): Fact => ({ uai, day, term, count, member, profil: "", ressource, presentation: "" });
  switch (type) {
    case "etablissement":
      return [];
    case "acces":
      return accesses(uai, day, event.personne, profileOf(event.profil), ressource, event.presentation ?? presentations.get(ressource) ?? "", event.nombre ?? 1);
    case "suggestions":
      return [
        fact("suggestions", event.suggestions),
        fact("affectations-automatiques", event.affectations_automatiques ?? 0),
        fact("abonnements-traites", 1, event.abonnement),
        ...(event.suggestions > 0 ? [fact("abonnements-avec-suggestion", 1, event.abonnement)] : []),
        ...(event.suggestions > 0 && ressource ? [fact("ressources-suggerees", 1, ressource)] : []),
      ];
    case "affectation": {
      const count = event.nombre ?? 1;
      return [
        fact("affectations", count),
        fact(event.mode === "groupe" ? "affectations-groupe" : "affectations-individuelles", count),
        ...(event.suggestion ? [fact("suggestions-validees", count)] : []),
        ...(event.session ? [fact("sessions", 1, event.session), fact("sessions-avec-affectation", 1, event.session)] : []),
      ];
    }
    case "session-console":
      return [fact("sessions", 1, event.session)];
    default:
      throw new Error(`what is ${type}?`);
  }
}

function accesses(uai: string, day: string, person: string | undefined, profil: string, ressource: string, presentation: string, count: number): Fact[] {
  const base = { uai, day, profil, ressource, presentation };
  return [
    { ...base, term: "acces", count },
    ...(person ? [{ ...base, term: "utilisateurs", count: 1, member: person }] : []),
    ...(ressource ? [{ ...base, term: "ressources-accedees", count: 1, member: ressource }] : []),
  ];
}

/** The facts of each term, day by day: a year by day is hundreds of questions to the same facts. */
const byTermAndDay = new WeakMap<Fact[], Map<string, Map<string, Fact[]>>>();

function index(facts: Fact[]): Map<string, Map<string, Fact[]>> {
  const known = byTermAndDay.get(facts);
  if (known) return known;
  const terms = new Map<string, Map<string, Fact[]>>();
  for (const fact of facts) {
    const days = terms.get(fact.term) ?? new Map<string, Fact[]>();
    terms.set(fact.term, days);
    const ofDay = days.get(fact.day) ?? [];
    days.set(fact.day, ofDay);
    ofDay.push(fact);
  }
  byTermAndDay.set(facts, terms);
  return terms;
}

/** How many: the sum of counts, or the number of different members. */
export function count(facts: Fact[], term: string, from: string, to: string): number {
  const chosen: Fact[] = [];
  for (const [day, ofDay] of index(facts).get(term) ?? []) if (day >= from && day <= to) chosen.push(...ofDay);
  return chosen.some((fact) => fact.member !== undefined)
    ? new Set(chosen.map((fact) => fact.member)).size
    : chosen.reduce((sum, fact) => sum + fact.count, 0);
}
