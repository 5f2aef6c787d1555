//! The real engine in a fake world, from one seed: people, weather, crashes, clocks, and a checker for every property.
//!
//! Invariant: single-threaded and deterministic; the same seed tells the same story, event for event. The engine and the
//! domain are the real ones, the store is the real one in memory. Deliberately not here: real processes, sockets and
//! disks (they are killed for real in `e2e`).
// A checker looks at one kind of fact among many, and a new kind is none of its business.
#![allow(clippy::wildcard_enum_match_arm, clippy::type_complexity, clippy::large_enum_variant)]

pub mod checkers;
mod disturbance;
mod env;
mod executor;
pub mod fact;
mod generate;
pub mod people;
mod ports;
mod process;
mod random;
mod replay;
mod run;
mod sabotage;
pub mod scenario;
pub mod shadow;
mod store;
mod story;
mod tester;
pub mod weather;
pub mod world;

pub use generate::{scenario, with_databases, with_flags, with_smoke};
pub use run::{Failure, Options, Report, play, run};
pub use sabotage::Sabotage;
