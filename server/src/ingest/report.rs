//! What an import did, file by file.

use super::event::{Event, Reject};
use super::format::Format;
use super::refusal::{Refusal, is_structure_like};
use super::typography::french;
use crate::store::{Fall, KEPT_REJECTS};
use chrono::NaiveDate;
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;
use vigie_domain::format::{date, integer, interval};
use vigie_domain::period::Interval;
use vigie_domain::uai::Uai;

/// How many rejects a report shows; the database keeps more of them.
pub const SHOWN_REJECTS: usize = 20;
const NAMED: usize = 10;
/// How many cumulative counts that fall a report shows.
const SHOWN_FALLS: usize = 5;

/// What the import of a file came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All of it was read.
    #[serde(rename = "importe")]
    Imported,
    /// All of it had been read before: nothing changed.
    #[serde(rename = "deja-importe")]
    AlreadyImported,
    /// It was stopped: importing the file again goes on from there.
    #[serde(rename = "interrompu")]
    Interrupted,
    /// Nothing of it could be read.
    #[serde(rename = "illisible")]
    Unreadable,
}

/// What the import of a file did. Serialised with French names: it is read by the same people as the text.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Name of the file.
    #[serde(rename = "fichier")]
    pub name: String,
    /// Its format, when it could be told.
    pub format: Option<Format>,
    /// What it came to.
    #[serde(rename = "etat")]
    pub outcome: Outcome,
    /// Why nothing could be read.
    #[serde(rename = "erreur", skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How many lines, elements or entries an earlier import had already read.
    #[serde(rename = "repris_apres")]
    pub resumed_after: u64,
    /// Lines, elements or entries read.
    #[serde(rename = "lus")]
    pub read: u64,
    /// Events counted.
    #[serde(rename = "comptes")]
    pub counted: u64,
    /// Events that had been counted before.
    #[serde(rename = "doublons")]
    pub duplicates: u64,
    /// Events of people who do not want to be counted.
    #[serde(rename = "oppositions")]
    pub opted_out: u64,
    /// Subscriptions described as they were known.
    #[serde(rename = "inchanges")]
    pub unchanged: u64,
    /// Entries that are recognised and feed no indicator yet.
    #[serde(rename = "pas_encore_utilises")]
    pub not_used_yet: u64,
    /// Resources described.
    #[serde(rename = "ressources_decrites")]
    pub resources: u64,
    /// Schools described.
    #[serde(rename = "etablissements_decrits")]
    pub schools_described: u64,
    /// Cumulative counts of assignments read.
    #[serde(rename = "decomptes")]
    pub cumulative: u64,
    /// Responsables d'affectation read, once per school.
    #[serde(rename = "responsables")]
    pub responsables: u64,
    /// Cumulative counts that are lower than the one before them.
    #[serde(rename = "cumuls_en_baisse", skip_serializing_if = "is_nought")]
    pub falls: u64,
    /// The first of them.
    #[serde(skip)]
    pub first_falls: Vec<Fall>,
    /// Lines, elements or entries refused.
    #[serde(rename = "refuses")]
    pub rejected: u64,
    /// The first of them.
    #[serde(rename = "refus", serialize_with = "serialize_rejects")]
    pub rejects: Vec<Reject>,
    /// First and last day of what was read.
    #[serde(rename = "periode", serialize_with = "serialize_period")]
    pub period: Option<Interval>,
    /// Schools of what was read.
    #[serde(rename = "etablissements")]
    pub schools: BTreeSet<Uai>,
    /// What deserves attention.
    #[serde(rename = "avertissements")]
    pub warnings: Vec<String>,
}

