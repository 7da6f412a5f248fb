//! The *décompte des affectations* of the GAR: how many assignments there are in all, by subscription, school and profile.
//!
//! The counts are cumulative and dated as a whole. Daily figures are differences, which the store makes. A row without a resource counts a
//! project of resources, if it names one.

use super::context::{Context, clean_field, resource_id};
use super::counted::Counted;
use super::csv_rows::{self, CsvRows};
use super::event::{CumulativeCount, Record};
use super::excerpt;
use super::format::FormatError;
use super::item::{Item, Outcome};
use super::refusal::Refusal;
use chrono::NaiveDate;
use std::io::Read;
use std::sync::Arc;
use vigie_domain::{profile, uai::Uai};

/// The column that no other source has.
pub(crate) const MARK: &str = "cumulAffectationEleve";

/// The column of projects of resources.
const PROJECT: &str = "codeProjetRessource";

/// The columns of counts, and the profile each is of.
const COUNTS: [(&str, &str); 4] = [
    (MARK, profile::ELEVE),
    ("cumulAffectationEnseignant", profile::ENSEIGNANT),
    ("cumulAffectationDocumentaliste", profile::DOCUMENTALISTE),
    ("cumulAffectationAutrePersonnel", profile::AUTRE_PERSONNEL),
];

/// The rows of a count.
pub(crate) struct GarCounts<R> {
    rows: CsvRows<R>,
    header: Vec<String>,
    day: NaiveDate,
    counted: Counted,
}

impl<R: Read> GarCounts<R> {
    /// Reads the header.
    pub(crate) fn new(source: R, context: &Arc<Context>) -> Result<Self, FormatError> {
        let mut rows = CsvRows::new(source);
        let header: Vec<String> = match rows.next() {
            Some(csv_rows::Row { fields: Ok(header), .. }) => header.iter().map(|name| name.trim().into()).collect(),
            Some(csv_rows::Row { fields: Err(refusal), .. }) => return Err(FormatError::Header(refusal.reason())),
            None => return Err(FormatError::Empty),
        };
        for required in ["UAI", "idAbonnement", MARK] {
            match header.iter().filter(|name| *name == required).count() {
                0 => return Err(FormatError::MissingColumn(required)),
                1 => {}
                _ => return Err(FormatError::RepeatedColumn(required.into())),
            }
        }
        Ok(Self { rows, header, day: context.document_day(), counted: Counted::default() })
    }

    fn read(&mut self, fields: &[String]) -> Outcome {
        if fields.len() != self.header.len() {
            let refusal = Refusal::Columns { found: fields.len(), expected: self.header.len() };
            return Outcome::Refused { refusal, excerpt: String::new() };
        }
        match self.read_counts(fields) {
            Ok(records) => records.into(),
            Err(refusal) => {
                const SHOWN: [&str; 3] = ["idAbonnement", PROJECT, "idRessource"];
                let columns = self.header.iter().zip(fields);
                let shown = columns.filter(|(name, _)| SHOWN.contains(&name.as_str()));
                let shown = shown.map(|(name, value)| (name.as_str(), value.as_str()));
                Outcome::Refused { refusal, excerpt: excerpt::of_fields(shown) }
            }
        }
    }

    fn read_counts(&mut self, fields: &[String]) -> Result<Vec<Record>, Refusal> {
        let cell = |name: &'static str, max| {
            let at = self.header.iter().position(|column| column == name);
            let text = at.map_or(Ok(None), |at| clean_field(name, &fields[at], max))?;
            // The service writes this word where there is nothing.
            Ok::<_, Refusal>(text.filter(|text| text != "null"))
        };
        let uai = Uai::parse(&cell("UAI", 60)?.ok_or(Refusal::Missing("UAI"))?)?;
        let subscription = cell("idAbonnement", 200)?.ok_or(Refusal::Missing("idAbonnement"))?;
        let resource = match cell("idRessource", 1_024)? {
            Some(resource) => Some(resource_id(resource)),
            None => cell(PROJECT, 1_024)?,
        };
        let mut records = Vec::with_capacity(COUNTS.len());
        for (name, profile) in COUNTS {
            let Some(text) = cell(name, 40)? else { continue };
            let refused = Refusal::OutOfRange { field: name, min: 0, max: u32::MAX };
            let value = text.parse::<u32>().map_err(|_| refused)?;
            records.push(Record::Cumulative(CumulativeCount {
                uai: uai.clone(),
                day: self.day,
                subscription: subscription.clone(),
                resource: resource.clone(),
                profile: profile.to_owned(),
                value: u64::from(value),
            }));
        }
        if records.is_empty() {
            return Err(Refusal::Missing(MARK));
        }
        self.counted.meet(&uai, &subscription, resource.as_deref())?;
        Ok(records)
    }
}

