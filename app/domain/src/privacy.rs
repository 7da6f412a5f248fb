//! What keeps figures from being turned against a person.
//!
//! - [`grouping`]: inside a school, profiles that too few people have are shown with their neighbours, the same way all year.
//! - [`blocks`]: outside, figures are about enough schools and people, or hidden with whatever would give them back.
//! - [`retelling`]: what comes late enters those figures with enough else, or waits.

pub mod blocks;
pub mod grouping;
pub mod retelling;

/// How many people a group must hold at least to be shown apart.
pub const THRESHOLD: u64 = 5;
