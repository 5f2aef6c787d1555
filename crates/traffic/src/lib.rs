//! Who divides requests: the embedded gateway, spoken to over its admin API.
//!
//! Invariant: what is set is read back before it is believed. Deliberately not here: the gateway itself, which lives in
//! a process of its own.

mod gateway;

pub use gateway::{GatewayMetrics, GatewayRouter};
