//! The last four bytes of what a day holds are a checksum of the others (CRC-32): a byte that changed on a disk shows.
//!
//! `vigie check` looks at it, and so does whoever adds to what is there: nothing is built on what is damaged. Answers only leave it out.

use super::StoreError;

/// How many bytes it takes.
const BYTES: usize = 4;

/// Ends a blob.
pub(super) fn seal(blob: &mut Vec<u8>) {
    let sum = crc32fast::hash(blob).to_le_bytes();
    blob.extend_from_slice(&sum);
}

/// What a blob holds, unlooked at; a blob that holds nothing has no checksum.
pub(super) fn open(blob: &[u8]) -> &[u8] {
    &blob[..blob.len().saturating_sub(BYTES)]
}

/// What a blob holds.
///
/// # Errors
/// When it is not what was written.
pub(super) fn open_sound(blob: &[u8]) -> Result<&[u8], StoreError> {
    match blob.split_last_chunk() {
        Some((held, sum)) if crc32fast::hash(held).to_le_bytes() == *sum => Ok(held),
        None if blob.is_empty() => Ok(blob),
        _ => Err(StoreError::Corrupt("un bloc de données n’est pas tel qu’il a été écrit")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_bit_changes_shows() {
        let mut blob = b"whatever a day holds".to_vec();
        seal(&mut blob);
        assert_eq!(open_sound(&blob).expect("sound"), b"whatever a day holds");
        assert_eq!(open(&blob), b"whatever a day holds");
        for bit in 0..blob.len() * 8 {
            let mut altered = blob.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(open_sound(&altered).is_err(), "bit {bit}");
        }
        assert!(open_sound(&blob[..3]).is_err());
        assert!(open_sound(b"").expect("nothing").is_empty());
        assert!(open(b"abc").is_empty());
    }
}
