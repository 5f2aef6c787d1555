//! What a gate says.
//!
//! Invariant: a closed gate names its reason and its next step. Deliberately not here: how it is shown.

use serde::{Deserialize, Serialize};

use super::spec::Signer;
use crate::name::{GateName, PersonName};

/// The names that freezes and windows stand under among the gates.
pub const FREEZE: &str = "freeze";
pub const WINDOW: &str = "window";
/// The name that an overdue review stands under.
pub const REVIEW: &str = "emergency-review";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateStatus {
    pub gate: GateName,
    /// `approval`, `evidence`, `soak`, `window`, `freeze`, `dependency`, `manual-test`, `uat`, `expression`, `webhook`,
    /// `go-no-go`, `manual-tests`, `acceptance`, `risk-ceiling`, `test-set`, `feature-tests`,
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
    /// Of a gate that people sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<Signing>,
}

/// Whom a gate asks for their word, and who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// How many have to say yes.
    pub needed: u32,
    /// Whose yes counts now.
    pub yes: Vec<PersonName>,
    /// Whose no keeps it closed.
    pub no: Option<PersonName>,
    /// Anybody who may sign there where empty.
    pub from: Vec<Signer>,
    pub author_counts: bool,
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
            signing: None,
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
