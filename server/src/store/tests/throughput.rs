//! How fast batches go in. Measured by hand: `cargo nextest run --release --run-ignored only --no-capture throughput`.

use super::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

const BATCH: usize = 50_000;
const BATCHES: usize = 10;

/// A batch of accesses in three schools, over `days` days that follow those of the batch before.
fn batch(random: &mut ChaCha8Rng, number: usize, days: u64, identified: bool) -> Vec<Event> {
    (0..BATCH)
        .map(|position| {
            let school = random.random_range(0..3);
            let person: u16 = random.random_range(0..1_000);
            let mut pseudonym = pseudonym(school);
            pseudonym[..2].copy_from_slice(&person.to_be_bytes());
            let resource = random.random_range(0f64..1.0).powi(3) * 150.0;
            Event {
                id: identified.then(|| format!("{number}-{position}-0f8fad5b-d9cb-469f-a165-70867728950e")),
                uai: uai(["9999991F", "9999992G", "9999993H"][usize::from(school)]),
                day: day("2024-09-01") + chrono::Days::new(number as u64 * days + random.random_range(0..days)),
                fact: Fact::Access {
                    person: Some(pseudonym),
                    profile: if person < 900 { "eleve" } else { "enseignant" }.into(),
                    resource: Some(format!("ark:/49250/r{}", resource as u32)),
                    presentation: None,
                    device: None,
                    count: 1,
                },
            }
        })
        .collect()
}

#[tokio::test]
#[ignore = "a measurement, which only means something in release"]
async fn throughput_of_batches() {
    for (days, identified) in [(10, true), (10, false), (300, true)] {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("vigie.db")).await.expect("a store");
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut seconds = Vec::new();
        for number in 0..BATCHES {
            let file = number as u8;
            let batch = whole_file(file, batch(&mut random, number, days, identified));
            let start = Instant::now();
            store.apply(&batch).await.expect("a batch");
            seconds.push(start.elapsed().as_secs_f64());
        }
        let total: f64 = seconds.iter().sum();
        let cells: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM cell").fetch_one(&store.readers).await.expect("cells");
        println!(
            "{days} days a batch, identified: {identified}: {:.0} events/s (first batch {:.2} s, last {:.2} s), {cells} cells",
            (BATCH * BATCHES) as f64 / total,
            seconds[0],
            seconds[BATCHES - 1],
        );
    }
}