impl Report {
    pub(crate) fn new(name: String, outcome: Outcome) -> Self {
        Self {
            name,
            format: None,
            outcome,
            error: None,
            resumed_after: 0,
            read: 0,
            counted: 0,
            duplicates: 0,
            opted_out: 0,
            unchanged: 0,
            not_used_yet: 0,
            resources: 0,
            schools_described: 0,
            cumulative: 0,
            responsables: 0,
            falls: 0,
            first_falls: Vec::new(),
            rejected: 0,
            rejects: Vec::new(),
            period: None,
            schools: BTreeSet::new(),
            warnings: Vec::new(),
        }
    }

    /// The report of a file that cannot be read at all.
    pub fn unreadable(name: String, error: &str) -> Self {
        Self { error: Some(french(error)), ..Self::new(name, Outcome::Unreadable) }
    }

    /// Whether something of the file was of use, now or before.
    pub fn did_something(&self) -> bool {
        let used = self.counted
            + self.duplicates
            + self.opted_out
            + self.unchanged
            + self.not_used_yet
            + self.resources
            + self.schools_described
            + self.cumulative
            + self.responsables;
        used + self.resumed_after > 0 || self.outcome == Outcome::AlreadyImported
    }

    /// Whether something of the file could not be used.
    pub fn refused_something(&self) -> bool {
        self.rejected > 0 || matches!(self.outcome, Outcome::Unreadable | Outcome::Interrupted)
    }

    pub(crate) fn add_event(&mut self, event: &Event) {
        self.meet(&event.uai, event.day);
    }

    /// Notes that something was read of a school on a day.
    pub(crate) fn meet(&mut self, uai: &Uai, day: NaiveDate) {
        self.widen(day);
        if !self.schools.contains(uai) {
            self.schools.insert(uai.clone());
        }
    }

    /// Takes note of the days and of the schools of events.
    pub(crate) fn meet_all(&mut self, days: Option<Interval>, schools: BTreeSet<Uai>) {
        if let Some(days) = days {
            self.widen(days.first);
            self.widen(days.last);
        }
        self.schools.extend(schools);
    }

    pub(crate) fn add_reject(&mut self, reject: &Reject) {
        self.rejected += 1;
        if self.rejects.len() < SHOWN_REJECTS {
            self.rejects.push(reject.clone());
        }
    }

    /// Takes note of cumulative counts that fall.
    pub(crate) fn meet_falls(&mut self, falls: Vec<Fall>) {
        self.falls += falls.len() as u64;
        let room = SHOWN_FALLS - self.first_falls.len();
        self.first_falls.extend(falls.into_iter().take(room));
    }

    fn widen(&mut self, day: NaiveDate) {
        let period = self.period.get_or_insert(Interval { first: day, last: day });
        period.first = period.first.min(day);
        period.last = period.last.max(day);
    }

    /// The report as people read it.
    pub fn text(&self) -> String {
        let mut lines = vec![match self.format {
            Some(format) => format!("{} — {}", self.name, format.label()),
            None => self.name.clone(),
        }];
        match self.outcome {
            Outcome::Unreadable => lines.push(format!("  non lu : {}", self.error.as_deref().unwrap_or_default())),
            Outcome::AlreadyImported => lines.push("  déjà importé : rien n’a changé".into()),
            Outcome::Imported | Outcome::Interrupted => self.write_counts(&mut lines),
        }
        lines.extend(self.warnings.iter().map(|warning| format!("  attention : {warning}")));
        self.write_rejects(&mut lines);
        let mut text = french(&lines.join("\n"));
        text.push('\n');
        text
    }

