//! Checks of the house itself, run as tests and by `make check`.
//!
//! Invariant: every rule here is one that ARCHITECTURE.md states. Deliberately not here: anything the product does.

pub mod tidy;
