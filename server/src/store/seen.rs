//! Events already counted: table `seen_run`.
//!
//! The identifiers of a school are kept as sorted runs, one for each batch; eight runs of a level make one of the next, so that each
//! identifier is written again a few times only and there are never many runs to look into. A Bloom filter in memory tells nearly all the
//! identifiers that were never seen without looking into any.
//!
//! What comes again is remembered anew, in a run of that day: a collection that is exported whole every month has all its events in each
//! of its exports. The runs that held most of what came again are left the rest.

use super::StoreError;
use super::events::{Id, PackedEvent, in_order};
use super::sql::{Sql, find, values};
use fastbloom::BloomFilter;
use foldhash::fast::FixedState;

/// How many runs of a level are merged into one of the next.
const FAN: usize = 8;
/// Runs received within so many days may be merged: an identifier is forgotten that much later than it could be.
const MERGED_DAYS: i64 = 7;
/// Bits of the filter for each identifier, and how many of them tell it: when it is full, two new identifiers in a hundred are looked for
/// in vain.
const FILTER_BITS: usize = 10;
const FILTER_HASHES: u32 = 3;
/// How many identifiers a heap of them has, about, and how many heaps there may be.
const IDS_OF_A_HEAP: usize = 8;
const MAX_HEAPS: usize = 1 << 15;

/// What is remembered of the identifiers of a school.
#[derive(Debug)]
pub(super) struct Seen {
    runs: Vec<Run>,
    filter: BloomFilter<FixedState>,
    held: usize,
    room: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    number: i64,
    level: i64,
    received: i64,
}

impl Seen {
    /// With room for so many identifiers.
    fn with_room(room: usize) -> Self {
        let room = room.max(1_000);
        let filter = BloomFilter::with_num_bits(room * FILTER_BITS).hasher(FixedState::default()).hashes(FILTER_HASHES);
        Self { runs: Vec::new(), filter, held: 0, room }
    }

    /// How much it takes, about.
    pub(super) fn bytes(&self) -> usize {
        self.room * FILTER_BITS / 8 + self.runs.len() * size_of::<Run>()
    }

    /// Those that were probably counted.
    fn likely(&self, ids: &[Identified]) -> Vec<Id> {
        let is_likely = |id: &Id| self.held > 0 && self.filter.contains_hash(hash_of(id));
        ids.iter().map(Identified::id).filter(is_likely).collect()
    }

    /// Remembers identifiers that were written.
    pub(super) fn insert(&mut self, ids: &[Id]) {
        for id in ids {
            self.filter.insert_hash(hash_of(id));
        }
        self.held += ids.len();
    }
}

/// The identifiers of the events of a school.
pub(super) struct Identifiers {
    /// In order, each once, with the event that was read first.
    ids: Vec<Identified>,
    /// The other events, by their places.
    repeated: Vec<u32>,
}

