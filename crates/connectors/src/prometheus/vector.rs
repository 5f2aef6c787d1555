//! What a Prometheus says: instant vectors, and its complaints.
//!
//! Invariant: a vector that is returned has series, at most so many, each a finite number that is not negative; of series
//! that tell no variant none counts. Deliberately not here: sending.
//!
//! The form is that of Prometheus' HTTP API, "Instant queries" and "Format overview"
//! (prometheus.io/docs/prometheus/latest/querying/api).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use tidegate_ports::Fault;

use super::{SERIES_MAX, unreadable};

/// Beyond this a number of Prometheus' is no whole count any more.
const COUNT_MAX: f64 = 9_007_199_254_740_992.0;
const COMPLAINT_CHARS_MAX: usize = 300;

/// Of every answer, whatever it holds.
#[derive(Deserialize)]
pub(super) struct Answer {
    status: String,
    #[serde(default)]
    data: Option<Data<IgnoredAny>>,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data<Held> {
    result_type: String,
    result: Held,
}

/// Of one that holds a vector.
#[derive(Deserialize)]
struct Held {
    data: Data<Vec<Series>>,
}

#[derive(Deserialize)]
struct Series {
    metric: BTreeMap<String, String>,
    /// None for a native histogram.
    #[serde(default)]
    value: Option<(serde_json::Number, String)>,
}

/// Counters of one instant, with the labels of each.
#[derive(Debug)]
pub(super) struct Vector {
    name: &'static str,
    /// As Prometheus wrote it.
    pub at: String,
    series: Vec<(BTreeMap<String, String>, u64)>,
}

/// By variant and instance, since all counters of one instance begin anew together.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub by_variant: BTreeMap<(String, String), Counted>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counted {
    pub requests: u64,
    pub failures: u64,
}

impl Answer {
    pub fn read(body: &[u8]) -> Option<Self> {
        // Else an array would be taken for the fields in their order.
        let is_object = body.trim_ascii_start().first() == Some(&b'{');
        is_object.then(|| serde_json::from_slice(body).ok()).flatten()
    }

    /// One line that no terminal obeys.
    pub fn complaint(&self) -> String {
        let words = self.error.as_deref().unwrap_or("it does not say why").split_whitespace();
        let line = words.collect::<Vec<_>>().join(" ");
        line.chars().filter(|character| !character.is_control()).take(COMPLAINT_CHARS_MAX).collect()
    }

    /// The vector of the body that this was read from.
    pub fn vector(self, name: &'static str, body: &[u8]) -> Result<Vector, Fault> {
        let bad = |what: String| Err(unreadable(name, &what));
        let Some(data) = self.data.filter(|_| self.status == "success") else {
            return bad("is not one of success".to_owned());
        };
        if data.result_type != "vector" {
            let kind: String = data.result_type.chars().filter(char::is_ascii_lowercase).take(20).collect();
            return bad(format!("is a {kind}, not an instant vector"));
        }
        let Ok(Held { data: Data { result: found, .. } }) = serde_json::from_slice(body) else {
            return bad("is not a vector of series".to_owned());
        };
        if found.len() > SERIES_MAX {
            return bad(format!("has more than {SERIES_MAX} series"));
        }
        let Some(at) = found.iter().find_map(|series| Some(series.value.as_ref()?.0.to_string())) else {
            return if found.is_empty() { Err(empty(name)) } else { bad("holds histograms".to_owned()) };
        };
        let mut series = Vec::with_capacity(found.len());
        for one in found {
            let Some((_, text)) = one.value else { return bad("holds histograms".to_owned()) };
            let Some(count) = count(&text) else { return bad(format!("holds {}, no count", shown(&text))) };
            series.push((one.metric, count));
        }
        Ok(Vector { name, at, series })
    }
}

/// NaN, infinities and what is negative count nothing.
fn count(text: &str) -> Option<u64> {
    let value: f64 = text.parse().ok()?;
    (0.0..=COUNT_MAX).contains(&value).then_some(value as u64)
}

fn shown(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(30).collect()
}

fn empty(name: &str) -> Fault {
    Fault::retry(
        "metrics-empty",
        format!("the answer to `{name}` is empty: Prometheus knows no such counters"),
    )
    .with_help(
        "look at the query; counters should stand at 0 before anything is counted, or say `… or 0 * …`",
    )
}

impl Counters {
    pub fn requests(&mut self, found: &Vector, labels: (&str, &str)) -> Result<(), Fault> {
        self.add(found, labels, |counted, count| counted.requests = counted.requests.saturating_add(count))
    }

    pub fn failures(&mut self, found: &Vector, labels: (&str, &str)) -> Result<(), Fault> {
        self.add(found, labels, |counted, count| counted.failures = counted.failures.saturating_add(count))
    }

    fn add(
        &mut self,
        found: &Vector,
        (variant_label, instance_label): (&str, &str),
        add: impl Fn(&mut Counted, u64),
    ) -> Result<(), Fault> {
        let mut none = true;
        for (labels, count) in &found.series {
            // Requests for which nobody asked for the flag.
            let Some(variant) = labels.get(variant_label).filter(|variant| !variant.is_empty()) else {
                continue;
            };
            let Some(instance) = labels.get(instance_label) else {
                let what = format!(
                    "has a series without `{instance_label}`, so nobody could tell when a counter begins anew"
                );
                return Err(unreadable(found.name, &what).with_help(format!(
                    "ask for the counters as they are, or `sum by ({variant_label}, {instance_label}) (…)`"
                )));
            };
            none = false;
            add(self.by_variant.entry((variant.clone(), instance.clone())).or_default(), *count);
        }
        if none {
            let what = format!("has no series with the label `{variant_label}`");
            return Err(unreadable(found.name, &what));
        }
        Ok(())
    }
}
