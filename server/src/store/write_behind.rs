//! The journal of a database, sent to the disk while a batch is written: the end of the transaction, which waits for all of it, then finds
//! little left to wait for.

use std::fs::File;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::Scope;

/// How many events are written before the journal is sent to the disk.
const EVENTS: usize = 100_000;

/// Has a journal sent to the disk by another thread.
pub(super) struct WriteBehind {
    ask: SyncSender<()>,
    /// How many events were written since it was asked.
    unsent: usize,
}

impl WriteBehind {
    /// Begins with a journal; without one there is nothing to do.
    pub(super) fn start<'scope>(scope: &'scope Scope<'scope, '_>, journal: Option<File>) -> Self {
        let (ask, asked) = sync_channel(1);
        if let Some(journal) = journal {
            scope.spawn(move || {
                for () in asked {
                    // What cannot be written cannot be at the end of the transaction either, which then says so.
                    let _ = journal.sync_data();
                }
            });
        }
        Self { ask, unsent: 0 }
    }

    /// Takes note of events that were written.
    pub(super) fn wrote(&mut self, events: usize) {
        self.unsent += events;
        // Whoever is still at it is not asked twice.
        if self.unsent >= EVENTS && self.ask.try_send(()).is_ok() {
            self.unsent = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_writes_does_not_wait_for_the_disk_and_asks_again_later() {
        let (ask, asked) = sync_channel(1);
        let mut behind = WriteBehind { ask, unsent: 0 };
        behind.wrote(EVENTS - 1);
        assert!(asked.try_recv().is_err(), "too few");
        behind.wrote(1);
        // Nobody takes it: the disk is slow.
        behind.wrote(EVENTS);
        assert_eq!(behind.unsent, EVENTS, "not asked twice");
        assert_eq!(asked.try_iter().count(), 1);
        behind.wrote(1);
        assert_eq!((asked.try_iter().count(), behind.unsent), (1, 0));
    }

    #[test]
    fn without_a_journal_there_is_nothing_to_do() {
        std::thread::scope(|scope| WriteBehind::start(scope, None).wrote(EVENTS));
    }
}
