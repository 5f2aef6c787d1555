//! The gateway: divides HTTP traffic among the versions of a service, by a table that the control plane
//! sets and that outlives it.
//!
//! Architecture invariant: it depends on no other crate of the house and needs no control plane to serve:
//! what it does is in its table, the table is in its state file, and an older table never replaces a newer.
//! Not here: deciding weights (domain), talking to this process (`tidegate-traffic`).

mod admin;
mod choose;
mod client;
mod counters;
mod data;
mod deadline;
mod endpoint;
mod error;
mod gateway;
mod keeper;
mod listener;
mod metrics;
pub mod report;
mod state_file;
pub mod table;
mod ticket;
mod upstream;
mod worker;

pub use error::GatewayError;
pub use gateway::{Gateway, Options, Ready, run, run_blocking, run_blocking_with};
