//! Where the counters of a flag's variants stand when programs do not report them to Tidegate.
//!
//! Invariant: what passed `validate` can be asked in time: the whole of one measurement ends before the lease of the rollout
//! that waits for it. Deliberately not here: asking (`connectors`), and what an answer means.

use serde::{Deserialize, Serialize};

use crate::name::SecretName;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prometheus {
    /// Its address, to which `/api/v1/query` is added.
    pub url: String,
    /// In its language: the counters of all requests.
    pub requests: String,
    /// The counters of those that failed.
    pub failures: String,
    /// The label that names the variant.
    pub variant_label: String,
    /// The label that names who counted: counters of one begin anew together.
    pub instance_label: String,
    /// The environment's secret that is sent as a bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretName>,
    /// For both questions together.
    pub timeout_seconds: u64,
    /// How long it takes until it has what programs counted; after a share has moved nothing is compared for so long.
    pub delay_seconds: u64,
}

/// Why it cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPrometheus {
    #[error("`{knob}` has 1 to {most} bytes")]
    Length { knob: &'static str, most: usize },
    #[error("`{knob}` is no label: letters, digits and `_`, no digit first")]
    Label { knob: &'static str },
    #[error("the variant and who counted cannot stand in one label")]
    OneLabel,
    #[error("a Prometheus has 1 to {TIMEOUT_SECONDS_MAX} seconds to answer")]
    Timeout,
    #[error("`delay` is at most {DELAY_SECONDS_MAX} seconds")]
    Delay,
}

pub const TIMEOUT_SECONDS_MAX: u64 = 10;
pub const DELAY_SECONDS_MAX: u64 = 600;
const URL_BYTES_MAX: usize = 2_048;
const QUERY_BYTES_MAX: usize = 4_096;
const LABEL_BYTES_MAX: usize = 128;

impl Prometheus {
    /// With what suits one that scrapes each fifteen seconds, which is what most do.
    pub fn new(
        url: impl Into<String>,
        requests: impl Into<String>,
        failures: impl Into<String>,
        variant_label: impl Into<String>,
    ) -> Self {
        Self {
            url: url.into(),
            requests: requests.into(),
            failures: failures.into(),
            variant_label: variant_label.into(),
            instance_label: "instance".to_owned(),
            token: None,
            timeout_seconds: 5,
            delay_seconds: 30,
        }
    }

    pub fn validate(&self) -> Result<(), BadPrometheus> {
        within("url", &self.url, URL_BYTES_MAX)?;
        within("requests", &self.requests, QUERY_BYTES_MAX)?;
        within("failures", &self.failures, QUERY_BYTES_MAX)?;
        label("variant_label", &self.variant_label)?;
        label("instance_label", &self.instance_label)?;
        if self.variant_label == self.instance_label {
            return Err(BadPrometheus::OneLabel);
        }
        if !(1..=TIMEOUT_SECONDS_MAX).contains(&self.timeout_seconds) {
            return Err(BadPrometheus::Timeout);
        }
        if self.delay_seconds > DELAY_SECONDS_MAX { Err(BadPrometheus::Delay) } else { Ok(()) }
    }
}

fn within(knob: &'static str, text: &str, most: usize) -> Result<(), BadPrometheus> {
    let blank = text.trim().is_empty();
    if blank || text.len() > most { Err(BadPrometheus::Length { knob, most }) } else { Ok(()) }
}

/// By Prometheus' own rule for names of labels.
fn label(knob: &'static str, text: &str) -> Result<(), BadPrometheus> {
    within(knob, text, LABEL_BYTES_MAX)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let named = text.bytes().all(allowed) && !text.starts_with(|first: char| first.is_ascii_digit());
    if named { Ok(()) } else { Err(BadPrometheus::Label { knob }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_asked_is_refused() {
        let good = Prometheus::new("http://p.example", "a_total", "b_total", "variant");
        assert_eq!(good.validate(), Ok(()));
        let long = "x".repeat(5_000);
        let table = [
            (Prometheus { requests: " ".into(), ..good.clone() }, "`requests`"),
            (Prometheus { failures: long.clone(), ..good.clone() }, "`failures`"),
            (Prometheus { url: String::new(), ..good.clone() }, "`url`"),
            (Prometheus { variant_label: "a-b".into(), ..good.clone() }, "`variant_label` is no label"),
            (Prometheus { instance_label: "1a".into(), ..good.clone() }, "`instance_label` is no label"),
            (Prometheus { instance_label: "variant".into(), ..good.clone() }, "one label"),
            (Prometheus { timeout_seconds: 0, ..good.clone() }, "1 to 10 seconds"),
            (Prometheus { timeout_seconds: 11, ..good.clone() }, "1 to 10 seconds"),
            (Prometheus { delay_seconds: 601, ..good.clone() }, "`delay`"),
        ];
        for (bad, expect) in table {
            let why = bad.validate().unwrap_err().to_string();
            assert!(why.contains(expect), "{why}");
        }
        assert_eq!(Prometheus { delay_seconds: 0, ..good }.validate(), Ok(()));
    }
}
