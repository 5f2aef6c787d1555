//! The process target with real processes.
//!
//! Invariant: each test ends every process it started, whatever happens. Deliberately not here: archives
//! (`hostile`).
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::wildcard_imports)]

mod adopting;
mod living;
mod logs;
mod smoke;
mod starting;
mod world;
