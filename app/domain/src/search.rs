//! A search: one question, and its two-way translation to the address of a page.
//!
//! The address is the state of the application: readable, in French, versioned. [`Search::to_query`] always gives the same
//! text for the same question; [`Search::from_query`] reads it back, and anything a person or a form without JavaScript may
//! write (repeated fields, empty fields). What does not go together is refused, never replaced: figures of another question would be
//! shown and taken away. A form whose service or indicator was just changed still holds what went with the one before: it says by
//! [`MADE_FOR`] that it is a form, and of which service, and then that is left aside, which [`Reading::changes`] says.

mod display;
mod query;
mod sentences;
mod versions;

use crate::catalogue::{Dimension, IndicatorId, Kind, ServiceId};
use crate::form::ChartForm;
use crate::period::{Day, FIRST_DAY, Interval, LAST_DAY, MAX_DAYS, PeriodChoice, Preset, Step};
use crate::uai::Uai;
use display::{read_form, read_split};
use query::Pairs;
pub use query::field_value;
use sentences::{error, of_another_service, short, unknown};
use serde::{Deserialize, Serialize};

/// How many parts a long division shows before « Autres », unless the address says otherwise.
pub const DEFAULT_FIRST: u16 = 10;
/// The most parts that may be asked for.
pub const MAX_FIRST: u16 = 1_000;
/// The version of the address.
pub const ADDRESS_VERSION: u32 = 1;

/// The field by which a form says of which service its indicators are, as it was shown. Addresses that people keep never have it.
pub const MADE_FOR: &str = "formulaire";

/// The fields of the address that say what is asked.
pub const FIELDS: [&str; 9] = ["service", "indicateur", "periode", "du", "au", "pas", "par", "premiers", "forme"];

/// How a figure is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Split {
    /// By what.
    pub by: Dimension,
    /// For a long dimension, how many parts are shown, largest first; the others are added up in « Autres », unless it is
    /// [`Split::ALL`].
    pub first: u16,
}

impl Split {
    /// Every part is shown, however many there are. No address says it.
    pub const ALL: u16 = u16::MAX;
}

/// One question. Built by [`Search::from_query`] or [`Search::new`], which keep its parts consistent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Search {
    /// The school; None for the first school of the person who asks.
    pub school: Option<Uai>,
    /// The service.
    pub service: ServiceId,
    /// Indicators of the service, in the order of the catalogue, at least one.
    pub indicators: Vec<IndicatorId>,
    /// The period.
    pub period: PeriodChoice,
    /// How it is cut; None for a step suited to its length.
    pub step: Option<Step>,
    /// How the indicator is divided; only when there is one indicator.
    pub split: Option<Split>,
    /// How the result is drawn.
    pub form: ChartForm,
}

/// A field of the address that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Name of the field in the address (and in the form).
    pub field: String,
    /// What is wrong and what to do, in French.
    pub reason: String,
}

/// What reading an address gives: a search in which what could not be understood has its default value, and what could not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The search, complete.
    pub search: Search,
    /// What was wrong, in the order of the form; empty when all was understood.
    pub errors: Vec<FieldError>,
    /// What a form still held of the question before and does not go with this one: what became of it, field by field.
    pub changes: Vec<FieldError>,
    /// The first date as it was written, to give it back in the form when it is wrong.
    pub from_text: Option<String>,
    /// The last date as it was written.
    pub to_text: Option<String>,
}

impl Search {
    /// The search shown when nothing is asked for: the default indicator of a service over this school year.
    pub fn new(service: ServiceId) -> Self {
        let indicator = service.default_indicator();
        let mut search = Self {
            school: None,
            service,
            indicators: vec![indicator],
            period: PeriodChoice::Preset(Preset::ThisSchoolYear),
            step: None,
            split: default_split(indicator),
            form: ChartForm::Line,
        };
        search.form = search.default_form();
        search
    }

    /// The kinds of its indicators.
    pub fn kinds(&self) -> Vec<Kind> {
        self.indicators.iter().map(|id| id.get().kind()).collect()
    }

    /// The step that applies over `interval`: a heat map is made of days, otherwise the one asked for or a suited one.
    pub fn step_over(&self, interval: Interval) -> Step {
        match self.form {
            ChartForm::HeatMap => Step::Day,
            _ => self.step.unwrap_or_else(|| Step::suited_to(interval)),
        }
    }

