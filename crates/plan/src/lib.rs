//! The plan around a release: what ships, who does what by when, and what to do if it hurts; as a document and what follows from it.
//!
//! Invariant: every answer follows from its arguments alone, and every list, text and search is bounded. Time zones come from the
//! bundled IANA database. Deliberately not here: where a plan is kept, who may change it, and the clock.

pub mod advice;
pub mod capacity;
pub mod cases;
pub mod changes;
pub mod conflicts;
pub mod document;
pub mod markdown;
pub mod readiness;
pub mod retrospective;
pub mod risk;
pub mod rotation;
pub mod schedule;
pub mod templates;
pub mod tracked;
pub mod triage;
mod zone;

pub use document::Plan;
