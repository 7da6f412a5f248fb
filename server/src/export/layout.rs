//! What a row says: one bucket, one indicator, one part, one figure.
//!
//! That is the shape that statistics and pivot tables work on; the table as the page shows it goes beside, in the workbooks. Three rules
//! keep the figures from lying:
//! - what is not known is an empty cell and a word that says why, never a number;
//! - « Ensemble » has rows only where it is not the sum of its parts, so that adding up the rows of an additive indicator gives its
//!   total, once;
//! - of a long division (resources), only the parts of a bucket where something was counted have a row: the others are at nought.

use super::cell::{Cell, Column, ColumnKind};
use vigie_domain::catalogue::{Dimension, IndicatorId, Kind, RatioUnit};
use vigie_domain::facts::PART_SEPARATOR;
use vigie_domain::period::{Bucket, Coverage};
use vigie_domain::privacy::grouping;
use vigie_domain::profile;
use vigie_domain::result::{Figures, Part, SearchResult, Series};
use vigie_domain::search::Search;

/// The columns of the answers to a question, and how their rows are made.
#[derive(Clone, Debug)]
pub struct Layout {
    columns: Vec<Column>,
    by: Option<Dimension>,
    has_ratio: bool,
}

/// What the cells of a series have in common.
struct Repeated<'r> {
    indicator: &'static str,
    /// Code and label of the resource or of the presentation type, label of the profile.
    part: [&'r str; 3],
    regrouped: bool,
    /// Whether its figures are what happened on some days, and so are about data of these days: a level lasts.
    happens: bool,
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
        if by.is_some_and(Dimension::tells_profiles) {
            let meaning =
                "Si des profils sont montrés ensemble, parce que l’un d’eux est celui de trop peu de personnes.";
            columns.push(column("regroupe", ColumnKind::Flag, meaning));
        }
        columns.push(column(
            "absence",
            ColumnKind::Text,
            "Pourquoi il n’y a pas de chiffre : « inconnu », « effacé », « non disponible » ou « sans objet » (rien à diviser).",
        ));
        Self { columns, by, has_ratio }
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
        mut write: impl FnMut(&[Cell<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let whole = result.whole.iter().filter(|whole| self.has_whole(whole.indicator));
        let series: Vec<(&Series, Repeated<'_>)> =
            result.series.iter().chain(whole).map(|series| (series, self.repeated(series))).collect();
        let mut row = Vec::with_capacity(self.columns.len());
        for (position, bucket) in result.buckets.iter().enumerate() {
            let mut unknown = false;
            for (series, repeated) in &series {
                let figure = Figure::of(&series.figures, position, bucket, result);
                if self.is_sparse() {
                    match figure {
                        Figure::Count(0) => continue,
                        // The level of a stock is unknown for all its parts at once.
                        Figure::None(reason) if !unknown => {
                            unknown = true;
                            let nothing = Repeated { part: [""; 3], regrouped: false, ..*repeated };
                            self.fill(&mut row, result, bucket, &nothing, Figure::None(reason));
                            write(&row)?;
                            continue;
                        }
                        Figure::None(_) => continue,
                        _ => {}
                    }
                }
                self.fill(&mut row, result, bucket, repeated, figure);
                write(&row)?;
            }
            for id in &result.unavailable {
                let repeated = Repeated { indicator: id.get().label, part: [""; 3], regrouped: false, happens: false };
                self.fill(&mut row, result, bucket, &repeated, Figure::None("non disponible"));
                write(&row)?;
            }
        }
        Ok(())
    }

    fn fill<'c>(
        &self,
        row: &mut Vec<Cell<'c>>,
        result: &'c SearchResult,
        bucket: &Bucket,
        repeated: &Repeated<'c>,
        figure: Figure,
    ) {
        row.clear();
        row.extend([
            Cell::Text(result.school.uai.as_str()),
            Cell::Date(bucket.days.first),
            Cell::Date(bucket.days.last),
            Cell::Text(repeated.indicator),
        ]);
        let [code, label, profile] = repeated.part.map(Cell::text);
        match self.by {
            None => {}
            Some(Dimension::Profile) => row.push(profile),
            Some(Dimension::Resource | Dimension::Presentation) => row.extend([code, label]),
            Some(Dimension::ResourceAndProfile) => row.extend([code, label, profile]),
        }
        row.push(figure.cell());
        if self.has_ratio {
            let (unit, [numerator, denominator]) = figure.terms();
            row.extend([Cell::text(unit), numerator, denominator]);
        }
        row.push(Cell::Text(match bucket.coverage {
            _ if repeated.happens && is_without_data(bucket, result) => "hors-donnees",
            Coverage::Whole => "complet",
            Coverage::Cut => "incomplet",
            Coverage::Ongoing => "en cours",
        }));
        if self.by.is_some_and(Dimension::tells_profiles) {
            row.push(Cell::Flag(repeated.regrouped));
        }
        row.push(Cell::text(figure.absence()));
    }

    fn repeated<'r>(&self, series: &'r Series) -> Repeated<'r> {
        let part = series.part.as_ref();
        Repeated {
            indicator: series.indicator.get().label,
            part: part.map_or([""; 3], |part| self.part(part)),
            regrouped: part.is_some_and(Part::is_regrouped),
            happens: series.indicator.get().kind() != Kind::Stock,
        }
    }

    fn part<'r>(&self, part: &'r Part) -> [&'r str; 3] {
        let code = part.code.as_deref().unwrap_or_default();
        match self.by {
            None => [""; 3],
            Some(Dimension::Profile) => ["", "", &part.label],
            Some(Dimension::Resource | Dimension::Presentation) => [code, &part.label, ""],
            Some(Dimension::ResourceAndProfile) => {
                let (resource, profiles) = code.split_once(PART_SEPARATOR).unwrap_or((code, ""));
                let profile = grouping::label(if profiles.is_empty() { profile::INCONNU } else { profiles });
                // The label of the part is that of the resource, a dash, and that of the profile.
                match part.label.strip_suffix(&profile).and_then(|title| title.strip_suffix(" — ")) {
                    Some(title) => [resource, title, &part.label[part.label.len() - profile.len()..]],
                    None => [resource, &part.label, ""],
                }
            }
        }
    }
}

