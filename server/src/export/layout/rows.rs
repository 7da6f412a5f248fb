//! The rows of an answer, in pieces: the bucket, the part, the figure, the end. All but the figure come back.

use super::Layout;
use super::figure::{Absence, Figure};
use crate::export::cell::Cell;
use crate::export::piece::{Piece, Repeated};
use vigie_domain::catalogue::{Dimension, IndicatorId, Kind};
use vigie_domain::facts::PART_SEPARATOR;
use vigie_domain::period::{Bucket, Coverage};
use vigie_domain::privacy::grouping;
use vigie_domain::profile;
use vigie_domain::result::{Figures, Part, SearchResult, Series};

/// What stands between the first and the last cell of a row without a part.
const NO_PART: [&str; 3] = [""; 3];

/// The rows of an answer.
pub(super) struct Rows<'r> {
    layout: &'r Layout,
    result: &'r SearchResult,
    series: Vec<(&'r Figures, Named<'r>)>,
    unavailable: Vec<Named<'r>>,
    /// Of a stock whose parts that are at zero have no row: its level, all parts together, which says whether they are known.
    level: Option<(&'r Figures, Named<'r>)>,
    ends: Ends,
}

/// What the rows of a series have in common.
struct Named<'r> {
    /// The indicator and the part.
    name: Repeated<'r>,
    indicator: IndicatorId,
    regrouped: bool,
    /// Whether its figures are what happened on some days, and so are about data of these days: a level lasts.
    happens: bool,
}

/// A bucket, in the rows.
struct Stretch<'r> {
    /// The school and the days.
    beginning: Repeated<'r>,
    /// What there is of the days, for figures that last and for those that happen.
    extent: [Extent; 2],
    /// Why a figure of these days is not known.
    unknown: Absence,
}

/// What there is of the days of a bucket.
#[derive(Clone, Copy)]
enum Extent {
    Whole,
    Cut,
    Ongoing,
    WithoutData,
}

impl<'r> Rows<'r> {
    pub(super) fn of(layout: &'r Layout, result: &'r SearchResult) -> Self {
        // A level of which no part is known has rows all the same: they say why.
        let is_alone =
            |whole: &Series| result.series.is_empty() && !layout.is_sparse() && whole.figures.kind() == Kind::Stock;
        let whole = result.whole.iter().filter(|whole| is_alone(whole) || layout.has_whole(whole.indicator));
        let named = |series: &'r Series| (&series.figures, Named::of(layout, series, result.is_regrouped(series)));
        let unavailable = |id: &IndicatorId| Named::without_part(layout, *id, false);
        let level = result.whole.as_ref().filter(|whole| layout.is_sparse() && whole.figures.kind() == Kind::Stock);
        Self {
            layout,
            result,
            series: result.series.iter().chain(whole).map(named).collect(),
            unavailable: result.unavailable.iter().map(unavailable).collect(),
            level: level.map(|whole| (&whole.figures, Named::without_part(layout, whole.indicator, false))),
            ends: Ends::of(layout),
        }
    }

    /// Hands them over, bucket after bucket.
    pub(super) fn each<E>(&self, mut write: impl FnMut(&[Piece<'_>]) -> Result<(), E>) -> Result<(), E> {
        let mut of_bucket = Vec::with_capacity(self.series.len());
        for (position, bucket) in self.result.buckets.iter().enumerate() {
            let stretch = Stretch::of(bucket, self.result);
            let mut unknown = false;
            // The figures of a bucket lie far from one another in memory: fetched one after the other, they are waited for together.
            of_bucket.clear();
            of_bucket.extend(self.series.iter().map(|(figures, _)| Figure::of(figures, position, stretch.unknown)));
            for ((_, named), figure) in self.series.iter().zip(of_bucket.iter().copied()) {
                if self.layout.is_sparse() {
                    match figure {
                        Figure::Count(0) => continue,
                        Figure::None(_) if !unknown && self.level.is_none() => {
                            unknown = true;
                            let nothing = Named::without_part(self.layout, named.indicator, named.happens);
                            self.write(&stretch, &nothing, figure, &mut write)?;
                            continue;
                        }
                        Figure::None(_) => continue,
                        _ => {}
                    }
                }
                self.write(&stretch, named, figure, &mut write)?;
            }
            if let Some((figures, named)) = &self.level
                && let figure @ Figure::None(_) = Figure::of(figures, position, stretch.unknown)
            {
                self.write(&stretch, named, figure, &mut write)?;
            }
            for named in &self.unavailable {
                self.write(&stretch, named, Figure::None(Absence::Unavailable), &mut write)?;
            }
        }
        Ok(())
    }

    fn write<E>(
        &self,
        stretch: &Stretch<'_>,
        named: &Named<'_>,
        figure: Figure,
        write: &mut impl FnMut(&[Piece<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let cells = figure.cells();
        let told = if self.layout.has_ratio { &cells[..] } else { &cells[..1] };
        let end = self.ends.of_row(stretch.extent[usize::from(named.happens)], named.regrouped, figure.absence());
        write(&[Piece::Again(&stretch.beginning), Piece::Again(&named.name), Piece::Once(told), Piece::Again(end)])
    }
}

impl<'r> Named<'r> {
    fn of(layout: &Layout, series: &'r Series, regrouped: bool) -> Self {
        let part = series.part.as_ref();
        Self {
            name: name(layout, series.indicator, part.map_or(NO_PART, |part| names_of(layout, part))),
            indicator: series.indicator,
            regrouped,
            happens: series.indicator.get().kind() != Kind::Stock,
        }
    }

    fn without_part(layout: &Layout, indicator: IndicatorId, happens: bool) -> Self {
        Self { name: name(layout, indicator, NO_PART), indicator, regrouped: false, happens }
    }
}

fn name<'r>(layout: &Layout, indicator: IndicatorId, part: [&'r str; 3]) -> Repeated<'r> {
    let mut cells = vec![Cell::Text(indicator.get().label)];
    let [code, label, profile] = part.map(Cell::text);
    match layout.by {
        None => {}
        Some(Dimension::Profile) => cells.push(profile),
        Some(Dimension::Resource | Dimension::Presentation) => cells.extend([code, label]),
        Some(Dimension::ResourceAndProfile) => cells.extend([code, label, profile]),
    }
    Repeated::new(cells)
}

/// Code and label of the resource or of the presentation type, label of the profile.
fn names_of<'r>(layout: &Layout, part: &'r Part) -> [&'r str; 3] {
    let code = part.code.as_deref().unwrap_or_default();
    // Beside its code, and from one piece of the answer to the next, a resource keeps its title.
    let label = part.title.as_deref().unwrap_or(&part.label);
    match layout.by {
        None => NO_PART,
        Some(Dimension::Profile) => ["", "", label],
        Some(Dimension::Resource | Dimension::Presentation) => [code, label, ""],
        Some(Dimension::ResourceAndProfile) => {
            let (resource, profiles) = code.split_once(PART_SEPARATOR).unwrap_or((code, ""));
            let profile = grouping::label(if profiles.is_empty() { profile::INCONNU } else { profiles });
            // The label of the part is that of the resource, a dash, and that of the profile.
            match label.strip_suffix(&profile).and_then(|title| title.strip_suffix(" — ")) {
                Some(title) => [resource, title, &label[label.len() - profile.len()..]],
                None => [resource, label, ""],
            }
        }
    }
}

