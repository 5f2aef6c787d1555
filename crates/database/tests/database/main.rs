//! Migrations as files: names, order, history, statements, lint.
//!
//! Invariant: nothing here opens a database; that is `crates/migrator`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod folders;
mod harmless;
mod linting;
mod meant;
mod reference;
mod splitting;