    fn write_counts(&self, lines: &mut Vec<String>) {
        if self.resumed_after > 0 {
            lines.push(format!("  repris après {}", count(self.resumed_after, "élément déjà lu", "éléments déjà lus")));
        }
        let mut parts = vec![
            count(self.read, "élément lu", "éléments lus"),
            count(self.counted, "événement compté", "événements comptés"),
        ];
        for (number, one, several) in [
            (self.duplicates, "doublon", "doublons"),
            (self.opted_out, "écarté par opposition", "écartés par opposition"),
            (self.unchanged, "abonnement inchangé", "abonnements inchangés"),
            (self.not_used_yet, "pas encore utilisé", "pas encore utilisés"),
            (self.resources, "ressource décrite", "ressources décrites"),
            (self.schools_described, "établissement décrit", "établissements décrits"),
            (self.cumulative, "décompte", "décomptes"),
            (self.responsables, "responsable", "responsables"),
        ] {
            if number > 0 {
                parts.push(count(number, one, several));
            }
        }
        parts.push(match self.rejected {
            0 => "aucun refus".into(),
            rejected => count(rejected, "refusé", "refusés"),
        });
        lines.push(format!("  {}", parts.join(", ")));
        if let Some(period) = self.period {
            let named: Vec<_> = self.schools.iter().take(NAMED).map(Uai::as_str).collect();
            let more = if self.schools.len() > NAMED { "…" } else { "" };
            let schools = count(self.schools.len() as u64, "établissement", "établissements");
            lines.push(format!("  {}, {schools} ({}{more})", interval(period), named.join(", ")));
        }
        if self.outcome == Outcome::Interrupted {
            lines.push("  interrompu : relancez l’import du même fichier pour continuer".into());
        }
    }

    fn write_rejects(&self, lines: &mut Vec<String>) {
        if self.rejected == 0 {
            return;
        }
        lines.push("  refus :".into());
        for reject in &self.rejects {
            lines.push(format!("    ligne {} : {}", integer(reject.line), reject.reason));
            if !reject.excerpt.is_empty() {
                lines.push(format!("      {}", reject.excerpt));
            }
        }
        let more = self.rejected - self.rejects.len() as u64;
        if more > 0 {
            let kept = match self.rejected > KEPT_REJECTS as u64 {
                true => format!("les {} premiers sont gardés", integer(KEPT_REJECTS as u64)),
                false => "tous sont gardés".to_owned(),
            };
            lines.push(format!("    et {} ({kept} dans la base)", count(more, "autre", "autres")));
        }
    }
}

/// What is gathered while a file is read, to warn of at its end.
#[derive(Debug, Default)]
pub(crate) struct Concerns {
    structures: BTreeSet<String>,
    guessed_days: u64,
    guessed_file_day: bool,
    changed: bool,
    cut_short: bool,
    encoding: u64,
}

impl Concerns {
    pub(crate) fn meet_structures(&mut self, structures: Vec<String>) {
        for structure in structures {
            // Enough to correct the table; a file of nothing but unknown ones must not fill the memory.
            if self.structures.len() < 1_000 {
                self.structures.insert(structure);
            }
        }
    }

    pub(crate) fn guess_day(&mut self) {
        self.guessed_days += 1;
    }

    pub(crate) fn guess_file_day(&mut self) {
        self.guessed_file_day = true;
    }

    pub(crate) fn meet_a_change(&mut self) {
        self.changed = true;
    }

    pub(crate) fn refuse(&mut self, refusal: &Refusal) {
        self.encoding += u64::from(*refusal == Refusal::Encoding);
        self.cut_short |= matches!(refusal, Refusal::Truncated | Refusal::Unreadable(_));
    }