impl Identifiers {
    /// Whether no event has one.
    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// The identifiers of events. They are digests: their first bits put a few of them in each of many heaps, which are then sorted.
pub(super) fn identify(events: &[PackedEvent]) -> Identifiers {
    let ids = (0..).zip(events).filter_map(|(at, event)| Some(Identified::new(event.id?, at))).collect();
    let bits = (events.len() / IDS_OF_A_HEAP).clamp(1, MAX_HEAPS).ilog2();
    let heap = |id: &Identified| id.first.checked_shr(u64::BITS - bits).unwrap_or(0);
    let mut ids = in_order(ids, |id| heap(id) as usize);
    ids.chunk_by_mut(|one, other| heap(one) == heap(other)).for_each(<[_]>::sort_unstable);
    let mut repeated = Vec::new();
    ids.dedup_by(|later, first| {
        let same = later.id() == first.id();
        if same {
            if events[later.at as usize].offset < events[first.at as usize].offset {
                std::mem::swap(later, first);
            }
            repeated.push(later.at);
        }
        same
    });
    Identifiers { ids, repeated }
}

/// Keeps the events to count, in their order: those without an identifier, and of those with the same one the first that was read. They
/// are written as counted, received on the day `today`, and those that were counted before as received that day too; the identifiers that
/// are new, which `seen` is still to remember.
pub(super) fn keep_unseen(
    sql: &mut dyn Sql,
    uai: &str,
    events: &mut Vec<PackedEvent>,
    identifiers: Identifiers,
    today: i64,
    seen: &mut Option<Seen>,
) -> Result<Vec<Id>, StoreError> {
    let Identifiers { mut ids, mut repeated } = identifiers;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut known = with_room_for(sql, uai, ids.len(), seen.take())?;
    let likely = known.likely(&ids);
    let mut renewed = Vec::new();
    if !likely.is_empty() {
        let counted;
        (counted, renewed) = find_all(sql, uai, &likely, today, &mut known)?;
        ids.retain(|ordered| {
            let before = counted.binary_search(&ordered.id()).is_ok();
            if before {
                repeated.push(ordered.at);
            }
            !before
        });
    }
    let new: Vec<Id> = ids.iter().map(Identified::id).collect();
    if renewed.is_empty() {
        add_run(sql, uai, &new, today, &mut known)?;
    } else {
        renewed.extend(&new);
        renewed.sort_unstable();
        add_run(sql, uai, &renewed, today, &mut known)?;
    }
    *seen = Some(known);
    if !repeated.is_empty() {
        repeated.sort_unstable();
        let mut repeated = repeated.into_iter().peekable();
        let mut place = 0;
        events.retain(|_| {
            let is_repeated = repeated.next_if_eq(&place).is_some();
            place += 1;
            !is_repeated
        });
    }
    Ok(new)
}

/// Remembers those of these identifiers that were counted as received on the day `today` too; the others stay unknown.
pub(super) fn renew(
    sql: &mut dyn Sql,
    uai: &str,
    identifiers: &Identifiers,
    today: i64,
    seen: &mut Option<Seen>,
) -> Result<(), StoreError> {
    let mut known = with_room_for(sql, uai, identifiers.ids.len(), seen.take())?;
    let likely = known.likely(&identifiers.ids);
    if !likely.is_empty() {
        let (_, renewed) = find_all(sql, uai, &likely, today, &mut known)?;
        add_run(sql, uai, &renewed, today, &mut known)?;
    }
    *seen = Some(known);
    Ok(())
}

/// Whether anything is remembered of a school.
pub(super) fn remembers(sql: &mut dyn Sql, uai: &str) -> Result<bool, StoreError> {
    Ok(find(sql, "SELECT run FROM seen_run WHERE uai = ?1 LIMIT 1", values![uai], |row| row.int(0))?.is_some())
}

/// An identifier and the rank of its event, compared in the order of bytes by a few whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Identified {
    first: u64,
    last: u32,
    at: u32,
}

impl Identified {
    fn new(id: Id, at: u32) -> Self {
        let [a, b, c, d, e, f, g, h, last @ ..] = id;
        Self { first: u64::from_be_bytes([a, b, c, d, e, f, g, h]), last: u32::from_be_bytes(last), at }
    }

    fn id(&self) -> Id {
        let mut id = Id::default();
        id[..8].copy_from_slice(&self.first.to_be_bytes());
        id[8..].copy_from_slice(&self.last.to_be_bytes());
        id
    }
}

/// What the filter knows an identifier by: its first bytes, which are those of a digest.
fn hash_of(id: &Id) -> u64 {
    Identified::new(*id, 0).first
}

/// What is known of a school, with room for so many identifiers more.
fn with_room_for(sql: &mut dyn Sql, uai: &str, more: usize, seen: Option<Seen>) -> Result<Seen, StoreError> {
    match seen {
        // A full filter lets too much through.
        Some(known) if known.held + more <= known.room => Ok(known),
        other => load(sql, uai, other.map_or(0, |known| known.held) + more),
    }
}

/// What the database knows of a school, with room for twice as much as there will be.
fn load(sql: &mut dyn Sql, uai: &str, expected: usize) -> Result<Seen, StoreError> {
    let mut runs = Vec::new();
    let mut held: Vec<Vec<u8>> = Vec::new();
    let all = "SELECT run, level, received, ids FROM seen_run WHERE uai = ?1 ORDER BY run";
    sql.query(all, values![uai], &mut |row| {
        runs.push(Run { number: row.int(0)?, level: row.int(1)?, received: row.int(2)? });
        held.push(row.bytes(3)?.to_owned());
        Ok(())
    })?;
    let total: usize = held.iter().map(|ids| ids.len() / size_of::<Id>()).sum();
    let mut seen = Seen { runs, ..Seen::with_room(2 * (total + expected)) };
    for ids in &held {
        seen.insert(ids_of(ids)?);
    }
    Ok(seen)
}

