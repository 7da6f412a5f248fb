//! What is done every night while Vigie serves.

use crate::auth::Auth;
use crate::jobs::{self, Jobs};
use crate::outside;
use crate::retention::Retention;
use crate::store::Store;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Europe::Paris;

/// When nobody works, and when the clocks were already changed if they are.
const HOUR: NaiveTime = NaiveTime::from_hms_opt(3, 30, 0).expect("an hour");

/// Does the work of a night now, for it may have been missed, then every night.
///
/// Several servers may do it at once: each school is held by one of them at a time, and what is done is done.
pub async fn run(store: Store, retention: Retention, auth: Auth, jobs: Jobs) {
    loop {
        let now = Utc::now();
        // Before people are erased: what counts each of them once cannot be made again.
        if let Err(error) = outside::roll_up(&store, now.with_timezone(&Paris).date_naive()).await {
            tracing::error!(%error, "the figures of groups could not be put together tonight");
        }
        if let Err(error) = retention.purge(&store, now.date_naive()).await {
            tracing::error!(%error, "not everything could be purged tonight");
        }
        if let Err(error) = auth.purge(retention.months).await {
            tracing::error!(%error, "the sessions that are over could not be purged tonight");
        }
        if let Err(error) = jobs::export::purge(&jobs).await {
            tracing::error!(%error, "the files whose time is over could not be erased tonight");
        }
        match store.pack(now.date_naive()).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "rows of schools were put together"),
            Err(error) => tracing::error!(%error, "the rows of schools could not be put together tonight"),
        }
        let wait = (next(Utc::now()) - Utc::now()).to_std().unwrap_or_default();
        tokio::time::sleep(wait).await;
    }
}

/// The next night, strictly after a moment.
fn next(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = now.with_timezone(&Paris).date_naive();
    let nights = [Some(today), today.checked_add_days(Days::new(1))];
    let mut nights = nights.into_iter().flatten().filter_map(night);
    nights.find(|night| *night > now).unwrap_or(now + TimeDelta::days(1))
}

fn night(day: NaiveDate) -> Option<DateTime<Utc>> {
    day.and_time(HOUR).and_local_timezone(Paris).earliest().map(|night| night.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_night_a_day_even_when_the_clocks_change() {
        let mut now: DateTime<Utc> = "2026-03-27T12:00:00Z".parse().expect("a moment");
        let nights = std::iter::repeat_with(|| {
            now = next(now);
            now.with_timezone(&Paris).naive_local().to_string()
        });
        let expected = ["2026-03-28 03:30:00", "2026-03-29 03:30:00", "2026-03-30 03:30:00"];
        assert_eq!(nights.take(3).collect::<Vec<_>>(), expected);
        let before: DateTime<Utc> = "2026-10-25T00:10:00Z".parse().expect("a moment");
        assert_eq!(next(before).to_rfc3339(), "2026-10-25T02:30:00+00:00");
    }
}
