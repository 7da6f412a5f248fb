//! Counts of events: table `daily_cells`.
//!
//! A row holds every count of a day of a school, or of 1 024 of its resources where it has more: for each measure, its number, its
//! total, how many bytes its cells take, and its cells in order, each made of the numbers of its profile, resource, presentation type and device (0 when
//! unknown) and of the count; a checksum ends it.

use super::StoreError;
use super::checksum;
use super::sql::{Keys, Rows, Sql, Value, values};
use super::varint::{self, Reader};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use vigie_domain::catalogue::Measure;

/// How many resources share a row.
const PART_RESOURCES: u32 = 1_024;

/// Where a count goes within its day, by numbers of codes of the school; 0 when it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CellKey {
    /// Which part of the day.
    part: u32,
    /// Number of the measure.
    measure: u8,
    /// Profile of the person.
    pub(super) profile: u32,
    /// Resource.
    pub(super) resource: u32,
    /// Presentation type that the event gives.
    pub(super) presentation: u32,
    /// Kind of device.
    pub(super) device: u32,
}

/// Field by field, in their order; compared by pairs because whole imports are sorted.
impl Ord for CellKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let pairs = |cell: &Self| {
            let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
            let place = pair(cell.part, u32::from(cell.measure));
            (place, pair(cell.profile, cell.resource), pair(cell.presentation, cell.device))
        };
        pairs(self).cmp(&pairs(other))
    }
}

impl PartialOrd for CellKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl CellKey {
    /// Where counts of a measure go.
    pub(super) fn new(measure: Measure, [profile, resource, presentation, device]: [u32; 4]) -> Self {
        let part = resource / PART_RESOURCES;
        Self { part, measure: number_of(measure), profile, resource, presentation, device }
    }

    /// Whether it counts this.
    pub(super) fn is_of(&self, measure: Measure) -> bool {
        self.measure == number_of(measure)
    }
}

/// The number of a measure in the blobs. One that was given is never given again.
fn number_of(measure: Measure) -> u8 {
    match measure {
        Measure::AbonnementsCrees => 1,
        Measure::AbonnementsModifies => 2,
        Measure::AbonnementsSupprimes => 3,
        Measure::AffectationsAutomatiques => 4,
        Measure::Suggestions => 5,
        Measure::Affectations => 6,
        Measure::AffectationsIndividuelles => 7,
        Measure::AffectationsGroupe => 8,
        Measure::SuggestionsValidees => 9,
        Measure::Acces => 10,
    }
}

const WRITE: Rows = Rows {
    head: "INSERT INTO daily_cells (uai, day, part, cells)",
    columns: 4,
    tail: "ON CONFLICT (uai, day, part) DO UPDATE SET cells = excluded.cells",
};

