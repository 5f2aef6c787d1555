//! Traces of Tidegate's own work: how a span joins what asked for it, and how it is passed on to whoever is asked next.
//!
//! Invariant: where nobody takes traces, nothing here costs more than a look at a number: no span is made, no header read and
//! none sent. Deliberately not here: where spans go (`cli::telemetry`), and which there are.

mod header;
mod origins;
mod spot;

pub use origins::Origins;
pub use spot::{Spot, pass_on};

/// What all spans are called under, so that lines of the log know nothing of them.
pub const TARGET: &str = "tidegate::traces";
