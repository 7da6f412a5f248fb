//! The list of schools of the GAR's subscription web service (`listEtablissement`).

use super::context::clean;
use super::event::{Place, Places, Record, SchoolDescription};
use super::item::Item;
use super::refusal::Refusal;
use super::xml_records::{Element, Shape, XmlSource};
use crate::letters::without_accent;
use std::io::Read;
use vigie_domain::uai::Uai;

/// Names that the root was seen with.
pub(crate) const ROOTS: [&str; 3] = ["listEtablissement", "listeEtablissements", "etablissements"];

const SHAPE: Shape = Shape {
    records: &["etablissement"],
    namespaces: &["http://www.atosworldline.com/listEtablissement/"],
    kept: None,
    shown: &["uai", "nature_uai"],
};

/// The schools of a file.
pub(crate) fn items(source: impl Read + Send + 'static) -> impl Iterator<Item = Item> + Send {
    XmlSource::new(source, SHAPE, |element: &Element| Ok(vec![Record::School(read(element)?)].into()))
}

fn read(element: &Element) -> Result<SchoolDescription, Refusal> {
    let nature_label = element.text("nature_uai_libe", 200)?;
    let nature = match element.text("nature_uai", 40)? {
        Some(code) => Some(nature_of(&code).map(str::to_owned).or_else(|| nature_label.clone()).unwrap_or(code)),
        None => nature_label.clone(),
    };
    let on_one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let official = element.text("appellation_officielle", 500)?.map(on_one_line);
    let own = element.text("patronyme_uai", 500)?.map(on_one_line);
    Ok(SchoolDescription {
        uai: Uai::parse(&element.required("uai", 60)?)?,
        name: name_of(official, own, nature_label),
        nature,
        places: Places {
            commune: place(element, "commune", "commune_libe")?,
            departement: place(element, "departement_insee_3", "departement_insee_3_libe")?,
            academie: place(element, "academie", "academie_libe")?,
        },
    })
}

/// `ecole`, `college` or `lycee`, for the codes of N_NATURE_UAI that are one; a section of a school is not.
fn nature_of(code: &str) -> Option<&'static str> {
    match code.parse::<u32>().ok()? {
        100..=199 => Some("ecole"),
        340 | 350 | 352 => Some("college"),
        300..=320 => Some("lycee"),
        _ => None,
    }
}

/// What the school is called: its official name, which mostly ends with its own one, else what it is followed by its own name.
fn name_of(official: Option<String>, own: Option<String>, nature: Option<String>) -> Option<String> {
    let Some(own) = own else { return official.or(nature) };
    match official.or(nature) {
        Some(official) if comparable(&official).contains(&comparable(&own)) => Some(official),
        Some(official) => Some(format!("{official} {own}")),
        None => Some(own),
    }
}

/// Letters and digits only, without case nor accents: own names are written in capitals.
fn comparable(text: &str) -> String {
    text.to_lowercase().chars().map(without_accent).filter(|c| c.is_alphanumeric()).collect()
}

fn place(element: &Element, code: &'static str, label: &'static str) -> Result<Option<Place>, Refusal> {
    let Some(code) = element.text(code, 20)? else { return Ok(None) };
    Ok(Some(Place { code: place_code(&code), label: element.text(label, 200)? }))
}

/// The code of a place without the noughts that some sources put before it.
pub(crate) fn place_code(code: &str) -> String {
    let bare = code.trim_start_matches('0');
    clean(if bare.is_empty() { code } else { bare }).unwrap_or_default().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::fixtures::{read, records, refusals, uai};
    use crate::ingest::format::Format;

    const LIST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<l:listEtablissement xmlns:l="http://www.atosworldline.com/listEtablissement/v1.0/" xmlns:x="urn:autre">
  <l:etablissement>
    <l:uai>9999991f</l:uai><l:nature_uai>340</l:nature_uai><l:nature_uai_libe>Collège</l:nature_uai_libe>
    <l:commune>01004</l:commune><l:commune_libe>Ambérieu</l:commune_libe>
    <l:academie>010</l:academie><l:academie_libe>Lyon</l:academie_libe>
    <l:departement_insee_3>001</l:departement_insee_3><l:departement_insee_3_libe>Ain</l:departement_insee_3_libe>
    <l:appellation_officielle>Collège Émile
      Exemple</l:appellation_officielle>
    <l:patronyme_uai>EMILE EXEMPLE</l:patronyme_uai><l:idENT/>
  </l:etablissement>
  <l:etablissement>
    <l:uai>9999992G</l:uai><l:nature_uai>390</l:nature_uai><l:nature_uai_libe>SEGPA</l:nature_uai_libe>
    <l:appellation_officielle>Section d'enseignement adapté</l:appellation_officielle><l:patronyme_uai>MODELE</l:patronyme_uai>
    <l:departement_insee_3>02A</l:departement_insee_3>
  </l:etablissement>
  <l:etablissement><l:nature_uai>151</l:nature_uai><l:appellation_officielle>sans code</l:appellation_officielle></l:etablissement>
  <x:etablissement><x:uai>9999994J</x:uai></x:etablissement>
  <l:etablissement><l:uai>9999993H</l:uai><l:nature_uai>151</l:nature_uai></l:etablissement>
</l:listEtablissement>"#;

    #[test]
    fn a_school_has_its_name_its_nature_and_its_places() {
        let (format, items) = read(LIST.as_bytes());
        assert_eq!(format, Format::GarEtablissements);
        let place = |code: &str, label: Option<&str>| Some(Place { code: code.into(), label: label.map(Into::into) });
        let expected = [
            SchoolDescription {
                uai: uai("9999991F"),
                name: Some("Collège Émile Exemple".into()),
                nature: Some("college".into()),
                places: Places {
                    commune: place("1004", Some("Ambérieu")),
                    departement: place("1", Some("Ain")),
                    academie: place("10", Some("Lyon")),
                },
            },
            SchoolDescription {
                uai: uai("9999992G"),
                name: Some("Section d'enseignement adapté MODELE".into()),
                nature: Some("SEGPA".into()),
                places: Places { departement: place("2A", None), ..Places::default() },
            },
            SchoolDescription {
                uai: uai("9999993H"),
                name: None,
                nature: Some("ecole".into()),
                places: Places::default(),
            },
        ];
        assert_eq!(records(&items), expected.map(Record::School));
        assert_eq!(refusals(&items), [(17, Refusal::Missing("uai"))]);
    }

    #[test]
    fn a_list_cut_short_gives_what_came_before() {
        let cut = &LIST[..LIST.find("<l:uai>9999992G").expect("the second school")];
        let (_, items) = read(cut.as_bytes());
        assert_eq!(records(&items).len(), 1);
        assert_eq!(refusals(&items), [(13, Refusal::Truncated)]);
    }
}
