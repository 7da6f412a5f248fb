//! The *rapports d'affectation* of the GAR: for each resource, the schools that its subscriptions are assigned in.
//!
//! A report comes as a zip of XML files: `GARRessource` holds `GARAbonnement`, which holds `GAREtablissement`, which holds
//! `Affectation`. No public description says what an `Affectation` holds: a number that it writes is taken for what it counts,
//! and it counts for one when it writes none; a profile that it writes is kept. What is counted is cumulative, as in
//! [`super::gar_counts`]. A resource may hold any number of schools: each of these is an item, none is waited for.

use super::context::{Context, clean_field, resource_id};
use super::counted::Counted;
use super::event::{CumulativeCount, Record, ResourceDescription};
use super::item::{Item, Outcome};
use super::refusal::Refusal;
use super::xml_walk::{Step, Tag, XmlWalk};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::io::Read;
use vigie_domain::{profile, uai::Uai};

/// Elements that a report may begin with.
pub(crate) const ROOTS: [&str; 4] = ["GARRessource", "GARRessources", "GARAffectations", "GARRapportAffectation"];

const RESOURCE: &str = "GARRessource";
const SUBSCRIPTION: &str = "GARAbonnement";
const SCHOOL: &str = "GAREtablissement";
const ASSIGNMENT: &str = "Affectation";

/// Where an `Affectation` may write how many it stands for, and for whom.
const NUMBERS: [&str; 5] = ["nombre", "nb", "nbAffectations", "nombreAffectations", "cumul"];
const PROFILES: [&str; 4] = ["profil", "publicCible", "public", "typePublic"];
/// How many profiles are told apart in one school.
const MAX_PROFILES: usize = 50;

/// The schools of a report.
pub(crate) struct GarReports<R: Read> {
    walk: XmlWalk<R>,
    day: NaiveDate,
    resource: Option<Scope<Option<String>>>,
    subscription: Option<Scope<Result<String, Refusal>>>,
    school: Option<Scope<School>>,
    counted: Counted,
    ended: bool,
}

/// What an open element says, and how deep it is.
struct Scope<T> {
    depth: usize,
    said: T,
}

struct School {
    line: u64,
    uai: Result<Uai, Refusal>,
    problem: Option<Refusal>,
    counts: BTreeMap<String, u64>,
    /// The assignment being read.
    assignment: Option<Assignment>,
}

#[derive(Default)]
struct Assignment {
    depth: usize,
    number: Option<String>,
    profile: Option<String>,
    /// The text of the innermost element and that element's name.
    field: String,
    text: String,
}

impl<R: Read> GarReports<R> {
    pub(crate) fn new(source: R, context: &Context) -> Self {
        Self {
            walk: XmlWalk::new(source, &[]),
            day: context.document_day(),
            resource: None,
            subscription: None,
            school: None,
            counted: Counted::default(),
            ended: false,
        }
    }

    fn follow(&mut self, step: Step) -> Option<Item> {
        let flaw = self.walk.take_flaw();
        if let (Some(flaw), Some(school)) = (flaw, &mut self.school) {
            school.said.problem = Some(flaw);
        }
        match step {
            Step::Open(tag) => self.open(tag),
            Step::Text(text) => {
                if let Some(assignment) = self.assignment() {
                    assignment.add_text(&text);
                }
                None
            }
            Step::Close => self.close(),
        }
    }

    fn assignment(&mut self) -> Option<&mut Assignment> {
        self.school.as_mut()?.said.assignment.as_mut()
    }

    fn open(&mut self, tag: Tag) -> Option<Item> {
        let (line, depth) = (self.walk.line(), self.walk.depth());
        if let Some(assignment) = self.assignment() {
            assignment.enter(tag);
            return None;
        }
        match tag.name.as_str() {
            RESOURCE => {
                let id = text_of(&tag, "idRessource", 1_024).map(|id| id.map(resource_id));
                let title = text_of(&tag, "titreRessource", 2_000);
                let said = id.clone().unwrap_or_default();
                self.resource = Some(Scope { depth, said });
                // A resource without an identifier leaves its schools without one: they still count.
                let described = id.and_then(|id| Ok(id.zip(title?)));
                return match described {
                    Ok(Some((id, title))) => {
                        let resource =
                            ResourceDescription { id, title: Some(title), publisher: None, presentation: None };
                        Some(Item { line, outcome: vec![Record::Resource(resource)].into() })
                    }
                    Ok(None) => None,
                    Err(refusal) => Some(Item::refused(line, refusal)),
                };
            }
            SUBSCRIPTION => {
                let id = text_of(&tag, "idAbonnement", 200);
                let said = id.and_then(|id| id.ok_or(Refusal::Missing("idAbonnement")));
                self.subscription = Some(Scope { depth, said });
            }
            SCHOOL => {
                let uai = text_of(&tag, "UAI", 60).and_then(|uai| uai.ok_or(Refusal::Missing("UAI")));
                let uai = uai.and_then(|uai| Ok(Uai::parse(&uai)?));
                let said = School { line, uai, problem: None, counts: BTreeMap::new(), assignment: None };
                self.school = Some(Scope { depth, said });
            }
            ASSIGNMENT => {
                if let Some(school) = &mut self.school {
                    let mut assignment = Assignment { depth, ..Assignment::default() };
                    assignment.enter(tag);
                    school.said.assignment = Some(assignment);
                }
            }
            _ => {}
        }
        None
    }