    /// The divisions that the form may offer: those of the indicator when there is one only.
    pub fn offered_splits(&self) -> &'static [Dimension] {
        match self.indicators.as_slice() {
            [one] => one.get().dimensions,
            _ => &[],
        }
    }

    /// The forms that tell the truth about this question, in the order of the interface.
    pub fn offered_forms(&self) -> Vec<ChartForm> {
        let kinds = self.kinds();
        ChartForm::ALL.into_iter().filter(|form| form.tells_the_truth(&kinds, self.split.is_some())).collect()
    }

    /// The form used when none is asked for: for the parts of a whole stacked areas when they are levels, which last, stacked
    /// bars otherwise; a line for the rest.
    pub fn default_form(&self) -> ChartForm {
        match self.split {
            Some(_) if self.kinds() == [Kind::Stock] => ChartForm::Area,
            Some(_) if ChartForm::StackedBars.tells_the_truth(&self.kinds(), true) => ChartForm::StackedBars,
            _ => ChartForm::Line,
        }
    }

    /// Whether every indicator of the service is asked for.
    pub fn has_all_indicators(&self) -> bool {
        self.indicators.len() > 1 && self.indicators.iter().copied().eq(IndicatorId::of_service(self.service))
    }

    /// The address of this search, without the leading `?`. Fields that have their default value are left out, apart from
    /// those that say what the question is (service, indicators and period).
    pub fn to_query(&self) -> String {
        let mut pairs = Pairs::default();
        if let Some(uai) = &self.school {
            pairs.push("etablissement", uai.as_str());
        }
        pairs.push("service", self.service.get().slug);
        if self.has_all_indicators() {
            pairs.push("indicateur", "tous");
        } else {
            let slugs: Vec<_> = self.indicators.iter().map(|id| id.get().slug).collect();
            pairs.push("indicateur", &slugs.join(","));
        }
        match self.period {
            PeriodChoice::Preset(preset) => pairs.push("periode", preset.slug()),
            PeriodChoice::Dates(interval) => {
                pairs.push("du", &interval.first.to_string());
                pairs.push("au", &interval.last.to_string());
            }
        }
        if let Some(step) = self.step {
            pairs.push("pas", step.slug());
        }
        if let [one] = self.indicators.as_slice() {
            let default = default_split(*one);
            match self.split {
                None if default.is_some() => pairs.push("par", "aucun"),
                Some(split) if default.map(|d| d.by) != Some(split.by) => pairs.push("par", split.by.slug()),
                _ => {}
            }
            if let Some(split) = self.split.filter(|split| split.by.is_long() && split.first != DEFAULT_FIRST) {
                pairs.push("premiers", &split.first.to_string());
            }
        }
        if self.form != self.default_form() {
            pairs.push("forme", self.form.slug());
        }
        pairs.encode()
    }

    /// Whether an address (the part after `?`) says anything of the question, besides the school that it is about.
    pub fn is_asked_by(query: &str) -> bool {
        let pairs = Pairs::decode(query);
        FIELDS.iter().any(|field| pairs.first(field).is_some())
    }

    /// Whether a field of an address is part of the question, its school set aside.
    pub fn is_field(name: &str) -> bool {
        name == "v" || FIELDS.contains(&name)
    }

    /// Reads an address (the part after `?`). Never fails: what cannot be understood is reported beside a search in which it
    /// has its default value. Unknown fields are ignored, so that a link survives what mail programs add to it.
    pub fn from_query(query: &str) -> Reading {
        let mut pairs = Pairs::decode(query);
        let (mut errors, mut changes) = (Vec::new(), Vec::new());
        if let Some(version) = pairs.first("v").map(str::to_owned)
            && !version.parse().is_ok_and(|version| versions::bring_up_to_date(&mut pairs, version))
        {
            errors.push(error(
                "v",
                format!(
                    "Cette adresse est de la version «\u{a0}{}\u{a0}», que ce serveur ne connaît pas.",
                    short(&version)
                ),
            ));
        }
        let school = read_school(&pairs, &mut errors);
        let (service, indicators) = read_indicators(&pairs, &mut errors);
        let period = read_period(&pairs, &mut errors);
        let step = pairs.first("pas").filter(|slug| *slug != "auto").and_then(|slug| {
            let step = Step::from_slug(slug);
            if step.is_none() {
                errors.push(unknown("pas", slug, Step::ALL.map(Step::slug)));
            }
            step
        });
        let mut search = Self { school, service, indicators, period, step, split: None, form: ChartForm::Line };
        search.split = read_split(&pairs, &search, &mut errors, &mut changes);
        search.form = read_form(&pairs, &search, &mut errors, &mut changes);
        Reading {
            search,
            errors,
            changes,
            from_text: pairs.first("du").map(short),
            to_text: pairs.first("au").map(short),
        }
    }
}

fn default_split(indicator: IndicatorId) -> Option<Split> {
    indicator.get().default_split().map(|by| Split { by, first: DEFAULT_FIRST })
}

