//! The digest of a file, worked out as the file is read for what it holds.

use blake3::Hasher;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// The digest of what is read, once it is read to its end.
#[derive(Debug)]
pub(crate) struct RunningDigest(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// None when the digest is not wanted.
    hasher: Option<Hasher>,
    ended: bool,
}

impl RunningDigest {
    /// That of a source, and what the source is to be read by.
    pub(crate) fn of<R: Read>(source: R) -> (Self, Hashed<R>) {
        let state = Arc::new(Mutex::new(State { hasher: Some(Hasher::new()), ended: false }));
        (Self(Arc::clone(&state)), Hashed { source, state })
    }

    /// The digest, if the source was read to its end; nothing is hashed any more.
    pub(crate) fn finish(self) -> Option<[u8; 32]> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let hasher = state.hasher.take()?;
        state.ended.then(|| hasher.finalize().into())
    }
}

/// A source that is hashed as it is read.
pub(crate) struct Hashed<R> {
    source: R,
    state: Arc<Mutex<State>>,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ended |= count == 0 && !into.is_empty();
        if let Some(hasher) = &mut state.hasher {
            hasher.update(&into[..count]);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_all_that_is_read() {
        let (digest, mut source) = RunningDigest::of(&b"one\ntwo\n"[..]);
        io::copy(&mut source, &mut io::sink()).expect("read");
        assert_eq!(digest.finish(), Some(*blake3::hash(b"one\ntwo\n").as_bytes()));
    }

    #[test]
    fn what_is_not_read_to_its_end_has_none() {
        let (digest, mut source) = RunningDigest::of(&b"one\ntwo\n"[..]);
        assert_eq!(source.read(&mut []).expect("read"), 0);
        source.read_exact(&mut [0; 8]).expect("read");
        assert_eq!(digest.finish(), None);
        assert_eq!(source.read(&mut [0; 8]).expect("read"), 0);
    }
}
