//! Copies of requests first, judged before anybody is answered by the candidate.
//!
//! Invariant: until the analysis has passed, no answer of the candidate reaches anybody. Deliberately not here: copying
//! (the gateway), and that only requests which change nothing are copied unless asked.

use serde::{Deserialize, Serialize};

use super::steps::{Judged, Leave, Step, share};
use super::{BadStrategy, nonzero, short};
use crate::weight::Weight;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shadow {
    /// The share of requests that is copied.
    pub mirror: Weight,
    /// At least so long, and until the analysis has passed.
    pub mirror_seconds: u64,
    /// Whether answers are compared with those of stable by status and body; one that differs counts as failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compare_body: bool,
    /// Whether a person makes the switch.
    pub confirm: bool,
    /// Watched with all traffic before stable goes.
    pub soak_seconds: u64,
    pub keep_stable_seconds: u64,
}

impl Default for Shadow {
    fn default() -> Self {
        Self {
            mirror: Weight::ALL,
            mirror_seconds: 600,
            compare_body: false,
            confirm: false,
            soak_seconds: 60,
            keep_stable_seconds: 600,
        }
    }
}

impl Shadow {
    pub(super) fn validate(&self) -> Result<(), BadStrategy> {
        nonzero("mirror", u64::from(self.mirror.basis_points()))?;
        short("for", self.mirror_seconds)?;
        short("soak", self.soak_seconds)?;
        short("keep_stable", self.keep_stable_seconds)
    }

    pub(super) fn steps(&self, replicas: u32) -> Vec<Step> {
        let leave = Leave { dwell_seconds: self.mirror_seconds, confirm: self.confirm, judged: Judged::Pass };
        let soak = Leave { dwell_seconds: self.soak_seconds, ..Leave::default() };
        let copied = Step {
            name: "shadow".to_owned(),
            candidate: self.mirror.replicas_needed(replicas),
            mirror: self.mirror,
            compare_body: self.compare_body,
            ..share(Weight::NONE, replicas, leave)
        };
        let switch =
            Step { name: "switch".to_owned(), candidate: replicas, ..share(Weight::ALL, replicas, soak) };
        vec![copied, switch]
    }
}
