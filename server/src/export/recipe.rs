//! The recipe of an export: everything it takes to understand its figures, to check the file and to make it again.
//!
//! It goes beside the file, as JSON that `schema/recette.schema.json` describes and as a text to read; workbooks also have it on a page.

mod text;

use super::cell::Column;
use super::format::Format;
use super::layout::{Layout, unit_label};
use super::sink::Written;
use super::source::{DataVersion, Source};
use crate::ingest::french;
use crate::zone::zone_of;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use vigie_app::text as words;
use vigie_domain::calendar::Zone;
use vigie_domain::catalogue::IndicatorId;
use vigie_domain::period::{Day, Interval};
use vigie_domain::result::SearchResult;

pub use text::{page, to_text};

/// The version of the shape of a recipe.
pub const VERSION: u32 = 1;

/// A recipe. Names are French, like those of the address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The version of this shape.
    pub version: u32,
    /// The program that wrote the file.
    pub programme: String,
    /// The question.
    pub question: Question,
    /// The school.
    pub etablissement: SchoolOfRecipe,
    /// The days asked for.
    pub periode: Days,
    /// How they are cut: the value of `pas` in the address.
    pub pas: String,
    /// The data it was made of.
    pub donnees: Data,
    /// The day it was computed, in the zone of the school.
    pub calcule_le: Day,
    /// The moment it was written, in universal time.
    pub ecrit_le: String,
    /// The indicators.
    pub indicateurs: Vec<Definition>,
    /// The columns of the file.
    pub colonnes: Vec<ColumnOfRecipe>,
    /// How rows are made.
    pub lignes: Vec<String>,
    /// What has to be known before the figures are read.
    pub incidents: Vec<Incident>,
    /// The file.
    pub fichier: FileOfRecipe,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The address form as it was asked.
    pub demandee: String,
    /// The address form with the school, the days and the step written out: asked on any day, it is the same question.
    pub adresse: String,
    /// The question in French.
    pub phrase: String,
    /// The command that makes the file again.
    pub rejouer: String,
}

/// A school.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchoolOfRecipe {
    /// Its identifier.
    pub uai: String,
    /// Its name.
    pub nom: String,
    /// The zone in which its days are counted.
    pub fuseau: String,
    /// The zone of its holidays; None where there are none of the three.
    pub zone_scolaire: Option<String>,
}

/// Days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// The first.
    pub du: Day,
    /// The last.
    pub au: Day,
}

/// Data of a school.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Their version, which grows with everything that is written about the school.
    pub version: i64,
    /// The version of what catalogues say of resources, which grows with it; None when the question asks nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<i64>,
    /// The days that they cover; None without any.
    pub jours: Option<Days>,
}

/// What an indicator is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its name in the address.
    pub code: String,
    /// Its name.
    pub libelle: String,
    /// Its definition.
    pub definition: String,
    /// How it is computed.
    pub calcul: String,
    /// Its kind: `additif`, `distinct`, `rapport` or `stock`.
    pub nature: String,
    /// What its figures are: `nombre`, `%` or `rapport`.
    pub unite: String,
    /// Whether its figures may be added up, in a sentence.
    pub addition: String,
}

/// What a column is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnOfRecipe {
    /// Its head.
    pub nom: String,
    /// What its cells are.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says.
    pub sens: String,
}

/// Something that has to be known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// `efface`, `cumul-en-baisse`, `non-disponible`, `regroupe`, `en-cours`, `incomplet` or `a-savoir`.
    #[serde(rename = "type")]
    pub kind: String,
    /// In a sentence.
    pub phrase: String,
    /// The days concerned, where they are known.
    pub jours: Option<Days>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileOfRecipe {
    /// Its name.
    pub nom: String,
    /// Its format.
    pub format: String,
    /// How its cells are written.
    pub conventions: String,
    /// How many rows of data it has, heads not counted.
    pub lignes: u64,
    /// The sheets that they fill, in order.
    pub feuilles: Vec<String>,
    /// How many bytes it has; 0 on the page of a workbook, which cannot know.
    pub octets: u64,
    /// The SHA-256 of its bytes; nothing on the page of a workbook.
    pub sha256: String,
}

impl From<Interval> for Days {
    fn from(days: Interval) -> Self {
        Self { du: days.first, au: days.last }
    }
}

/// What a recipe is made of.
pub struct Ingredients<'i> {
    /// Where the rows came from.
    pub source: &'i Source<'i>,
    /// The answer as the page shows it.
    pub page: &'i SearchResult,
    /// What a row says.
    pub layout: &'i Layout,
    /// Why some rows are about several profiles together, when some are.
    pub regrouping: Option<&'static str>,
    /// The format.
    pub format: Format,
    /// The name of the file.
    pub name: &'i str,
    /// The rows that were written.
    pub rows: u64,
    /// The sheets that they fill.
    pub sheets: Vec<String>,
    /// The moment it is.
    pub now: DateTime<Utc>,
}