/// Those of these identifiers, in order, that were counted; and those of them that are to be written as received today, which no run of
/// the day holds. They are taken out of the runs of which they are the greater part.
fn find_all(
    sql: &mut dyn Sql,
    uai: &str,
    wanted: &[Id],
    today: i64,
    seen: &mut Seen,
) -> Result<(Vec<Id>, Vec<Id>), StoreError> {
    let (mut counted, mut of_today, mut outdated) = (Vec::new(), Vec::new(), Vec::new());
    sql.query("SELECT run, received, ids FROM seen_run WHERE uai = ?1", values![uai], &mut |row| {
        let ids = ids_of(row.bytes(2)?)?;
        let before = counted.len();
        counted.extend(wanted.iter().filter(|id| ids.binary_search(id).is_ok()));
        let found = &counted[before..];
        if row.int(1)? >= today {
            of_today.extend_from_slice(found);
        } else if !found.is_empty() && 2 * found.len() >= ids.len() {
            outdated.push(row.int(0)?);
        }
        Ok(())
    })?;
    for ids in [&mut counted, &mut of_today] {
        ids.sort_unstable();
        ids.dedup();
    }
    for run in outdated {
        take_out(sql, uai, run, &counted, seen)?;
    }
    let renewed = counted.iter().filter(|id| of_today.binary_search(id).is_err()).copied().collect();
    Ok((counted, renewed))
}

/// Takes identifiers, in order, out of a run.
fn take_out(sql: &mut dyn Sql, uai: &str, run: i64, taken: &[Id], seen: &mut Seen) -> Result<(), StoreError> {
    let mut left = load_run(sql, uai, run)?;
    left.retain(|id| taken.binary_search(id).is_err());
    if left.is_empty() {
        seen.runs.retain(|known| known.number != run);
        return delete(sql, uai, run);
    }
    let update = "UPDATE seen_run SET ids = ?3 WHERE uai = ?1 AND run = ?2";
    sql.execute(update, values![uai, run, left.as_flattened()])?;
    Ok(())
}

/// Writes a run, if it is to hold anything, and merges those that may be.
fn add_run(sql: &mut dyn Sql, uai: &str, ids: &[Id], today: i64, seen: &mut Seen) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let number = seen.runs.last().map_or(0, |run| run.number) + 1;
    write(sql, uai, Run { number, level: 0, received: today }, ids)?;
    seen.runs.push(Run { number, level: 0, received: today });
    while let Some(level) = full_level(&seen.runs) {
        let merged: Vec<Run> = seen.runs.iter().copied().filter(|run| is_of(run, level)).collect();
        let mut ids = Vec::new();
        for run in &merged {
            ids.append(&mut load_run(sql, uai, run.number)?);
            delete(sql, uai, run.number)?;
        }
        ids.sort_unstable();
        // What came again may be in several.
        ids.dedup();
        let number = seen.runs.last().map_or(0, |run| run.number) + 1;
        let received = merged.iter().map(|run| run.received).max().unwrap_or(today);
        let run = Run { number, level: level.0 + 1, received };
        write(sql, uai, run, &ids)?;
        seen.runs.retain(|run| !is_of(run, level));
        seen.runs.push(run);
    }
    Ok(())
}

/// A level, and the first of the days within which runs may be merged.
type Level = (i64, i64);

fn is_of(run: &Run, (level, since): Level) -> bool {
    run.level == level && (since..since + MERGED_DAYS).contains(&run.received)
}

/// A level with enough runs to merge.
fn full_level(runs: &[Run]) -> Option<Level> {
    let candidates = runs.iter().map(|run| (run.level, run.received));
    candidates.into_iter().find(|level| runs.iter().filter(|run| is_of(run, *level)).count() >= FAN)
}

fn load_run(sql: &mut dyn Sql, uai: &str, run: i64) -> Result<Vec<Id>, StoreError> {
    let one = "SELECT ids FROM seen_run WHERE uai = ?1 AND run = ?2";
    let ids = find(sql, one, values![uai, run], |row| Ok(ids_of(row.bytes(0)?)?.to_vec()))?;
    Ok(ids.unwrap_or_default())
}

fn delete(sql: &mut dyn Sql, uai: &str, run: i64) -> Result<(), StoreError> {
    sql.execute("DELETE FROM seen_run WHERE uai = ?1 AND run = ?2", values![uai, run])?;
    Ok(())
}

fn write(sql: &mut dyn Sql, uai: &str, run: Run, ids: &[Id]) -> Result<(), StoreError> {
    let insert = "INSERT INTO seen_run (uai, run, level, received, ids) VALUES (?1, ?2, ?3, ?4, ?5)";
    let Run { number, level, received } = run;
    sql.execute(insert, values![uai, number, level, received, ids.as_flattened()])?;
    Ok(())
}

/// Whether a run is in order.
pub(super) fn is_sound(bytes: &[u8]) -> bool {
    ids_of(bytes).is_ok_and(|ids| ids.is_sorted_by(|one, other| one < other))
}

fn ids_of(bytes: &[u8]) -> Result<&[Id], StoreError> {
    let (ids, rest) = bytes.as_chunks();
    if rest.is_empty() {
        Ok(ids)
    } else {
        Err(StoreError::Corrupt("des identifiants d’événements sont illisibles"))
    }
}
