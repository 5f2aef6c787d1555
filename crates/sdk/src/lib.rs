//! Feature flags of Tidegate in a program: evaluated in process, followed as they change.
//!
//! Invariant: asking for a flag takes no lock, waits for nothing and always answers; what is answered is what a server
//! said last, and where that may be old, it says so. Deliberately not here: evaluating (`tidegate-flags`), changing flags.
#![doc = include_str!("../README.md")]

mod changes;
mod client;
mod definitions;
mod evaluation;
pub mod follow;
mod freshness;
#[cfg(feature = "openfeature")]
mod openfeature;
mod options;
pub mod outcomes;
mod shared;
pub mod usage;

pub use changes::{Change, Changes};
pub use client::{Client, NotReady};
pub use evaluation::Evaluation;
pub use follow::BadSources;
#[cfg(feature = "openfeature")]
pub use openfeature::Provider;
pub use options::Options;
pub use tidegate_flags::{Context, Details, ErrorCode, InvalidContext, Reason, TARGETING_KEY};
