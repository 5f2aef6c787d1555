//! Runs on real databases: a file of SQLite, and a PostgreSQL of the test's own.
//!
//! Invariant: PostgreSQL runs in a folder of its own; where it is not installed the tests fail and say so. Not here: the
//! command line (`crates/cli/tests/database`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[allow(dead_code)] // the command's tests use the rest
#[path = "../../../cli/tests/database/cluster.rs"]
mod cluster;
mod postgres;
mod scene;
mod sqlite;
#[allow(dead_code)] // the command's tests use the rest
#[path = "../../../cli/tests/database/wait.rs"]
mod wait;
