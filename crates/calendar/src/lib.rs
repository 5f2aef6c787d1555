//! Freezes and windows: whether change is allowed at an instant, and when that next changes.
//!
//! Invariant: an answer follows from its arguments alone; time zones come from the bundled IANA database, never from
//! this machine's files, and every expansion of a recurrence is bounded. Deliberately not here: who may override
//! (`domain`), reading clocks, fetching feeds.

mod bad_period;
mod feed_in;
mod feed_out;
mod period;
mod recurrence;
mod schedule;
mod span;
mod text;
mod zone;

pub use bad_period::BadPeriod;
pub use feed_in::{BadFeed, FEED_BYTES_MAX, Holiday, holidays};
pub use feed_out::{FeedEvent, FeedTime, feed};
pub use period::Period;
pub use schedule::{Entry, Kind, Reach, Schedule, Status, Subject};
pub use span::Span;
pub use text::PeriodText;
