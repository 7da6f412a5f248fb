//! BLAKE3 of a file, by several threads.
//!
//! BLAKE3 is a tree. Each thread takes one branch after the other, reads it and hashes it at once, while it is near its processor; what the
//! branches give is then put together as the tree is.

use blake3::Hasher;
use blake3::hazmat::{ChainingValue, HasherExt, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};

/// How long a branch is: a power of two, of at least 1 024 bytes.
const BRANCH_BYTES: u64 = 1 << 20;
/// How much is read at once.
const BUFFER_BYTES: usize = 1 << 17;
const MAX_THREADS: usize = 4;

/// Why a file cannot be read any further.
pub(super) const SHORTENED: &str = "le fichier a été raccourci pendant sa lecture";

/// The digest of the first `length` bytes of a file.
pub(super) fn digest(file: &File, length: u64) -> io::Result<[u8; 32]> {
    digest_by(file, length, BRANCH_BYTES)
}

fn digest_by(file: &File, length: u64, branch: u64) -> io::Result<[u8; 32]> {
    if length <= branch {
        return Ok(hash(file, 0, length, &mut vec![0; BUFFER_BYTES])?.finalize().into());
    }
    let branches = length.div_ceil(branch);
    let next = AtomicU64::new(0);
    let work = || -> io::Result<Vec<(u64, ChainingValue)>> {
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut done = Vec::new();
        loop {
            let rank = next.fetch_add(1, Ordering::Relaxed);
            if rank >= branches {
                return Ok(done);
            }
            let end = length.min((rank + 1) * branch);
            done.push((rank, hash(file, rank * branch, end, &mut buffer)?.finalize_non_root()));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    let parts: io::Result<Vec<_>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let stopped = |_| Err(io::Error::other("le calcul de l’empreinte s’est arrêté"));
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(stopped)).collect()
    });
    let mut values = parts?.concat();
    values.sort_unstable();
    let values: Vec<ChainingValue> = values.into_iter().map(|(_, value)| value).collect();
    let (left, right) = sides(&values, length, branch);
    Ok(merge_subtrees_root(&left, &right, Mode::Hash).into())
}

/// What hashed a stretch of a file.
fn hash(file: &File, start: u64, end: u64, buffer: &mut [u8]) -> io::Result<Hasher> {
    let mut hasher = Hasher::new();
    hasher.set_input_offset(start);
    let mut at = start;
    while at < end {
        let wanted = usize::try_from(end - at).map_or(buffer.len(), |left| left.min(buffer.len()));
        match file.read_at(&mut buffer[..wanted], at) {
            Ok(0) => return Err(io::Error::other(SHORTENED)),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                at += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(hasher)
}

/// What both sides of a tree of several branches give, which are that many bytes.
fn sides(values: &[ChainingValue], length: u64, branch: u64) -> (ChainingValue, ChainingValue) {
    let of_left = left_subtree_len(length);
    let (left, right) = values.split_at((of_left / branch) as usize);
    (tree(left, of_left, branch), tree(right, length - of_left, branch))
}

fn tree(values: &[ChainingValue], length: u64, branch: u64) -> ChainingValue {
    if let [value] = values {
        return *value;
    }
    let (left, right) = sides(values, length, branch);
    merge_subtrees_non_root(&left, &right, Mode::Hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn branches_put_together_give_the_digest_of_the_whole() {
        let bytes: Vec<u8> = (0..100_000u32).flat_map(|number| number.to_le_bytes()).collect();
        for length in [0, 1, 4_095, 4_096, 4_097, 8_192, 8_193, 12_288, 20_000, 65_536, 65_537, 100_000, 400_000] {
            let mut file = tempfile::tempfile().expect("a file");
            file.write_all(&bytes[..length]).expect("written");
            for branch in [1_024, 4_096, BRANCH_BYTES] {
                let digest = digest_by(&file, length as u64, branch).expect("a digest");
                assert_eq!(digest, *blake3::hash(&bytes[..length]).as_bytes(), "{length} by {branch}");
            }
        }
    }

    #[test]
    fn a_file_that_is_shorter_than_it_was_is_an_error() {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&[7; 5_000]).expect("written");
        assert!(digest_by(&file, 5_001, 1_024).is_err());
        assert!(digest_by(&file, 5_001, BRANCH_BYTES).is_err());
    }
}
