//! Tells apart the ways of having no data. None of them is a pass.
//!
//! Invariant: judged time without data is counted from the last block in which both arms served
//! requests. Not here: what follows from it (`decide`).

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoData {
    /// Scrapes work, but an arm serves no requests.
    NoTraffic,
    /// The source answers, but knows nothing of an arm yet.
    NoSample,
    /// The source's answer is empty or not a number.
    NotANumber,
    /// The source does not answer.
    SourceUnreachable,
}

impl NoData {
    pub fn words(self) -> &'static str {
        match self {
            NoData::NoTraffic => "no requests reach both versions",
            NoData::NoSample => "the metrics source has no sample yet",
            NoData::NotANumber => "the metrics source answered with something that is not a number",
            NoData::SourceUnreachable => "the metrics source is unreachable",
        }
    }
}

/// Silence shorter than this is how little traffic looks, not a lack of it.
pub const NO_TRAFFIC_MS: u64 = 60_000;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Guard {
    missing: Option<NoData>,
    last_data_ms: u64,
    informed: bool,
    /// Since when, on the samples' clock, the weight has been what it is.
    #[serde(default)]
    weight_since_ms: u64,
}

impl Guard {
    pub fn sampled(&mut self, missing: Option<NoData>) {
        self.missing = missing;
    }

    /// Silence at another weight says nothing about this one, and at none there is nobody to be heard: it is counted
    /// anew.
    pub fn weighted(&mut self, since_ms: u64, judged_ms: u64) {
        if since_ms > self.weight_since_ms {
            self.weight_since_ms = since_ms;
            self.last_data_ms = self.last_data_ms.max(judged_ms);
        }
    }

    pub fn blocked(&mut self, end_ms: u64, informative: bool) {
        self.informed = informative;
        if informative {
            self.last_data_ms = end_ms;
        }
    }

    pub fn verdict(&self, now_ms: u64) -> Option<NoData> {
        let silent = now_ms.saturating_sub(self.last_data_ms) >= NO_TRAFFIC_MS;
        self.missing.or(silent.then_some(NoData::NoTraffic))
    }

    pub fn without_data_seconds(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.last_data_ms) / 1_000
    }

    /// Whether the latest block can carry a step forward.
    pub fn is_fresh(&self) -> bool {
        self.informed && self.missing.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_counted_anew_at_another_weight() {
        let mut guard = Guard::default();
        guard.blocked(10_000, true);
        guard.weighted(600_000, 590_000);
        assert_eq!((guard.verdict(600_000), guard.without_data_seconds(600_000)), (None, 10));
        guard.weighted(600_000, 640_000);
        assert_eq!(guard.verdict(650_000), Some(NoData::NoTraffic), "the same weight changes nothing");
    }

    #[test]
    fn four_kinds_of_nothing() {
        let mut guard = Guard::default();
        guard.blocked(10_000, true);
        assert_eq!(guard.verdict(20_000), None);
        assert_eq!(guard.verdict(70_000), Some(NoData::NoTraffic));
        for kind in [NoData::NoSample, NoData::NotANumber, NoData::SourceUnreachable] {
            guard.sampled(Some(kind));
            assert_eq!(guard.verdict(20_000), Some(kind));
            assert!(!guard.is_fresh());
        }
        guard.sampled(None);
        assert!(guard.is_fresh());
        assert_eq!(guard.without_data_seconds(70_000), 60);
    }
}
