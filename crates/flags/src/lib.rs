//! Feature flags in flagd's format: compiled once, evaluated without allocation.
//!
//! Invariant: an answer follows from the set and the context alone, and there always is one: a bad flag is refused by
//! itself, evaluation never panics, and the caller's default holds on every error. Deliberately not here: reading
//! files, talking to servers, clocks; who may change a flag.
#![doc = include_str!("../README.md")]

mod answer;
mod cbor;
mod context;
mod definition;
mod details;
mod document;
mod export;
mod flag;
mod graph;
mod hash;
pub mod import;
pub mod limits;
mod murmur;
mod order;
mod pool;
mod problem;
mod rule;
mod set;
mod table;

pub use context::{Context, InvalidContext, TARGETING_KEY};
pub use details::{Details, ErrorCode, Reason, Resolved};
pub use export::Export;
pub use problem::Problem;
pub use set::FlagSet;
