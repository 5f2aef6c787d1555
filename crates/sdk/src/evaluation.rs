//! An answer with everything that is known about it, in OpenFeature's words.
//!
//! Invariant: the value is the flag's or the caller's default, never a third.

use serde_json::{Map, Value};
use tidegate_flags::{Details, ErrorCode, Reason};

#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation<T> {
    pub value: T,
    /// None where the caller's default holds.
    pub variant: Option<String>,
    pub reason: Reason,
    pub error: Option<ErrorCode>,
    /// For people: what is wrong, or which prerequisite is not met.
    pub message: Option<String>,
    /// The flag's over the set's; where the answer may be old, `stale` and `staleSeconds` as OFREP has them.
    pub metadata: Map<String, Value>,
}

impl<T> Evaluation<T> {
    pub(crate) fn of(value: T, details: &Details<'_>, stale_seconds: Option<u64>) -> Self {
        let mut metadata = details.metadata().cloned().unwrap_or_default();
        if let Some(seconds) = stale_seconds {
            metadata.insert("stale".to_owned(), Value::Bool(true));
            metadata.insert("staleSeconds".to_owned(), seconds.into());
        }
        Self {
            value,
            variant: details.variant().map(str::to_owned),
            reason: details.reason(),
            error: details.error(),
            message: details.message().map(str::to_owned),
            metadata,
        }
    }

    pub fn map<U>(self, to: impl FnOnce(T) -> U) -> Evaluation<U> {
        let Self { value, variant, reason, error, message, metadata } = self;
        Evaluation { value: to(value), variant, reason, error, message, metadata }
    }
}