impl<'r> Stretch<'r> {
    fn of(bucket: &Bucket, result: &'r SearchResult) -> Self {
        let days = bucket.days;
        let cells = vec![Cell::Text(result.school.uai.as_str()), Cell::Date(days.first), Cell::Date(days.last)];
        let lasts = match bucket.coverage {
            Coverage::Whole => Extent::Whole,
            Coverage::Cut => Extent::Cut,
            Coverage::Ongoing => Extent::Ongoing,
        };
        let erased = result.erased.is_some_and(|erased| erased.first <= days.last && days.first <= erased.last);
        // Before the first or after the last day of which any source said something.
        let without = result.data_extent.is_none_or(|known| days.last < known.first || known.last < days.first);
        Self {
            beginning: Repeated::new(cells),
            extent: [lasts, if without { Extent::WithoutData } else { lasts }],
            unknown: if erased { Absence::Erased } else { Absence::Unknown },
        }
    }
}

impl Extent {
    /// In their order.
    const ALL: [Self; 4] = [Self::Whole, Self::Cut, Self::Ongoing, Self::WithoutData];

    /// The word that says it.
    fn word(self) -> &'static str {
        match self {
            Self::Whole => "complet",
            Self::Cut => "incomplet",
            Self::Ongoing => "en cours",
            Self::WithoutData => "hors-donnees",
        }
    }
}

/// Every way in which a row may end.
struct Ends(Vec<Repeated<'static>>);

impl Ends {
    fn of(layout: &Layout) -> Self {
        let mut ends = Vec::with_capacity(Extent::ALL.len() * 2 * Absence::ALL.len());
        for extent in Extent::ALL {
            for regrouped in [false, true] {
                for absence in Absence::ALL {
                    let mut cells = vec![Cell::Text(extent.word())];
                    cells.extend(layout.may_regroup.then_some(Cell::Flag(regrouped)));
                    cells.push(Cell::text(absence.word()));
                    ends.push(Repeated::new(cells));
                }
            }
        }
        Self(ends)
    }

    fn of_row(&self, extent: Extent, regrouped: bool, absence: Absence) -> &Repeated<'static> {
        &self.0[(extent as usize * 2 + usize::from(regrouped)) * Absence::ALL.len() + absence as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vigie_domain::search::Search;

    #[test]
    fn a_resource_keeps_its_title_beside_its_code() {
        let names = |by: &str, code: &str, label: &str, title: Option<&str>| {
            let layout = Layout::of(&Search::from_query(&format!("indicateur=acces-par-ressource&par={by}")).search);
            let part = Part { title: title.map(str::to_owned), ..Part::new(Some(code.to_owned()), label) };
            names_of(&layout, &part).map(str::to_owned)
        };
        assert_eq!(names("ressource", "ark:/1", "Atlas", None), ["ark:/1", "Atlas", ""]);
        assert_eq!(names("ressource", "ark:/2", "Atlas (2)", Some("Atlas")), ["ark:/2", "Atlas", ""]);
        let code = format!("ark:/2{PART_SEPARATOR}eleve");
        let both = names("ressource-profil", &code, "Atlas (2) — Élèves", Some("Atlas — Élèves"));
        assert_eq!(both, ["ark:/2", "Atlas", "Élèves"]);
    }

    #[test]
    fn ends_are_found_where_they_are() {
        let ranks = |extent: Extent, absence: Absence| (extent as usize, absence as usize);
        for (rank, extent) in Extent::ALL.into_iter().enumerate() {
            for (other, absence) in Absence::ALL.into_iter().enumerate() {
                assert_eq!(ranks(extent, absence), (rank, other));
            }
        }
    }
}
