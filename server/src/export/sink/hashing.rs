//! The SHA-256 of bytes while they are written: on this thread, then on another one when they are many.
//!
//! It is a third of the work of a file of texts, and the one part of it that another processor can do. What waits for it is bounded, and
//! its blocks come back to be filled again: what is in memory does not grow.

use ring::digest::{Context, SHA256};
use std::io;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

/// How many bytes are worth a thread: most files never have as many.
const LARGE: u64 = 16 << 20;
/// How many blocks may wait to be hashed.
const WAITING: usize = 2;

/// A SHA-256 under way.
pub(super) struct Hashing {
    place: Place,
    /// How many bytes were given.
    bytes: u64,
    /// How many bytes are worth a thread here; as many as there may be when there is no other processor, or no thread to be had.
    large: u64,
}

enum Place {
    Here(Context),
    Beside { give: SyncSender<Vec<u8>>, given_back: Receiver<Vec<u8>>, thread: JoinHandle<Context> },
}

impl Hashing {
    /// Nothing was given yet.
    pub(super) fn new() -> Self {
        let is_alone = thread::available_parallelism().is_ok_and(|processors| processors == NonZeroUsize::MIN);
        Self { place: Place::Here(Context::new(&SHA256)), bytes: 0, large: if is_alone { u64::MAX } else { LARGE } }
    }

    /// How many bytes were given.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes bytes that are somebody else's; not when they have become many, since another thread cannot be lent them.
    pub(super) fn borrow(&mut self, bytes: &[u8]) -> bool {
        match &mut self.place {
            Place::Here(hash) if self.bytes < self.large => {
                hash.update(bytes);
                self.bytes += bytes.len() as u64;
                true
            }
            _ => false,
        }
    }

    /// Takes a block, and gives an empty one to fill.
    ///
    /// # Errors
    /// When the other thread has stopped.
    pub(super) fn take(&mut self, mut block: Vec<u8>) -> io::Result<Vec<u8>> {
        if self.bytes >= self.large {
            self.go_beside();
        }
        self.bytes += block.len() as u64;
        match &mut self.place {
            Place::Here(hash) => hash.update(&block),
            Place::Beside { give, given_back, .. } => {
                let capacity = block.capacity();
                give.send(block).map_err(|_| stopped())?;
                block = given_back.try_recv().unwrap_or_else(|_| Vec::with_capacity(capacity));
            }
        }
        block.clear();
        Ok(block)
    }

    /// The SHA-256.
    ///
    /// # Errors
    /// When the other thread has stopped.
    pub(super) fn finish(self) -> io::Result<[u8; 32]> {
        let hash = match self.place {
            Place::Here(hash) => hash,
            Place::Beside { give, thread, .. } => {
                drop(give);
                thread.join().map_err(|_| stopped())?
            }
        };
        hash.finish().as_ref().try_into().map_err(io::Error::other)
    }

    fn go_beside(&mut self) {
        let Place::Here(hash) = &self.place else { return };
        let mut hash = hash.clone();
        let (give, given) = sync_channel::<Vec<u8>>(WAITING);
        let (give_back, given_back) = channel();
        let work = move || {
            for block in given {
                hash.update(&block);
                // Whoever writes may have given up.
                let _ = give_back.send(block);
            }
            hash
        };
        match thread::Builder::new().name("sha256".to_owned()).spawn(work) {
            Ok(thread) => self.place = Place::Beside { give, given_back, thread },
            Err(_) => self.large = u64::MAX,
        }
    }
}

fn stopped() -> io::Error {
    io::Error::other("le calcul de l’empreinte s’est arrêté")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_digest_is_the_same_wherever_it_is_made() {
        let bytes: Vec<u8> = (0..100_000u32).map(|at| (at % 251) as u8).collect();
        let expected: [u8; 32] = Sha256::digest(&bytes).into();
        for large in [0, 1, 30_000, u64::MAX] {
            let mut hashing = Hashing { large, ..Hashing::new() };
            let mut block = Vec::with_capacity(10);
            for (number, piece) in bytes.chunks(777).enumerate() {
                if number % 3 == 0 && hashing.borrow(piece) {
                    continue;
                }
                assert!(block.is_empty(), "what comes back is to be filled");
                block.extend_from_slice(piece);
                block = hashing.take(block).unwrap();
            }
            assert_eq!(matches!(hashing.place, Place::Beside { .. }), large < 100_000);
            assert_eq!(hashing.bytes(), 100_000);
            assert_eq!(hashing.finish().unwrap(), expected, "{large}");
        }
    }
}
