//! Subscriptions as the subscription web service of the GAR writes them.

use super::super::moment::Moment;
use super::super::resources::Resource;
use super::super::school::{Nature, School};
use super::Subscription;
use chrono::Days;
use quick_xml::escape::escape;
use std::io::{self, Write};
use vigie_domain::period::Day;

/// The three operations, by the name of their files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Operation {
    /// `<date>_creations.xml`
    Creations,
    /// `<date>_modifications.xml`
    Modifications,
    /// `<date>_suppressions.xml`
    Suppressions,
}

impl Operation {
    /// The end of the file's name.
    pub(in super::super) fn slug(self) -> &'static str {
        ["creations", "modifications", "suppressions"][self as usize]
    }
}

/// The operations of every subscription, in the order of the files that tell them.
pub(in super::super) fn operations(subscriptions: &[Subscription]) -> Vec<(Day, Operation, &Subscription)> {
    let mut found: Vec<_> = subscriptions
        .iter()
        .flat_map(|subscription| {
            let days = [Some(subscription.created), subscription.modified, subscription.deleted];
            let kinds = [Operation::Creations, Operation::Modifications, Operation::Suppressions];
            days.into_iter().zip(kinds).filter_map(move |(day, kind)| Some((day?, kind, subscription)))
        })
        .collect();
    found.sort_by(|a, b| (a.0, a.1, &a.2.id).cmp(&(b.0, b.1, &b.2.id)));
    found
}

/// Writes a file of subscriptions.
pub(in super::super) fn write<'a>(
    out: &mut impl Write,
    subscriptions: impl Iterator<Item = &'a Subscription>,
    schools: &[School],
    catalogue: &[Resource],
) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#)?;
    writeln!(out, r#"<abonnements xmlns="http://www.atosworldline.com/wsabonnement/v1.0/">"#)?;
    for subscription in subscriptions {
        writeln!(out, "    <abonnement>")?;
        write_fields(out, subscription, schools, &catalogue[subscription.resource])?;
        writeln!(out, "    </abonnement>")?;
    }
    writeln!(out, "</abonnements>")
}

fn write_fields(out: &mut impl Write, one: &Subscription, schools: &[School], resource: &Resource) -> io::Result<()> {
    let mut field = |name: &str, value: &str| writeln!(out, "        <{name}>{}</{name}>", escape(value));
    let several_years = one.years.0 != one.years.1;
    let comment = if several_years { "Abonnement pluriannuel (démonstration)" } else { "Abonnement (démonstration)" };
    field("idAbonnement", &one.id)?;
    field("commentaireAbonnement", comment)?;
    field("idDistributeurCom", &resource.publisher_id())?;
    field("idRessource", &resource.ark)?;
    field("typeIdRessource", "ark")?;
    field("libelleRessource", &resource.title)?;
    // Requests have no zone; answers of the service have one. Both are met in real files.
    let text =
        |moment: Moment| if resource.number.is_multiple_of(2) { moment.with_offset_ms() } else { moment.zoneless() };
    field("debutValidite", &text(Moment::new(one.created, 0)))?;
    if several_years || resource.number.is_multiple_of(3) {
        field("anneeFinValidite", &one.years.1.label())?;
    } else {
        let last = one.years.1.interval().last + Days::new(15);
        field("finValidite", &text(Moment::new(last, 24 * 3600 - 1)))?;
    }
    let mut librarians = false;
    for school in schools.iter().filter(|school| one.schools.contains(&school.rank)) {
        librarians |= school.nature != Nature::Ecole;
        field("uaiEtab", school.uai.as_str())?;
    }
    field("categorieAffectation", "transferable")?;
    field("typeAffectation", if one.whole_school { "ETABL" } else { "INDIV" })?;
    let licences = one.licences.map_or("ILLIMITE".to_owned(), |count| count.to_string());
    let everybody = one.whole_school || one.licences.is_none();
    if everybody {
        field("nbLicenceGlobale", &licences)?;
    } else {
        field("nbLicenceEnseignant", "ILLIMITE")?;
        field("nbLicenceEleve", &licences)?;
    }
    field("publicCible", "ENSEIGNANT")?;
    field("publicCible", "ELEVE")?;
    if everybody && librarians {
        field("publicCible", "DOCUMENTALISTE")?;
        field("publicCible", "AUTRE PERSONNEL")?;
    }
    Ok(())
}
