//! What a release is to hold, read from where it is tracked: GitHub, GitLab, tables.
//!
//! Invariant: an import is a cursor that can be put down after every answer and taken up anywhere: whatever matched all the
//! while comes at least once, and in the same state only once. Deliberately not here: keeping items, who asks and when.

mod cursor;
mod github;
mod gitlab;
mod item;
mod labels;
mod limits;
mod page;
mod query;
mod refusal;
mod send;
mod table;
mod walk;

pub use cursor::{Cursor, PAGES_MAX};
pub use github::told as told_by_github;
pub use item::EstimateUnit;
pub use labels::LabelMapping;
pub use query::{Query, Tracker};
pub use refusal::ScopeRefusal;
pub use send::{Token, fetch};
pub use table::{Columns, ITEMS_MAX as TABLE_ITEMS_MAX, RowTrouble, Table, read_table};
pub use tidegate_domain::scope_source::{TrackedItem, TrackedKind, TrackedState};
pub use walk::{Ask, Reply, Taken, next, take};
