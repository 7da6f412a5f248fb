//! The pages: one route, one file.

mod accessibility;
mod help;
mod not_found;
mod statistics;

pub use accessibility::AccessibilityPage;
pub use help::HelpPage;
pub use not_found::NotFoundPage;
pub use statistics::StatisticsPage;
