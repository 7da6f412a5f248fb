//! Where the rows come from: the same rights, the same grouping of profiles and the same computing as the page.
//!
//! A question that is divided by resource has as many figures as there are resources: its answer is computed some days after the others,
//! so that no more than those days is in memory. The profiles that are shown together are those of the whole period, as on the page. Any
//! other question is answered at once, exactly as for the page.

use super::error::ExportError;
use super::watch::Watch;
use crate::statistics::{StoreStatistics, unavailable};
use crate::store::StoreError;
use std::collections::BTreeMap;
use std::fmt;
use vigie_domain::catalogue::Dimension;
use vigie_domain::extraction;
use vigie_domain::facts::{answer_from, grouping_of, tells_of_people};
use vigie_domain::form::ChartForm;
use vigie_domain::period::{Day, Interval, PeriodChoice, SchoolYear, Step, buckets_until};
use vigie_domain::ports::{PortError, Statistics, Viewer};
use vigie_domain::privacy::grouping::Grouping;
use vigie_domain::result::SearchResult;
use vigie_domain::rights::Action;
use vigie_domain::search::{Search, Split};
use vigie_domain::uai::Uai;

/// How many days are answered at once, unless a bucket has more.
const DAYS_AT_ONCE: i64 = 31;

/// The version of what the figures of a question are made of: when neither grew, it has the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataVersion {
    /// Of the data of the school.
    pub school: i64,
    /// Of what catalogues say of resources, when their titles or their presentation types are in the answer.
    pub catalogue: Option<i64>,
}

impl DataVersion {
    /// Whether an answer of this version is one of another, as far as both say: recipes of before name the catalogue for every question.
    pub fn agrees_with(self, other: Self) -> bool {
        let catalogues = self.catalogue.zip(other.catalogue);
        self.school == other.school && catalogues.is_none_or(|(one, other)| one == other)
    }
}

impl fmt::Display for DataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.catalogue {
            Some(catalogue) => write!(f, "{}.{catalogue}", self.school),
            None => write!(f, "{}", self.school),
        }
    }
}

/// A question that may be exported, and what it takes to answer it.
pub struct Source<'s> {
    statistics: &'s StoreStatistics,
    viewer: &'s Viewer,
    search: Search,
    uai: Uai,
    today: Day,
    step: Step,
    /// The days of each answer, in order.
    windows: Vec<Interval>,
    /// What is shown together each school year, when the answer comes in several windows.
    groupings: Option<BTreeMap<SchoolYear, Grouping>>,
    version: DataVersion,
}

impl<'s> Source<'s> {
    /// Finds the school of the question, among those that the viewer may see, and the days of its answer.
    ///
    /// # Errors
    /// [`ExportError::Refused`] when the days are too many or to come; [`ExportError::Answer`] when the viewer may not see the school.
    pub async fn open(
        statistics: &'s StoreStatistics,
        viewer: &'s Viewer,
        search: &Search,
    ) -> Result<Self, ExportError> {
        let uai = statistics.school_of(viewer, Action::Export, search).await?;
        let today = statistics.today(Some(&uai));
        let days = extraction::days_of(search, today)?;
        let step = search.step_over(search.period.interval(today));
        let version = find_version(statistics, viewer, &uai, search).await?;
        let search = Search { school: Some(uai.clone()), ..search.clone() };
        let mut source =
            Self { statistics, viewer, uai, today, step, windows: vec![days], groupings: None, version, search };
        if source.search.split.is_some_and(|split| split.by.is_long()) {
            source.windows = windows(days, step, today);
            if tells_of_people(&source.search) {
                source.groupings = Some(source.load_groupings().await?);
            }
        }
        Ok(source)
    }

    /// The question, its school named.
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// The school.
    pub fn uai(&self) -> &Uai {
        &self.uai
    }

    /// The day it is in the school.
    pub fn today(&self) -> Day {
        self.today
    }

    /// The version of the data when the source was opened.
    pub fn version(&self) -> DataVersion {
        self.version
    }

    /// The question with its days and its step written out: asked on another day, it is still the same.
    pub fn settled(&self) -> Search {
        let period = PeriodChoice::Dates(self.search.period.interval(self.today));
        Search { period, step: Some(self.step), ..self.search.clone() }
    }

