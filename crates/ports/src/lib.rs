//! What the engine needs of the world, as small traits: where history is kept, where versions run, who divides
//! requests, what is measured, who is told and who is asked.
//!
//! Invariant: every call is idempotent or fenced by a [`Generation`], so that it can be repeated. Deliberately not
//! here: any implementation.

mod around;
mod fault;
mod inquiry;
mod journal;
mod metrics;
mod notice;
mod secrets;
mod smoke;
mod target;
mod traffic;

pub use around::Around;
pub use fault::{Fault, FaultKind};
pub use inquiry::{About, Inquirer, Question};
pub use journal::{
    Agenda, AppendError, Appended, Batch, Entry, EventsAfter, Journal, Lease, NewEvent, Note, Origin,
    Receipt, Row, RowQuery, Sample, SamplesQuery, Store, StreamAppend, Wake,
};
pub use metrics::{Arm, Counted, Measured, MetricSource, MetricsQuery, OfVariants, OfVersions};
pub use notice::{Notice, Notifier};
pub use secrets::{Revealed, Sealed, SecretPlace, SecretSource, Vault};
pub use smoke::{SmokeGround, SmokeOutcome, SmokeQuestion, SmokeTester};
pub use target::{Instance, InstanceSet, InstanceState, Observed, StartedWith, Target, variables_digest};
pub use traffic::{Backend, Copying, RouteIntent, RouteSeen, Serving, TrafficRouter};

use serde::{Deserialize, Serialize};

/// How new an intent is, and who wrote it. A receiver keeps the newest it has seen and refuses older ones, so that a
/// control plane that was overtaken can do no harm. The position decides first: whoever appended last knows best, and
/// only the holder of the lease can append. Between two holders that know the same, the later one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Generation {
    /// The global position of the newest event that the intent follows from.
    pub position: u64,
    /// Raised whenever another holder takes over.
    pub fence: u64,
}

impl std::fmt::Display for Generation {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{}", self.position, self.fence)
    }
}
