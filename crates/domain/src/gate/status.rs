//! What a gate says.
//!
//! Invariant: a closed gate names its reason and its next step. Deliberately not here: how it is shown.

use serde::{Deserialize, Serialize};

use crate::name::GateName;

/// The names that freezes and windows stand under among the gates.
pub const FREEZE: &str = "freeze";
pub const WINDOW: &str = "window";
/// The name that an overdue review stands under.
pub const REVIEW: &str = "emergency-review";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateStatus {
    pub gate: GateName,
    /// `approval`, `evidence`, `soak`, `window`, `freeze`, `dependency`, `manual-test`, `uat`, `expression`, `webhook`,
    /// `emergency-review`.
    pub kind: String,
    pub open: bool,
    /// In a sentence.
    pub why: String,
    /// Milliseconds since 1970, where it is known since when it is so.
    pub since_ms: Option<u64>,
    /// When it opens by itself, where it does.
    pub opens_ms: Option<u64>,
    /// Who can open it; empty when it is open.
    pub who: String,
    /// What that person types; empty when it is open.
    pub command: String,
}

impl GateStatus {
    pub fn open(gate: &GateName, kind: &str, why: impl Into<String>) -> Self {
        let (gate, kind, why) = (gate.clone(), kind.to_owned(), why.into());
        Self {
            gate,
            kind,
            open: true,
            why,
            since_ms: None,
            opens_ms: None,
            who: String::new(),
            command: String::new(),
        }
    }

    pub fn closed(gate: &GateName, kind: &str, why: impl Into<String>) -> Self {
        Self { open: false, ..Self::open(gate, kind, why) }
    }

    #[must_use]
    pub fn opened_by(mut self, who: impl Into<String>, command: impl Into<String>) -> Self {
        (self.who, self.command) = (who.into(), command.into());
        self
    }
}
