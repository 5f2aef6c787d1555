//! CDEvents 0.5.1 over CloudEvents 1.0: what happened, in the words that other delivery tools read.
//!
//! Invariant: every event that can be built here validates against the published schema of its type (`tests/cdevents.rs`).
//! Deliberately not here: which of Tidegate's events are worth telling, and to whom.

mod binding;
mod event;
mod happening;
mod read;
mod types;

pub use binding::{binary, structured};
pub use event::Event;
pub use happening::{
    Artifact, Happening, Incident, Occurrence, ReleaseChange, ReleasePredicate, Service, TestCase,
    TestOutcome, TestState,
};
pub use read::{ReadRefusal, Received, read};
pub use types::{EmptyText, EventType, Text};

/// Of the specification that the events follow.
pub const SPEC_VERSION: &str = "0.5.1";
