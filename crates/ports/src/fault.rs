//! The outside failed: what it was, and what to do about it.
//!
//! Invariant: a fault never says anything about whether a release is good. Deliberately not here: answers
//! (refusals, in the domain) and bugs (assertions).

/// What the caller does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Try again after a pause; it may pass by itself.
    Retry,
    /// Trying again will not help until a person does something.
    Hold,
    /// Somebody newer is in charge: stop acting on this.
    Drop,
}

/// One failure outside. `Display` is the sentence for people; the source is printed once, at the edge.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    pub kind: FaultKind,
    /// Stable, kebab-case; `tidegate explain <code>` knows it.
    pub code: &'static str,
    pub message: String,
    /// The next step for a person.
    pub help: String,
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Fault {
    pub fn retry(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FaultKind::Retry, code, message.into())
    }
    pub fn hold(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FaultKind::Hold, code, message.into())
    }
    pub fn drop(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(FaultKind::Drop, code, message.into())
    }
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
    fn new(kind: FaultKind, code: &'static str, message: String) -> Self {
        Self { kind, code, message, help: String::new(), source: None }
    }
}
