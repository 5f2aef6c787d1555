//! How long a tracker wants to be left alone.
//!
//! Invariant: a wish to wait is kept to, up to a day; no answer makes the next question come sooner. Sources: GitHub,
//! "Rate limits for the REST API"; GitLab, "User and IP rate limits".

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::page::text;
use crate::schedule::retry_after;

const DAY_MS: u64 = 24 * 3_600_000;
/// GitHub asks for at least a minute where its secondary limit names no time.
const SECONDARY_MS: u64 = 60_000;
const BACKOFF_MS: u64 = 2_000;
const BACKOFF_MAX_MS: u64 = 300_000;

/// None where the answer is no wish to wait.
pub(super) fn refused_until_ms(status: u16, headers: &HeaderMap, body: &[u8], now_ms: u64) -> Option<u64> {
    if !matches!(status, 403 | 429 | 503) {
        return None;
    }
    let asked = text(headers, RETRY_AFTER.as_str())
        .and_then(|value| retry_after(value, server_seconds(headers, now_ms)));
    if let Some(seconds) = asked {
        return Some(now_ms + seconds.saturating_mul(1_000).clamp(1_000, DAY_MS));
    }
    if status == 503 {
        return None;
    }
    if let Some(reset) = spent_until_ms(headers, now_ms) {
        return Some(reset);
    }
    // A 403 alone may be a missing right; GitHub says in words which of its limits it was.
    let said = String::from_utf8_lossy(&body[..body.len().min(4_096)]).to_lowercase();
    let secondary = said.contains("secondary rate limit") || said.contains("abuse detection");
    (status == 429 || secondary || said.contains("rate limit exceeded")).then(|| now_ms + SECONDARY_MS)
}

/// When there are requests again, where the last one was just used up.
pub(super) fn spent_until_ms(headers: &HeaderMap, now_ms: u64) -> Option<u64> {
    for (remaining, reset) in
        [("x-ratelimit-remaining", "x-ratelimit-reset"), ("ratelimit-remaining", "ratelimit-reset")]
    {
        if text(headers, remaining) != Some("0") {
            continue;
        }
        let reset: u64 = text(headers, reset)?.parse().ok()?;
        // By the tracker's own clock, which need not be this machine's.
        let seconds = reset.saturating_sub(server_seconds(headers, now_ms)) + 1;
        return Some(now_ms + seconds.saturating_mul(1_000).min(DAY_MS));
    }
    None
}

pub(super) fn backoff_until_ms(failures: u32, now_ms: u64) -> u64 {
    let wait = BACKOFF_MS << failures.saturating_sub(1).min(10);
    now_ms + wait.min(BACKOFF_MAX_MS)
}

fn server_seconds(headers: &HeaderMap, now_ms: u64) -> u64 {
    let date = text(headers, DATE.as_str()).and_then(|date| retry_after(date, 0));
    date.unwrap_or(now_ms / 1_000)
}
