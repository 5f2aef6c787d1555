//! `tidegate database` as people use it, on real files of SQLite and a real PostgreSQL.
//!
//! Invariant: PostgreSQL runs in a folder of its own, reached by a socket there; where it is not installed the tests fail and
//! say so. Not here: what each rule finds (`crates/database`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cluster;
#[path = "../common/mod.rs"]
mod common;
mod killed;
mod postgres;
mod scene;
mod secured;
mod service;
mod sqlite;
mod wait;
