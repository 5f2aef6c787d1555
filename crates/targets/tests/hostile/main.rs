//! Archives and directories that somebody made to do harm, or by mistake.
//!
//! Invariant: whatever an artifact holds, nothing outside of its own place in the store is touched, and nothing half
//! done is left. Deliberately not here: what runs from it.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::wildcard_imports)]

mod archive;
mod bombs;
mod bundled;
mod digest;
mod escapes;
mod random;
mod yard;