/// Whether a bucket lies before the first or after the last day of which any source said something.
fn is_without_data(bucket: &Bucket, result: &SearchResult) -> bool {
    let days = bucket.days;
    result.data_extent.is_none_or(|extent| days.last < extent.first || extent.last < days.first)
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

/// The figure of a series in a bucket.
#[derive(Clone, Copy)]
enum Figure {
    Count(u64),
    Ratio(vigie_domain::result::Fraction, RatioUnit),
    /// None, and why.
    None(&'static str),
}

impl Figure {
    fn of(figures: &Figures, position: usize, bucket: &Bucket, result: &SearchResult) -> Self {
        let erased = result.erased.filter(|days| days.first <= bucket.days.last && bucket.days.first <= days.last);
        let unknown = Self::None(if erased.is_some() { "effacé" } else { "inconnu" });
        match figures {
            Figures::Additive { values, .. } => values.get(position).map_or(unknown, |count| Self::Count(*count)),
            Figures::Distinct { values, .. } => values.get(position).copied().flatten().map_or(unknown, Self::Count),
            Figures::Stock { values, .. } => {
                values.get(position).copied().flatten().map_or(Self::None("inconnu"), Self::Count)
            }
            Figures::Ratio { values, unit, .. } => {
                values.get(position).copied().flatten().map_or(unknown, |fraction| Self::Ratio(fraction, *unit))
            }
        }
    }

    fn cell(self) -> Cell<'static> {
        match self {
            Self::Count(count) => Cell::count(count),
            Self::Ratio(fraction, unit) => Cell::ratio(fraction, unit),
            Self::None(_) => Cell::Empty,
        }
    }

    fn terms(self) -> (&'static str, [Cell<'static>; 2]) {
        match self {
            Self::Count(_) => ("nombre", [Cell::Empty; 2]),
            Self::None(_) => ("", [Cell::Empty; 2]),
            Self::Ratio(fraction, unit) => {
                (unit_label(Some(unit)), [Cell::count(fraction.numerator), Cell::count(fraction.denominator)])
            }
        }
    }

    fn absence(self) -> &'static str {
        match self {
            Self::None(reason) => reason,
            Self::Ratio(fraction, _) if fraction.denominator == 0 => "sans objet",
            _ => "",
        }
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
