//! Runs migrations on real databases: under a lock, within limits, one after the other, each with its record.
//!
//! Invariant: a migration and its record are one transaction; where that cannot be, that it was begun is recorded first, so
//! that a run that was killed is found and continued. Two runners never apply one migration twice. Not here: what the files
//! mean (`tidegate-database`), and asking people (the command line).
//!
//! Read in this order: [`run`], [`Database`], [`sqlite`], [`postgres`].

mod address;
pub mod postgres;
pub mod run;
mod server;
pub mod sqlite;
mod tool;
mod trouble;

pub use address::Address;
pub use run::{Applied, Database, Limits, Order, Outcome, Rehearsed, Told, rehearse, run, status};
pub use server::Server;
pub use trouble::{Kind, Trouble};