/// Adds to the counts of a school, by day and cell, which are in order and may come several times; what is added may be negative, what is
/// left may not. How many rows are new.
pub(super) fn add_counts(sql: &mut dyn Sql, uai: &str, added: &[((i64, CellKey), i64)]) -> Result<usize, StoreError> {
    let days: Vec<i64> = added.chunk_by(|one, other| one.0.0 == other.0.0).map(|day| day[0].0.0).collect();
    let mut known: BTreeMap<(i64, u32), Vec<u8>> = BTreeMap::new();
    let find = "SELECT day, part, cells FROM daily_cells WHERE uai = ?1 AND day = ?2";
    sql.query_each(find, values![uai], Keys::Ints(&days), &mut |row| {
        let part = u32::try_from(row.int(1)?).map_err(|_| StoreError::Corrupt("un numéro dépasse 32 bits"))?;
        known.insert((row.int(0)?, part), row.bytes(2)?.to_owned());
        Ok(())
    })?;
    let place = |((day, cell), _): &((i64, CellKey), i64)| (*day, cell.part);
    let blobs = added
        .chunk_by(|one, other| place(one) == place(other))
        .map(|added| {
            let (day, part) = place(&added[0]);
            let cells = known.get(&(day, part)).map_or(Ok(Vec::new()), |blob| decode(blob, part))?;
            Ok((day, part, encode(&merge(&cells, added)?)))
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let rows: Vec<Value> = blobs
        .iter()
        .flat_map(|(day, part, blob)| [uai.into(), (*day).into(), (*part).into(), blob.as_slice().into()])
        .collect();
    sql.execute_rows(&WRITE, &rows)?;
    Ok(blobs.iter().filter(|(day, part, _)| !known.contains_key(&(*day, *part))).count())
}

/// Two lists in the order of their cells, as one.
fn merge(cells: &[(CellKey, u64)], added: &[((i64, CellKey), i64)]) -> Result<Vec<(CellKey, u64)>, StoreError> {
    let mut merged = Vec::with_capacity(cells.len() + added.len());
    let (mut cells, mut added) = (cells, added);
    while let [((_, cell), first), rest @ ..] = added {
        let again = rest.iter().take_while(|((_, other), _)| other == cell).count();
        let delta: i64 = first + rest[..again].iter().map(|(_, count)| count).sum::<i64>();
        added = &rest[again..];
        let before = cells.iter().take_while(|(other, _)| other < cell).count();
        merged.extend_from_slice(&cells[..before]);
        cells = &cells[before..];
        let mut known = 0u64;
        if let [(other, count), rest @ ..] = cells
            && other == cell
        {
            (known, cells) = (*count, rest);
        }
        let count = known.checked_add_signed(delta).ok_or(StoreError::Corrupt("un compte serait négatif"))?;
        if count > 0 {
            merged.push((*cell, count));
        }
    }
    merged.extend_from_slice(cells);
    Ok(merged)
}

/// The blob of cells in order.
fn encode(cells: &[(CellKey, u64)]) -> Vec<u8> {
    let mut blob = Vec::with_capacity(cells.len() * 8);
    let mut block = Vec::new();
    for cells in cells.chunk_by(|(one, _), (other, _)| one.measure == other.measure) {
        block.clear();
        for (CellKey { profile, resource, presentation, device, .. }, count) in cells {
            for number in [profile, resource, presentation, device] {
                varint::write(&mut block, u64::from(*number));
            }
            varint::write(&mut block, *count);
        }
        varint::write(&mut blob, u64::from(cells[0].0.measure));
        varint::write(&mut blob, cells.iter().map(|(_, count)| count).sum());
        varint::write(&mut blob, block.len() as u64);
        blob.extend_from_slice(&block);
    }
    checksum::seal(&mut blob);
    blob
}

fn decode(blob: &[u8], part: u32) -> Result<Vec<(CellKey, u64)>, StoreError> {
    let mut cells = Vec::new();
    let mut reader = Reader::new(checksum::open_sound(blob)?);
    while !reader.is_empty() {
        let measure = u8::try_from(reader.number()?).map_err(|_| StoreError::Corrupt("une mesure est inconnue"))?;
        let _total = reader.number()?;
        read_block(reader.bytes()?, &mut |cell, count| cells.push((CellKey { part, measure, ..cell }, count)))?;
    }
    Ok(cells)
}

fn read_block(block: &[u8], read: &mut impl FnMut(CellKey, u64)) -> Result<(), StoreError> {
    let mut reader = Reader::new(block);
    while !reader.is_empty() {
        let [profile, resource, presentation, device] =
            [reader.small()?, reader.small()?, reader.small()?, reader.small()?];
        read(CellKey { profile, resource, presentation, device, ..CellKey::default() }, reader.number()?);
    }
    Ok(())
}

/// The cells of a row, when all of it can be read and is as it should be.
pub(super) fn check(blob: &[u8], part: i64) -> Result<Vec<(CellKey, u64)>, StoreError> {
    let part = u32::try_from(part).map_err(|_| StoreError::Corrupt("un numéro dépasse 32 bits"))?;
    let cells = decode(blob, part)?;
    let sound = cells.is_sorted_by(|(one, _), (other, _)| one < other)
        && cells.iter().all(|(cell, count)| *count > 0 && cell.resource / PART_RESOURCES == part)
        // Totals are right too.
        && encode(&cells) == blob;
    if !sound {
        return Err(StoreError::Corrupt("des comptes sont en désordre"));
    }
    Ok(cells)
}

/// Hands over the counts of a measure, from one day to another, in the order of days.
pub(super) fn load_counts(
    sql: &mut dyn Sql,
    uai: &str,
    measure: Measure,
    (first, last): (i64, i64),
    mut read: impl FnMut(i64, CellKey, u64),
) -> Result<(), StoreError> {
    let wanted = u64::from(number_of(measure));
    sql.query(BETWEEN, values![uai, first, last], &mut |row| {
        let day = row.int(0)?;
        let mut reader = Reader::new(checksum::open(row.bytes(1)?));
        while !reader.is_empty() {
            let measure = reader.number()?;
            let _total = reader.number()?;
            let block = reader.bytes()?;
            if measure == wanted {
                read_block(block, &mut |cell, count| read(day, cell, count))?;
            }
        }
        Ok(())
    })
}

/// The total of a measure in a row; None when it has none.
pub(super) fn read_total(cells: &[u8], measure: Measure) -> Result<Option<u64>, StoreError> {
    let wanted = u64::from(number_of(measure));
    let mut reader = Reader::new(checksum::open(cells));
    while !reader.is_empty() {
        let (measure, total) = (reader.number()?, reader.number()?);
        reader.bytes()?;
        if measure == wanted {
            return Ok(Some(total));
        }
    }
    Ok(None)
}

const BETWEEN: &str = "SELECT day, cells FROM daily_cells WHERE uai = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day, part";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn arbitrary_cell() -> impl Strategy<Value = (CellKey, u64)> {
        (0usize..10, [0u32..4, 0u32..3_000, 0u32..3, 0u32..3], 1u64..1_000_000)
            .prop_map(|(measure, numbers, count)| (CellKey::new(Measure::ALL[measure], numbers), count))
    }

    proptest! {
        #[test]
        fn cells_are_read_back_and_added_up(
            first in proptest::collection::btree_map(arbitrary_cell().prop_map(|(cell, _)| cell), 1u64..9, 0..50),
            second in proptest::collection::vec(arbitrary_cell(), 0..50),
        ) {
            let mut expected = first.clone();
            for (cell, count) in &second {
                *expected.entry(*cell).or_default() += count;
            }
            let mut added: Vec<_> = second.iter().map(|(cell, count)| ((0, *cell), *count as i64)).collect();
            added.sort_unstable();
            let merged = merge(&first.into_iter().collect::<Vec<_>>(), &added).expect("no overflow");
            prop_assert!(merged.iter().copied().eq(expected.clone()));
            for part in merged.chunk_by(|(one, _), (other, _)| one.part == other.part) {
                prop_assert_eq!(decode(&encode(part), part[0].0.part).expect("cells"), part);
            }
            // All of it taken back leaves nothing.
            let taken: Vec<_> = merged.iter().map(|(cell, count)| ((0, *cell), -(*count as i64))).collect();
            prop_assert_eq!(merge(&merged, &taken).expect("no overflow"), vec![]);
        }

        #[test]
        fn no_blob_makes_reading_panic(blob in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = decode(&blob, 0);
        }
    }

    #[test]
    fn a_count_never_falls_under_nought() {
        let cell = CellKey::new(Measure::Acces, [1, 2, 0, 0]);
        assert!(merge(&[(cell, 1)], &[((0, cell), -2)]).is_err());
    }
}
