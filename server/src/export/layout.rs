//! What a row says: one bucket, one indicator, one part, one figure.
//!
//! That is the shape that statistics and pivot tables work on; the table as the page shows it goes beside, in the workbooks. Three rules
//! keep the figures from lying:
//! - what is not known is an empty cell and a word that says why, never a number;
//! - « Ensemble » has rows only where it is not the sum of its parts, so that adding up the rows of an additive indicator gives its
//!   total, once;
//! - of a long division (resources), only the parts of a bucket where something was counted have a row: the others are at nought.

mod figure;
mod rows;

use super::cell::{Column, ColumnKind};
use super::piece::Piece;
use rows::Rows;
use vigie_domain::catalogue::{Dimension, IndicatorId, Kind, RatioUnit};
use vigie_domain::facts::tells_of_people;
use vigie_domain::result::SearchResult;
use vigie_domain::search::Search;

/// The columns of the answers to a question, and how their rows are made.
#[derive(Clone, Debug)]
pub struct Layout {
    columns: Vec<Column>,
    by: Option<Dimension>,
    has_ratio: bool,
    /// Whether rows say if what they tell is shown together.
    may_regroup: bool,
}

impl Layout {
    /// The layout of the answers to a question.
    pub fn of(search: &Search) -> Self {
        let by = search.split.map(|split| split.by);
        let kinds = search.kinds();
        let (has_ratio, all_ratios) = (kinds.contains(&Kind::Ratio), kinds.iter().all(|kind| *kind == Kind::Ratio));
        let column = |name, kind, meaning| Column { name, kind, meaning };
        let mut columns = vec![
            column("etablissement", ColumnKind::Text, "Code UAI de l’établissement."),
            column("du", ColumnKind::Date, "Premier jour de l’intervalle, dans la période demandée."),
            column("au", ColumnKind::Date, "Dernier jour de l’intervalle ; un niveau est celui de ce jour."),
            column("indicateur", ColumnKind::Text, "Nom de l’indicateur."),
        ];
        columns.extend(by.into_iter().flat_map(part_columns));
        columns.push(match has_ratio {
            true => column("valeur", ColumnKind::Number, "Le chiffre ; rien quand il n’y en a pas."),
            false => column("valeur", ColumnKind::Integer, "Le chiffre ; rien quand il n’y en a pas."),
        });
        if has_ratio {
            let unit = if all_ratios { "« % » ou « rapport »." } else { "« nombre », « % » ou « rapport »." };
            columns.extend([
                column("unite", ColumnKind::Text, unit),
                column("numerateur", ColumnKind::Integer, "Ce qui est divisé."),
                column("denominateur", ColumnKind::Integer, "Ce qui divise."),
            ]);
        }
        columns.push(column(
            "intervalle",
            ColumnKind::Text,
            "« complet », « incomplet » quand la période en laisse des jours de côté, « en cours » quand il n’est pas terminé ; \
             « hors-donnees » quand il est tout entier avant le premier ou après le dernier jour dont les sources ont dit quelque \
             chose : un zéro y dit que rien n’a été transmis.",
        ));
        let may_regroup = tells_of_people(search);
        if may_regroup {
            let meaning = "Si des profils, ou toutes les parts, sont montrés ensemble, parce qu’il s’agit de trop peu de personnes.";
            columns.push(column("regroupe", ColumnKind::Flag, meaning));
        }
        columns.push(column(
            "absence",
            ColumnKind::Text,
            "Pourquoi il n’y a pas de chiffre : « inconnu », « effacé », « non disponible » ou « sans objet » (rien à diviser).",
        ));
        Self { columns, by, has_ratio, may_regroup }
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether parts that are at nought have no row.
    pub fn is_sparse(&self) -> bool {
        self.by.is_some_and(Dimension::is_long)
    }

    /// Whether rows of « Ensemble » stand beside those of the parts.
    pub fn has_whole(&self, id: IndicatorId) -> bool {
        self.by.is_some() && id.get().kind() == Kind::Distinct
    }

    /// Hands over the rows of an answer, bucket after bucket.
    ///
    /// # Errors
    /// The first error of `write`.
    pub fn each_row<E>(
        &self,
        result: &SearchResult,
        write: impl FnMut(&[Piece<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        Rows::of(self, result).each(write)
    }
}

fn part_columns(by: Dimension) -> Vec<Column> {
    let text = |name, meaning| Column { name, kind: ColumnKind::Text, meaning };
    let resource = text("ressource", "Identifiant de la ressource ; rien quand la source ne le dit pas.");
    let title = text("titre", "Titre de la ressource, son identifiant quand aucune source ne le donne.");
    let profile =
        text("profil", "Profil des personnes, ou profils regroupés ; « Ensemble » pour tous, chacun compté une fois.");
    match by {
        Dimension::Profile => vec![profile],
        Dimension::Resource => vec![resource, title],
        Dimension::ResourceAndProfile => vec![resource, title, profile],
        Dimension::Presentation => vec![
            text("presentation", "Code du type de présentation ; rien quand la source ne le dit pas."),
            text("type_presentation", "Nom du type de présentation."),
        ],
    }
}

/// The unit of figures, as the files write it.
pub fn unit_label(unit: Option<RatioUnit>) -> &'static str {
    match unit {
        None => "nombre",
        Some(RatioUnit::Percent) => "%",
        Some(RatioUnit::Number) => "rapport",
    }
}
