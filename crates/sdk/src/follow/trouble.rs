//! Why nothing can be learnt now.
//!
//! Invariant: none of it names a key, nor repeats what a server sent.

use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("it cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    #[error("it answers {status}{}", meaning(*status))]
    Refused { status: u16, retry_after: Option<Duration> },
    #[error("it says nothing any more")]
    Silent,
    #[error("its answer cannot be read: {0}")]
    Unreadable(String),
    #[error("its answer is longer than {most} bytes")]
    TooLong { most: usize },
    #[error("it may be behind itself")]
    Behind,
}

impl Trouble {
    /// What does not pass by itself soon.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            Self::Refused { status, .. } => (300..500).contains(status) && *status != 429,
            Self::Unreadable(_) | Self::TooLong { .. } => true,
            Self::Unreachable(_) | Self::Silent | Self::Behind => false,
        }
    }

    pub(super) fn asks_for(&self) -> Duration {
        match self {
            Self::Refused { retry_after, .. } => retry_after.unwrap_or_default(),
            Self::Unreachable(_)
            | Self::Silent
            | Self::Unreadable(_)
            | Self::TooLong { .. }
            | Self::Behind => Duration::ZERO,
        }
    }
}

fn meaning(status: u16) -> &'static str {
    match status {
        401 => ": the key opens nothing there",
        403 => ": this takes a server key",
        404 => ": there are no flags served there",
        429 => ": it was asked too often",
        300..=399 => ": addresses elsewhere are not followed",
        _ => "",
    }
}
