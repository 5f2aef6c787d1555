//! Why a sign-in through a provider did not come about.
//!
//! Invariant: whatever a provider says is cut and cleaned before it stands in a message. Deliberately not here: what is
//! wrong with an ID token (`token`).

use crate::token::BadToken;

const SAID_CHARS_MAX: usize = 200;

/// Cloneable: what went wrong is remembered for a few seconds for those who ask next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("{provider} did not sign you in: {said}")]
    Denied { provider: String, said: String },
    #[error("{provider} does not take the code that it sent: {said}")]
    CodeRefused { provider: String, said: String },
    #[error("what {provider} says of you does not hold: {why}")]
    Token { provider: String, why: BadToken },
    #[error("{provider} cannot be used: {why}")]
    Unusable { provider: String, why: String },
    #[error("{provider} gives no answer: {why}")]
    Unreachable { provider: String, why: String },
}

impl Failure {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Denied { .. } => "provider-denied",
            Self::CodeRefused { .. } => "provider-code-refused",
            Self::Token { .. } => "id-token-invalid",
            Self::Unusable { .. } => "provider-unusable",
            Self::Unreachable { .. } => "provider-unreachable",
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            Self::Denied { .. } => "begin again; if it says no again, ask who administers the provider",
            Self::CodeRefused { .. } => "begin again: a code holds once, and for a short time",
            Self::Token { .. } => {
                "begin again; if it stays, an administrator compares issuer, client id and clock with the provider's"
            }
            Self::Unusable { .. } => {
                "an administrator compares the file of `tidegate up --sign-in` with what the provider says of itself"
            }
            Self::Unreachable { .. } => {
                "try again in a minute; an administrator looks whether the server reaches the provider (`allowed_hosts`)"
            }
        }
    }

    /// Whether the outside failed, rather than that somebody was refused.
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::Unusable { .. } | Self::Unreachable { .. })
    }
}

/// One line of what somebody else wrote.
pub(crate) fn printable(text: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let short: String = text.chars().map(plain).take(SAID_CHARS_MAX).collect();
    short.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_says_is_one_short_line() {
        assert_eq!(printable(" no\r\nlog: forged\u{1b}[2J "), "no  log: forged [2J");
        assert_eq!(printable(&"x".repeat(10_000)).len(), SAID_CHARS_MAX);
    }
}
