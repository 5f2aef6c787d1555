//! The process target with real processes.
//!
//! Invariant: each test ends every process it started, whatever happens. Deliberately not here: archives
//! (`hostile`).

mod adopting;
mod living;
mod logs;
mod starting;
mod world;
