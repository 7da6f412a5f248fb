//! Figures of groups of schools: put together every night, so that whoever follows many schools never makes them all be read.

mod kept;
mod sums;

use crate::config::DataArgs;
use crate::store::{Candidate, Drawn, PublishedBlock, SchoolFigures, Store, StoreError};
use chrono::{Months, Utc};
use clap::Args;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::ExitCode;
use sums::OfRegion;
use vigie_domain::catalogue::{Dimension, IndicatorId, ServiceId, Stock, Term};
use vigie_domain::facts::{Facts, answer};
use vigie_domain::group::{Figure, Places, is_told, months, tells_profiles};
use vigie_domain::period::{Day, PeriodChoice, SchoolYear, Step};
use vigie_domain::privacy::blocks::{Member, are_separable, divide, people_are_separable};
use vigie_domain::privacy::grouping::{Grouping, in_order};
use vigie_domain::privacy::retelling::{Earlier, School, lasts, retell, tell_again};
use vigie_domain::result::Series;
use vigie_domain::search::{DEFAULT_FIRST, Search, Split};
use vigie_domain::uai::Uai;

/// What `vigie roll-up` may be told.
#[derive(Args, Clone, Debug)]
pub struct RollUpArgs {
    #[command(flatten)]
    /// Where the data are.
    pub data: DataArgs,
}

/// Puts the figures of groups together now.
///
/// # Errors
/// See [`roll_up`].
pub async fn run(args: &RollUpArgs) -> anyhow::Result<ExitCode> {
    let store = args.data.load()?.open_existing_store().await?;
    let done = roll_up(&store, Utc::now().with_timezone(&chrono_tz::Europe::Paris).date_naive()).await;
    store.close().await;
    done?;
    writeln!(std::io::stdout(), "Les chiffres des groupes d’établissements sont à jour.")?;
    Ok(ExitCode::SUCCESS)
}

