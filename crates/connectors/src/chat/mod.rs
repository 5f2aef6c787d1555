//! Messages into rooms where people talk: Slack and Teams, by the webhook of a room.
//!
//! Invariant: what is sent keeps to the receiver's limits, and what did not fit is behind a link; text is never markup.
//! Deliberately not here: when to try again (`schedule`), and rooms' addresses, which are secrets.

mod slack;
mod teams;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use slack::slack;
pub use teams::teams;

use crate::deliver::Outcome;
use crate::schedule::{self, Answer, Next};

/// What a room is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    pub title: String,
    /// Plain; its line breaks are kept.
    pub text: String,
    /// Where the whole of it stands.
    pub url: Option<String>,
}

/// Both take about one message a second and room; sent faster they answer 429.
pub const PACE: Duration = Duration::from_secs(1);

/// As `schedule::next`, but for the answers that will not change: a room that is gone, a message that is not taken.
pub fn next(attempt: u32, outcome: &Outcome, chance: u32) -> Next {
    match outcome.answer {
        Answer::Status { code: 400 | 401 | 403 | 404 | 405 | 410 | 413, .. } => Next::DeadLetter,
        answer @ (Answer::Status { .. } | Answer::Nothing) => schedule::next(attempt, answer, chance),
    }
}

/// At a character's edge, with an ellipsis where something is missing.
fn cut(text: &str, bytes_max: usize) -> (String, bool) {
    if text.len() <= bytes_max {
        return (text.to_owned(), false);
    }
    let end = text.floor_char_boundary(bytes_max.saturating_sub('…'.len_utf8()));
    (format!("{}…", text[..end].trim_end()), true)
}
