//! The stores: an event log with read rows, wake-ups, outbox and receipts in one transaction, in memory and in SQLite.
//!
//! Invariant: both stores pass the same contract (`tests/contract`); what they agree on beyond SQL (leases, wake-ups,
//! limits, the audit tree) is written once, here, and used by both. Deliberately not here: what events mean.

pub mod audit;
mod limits;
pub mod memory;
pub mod sqlite;
mod wake;

pub use limits::{LEASE_MS, PAGE_MAX, RECEIPT_KEPT_MS, SAMPLES_PER_STREAM_MAX};
