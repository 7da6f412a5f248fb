//! What is remembered of schools between two batches, so that an import does not ask the database the same thing again and again.
//!
//! What is remembered of a school goes with the version of the school that it was read under: when another program wrote meanwhile, it is
//! forgotten. It is bounded: when there is too much, schools are forgotten whole.

use super::members::Numbered;
use super::opt_outs::OptedOut;
use super::seen::Seen;
use foldhash::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many bytes are remembered, about.
const BUDGET: usize = 48 << 20;

/// What is remembered of a school.
#[derive(Debug, Default)]
pub(super) struct SchoolMemory {
    /// The version of the school that the rest goes with.
    pub(super) version: i64,
    /// Whether all the texts that have a number are remembered.
    pub(super) knows_all_codes: bool,
    /// Numbers of texts.
    pub(super) codes: HashMap<Arc<str>, u32>,
    /// Numbers of members.
    pub(super) members: Numbered,
    /// Those who do not want to be counted; None when they were not asked for.
    pub(super) opted_out: Option<OptedOut>,
    /// Identifiers already counted; None when they were not asked for.
    pub(super) seen: Option<Seen>,
}

impl SchoolMemory {
    fn bytes(&self) -> usize {
        let seen = self.seen.as_ref().map_or(0, Seen::bytes);
        let codes: usize = self.codes.keys().map(|text| 80 + text.len()).sum();
        200 + codes + self.members.bytes() + seen
    }
}

/// What is remembered of every school.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Schools>);

#[derive(Debug, Default)]
struct Schools {
    schools: std::collections::HashMap<Arc<str>, SchoolMemory>,
    bytes: usize,
}

impl Memory {
    /// Takes what is remembered of a school, as of this version; nothing when another one is.
    pub(super) fn take(&self, uai: &str, version: i64) -> SchoolMemory {
        let mut schools = self.lock();
        let known = schools.schools.remove(uai);
        schools.bytes -= known.as_ref().map_or(0, SchoolMemory::bytes);
        // Nothing was ever written about a school before its first version.
        let fresh = || SchoolMemory { version, knows_all_codes: version == 0, ..SchoolMemory::default() };
        known.filter(|memory| memory.version == version).unwrap_or_else(fresh)
    }

    /// Remembers a school.
    pub(super) fn put(&self, uai: &Arc<str>, memory: SchoolMemory) {
        let mut schools = self.lock();
        schools.bytes += memory.bytes();
        if let Some(replaced) = schools.schools.insert(Arc::clone(uai), memory) {
            schools.bytes -= replaced.bytes();
        }
        while schools.bytes > BUDGET {
            let Some(forgotten) = schools.schools.keys().find(|other| *other != uai).cloned() else { break };
            let memory = schools.schools.remove(&forgotten);
            schools.bytes -= memory.as_ref().map_or(0, SchoolMemory::bytes);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Schools> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(version: i64, codes: usize) -> SchoolMemory {
        let codes = (0..codes as u32).map(|number| (Arc::from(number.to_string()), number)).collect();
        SchoolMemory { version, codes, ..SchoolMemory::default() }
    }

    #[test]
    fn what_goes_with_another_version_is_forgotten() {
        let all = Memory::default();
        all.put(&"a".into(), memory(3, 2));
        assert_eq!(all.take("a", 3).codes.len(), 2);
        all.put(&"a".into(), memory(3, 2));
        assert_eq!(all.take("a", 4).codes.len(), 0);
        assert_eq!(all.lock().bytes, 0);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let all = Memory::default();
        for school in 0..20 {
            all.put(&school.to_string().into(), memory(1, 100_000));
        }
        assert!(all.lock().bytes <= BUDGET);
        assert_eq!(all.take("19", 1).codes.len(), 100_000, "the last one is kept");
    }
}