/// The recipe of a file whose bytes are not known yet.
pub fn recipe(of: Ingredients<'_>) -> Recipe {
    let Ingredients { source, page, layout, regrouping, format, name, rows, sheets, now } = of;
    let address = source.settled().to_query();
    Recipe {
        version: VERSION,
        programme: format!("Vigie {}", env!("CARGO_PKG_VERSION")),
        question: Question {
            demandee: source.search().to_query(),
            phrase: format!("{}. {}.", words::question(source.search()), words::scope(page).replace(" · ", ", ")),
            rejouer: format!("vigie export '{address}' --format {} --out '{name}'", format.slug()),
            adresse: address,
        },
        etablissement: SchoolOfRecipe {
            uai: page.school.uai.to_string(),
            nom: page.school.name.clone(),
            fuseau: zone_of(&page.school.uai).name().to_owned(),
            zone_scolaire: Zone::of(&page.school.uai).map(|zone| zone.label().to_owned()),
        },
        periode: page.period.into(),
        pas: page.step.slug().to_owned(),
        donnees: Data::of(source.version(), page),
        calcule_le: page.computed_on,
        ecrit_le: now.to_rfc3339_opts(SecondsFormat::Secs, true),
        indicateurs: page.search.indicators.iter().map(|id| definition(*id)).collect(),
        colonnes: layout.columns().iter().map(column).collect(),
        lignes: rules(layout, page),
        incidents: incidents(page, regrouping, &sheets),
        fichier: FileOfRecipe {
            nom: name.to_owned(),
            format: format.slug().to_owned(),
            conventions: french(format.conventions()),
            lignes: rows,
            feuilles: sheets,
            octets: 0,
            sha256: String::new(),
        },
    }
}

impl Data {
    fn of(version: DataVersion, page: &SearchResult) -> Self {
        let DataVersion { school, catalogue } = version;
        Self { version: school, catalogue, jours: page.data_extent.map(Days::from) }
    }

    /// The version of all of them.
    pub fn data_version(&self) -> DataVersion {
        DataVersion { school: self.version, catalogue: self.catalogue }
    }
}

impl Recipe {
    /// The recipe once the bytes of the file are known.
    pub fn of_file(mut self, written: Written) -> Self {
        self.fichier.octets = written.bytes;
        self.fichier.sha256 = hex::encode(written.sha256);
        self
    }
}

fn definition(id: IndicatorId) -> Definition {
    let indicator = id.get();
    Definition {
        code: indicator.slug.to_owned(),
        libelle: indicator.label.to_owned(),
        definition: french(indicator.definition),
        calcul: french(indicator.method),
        nature: indicator.kind().label().to_owned(),
        unite: unit_label(indicator.ratio_unit()).to_owned(),
        addition: words::kind_note(id).to_owned(),
    }
}

fn column(column: &Column) -> ColumnOfRecipe {
    ColumnOfRecipe { nom: column.name.to_owned(), kind: column.kind.slug().to_owned(), sens: french(column.meaning) }
}

fn rules(layout: &Layout, page: &SearchResult) -> Vec<String> {
    let mut rules = vec![french("Une ligne dit un chiffre : un intervalle, un indicateur, une part.")];
    if layout.is_sparse() {
        rules.push("Une part qui est à zéro dans un intervalle n’y a pas de ligne.".to_owned());
    }
    if page.is_of_few {
        rules.push(french("Une seule part est dite : l’ensemble."));
    } else if page.search.indicators.iter().any(|id| layout.has_whole(*id)) {
        let rule = "Les lignes « Ensemble » comptent chacun une fois, tous profils confondus : elles ne sont pas la somme des autres.";
        rules.push(french(rule));
    } else if page.search.split.is_some() {
        rules.push("L’ensemble n’a pas de ligne : il est la somme des parts de l’intervalle.".to_owned());
    }
    rules
}

/// What has to be known before the figures are read: what the page says of them, and the days concerned.
fn incidents(page: &SearchResult, regrouping: Option<&str>, sheets: &[String]) -> Vec<Incident> {
    let mut incidents: Vec<Incident> = words::notices(page)
        .into_iter()
        .map(|phrase| {
            let (kind, jours) = if Some(&phrase) == words::erased(page).as_ref() {
                ("efface", page.erased.map(Days::from))
            } else if Some(&phrase) == words::falls(page).as_ref() {
                ("cumul-en-baisse", page.falls.map(|falls| falls.days.into()))
            } else if page.regrouping() == Some(phrase.as_str()) {
                ("regroupe", None)
            } else if !page.unavailable.is_empty() && page.unavailable.iter().any(|id| phrase.contains(id.get().label))
            {
                ("non-disponible", None)
            } else {
                ("a-savoir", None)
            };
            Incident { kind: kind.to_owned(), phrase, jours }
        })
        .collect();
    if let Some(reason) = regrouping.filter(|_| page.regrouping().is_none()) {
        incidents.push(Incident { kind: "regroupe".to_owned(), phrase: french(reason), jours: None });
    }
    if !page.has_only_levels() {
        incidents.extend(page.buckets.iter().filter(|bucket| bucket.is_partial()).map(|bucket| {
            let is_ongoing = bucket.coverage == vigie_domain::period::Coverage::Ongoing;
            let subject = vigie_domain::format::bucket_as_subject(bucket, page.step);
            let (kind, why) = match is_ongoing {
                true => ("en-cours", "n’est pas terminé : ses chiffres changeront"),
                false => ("incomplet", "n’a pas tous ses jours dans la période"),
            };
            Incident {
                kind: kind.to_owned(),
                phrase: french(&format!("Intervalle « {subject} » : {why}.")),
                jours: Some(bucket.days.into()),
            }
        }));
    }
    if let [_, others @ ..] = sheets
        && !others.is_empty()
    {
        let phrase =
            french(&format!("Une feuille ne suffit pas : les données continuent sur « {} ».", others.join(" », « ")));
        incidents.push(Incident { kind: "a-savoir".to_owned(), phrase, jours: None });
    }
    incidents
}