fn read_school(pairs: &Pairs, errors: &mut Vec<FieldError>) -> Option<Uai> {
    let text = pairs.first("etablissement")?;
    match Uai::parse(text) {
        Ok(uai) => Some(uai),
        Err(invalid) => {
            errors.push(error("etablissement", invalid.to_string() + "."));
            None
        }
    }
}

/// The service and its indicators. The service may be left out when an indicator names it; indicators of another service than
/// the one asked for are refused, but for those of the service that a form was made for.
fn read_indicators(pairs: &Pairs, errors: &mut Vec<FieldError>) -> (ServiceId, Vec<IndicatorId>) {
    let mut all = false;
    let mut asked = Vec::new();
    for slug in
        pairs.all("indicateur").flat_map(|value| value.split(',')).map(str::trim).filter(|slug| !slug.is_empty())
    {
        match IndicatorId::from_slug(slug) {
            Some(id) => asked.push(id),
            None if slug == "tous" => all = true,
            None => errors.push(error(
                "indicateur",
                format!("L’indicateur «\u{a0}{}\u{a0}» n’existe pas. Choisissez-en un dans la liste.", short(slug)),
            )),
        }
    }
    let by_indicator = asked.first().and_then(|id| ServiceId::from_slug(id.get().service));
    let fallback = by_indicator.unwrap_or(ServiceId::ACCES);
    let service = match pairs.first("service") {
        None => fallback,
        Some(slug) => ServiceId::from_slug(slug).unwrap_or_else(|| {
            errors.push(unknown("service", slug, ServiceId::all().map(|service| service.get().slug)));
            fallback
        }),
    };
    let made_for = pairs.first(MADE_FOR).and_then(ServiceId::from_slug);
    let (mut asked, others): (Vec<_>, Vec<_>) =
        asked.into_iter().partition(|id| id.get().service == service.get().slug);
    let stray = others.into_iter().find(|id| made_for.is_none_or(|service| id.get().service != service.get().slug));
    errors.extend(stray.map(|id| of_another_service(id, service)));
    if all {
        return (service, IndicatorId::of_service(service).collect());
    }
    asked.sort_unstable();
    asked.dedup();
    if asked.is_empty() {
        asked.push(service.default_indicator());
    }
    (service, asked)
}

fn read_period(pairs: &Pairs, errors: &mut Vec<FieldError>) -> PeriodChoice {
    let default = PeriodChoice::Preset(Preset::ThisSchoolYear);
    let preset = pairs.first("periode").filter(|slug| *slug != "dates");
    let (from, to) = (pairs.first("du"), pairs.first("au"));
    if let Some(slug) = preset {
        return match Preset::from_slug(slug) {
            Some(preset) => PeriodChoice::Preset(preset),
            None => {
                errors.push(unknown("periode", slug, Preset::ALL.map(Preset::slug).into_iter().chain(["dates"])));
                default
            }
        };
    }
    let (from, to) = match (from, to) {
        (None, None) if pairs.first("periode").is_some() => {
            errors.push(error("du", "Indiquez les deux dates de la période.".into()));
            return default;
        }
        (None, None) => return default,
        (None, Some(_)) => {
            errors.push(error("du", "Indiquez aussi la date de début.".into()));
            return default;
        }
        (Some(_), None) => {
            errors.push(error("au", "Indiquez aussi la date de fin.".into()));
            return default;
        }
        (Some(from), Some(to)) => (read_day("du", from, errors), read_day("au", to, errors)),
    };
    match (from, to) {
        (Some(first), Some(last)) if first > last => {
            errors.push(error(
                "au",
                "La date de fin précède la date de début. Inversez-les ou corrigez l’une des deux.".into(),
            ));
            default
        }
        (Some(first), Some(last)) if (Interval { first, last }).days() > MAX_DAYS => {
            errors.push(error("au", "La période dépasse douze ans. Choisissez des dates plus proches.".into()));
            default
        }
        (Some(first), Some(last)) => PeriodChoice::Dates(Interval { first, last }),
        _ => default,
    }
}

fn read_day(field: &str, text: &str, errors: &mut Vec<FieldError>) -> Option<Day> {
    let written_as_expected = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let Some(day) = written_as_expected.then(|| text.parse::<Day>().ok()).flatten() else {
        let reason =
            format!("«\u{a0}{}\u{a0}» n’est pas une date. Écrivez-la AAAA-MM-JJ, par exemple 2025-09-01.", short(text));
        errors.push(error(field, reason));
        return None;
    };
    if day < FIRST_DAY || day > LAST_DAY {
        errors.push(error(field, "La date doit être comprise entre 2000 et 2099.".into()));
        return None;
    }
    Some(day)
}

#[cfg(test)]
mod tests;
