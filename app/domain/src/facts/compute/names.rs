//! What people read for the parts of a divided indicator. Two resources may bear the same title: their parts bear a number besides.

use crate::catalogue::{Dimension, Formula, IndicatorId, Stock};
use crate::facts::PART_SEPARATOR;
use crate::names::told_apart;
use crate::privacy::grouping;
use crate::profile;
use crate::result::{ENSEMBLE, Part};
use std::collections::{BTreeMap, HashMap};

/// What the parts of an indicator are called.
pub(super) struct Names<'f> {
    id: IndicatorId,
    by: Dimension,
    /// Of each resource or presentation type: its title, and its title told apart from those of the others.
    titles: HashMap<&'f str, (String, String)>,
}

impl<'f> Names<'f> {
    /// The names of parts, whose codes are in their own order: as long as the same ones are met, each keeps its number, whichever is
    /// the largest. So many others are shown together.
    pub(super) fn of(
        id: IndicatorId,
        by: Dimension,
        codes: &[&'f str],
        others: usize,
        labels: &BTreeMap<String, String>,
    ) -> Self {
        let mut named: Vec<&str> = match by {
            Dimension::Profile => Vec::new(),
            Dimension::Resource | Dimension::Presentation | Dimension::ResourceAndProfile => {
                codes.iter().map(|code| without_profile(code)).collect()
            }
        };
        named.dedup();
        let titles: Vec<String> = named.iter().map(|code| title(by, code, labels)).collect();
        let reserved = [ENSEMBLE.to_owned(), Part::others(others).label];
        let told = told_apart(reserved.iter().chain(&titles).map(String::as_str));
        let told = titles.into_iter().zip(told.into_iter().skip(reserved.len()));
        Self { id, by, titles: named.into_iter().zip(told).collect() }
    }

    /// The part of a code.
    pub(super) fn part(&self, code: &str) -> Part {
        let whole = Some(code.to_owned());
        if self.by == Dimension::Profile {
            return Part::new(whole, self.profile(code));
        }
        let (resource, profile) = code.split_once(PART_SEPARATOR).unwrap_or((code, ""));
        let (title, told) =
            self.titles.get(resource).map_or((resource, resource), |(title, told)| (title.as_str(), told.as_str()));
        let write = |title: &str| match self.by {
            Dimension::ResourceAndProfile => format!("{title} — {}", profile_label(profile)),
            _ => title.to_owned(),
        };
        Part { title: (title != told).then(|| write(title)), ..Part::new(whole, write(told)) }
    }

    fn profile(&self, code: &str) -> String {
        // Licences that a subscription gives to the school, not to a profile.
        if code.is_empty() && self.id.get().formula == Formula::Stock(Stock::Licences) {
            return "Tous profils confondus".to_owned();
        }
        profile_label(code)
    }
}

fn without_profile(code: &str) -> &str {
    code.split_once(PART_SEPARATOR).map_or(code, |(resource, _)| resource)
}

fn title(by: Dimension, code: &str, labels: &BTreeMap<String, String>) -> String {
    match (code, by) {
        ("", Dimension::Presentation) => "Type non précisé".to_owned(),
        ("", _) => "Ressource non précisée".to_owned(),
        _ => labels.get(code).cloned().unwrap_or_else(|| code.to_owned()),
    }
}

fn profile_label(code: &str) -> String {
    grouping::label(if code.is_empty() { profile::INCONNU } else { code })
}