    /// The answer, as the page shows it.
    ///
    /// # Errors
    /// When the data cannot be read.
    pub async fn page(&self) -> Result<SearchResult, ExportError> {
        Ok(self.statistics.search(self.viewer, Action::Export, &self.search).await?)
    }

    /// How many answers [`Self::read`] hands over.
    pub fn answers(&self) -> usize {
        self.windows.len()
    }

    /// Hands over the answers whose buckets make those of the question, in order; `page` is the one that the page shows.
    ///
    /// # Errors
    /// The first error met; [`ExportError::Changing`] when the data were written since the source was opened.
    pub async fn read<F>(
        &self,
        page: &SearchResult,
        watch: &Watch,
        mut take: impl FnMut(SearchResult) -> F,
    ) -> Result<(), ExportError>
    where
        F: Future<Output = Result<(), ExportError>>,
    {
        for days in &self.windows {
            watch.check()?;
            let answer = match self.search.split.filter(|split| split.by.is_long()) {
                Some(split) => self.window(*days, split).await?,
                None => page.clone(),
            };
            take(answer).await?;
        }
        if find_version(self.statistics, self.viewer, &self.uai, &self.search).await? == self.version {
            Ok(())
        } else {
            Err(ExportError::Changing)
        }
    }

    /// What the answer says of some days, every part apart.
    async fn window(&self, days: Interval, split: Split) -> Result<SearchResult, ExportError> {
        let search = Search {
            period: PeriodChoice::Dates(days),
            step: Some(self.step),
            split: Some(Split { first: Split::ALL, ..split }),
            form: ChartForm::Line,
            ..self.search.clone()
        };
        // The rights were checked when the source was opened, for this school and no other.
        let facts = self.statistics.store().load_facts(&self.uai, &search, self.today).await;
        let mut facts = facts.map_err(|error| failed(&error))?.ok_or(PortError::NotFound)?;
        if let Some(groupings) = &self.groupings {
            facts.groupings.clone_from(groupings);
        }
        let mut result = answer_from(&search, facts);
        // Long divisions list the largest first, which differs from one window to the next.
        result.series.sort_by(|one, other| {
            let key =
                |part: Option<&vigie_domain::result::Part>| part.map(|part| (part.code.is_none(), part.code.clone()));
            key(one.part.as_ref()).cmp(&key(other.part.as_ref()))
        });
        Ok(result)
    }

    /// The grouping of the whole period, each of its school years having the same.
    async fn load_groupings(&self) -> Result<BTreeMap<SchoolYear, Grouping>, ExportError> {
        let by_profile = Search {
            split: Some(Split { by: Dimension::Profile, first: Split::ALL }),
            form: ChartForm::Line,
            ..self.search.clone()
        };
        let facts = self.statistics.store().load_facts(&self.uai, &by_profile, self.today).await;
        let facts = facts.map_err(|error| failed(&error))?.ok_or(PortError::NotFound)?;
        let grouping = grouping_of(&facts, Dimension::Profile);
        let years = self.search.period.interval(self.today).school_years();
        Ok(years.map(|year| (year, grouping.clone())).collect())
    }
}

async fn find_version(
    statistics: &StoreStatistics,
    viewer: &Viewer,
    uai: &Uai,
    search: &Search,
) -> Result<DataVersion, ExportError> {
    // A title that changes somewhere is nothing to a question that names no resource.
    let catalogue = match search.split {
        Some(split) if split.by.reads_catalogues() => {
            Some(statistics.store().find_catalogue_version().await.map_err(|error| failed(&error))?)
        }
        _ => None,
    };
    let school = statistics.store().find_version(uai).await.map_err(|error| failed(&error))?;
    Ok(DataVersion { school: school.ok_or_else(|| PortError::unknown_school(viewer))?, catalogue })
}

fn failed(error: &StoreError) -> ExportError {
    unavailable(error).into()
}

/// Cuts days between buckets, so that each piece has not too many.
fn windows(days: Interval, step: Step, today: Day) -> Vec<Interval> {
    let mut windows: Vec<Interval> = Vec::new();
    for bucket in buckets_until(days, step, today) {
        match windows.last_mut() {
            Some(window) if (bucket.days.last - window.first).num_days() < DAYS_AT_ONCE => {
                window.last = bucket.days.last;
            }
            _ => windows.push(bucket.days),
        }
    }
    windows
}
