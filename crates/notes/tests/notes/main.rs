//! What the crate promises, by tables, properties and whole stories.
//!
//! Invariant: each promise in the documentation has a test here that can fail. Not here: git (`crates/history`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod changelog;
mod collecting;
mod conventional;
mod fragments;
mod kept;
mod next;
mod versions;