/// Puts the figures of every school year together. Where others do so at the same time, one of them is published.
///
/// # Errors
/// The first of those of the school years, once the others are done: when the store fails, or when a school is damaged. What was published
/// before stays, and nothing is half published; where a school is damaged, its region is told as it was, and the others as they are.
pub async fn roll_up(store: &Store, today: Day) -> Result<(), StoreError> {
    let mut failed = None;
    for year in store.list_years().await? {
        if year.interval().first <= today {
            let outcome = roll_up_year(store, year, today).await;
            failed = failed.or(outcome.err());
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn roll_up_year(store: &Store, year: SchoolYear, today: Day) -> Result<(), StoreError> {
    let candidates: BTreeMap<Uai, Candidate> =
        store.list_candidates(year).await?.into_iter().map(|candidate| (candidate.uai.clone(), candidate)).collect();
    let mut drawn = draw(store, year, &candidates).await?;
    follow(store, year, &mut drawn, &candidates, today).await?;
    let until = today.min(year.interval().last);
    let earlier = load_earlier(store, SchoolYear(year.0 - 1)).await?;
    let mut night = Night { store, year, until, today, earlier, damage: None };
    let mut blocks = Vec::new();
    let mut regions = BTreeMap::new();
    for (region, profiles) in &drawn.regions {
        let of_region = drawn.blocks.iter().filter(|(_, (of, _))| of == region);
        let known = |schools: &[Uai]| schools.iter().filter_map(|uai| candidates.get(uai)).collect();
        let of_region = of_region.map(|(number, (_, schools))| (*number, known(schools))).collect();
        let (told, figures) = night.tell(of_region, profiles, !drawn.together.contains(region)).await?;
        blocks.extend(told);
        regions.insert(*region, figures);
    }
    let unplaced = night.find_unplaced(&drawn, &candidates).await?;
    if !store.publish(year, today, blocks, regions, unplaced).await? {
        tracing::info!(year = year.0, "the figures of groups were put together elsewhere meanwhile");
    }
    night.damage.map_or(Ok(()), |what| Err(StoreError::Corrupt(what)))
}

/// What a school year is put together from.
struct Night<'n> {
    store: &'n Store,
    year: SchoolYear,
    /// The day until which figures go.
    until: Day,
    /// The day of this night.
    today: Day,
    /// What was told of schools the school year before.
    earlier: BTreeMap<Uai, Earlier>,
    /// What is wrong with the first school that is damaged.
    damage: Option<&'static str>,
}

impl Night<'_> {
    /// What is told of the blocks of a region, by number, and of its groups of profiles, between which people are told apart or not.
    async fn tell(
        &mut self,
        blocks: Vec<(u32, Vec<&Candidate>)>,
        profiles: &[Vec<String>],
        tells_people: bool,
    ) -> Result<(Vec<PublishedBlock>, Vec<Figure>), StoreError> {
        // Blocks of a region are drawn, and told, together.
        let mut before = Day::MIN;
        let mut is_damaged = false;
        let (mut nights, mut schools) = (Vec::with_capacity(blocks.len()), Vec::with_capacity(blocks.len()));
        for (number, known) in &blocks {
            let told = self.store.load_told(self.year, *number).await?;
            before = before.max(told.until.unwrap_or(Day::MIN));
            nights.push(told.nights);
            let (of_block, is_whole) = self.gather(known, told.figures, profiles).await?;
            is_damaged |= !is_whole;
            schools.push(of_block);
        }
        let months = months(self.year, self.until);
        if is_damaged {
            // What is new of the others would be about fewer schools than it is taken for.
            for school in schools.iter_mut().flatten() {
                school.now = tell_again(&school.before, months.len());
            }
        } else {
            retell(&mut schools, profiles, tells_people, &months, before, self.today);
        }
        let mut of_region = OfRegion::default();
        let mut published = Vec::with_capacity(blocks.len());
        for (((number, known), nights), told) in blocks.into_iter().zip(nights).zip(schools) {
            let told: Vec<Vec<Figure>> = told.into_iter().map(|school| school.now).collect();
            let places: BTreeSet<_> = known.iter().map(|candidate| candidate.member.places.clone()).collect();
            let figures = of_region.add_block(&known, &told);
            let told = known.iter().map(|candidate| candidate.uai.clone()).zip(told).collect();
            published.push(PublishedBlock { number, nights, places, figures, told });
        }
        Ok((published, of_region.into_figures(profiles, tells_people)))
    }

    /// The schools of a block, with what was told of them and what is known now; and whether that is known of all.
    async fn gather(
        &mut self,
        known: &[&Candidate],
        mut told: BTreeMap<Uai, Vec<Figure>>,
        profiles: &[Vec<String>],
    ) -> Result<(Vec<School>, bool), StoreError> {
        let mut schools = Vec::with_capacity(known.len());
        let mut is_whole = true;
        for candidate in known {
            let computed = match candidate.damage {
                Some(what) => Err(StoreError::Corrupt(what)),
                None => figures_of(self.store, candidate, self.year, profiles, self.until).await,
            };
            let now = match computed {
                Ok(now) => now,
                Err(StoreError::Corrupt(what)) => {
                    let uai = candidate.uai.as_str();
                    tracing::error!(uai, what, "a school is damaged: the figures of its groups stay as they were told");
                    self.damage.get_or_insert(what);
                    is_whole = false;
                    Vec::new()
                }
                Err(error) => return Err(error),
            };
            let (before, earlier) = (told.remove(&candidate.uai), self.earlier.remove(&candidate.uai));
            schools.push(School { member: candidate.member.clone(), before: before.unwrap_or_default(), now, earlier });
        }
        Ok((schools, is_whole))
    }

    /// Where schools are of which something is known in the school year, and that are in no block: too few came since the others, or nobody
    /// is known there.
    async fn find_unplaced(
        &mut self,
        drawn: &Drawn,
        candidates: &BTreeMap<Uai, Candidate>,
    ) -> Result<BTreeSet<Places>, StoreError> {
        let placed: BTreeSet<&Uai> = drawn.blocks.values().flat_map(|(_, schools)| schools).collect();
        let (first, last) = (self.year.interval().first, self.until);
        let mut unplaced = BTreeSet::new();
        for candidate in candidates.values().filter(|candidate| !placed.contains(&candidate.uai)) {
            let is_known = match self.store.load_feeds(&candidate.uai).await {
                Ok(feeds) => feeds.values().any(|days| days.first <= last && days.last >= first),
                Err(StoreError::Corrupt(what)) => {
                    let uai = candidate.uai.as_str();
                    tracing::error!(uai, what, "a school is damaged, and in no group");
                    self.damage.get_or_insert(what);
                    true
                }
                Err(error) => return Err(error),
            };
            if is_known {
                unplaced.insert(candidate.member.places.clone());
            }
        }
        Ok(unplaced)
    }
}

/// What was told of each school in a school year, that may last into the next one.
async fn load_earlier(store: &Store, year: SchoolYear) -> Result<BTreeMap<Uai, Earlier>, StoreError> {
    let mut all = BTreeMap::new();
    for (block, (_, schools)) in store.load_drawn(year).await?.blocks {
        for (uai, mut figures) in store.load_told(year, block).await?.figures {
            figures.retain(|figure| lasts(figure.indicator));
            all.insert(uai, Earlier { block, schools: schools.len(), figures });
        }
    }
    Ok(all)
}

/// The blocks of a school year, to which those of newcomers are added.
async fn draw(store: &Store, year: SchoolYear, candidates: &BTreeMap<Uai, Candidate>) -> Result<Drawn, StoreError> {
    let mut drawn = store.load_drawn(year).await?;
    let placed: BTreeSet<&Uai> = drawn.blocks.values().flat_map(|(_, schools)| schools).collect();
    let newcomers: Vec<&Candidate> = candidates
        .values()
        .filter(|candidate| candidate.damage.is_none() && !placed.contains(&candidate.uai))
        .filter(|candidate| candidate.member.people() > 0)
        .collect();
    let members: Vec<Member> = newcomers.iter().map(|candidate| candidate.member.clone()).collect();
    let next = |last: Option<&u32>| last.map_or(0, |last| last + 1);
    let (mut region, mut block) = (next(drawn.regions.keys().last()), next(drawn.blocks.keys().last()));
    let mut added = Drawn::default();
    for new in divide(&members) {
        for schools in new.blocks {
            let schools = schools.into_iter().map(|at| newcomers[at].uai.clone()).collect();
            added.blocks.insert(block, (region, schools));
            block += 1;
        }
        added.regions.insert(region, new.groups);
        region += 1;
    }
    drawn.regions.extend(added.regions.clone());
    drawn.blocks.extend(added.blocks.clone());
    store.add_blocks(year, added).await?;
    Ok(drawn)
}

/// Follows what came since the regions were drawn. Profiles that are new go into the groups with which they are shown, so that these are
/// called after them too. Where those who have several profiles are too few, people are told all together until the year is over: totals
/// that waited for profiles that cannot be told would wait as long. They wait until October: in September, the few who have several
/// profiles may be the first of many.
async fn follow(
    store: &Store,
    year: SchoolYear,
    drawn: &mut Drawn,
    candidates: &BTreeMap<Uai, Candidate>,
    today: Day,
) -> Result<(), StoreError> {
    let is_settled = today >= year.interval().first + Months::new(2);
    let mut changed = Drawn::default();
    for (region, groups) in &mut drawn.regions {
        let (mut members, mut blocks, mut is_whole) = (Vec::new(), Vec::new(), true);
        for (_, schools) in drawn.blocks.values().filter(|(of, _)| of == region) {
            let first = members.len();
            for candidate in schools.iter().filter_map(|uai| candidates.get(uai)) {
                members.push(candidate.member.clone());
                is_whole &= candidate.damage.is_none();
            }
            blocks.push((first..members.len()).collect::<Vec<usize>>());
        }
        if widen(groups, &members) {
            changed.regions.insert(*region, groups.clone());
        }
        // Of a school that is damaged, nobody is known for now.
        let is_told = is_whole && are_separable(&members, &blocks, groups);
        if is_settled && is_told && !people_are_separable(&members, &blocks, groups) && drawn.together.insert(*region) {
            changed.together.insert(*region);
        }
    }
    if changed == Drawn::default() { Ok(()) } else { store.change_regions(year, changed).await }
}

/// Puts the profiles that groups lack into those with which they are shown; whether there are some.
fn widen(groups: &mut Vec<Vec<String>>, members: &[Member]) -> bool {
    let grouping = Grouping::of(groups);
    let profiles: BTreeSet<&String> = members.iter().flat_map(|member| &member.profiles).collect();
    let new: Vec<&String> = profiles.into_iter().filter(|profile| !grouping.knows(profile)).collect();
    if new.is_empty() {
        return false;
    }
    groups.resize_with(groups.len().max(1), Vec::new);
    new.iter().for_each(|profile| groups[grouping.rank_of(profile)].push((*profile).clone()));
    groups.iter_mut().for_each(|group| *group = in_order(std::mem::take(group).into_iter().collect()));
    true
}

/// The figures of a school, computed anew when something was written about it, when a month began, or when days came of which something was
/// known beforehand.
async fn figures_of(
    store: &Store,
    candidate: &Candidate,
    year: SchoolYear,
    profiles: &[Vec<String>],
    until: Day,
) -> Result<Vec<Figure>, StoreError> {
    let known = store.load_school_figures(&candidate.uai, year).await?;
    let feeds = store.load_feeds(&candidate.uai).await?;
    // No level that is told changes on a day of which nothing is known: subscriptions begin and end by themselves, directories do not.
    let goes_on = |after: Day| until > after && feeds.values().any(|days| days.last > after);
    if let Some(known) = &known
        && known.version == candidate.version
        && Step::Month.whole_bucket(known.until) == Step::Month.whole_bucket(until)
        && !goes_on(known.until)
    {
        return Ok(known.figures.clone());
    }
    let since = |indicator: IndicatorId| {
        let indicator = indicator.get();
        let terms = indicator.terms().into_iter().chain(indicator.needs.iter().copied());
        // What needs two terms is not told before both are fed.
        terms.filter_map(|term| feeds.get(&term)).map(|days| days.first).max().unwrap_or(until)
    };
    let mut figures = Vec::new();
    for service in ServiceId::all() {
        let indicators: Vec<IndicatorId> = IndicatorId::of_service(service).filter(|id| is_told(*id)).collect();
        let search = search_of(service, indicators.clone(), year, None);
        let Some(facts) = store.load_facts(&candidate.uai, &search, until).await? else { continue };
        figures.extend(answer(&search, &facts).series.into_iter().map(|series| figure_of(series, &since)));
        for indicator in indicators.into_iter().filter(|id| id.get().dimensions.contains(&Dimension::Profile)) {
            let split = Split { by: Dimension::Profile, first: DEFAULT_FIRST };
            let search = search_of(service, vec![indicator], year, Some(split));
            let Some(facts) = store.load_facts(&candidate.uai, &search, until).await? else { continue };
            figures.extend(by_profile(&search, facts, year, &candidate.member, profiles, &since));
        }
    }
    let listed = feeds.get(&Term::Stock(Stock::Comptes)).map(|days| days.last);
    if let Some(known) = known {
        kept::keep(&known, &mut figures, known.listed >= listed);
    }
    let people = candidate.member.people.clone();
    let written = SchoolFigures { version: candidate.version, until, listed, people, figures: figures.clone() };
    store.write_school_figures(&candidate.uai, year, written).await?;
    Ok(figures)
}

fn search_of(service: ServiceId, indicators: Vec<IndicatorId>, year: SchoolYear, split: Option<Split>) -> Search {
    let (period, step) = (PeriodChoice::Dates(year.interval()), Some(Step::Month));
    let mut search = Search { indicators, period, step, split, ..Search::new(service) };
    search.form = search.default_form();
    search
}

/// The figures that a search gives in a school, whose profiles are told apart as those of its region are, where they are told; and those of
/// each profile, by which what comes late is weighed, and who is there.
fn by_profile(
    search: &Search,
    mut facts: Facts,
    year: SchoolYear,
    member: &Member,
    groups: &[Vec<String>],
    since: &impl Fn(IndicatorId) -> Day,
) -> Vec<Figure> {
    let mut figures = Vec::new();
    let code = |series: &Series| series.part.as_ref().and_then(|part| part.code.clone()).unwrap_or_default();
    if search.indicators.iter().all(|id| tells_profiles(*id)) {
        let grouping = Grouping::of(groups);
        facts.groupings.insert(year, grouping.clone());
        figures.extend(answer(search, &facts).series.into_iter().map(|series| {
            let profiles = Some(grouping.rank_of(&code(&series)));
            Figure { profiles, ..figure_of(series, since) }
        }));
    }
    // A directory of the school year before may still hold.
    let mut profiles = member.profiles.clone();
    profiles.extend(facts.groupings.values().flat_map(Grouping::known).cloned());
    let each: Vec<Vec<String>> = in_order(profiles).into_iter().map(|one| vec![one]).collect();
    facts.groupings.insert(year, Grouping::default());
    facts.groupings.values_mut().for_each(|grouping| *grouping = Grouping::of(&each));
    figures.extend(answer(search, &facts).series.into_iter().map(|series| {
        let profile = Some(code(&series));
        Figure { profile, ..figure_of(series, since) }
    }));
    figures
}

fn figure_of(series: Series, since: &impl Fn(IndicatorId) -> Day) -> Figure {
    let (indicator, figures) = (series.indicator, Some(series.figures));
    let (since, untold) = (since(indicator), BTreeSet::new());
    Figure { indicator, since, profiles: None, profile: None, figures, held: false, untold }
}