    fn close(&mut self) -> Option<Item> {
        // The walk is already out of what closes.
        let depth = self.walk.depth() + 1;
        if let Some(school) = &mut self.school {
            if let Some(assignment) = &mut school.said.assignment {
                assignment.leave();
                if assignment.depth == depth
                    && let Some(assignment) = school.said.assignment.take()
                {
                    school.said.count(&assignment);
                }
                return None;
            }
            if school.depth == depth {
                let Scope { said, .. } = self.school.take()?;
                return Some(self.finish(said));
            }
        }
        self.subscription.take_if(|scope| scope.depth == depth);
        self.resource.take_if(|scope| scope.depth == depth);
        None
    }

    fn finish(&mut self, school: School) -> Item {
        let School { line, uai, problem, mut counts, .. } = school;
        let subscription = match &self.subscription {
            Some(scope) => scope.said.clone(),
            None => Err(Refusal::Missing("idAbonnement")),
        };
        let read = problem.map_or(Ok(()), Err).and(subscription).and_then(|subscription| Ok((subscription, uai?)));
        let resource = self.resource.as_ref().and_then(|scope| scope.said.clone());
        let read = read.and_then(|(subscription, uai)| {
            self.counted.meet(&uai, &subscription, resource.as_deref())?;
            Ok((subscription, uai))
        });
        let (subscription, uai) = match read {
            Ok(read) => read,
            Err(refusal) => return Item::refused(line, refusal),
        };
        if counts.is_empty() {
            counts.insert(String::new(), 0);
        }
        let records = counts.into_iter().map(|(profile, value)| {
            let (uai, subscription, resource) = (uai.clone(), subscription.clone(), resource.clone());
            Record::Cumulative(CumulativeCount { uai, day: self.day, subscription, resource, profile, value })
        });
        Item { line, outcome: Outcome::from(records.collect::<Vec<_>>()) }
    }
}

impl<R: Read> Iterator for GarReports<R> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while !self.ended {
            match self.walk.step() {
                Some(Ok(step)) => {
                    if let Some(item) = self.follow(step) {
                        return Some(item);
                    }
                }
                Some(Err(refusal)) => {
                    self.ended = true;
                    return Some(Item::refused(self.walk.line(), refusal));
                }
                None => self.ended = true,
            }
        }
        None
    }
}

impl School {
    fn count(&mut self, assignment: &Assignment) {
        let number = match assignment.number.as_deref().map(str::parse::<u32>) {
            None => 1,
            Some(Ok(number)) => u64::from(number),
            Some(Err(_)) => {
                self.problem = Some(Refusal::OutOfRange { field: ASSIGNMENT, min: 0, max: u32::MAX });
                return;
            }
        };
        let profile = assignment.profile.as_deref().map(profile::normalise).unwrap_or_default();
        if self.counts.len() < MAX_PROFILES || self.counts.contains_key(&profile) {
            *self.counts.entry(profile).or_default() += number;
        } else {
            self.problem = Some(Refusal::WrongKind { field: "profil", expected: "50 profils au plus" });
        }
    }
}

impl Assignment {
    /// Goes into the assignment itself, or into an element of it.
    fn enter(&mut self, tag: Tag) {
        for (name, value) in &tag.attributes {
            self.tell(name, value);
        }
        self.field = tag.name;
        self.text.clear();
    }

    fn leave(&mut self) {
        let (field, text) = (std::mem::take(&mut self.field), std::mem::take(&mut self.text));
        // The text of the assignment itself is its number, when it is one.
        let whole = text.trim().parse::<u32>().is_ok();
        self.tell(if field == ASSIGNMENT && whole { NUMBERS[0] } else { &field }, &text);
    }

    fn add_text(&mut self, text: &str) {
        let room = 200_usize.saturating_sub(self.text.len());
        self.text.extend(text.chars().take(room));
    }

    fn tell(&mut self, name: &str, value: &str) {
        let value: String = value.trim().chars().take(100).collect();
        let told = |names: &[&str]| !value.is_empty() && names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if told(&NUMBERS) {
            self.number = Some(value);
        } else if told(&PROFILES) {
            self.profile = Some(value);
        }
    }
}

