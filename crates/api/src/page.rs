//! A part of a long list.
//!
//! Invariant: following `next` until it is absent gives every item that did not change meanwhile, once; what changes
//! moves to the newest end.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What changed at once stands on one page, so a page may hold a few more items than its limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page<T: ToSchema> {
    pub items: Vec<T>,
    /// Where the next page begins: passed as `before` to lists that go back in time, as `after` to those that go
    /// forward. Absent on the last page.
    pub next: Option<u64>,
}
