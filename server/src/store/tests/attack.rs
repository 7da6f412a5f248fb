//! Histories of a school, against somebody who keeps every answer and solves all of them at once.
//!
//! Directories, arrivals, departures, late files, oppositions and purges come by chance, over two school years. After each of them the
//! store is asked what the doors ask: totals, by profile, by resource and by both, over days, weeks, months and school years that overlap.
//! Each figure is a sum of unknowns: what those of a profile did with a resource on a day, as far as one file told it. Wherever the answers
//! of a moment make a combination known that was not, it must not be about some of fewer than five people; about a whole school of fewer,
//! only totals may be known. `VIGIE_HISTORIES` says how many histories, `VIGIE_SEED` what chance begins with.

#[path = "attack/algebra.rs"]
mod algebra;
#[path = "attack/history.rs"]
mod history;
#[path = "attack/told.rs"]
mod told;
#[path = "attack/world.rs"]
mod world;

use super::*;
use history::{Deed, arbitrary_history};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use told::Told;
use vigie_domain::privacy::THRESHOLD;
use world::World;

/// What a variable says, or else this.
fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn no_history_tells_what_few_people_did() {
    let cases = u32::try_from(setting("VIGIE_HISTORIES", u64::from(CASES))).expect("a number of histories");
    let rng_seed = RngSeed::Fixed(setting("VIGIE_SEED", 1));
    let config = Config { cases, rng_seed, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let outcome = TestRunner::new(config).run(&arbitrary_history(), |history| runtime.block_on(live(&history)));
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// Lives a history, and attacks after each deed.
async fn live(history: &[Deed]) -> Result<(), TestCaseError> {
    let store = empty().await;
    let (mut world, mut told) = (World::default(), Told::default());
    for (step, deed) in (0..).zip(history) {
        world.undergo(step, deed, told.groups_of_acts());
        deed.apply_to(&store, step).await;
        if !world.is_known() {
            continue;
        }
        let known = told.clone();
        told.ask(&store, &world, deed.asks()).await?;
        for few in world.few_people(THRESHOLD as usize) {
            let about = told.about(&few);
            if about > 0 && about > known.about(&few) {
                return Err(TestCaseError::fail(format!("step {step}, {deed:?}: something is told of {few:?}")));
            }
        }
        for (year, groups) in told.groups_of_people() {
            if let Some(alone) = world.alone_in(*year, groups, THRESHOLD as usize).filter(|_| deed.is_written()) {
                return Err(TestCaseError::fail(format!("step {step}: {alone:?} are alone in {groups:?} of {year}")));
            }
        }
    }
    ensure_sound(&store).await
}

async fn ensure_sound(store: &Store) -> Result<(), TestCaseError> {
    let problems = store.check(|_, _| {}).await.expect("a check");
    if problems.is_empty() { Ok(()) } else { Err(TestCaseError::fail(format!("{problems:?}"))) }
}
