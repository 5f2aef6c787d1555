//! Bundles as files: built, signed, changed, attacked.
//!
//! Invariant: every test works in a folder of its own. Not here: the command line (`crates/cli/tests/bundle.rs`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod deltas;
mod hostile;
mod scene;
mod shelf;
mod whole;