impl<R: Read> Iterator for GarCounts<R> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let csv_rows::Row { line, fields } = self.rows.next()?;
        Some(match fields {
            Ok(fields) => Item { line, outcome: self.read(&fields) },
            Err(refusal) => Item::refused(line, refusal),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::fixtures::{context, day, open, read_with, records, refusals, uai};
    use crate::ingest::format::Format;

    const HEADER: &str = "UAI;idAbonnement;codeProjetRessource;idRessource;cumulAffectationEleve;cumulAffectationEnseignant;cumulAffectationDocumentaliste;cumulAffectationAutrePersonnel\n";

    fn read_rows(rows: &str, context: Context) -> Vec<Item> {
        let (format, items) = read_with(format!("{HEADER}{rows}").as_bytes(), None, context);
        assert_eq!(format, Format::GarDecompte);
        items
    }

    #[test]
    fn a_row_is_a_count_for_each_profile() {
        let items = read_rows("9999991f;abo-1;null;ark:/99999/encyclo;24;226;0;null\n", context());
        let count = |profile: &str, value| {
            Record::Cumulative(CumulativeCount {
                uai: uai("9999991F"),
                day: day("2025-11-21"),
                subscription: "abo-1".into(),
                resource: Some("ark:/99999/encyclo".into()),
                profile: profile.into(),
                value,
            })
        };
        assert_eq!(records(&items), [count("eleve", 24), count("enseignant", 226), count("documentaliste", 0)]);
    }

    #[test]
    fn the_day_is_the_names_or_the_one_given_or_the_imports() {
        let (named, given) = (Some(day("2025-11-19")), Some(day("2025-11-20")));
        for (named_day, given, expected) in
            [(named, given, "2025-11-19"), (None, given, "2025-11-20"), (None, None, "2025-11-21")]
        {
            let items = read_rows("9999991F;a;null;null;1;0;0;0\n", Context { named_day, day: given, ..context() });
            let [Record::Cumulative(first), ..] = &records(&items)[..] else { panic!("{items:?}") };
            assert_eq!((first.day, &first.resource), (day(expected), &None));
        }
    }

    #[test]
    fn a_bad_row_costs_no_other() {
        let rows = "\n9999991F;a;null;x;-1;0;0;0\n9999991F;null;null;x;1;0;0;0\né;a;null;x;1;0;0;0\n9999991F;a;b\n9999991F;a;null;x;null;null;null;null\n9999991F;a;\"null;x;1;0;0;0\n9999991F;ok;null;x;1;0;0;0\n";
        let items = read_rows(rows, context());
        let reasons: Vec<_> = refusals(&items).into_iter().map(|(line, refusal)| (line, refusal.to_string())).collect();
        for ((line, reason), (expected_line, expected)) in reasons.iter().zip([
            (3, "cumulAffectationEleve"),
            (4, "idAbonnement"),
            (5, "UAI"),
            (6, "3 champs au lieu de 8"),
            (7, "cumulAffectationEleve"),
            (8, "guillemets"),
        ]) {
            assert!(*line == expected_line && reason.contains(expected), "{line}: {reason}");
        }
        assert_eq!((reasons.len(), records(&items).len()), (6, 4));
    }

    #[test]
    fn rows_of_several_projects_are_apart_and_a_row_that_comes_again_is_refused() {
        let rows = "9999991F;a;p1;null;5;null;0;0\n9999991F;a;p2;null;30;0;0;0\n9999991F;a;null;null;7;0;0;0\n9999991F;a;p1;x;1;0;0;0\n\
                    9999991F;a;p2;x;2;0;0;0\n9999991f;a;p1;null;6;0;0;0\n9999992G;a;p1;null;6;0;0;0\n9999991F;b;p1;null;6;0;0;0\n";
        let items = read_rows(rows, context());
        assert_eq!(refusals(&items), [(6, Refusal::CountedTwice), (7, Refusal::CountedTwice)]);
        let pupils: Vec<_> = records(&items)
            .into_iter()
            .filter_map(|record| match record {
                Record::Cumulative(count) if count.profile == profile::ELEVE => Some((count.resource, count.value)),
                _ => None,
            })
            .collect();
        let expected = [(Some("p1"), 5), (Some("p2"), 30), (None, 7), (Some("x"), 1), (Some("p1"), 6), (Some("p1"), 6)];
        assert_eq!(pupils, expected.map(|(resource, value)| (resource.map(str::to_owned), value)));
    }

    #[test]
    fn a_header_without_what_is_needed_is_refused() {
        let error = open(b"idAbonnement;cumulAffectationEleve\n").expect_err("no school").to_string();
        assert!(error.contains("« UAI »"), "{error}");
    }
}
