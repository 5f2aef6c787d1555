//! What a demo has measured, for people and as one line of JSON.
//!
//! Invariant: every figure comes from the visitors or the log of this run.

use anyhow::Result;
use serde::Serialize;

use super::screen::Screen;
use crate::render::number::counted;

#[derive(Debug, Serialize)]
pub struct Report {
    pub releases: Vec<Told>,
    pub requests_total: u64,
    pub requests_dropped: u64,
    pub kill9: Kill,
    pub audit: Audit,
    pub seconds: f64,
}

#[derive(Debug, Serialize)]
pub struct Told {
    pub version: String,
    /// `released` or `rolled_back`.
    pub outcome: String,
    /// From the first command to the end of its last rollout.
    pub seconds: f64,
    /// Answered by it in production while it was the candidate.
    pub requests_candidate: u64,
    pub failed_by_candidate: u64,
    /// From its first answer in production to the verdict in the log; absent for a healthy one.
    pub detected_after_ms: Option<u64>,
    /// From the verdict to the last request that reached it.
    pub traffic_zero_after_ms: Option<u64>,
    /// The analysis in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    #[serde(skip)]
    pub expected: &'static str,
}

#[derive(Debug, Default, Serialize)]
pub struct Kill {
    /// From SIGKILL to the first answer of the new process.
    pub recovered_ms: u64,
    /// While the control plane was dead and until it answered again.
    pub requests_dropped: u64,
    /// Requests that were served in that time.
    pub requests_served: u64,
}

#[derive(Debug, Default, Serialize)]
pub struct Audit {
    pub events: u64,
    /// `ok` or `broken`.
    pub chain: String,
}

impl Report {
    pub fn went_well(&self) -> bool {
        self.releases.len() == 5
            && self.releases.iter().all(|told| told.outcome == told.expected)
            && self.requests_dropped == 0
            && self.audit.chain == "ok"
    }

    pub fn json(&self) -> Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    pub fn tell(&self, screen: &Screen) {
        screen.heading("What happened");
        for told in &self.releases {
            screen.say(&told.sentence());
        }
        screen.say(&format!(
            "kill -9   The control plane was dead for {} ms. Served meanwhile: {}; dropped: {}.",
            self.kill9.recovered_ms,
            counted(self.kill9.requests_served, "request"),
            self.kill9.requests_dropped
        ));
        screen.say(&format!(
            "visitors  {} in {:.0} s, {} dropped by the gateway.",
            counted(self.requests_total, "request"),
            self.seconds,
            self.requests_dropped
        ));
        screen.say(&format!(
            "audit     {}, the tree over them is {}.",
            counted(self.audit.events, "event"),
            if self.audit.chain == "ok" { "whole" } else { "BROKEN" }
        ));
    }
}

impl Told {
    fn sentence(&self) -> String {
        let Self { version, requests_candidate, failed_by_candidate, seconds, .. } = self;
        if self.outcome == "released" {
            return format!("{version}     Released through three environments in {seconds:.0} s.");
        }
        let ms =
            |value: Option<u64>| value.map_or("?".to_owned(), |ms| format!("{:.1} s", ms as f64 / 1000.0));
        format!(
            "{version}     Rolled back: caught {} after its first request in production, off {} later.\n          {} reached it, {} failed. {}",
            ms(self.detected_after_ms),
            ms(self.traffic_zero_after_ms),
            counted(*requests_candidate, "request"),
            failed_by_candidate,
            self.why.as_deref().unwrap_or("")
        )
    }
}