    pub(crate) fn warnings(&self, report: &Report) -> Vec<String> {
        let mut warnings = Vec::new();
        let listed = |names: Vec<&str>| {
            let more = if names.len() > NAMED { "…" } else { "" };
            format!("{}{more}", names[..names.len().min(NAMED)].join(", "))
        };
        if !self.structures.is_empty() {
            let number = count(self.structures.len() as u64, "structure absente", "structures absentes");
            let shown: Vec<_> =
                self.structures.iter().map(String::as_str).filter(|name| is_structure_like(name)).collect();
            let names = if shown.is_empty() { String::new() } else { format!(" : {}", listed(shown)) };
            warnings
                .push(format!("{number} de la table ; seules comptent les autres structures de la personne{names}"));
        }
        if self.guessed_days > 0 {
            let number = count(self.guessed_days, "opération sans date, comptée", "opérations sans date, comptées");
            warnings.push(format!("{number} à la date du jour ; pour en donner une autre : --date"));
        }
        if self.changed {
            warnings.push(
                "le fichier a changé pendant sa lecture : seul ce qu’il contenait au début est compté ; n’importez pas le fichier entier une fois complet, ses événements sans identifiant compteraient deux fois : mettez ce qui s’y est ajouté dans un fichier à part"
                    .into(),
            );
        }
        if self.cut_short && !self.changed && report.counted > 0 {
            warnings.push(
                "le fichier s’arrête trop tôt : ce qui précède est compté ; n’importez pas ensuite le fichier entier, ses événements sans identifiant compteraient deux fois : mettez ce qui manque dans un fichier à part"
                    .into(),
            );
        }
        if self.guessed_file_day {
            warnings.push(
                "rien ne dit le jour de ce fichier : celui de l’import est pris ; pour en donner un autre : --date, ou une date dans son nom"
                    .into(),
            );
        }
        if self.encoding > 0 {
            let number = count(self.encoding, "refus", "refus");
            warnings.push(format!(
                "{number} pour encodage ; si le fichier est en Windows-1252 ou ISO-8859-1 sans le déclarer, convertissez-le d’abord : iconv -f WINDOWS-1252 -t UTF-8"
            ));
        }
        if report.falls > 0 {
            let number = count(report.falls, "cumul en baisse", "cumuls en baisse");
            let first: Vec<String> = report.first_falls.iter().map(describe_fall).collect();
            let more = if report.falls > first.len() as u64 { " ; …" } else { "" };
            warnings.push(format!("{number}, dont aucune affectation n’est retirée : {}{more}", first.join(" ; ")));
        }
        let doubtful = report.schools.iter().filter(|uai| !uai.has_valid_letter());
        let (misspelt, other): (Vec<_>, Vec<_>) = doubtful.partition(|uai| uai.check_letter().is_some());
        for (uais, said) in [
            (misspelt, "UAI dont la lettre de contrôle n’est pas la bonne"),
            (other, "établissements dont l’identifiant n’est pas un UAI (sept chiffres et une lettre)"),
        ] {
            if !uais.is_empty() {
                warnings.push(format!("{said} : {}", listed(uais.into_iter().map(Uai::as_str).collect())));
            }
        }
        warnings.into_iter().map(|warning| french(&warning)).collect()
    }
}

/// A cumulative count that falls, as people read it.
pub(crate) fn describe_fall(fall: &Fall) -> String {
    let Fall { uai, subscription, resource, profile, day, earlier, later } = fall;
    let resource = if resource.is_empty() { String::new() } else { format!(", ressource {resource}") };
    let (earlier, later, day) = (integer(*earlier), integer(*later), date(*day));
    format!("{uai}, abonnement {subscription}{resource}, {profile}, le {day} : {earlier} puis {later}")
}

/// So many of something. The spaces of reports are plain ones, which are looked for in a terminal.
fn count(number: u64, one: &str, several: &str) -> String {
    format!("{} {}", integer(number), if number < 2 { one } else { several })
}

fn is_nought(number: &u64) -> bool {
    *number == 0
}

fn serialize_rejects<S: Serializer>(rejects: &[Reject], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shown<'a> {
        ligne: u64,
        motif: &'a str,
        extrait: &'a str,
    }
    serializer.collect_seq(rejects.iter().map(|reject| Shown {
        ligne: reject.line,
        motif: &reject.reason,
        extrait: &reject.excerpt,
    }))
}

fn serialize_period<S: Serializer>(period: &Option<Interval>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shown {
        du: NaiveDate,
        au: NaiveDate,
    }
    period.map(|period| Shown { du: period.first, au: period.last }).serialize(serializer)
}