fn text_of(tag: &Tag, name: &'static str, max: usize) -> Result<Option<String>, Refusal> {
    let value = tag.attributes.iter().find(|(attribute, _)| attribute == name);
    let text = value.map_or(Ok(None), |(_, value)| clean_field(name, value, max))?;
    if text.as_ref().is_some_and(|text| text.contains(char::REPLACEMENT_CHARACTER)) {
        return Err(Refusal::Encoding);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::fixtures::{context, day, read, read_with, records, refusals};
    use crate::ingest::format::Format;

    const REPORT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<GARAffectations>
<GARRessource idRessource="ark:/99999/encyclo" titreRessource="Encyclopédie &amp; atlas">
  <GARAbonnement idAbonnement="abo-1" finValidite="2026-08-15">
    <GAREtablissement UAI="9999991F">
      <Affectation/><Affectation></Affectation>
    </GAREtablissement>
    <GAREtablissement UAI="9999992G">
      <Affectation profil="ELEVE">12</Affectation>
      <Affectation><profil>National_ens</profil><nombre>3</nombre></Affectation>
      <Affectation profil="ELEVE" nombre="5"/>
    </GAREtablissement>
    <GAREtablissement UAI="9999993H"/>
    <GAREtablissement UAI="é"><Affectation/></GAREtablissement>
    <GAREtablissement UAI="9999994J"><Affectation nombre="beaucoup"/></GAREtablissement>
  </GARAbonnement>
  <GARAbonnement><GAREtablissement UAI="9999991F"/></GARAbonnement>
</GARRessource>
<GARRessource idRessource="ark:/99999/manuel"><GARAbonnement idAbonnement="abo-2"><GAREtablissement UAI="9999991F"/></GARAbonnement></GARRessource>
</GARAffectations>"#;

    fn told(items: &[Item]) -> Vec<(String, String, String, String, u64)> {
        let each = records(items).into_iter().filter_map(|record| match record {
            Record::Cumulative(count) => {
                let resource = count.resource.unwrap_or_default();
                Some((resource, count.subscription, count.uai.to_string(), count.profile, count.value))
            }
            _ => None,
        });
        each.collect()
    }

    #[test]
    fn assignments_are_counted_by_subscription_school_and_profile() {
        let (format, items) = read(REPORT.as_bytes());
        assert_eq!(format, Format::GarRapports);
        let expected = [
            ("encyclo", "abo-1", "9999991F", "", 2),
            ("encyclo", "abo-1", "9999992G", "eleve", 17),
            ("encyclo", "abo-1", "9999992G", "enseignant", 3),
            ("encyclo", "abo-1", "9999993H", "", 0),
            ("manuel", "abo-2", "9999991F", "", 0),
        ];
        let expected = expected.map(|(resource, subscription, uai, profile, value)| {
            (format!("ark:/99999/{resource}"), subscription.into(), uai.into(), profile.into(), value)
        });
        assert_eq!(told(&items), expected);
        let lines: Vec<_> = refusals(&items).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [14, 15, 17]);
        assert!(
            matches!(&records(&items)[0], Record::Resource(resource) if resource.title.as_deref() == Some("Encyclopédie & atlas"))
        );
    }

    #[test]
    fn a_school_that_comes_again_is_refused() {
        let school = "<GAREtablissement UAI=\"9999991F\"><Affectation nombre=\"4\"/></GAREtablissement>";
        let subscription = |id: &str| format!("<GARAbonnement idAbonnement=\"{id}\">{school}</GARAbonnement>\n");
        let [a, b] = ["a", "b"].map(subscription);
        let xml = format!("<GARRessource idRessource=\"ark:/1/a\">{a}{b}{a}</GARRessource>");
        let (_, items) = read(xml.as_bytes());
        let of = |id: &str| ("ark:/1/a".to_owned(), id.to_owned(), "9999991F".to_owned(), String::new(), 4);
        assert_eq!(told(&items), [of("a"), of("b")]);
        assert_eq!(refusals(&items), [(3, Refusal::CountedTwice)]);
    }

    #[test]
    fn a_report_is_dated_as_a_whole() {
        let on = Context { named_day: Some(day("2025-10-01")), ..context() };
        let (_, items) = read_with(REPORT.as_bytes(), None, on);
        let days: std::collections::BTreeSet<_> = records(&items)
            .into_iter()
            .filter_map(|record| if let Record::Cumulative(count) = record { Some(count.day) } else { None })
            .collect();
        assert_eq!(days.into_iter().collect::<Vec<_>>(), [day("2025-10-01")]);
    }

    #[test]
    fn a_school_of_a_million_assignments_is_one_item() {
        let xml = format!(
            "<GARRessource idRessource=\"ark:/1/a\"><GARAbonnement idAbonnement=\"a\"><GAREtablissement UAI=\"9999991F\">{}</GAREtablissement><GAREtablissement UAI=\"99",
            "<Affectation/>".repeat(200_000)
        );
        let (_, items) = read(xml.as_bytes());
        assert_eq!(told(&items), [("ark:/1/a".into(), "a".into(), "9999991F".into(), String::new(), 200_000)]);
        assert_eq!(refusals(&items), [(1, Refusal::Truncated)]);
    }
}
