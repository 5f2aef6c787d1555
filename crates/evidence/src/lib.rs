//! Reads the reports that tools leave behind, and decides by them: bytes in, findings and an answer with reasons out.
//!
//! Invariant: every function here is a pure function of its arguments; no bytes make it panic, and nothing that is
//! missing, unreadable or unknown ever counts as good. Not here: where a report comes from, who uploaded it, where it
//! is kept, and what time it is.
//!
//! Read in this order: [`read()`] (bytes to [`Report`]), `formats/` (one file per format), [`threshold`] (what is
//! asked of a report), [`decide()`] (the answer). The page for users is `docs/reference/evidence.md`.

mod bad_report;
mod decide;
mod detect;
mod digest;
mod document;
mod draft;
mod format;
mod formats;
mod gate_kind;
mod instant;
mod json;
mod judge;
mod junit_file;
mod licence;
mod limits;
mod measure;
mod read;
mod reason;
mod report;
mod requirement;
mod severity;
mod standing;
mod suggest;
mod suites;
pub mod threshold;
mod waiver;

pub use bad_report::BadReport;
pub use decide::{Decision, SetAside, SetAsideWhy, decide};
pub use digest::{BadDigest, Digest};
pub use format::Format;
pub use gate_kind::GateKind;
pub use judge::Deciding;
pub use junit_file::{JunitCase, JunitOutcome, junit_file};
pub use limits::Limits;
pub use measure::{Measure, Unit};
pub use read::{detect, parse, read};
pub use reason::Reason;
pub use report::{Category, Component, Counts, Finding, Report, Suite, Tests, Tool};
pub use requirement::{BadRequirement, Covers, Requirement};
pub use severity::Severity;
pub use suites::suites;
pub use threshold::{BadThreshold, Clause, Threshold};
pub use waiver::{Waived, WaivedFinding, Waiver};
