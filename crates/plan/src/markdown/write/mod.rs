//! A plan written out: Markdown that reads as the same plan again, and a page to print.
//!
//! Invariant: both are written from the same parts, so neither shows what the other leaves out.

mod gantt;
mod markdown;
mod page;
mod parts;
mod tables;

pub(crate) use markdown::escaped;
pub use markdown::export;
pub use page::{page, page_on};
