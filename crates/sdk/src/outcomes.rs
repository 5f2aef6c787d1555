//! How requests went for whom a flag gave which variant: counted here, told to whoever compares variants.
//!
//! Invariant: a report says all that was counted since the start, so one that is lost or comes twice changes nothing; what is
//! kept is bounded. Deliberately not here: sending (`follow`), comparing (the server).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Upper edges of the latency buckets, in milliseconds; one more bucket counts all.
pub const EDGES_MS: [f64; 11] =
    [5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0, 5_000.0, 10_000.0];
pub const BUCKETS: usize = EDGES_MS.len() + 1;
/// One more is counted nowhere.
const FLAGS_MAX: usize = 1_000;
/// Of one flag.
const VARIANTS_MAX: usize = 100;
/// Also where nothing is new, so that nobody takes a quiet program for one that has ended.
const TOLD_AGAIN: Duration = Duration::from_mins(1);

/// What one instance has counted since it started: the body of `POST /ofrep/v1/outcomes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Another name is another set of counters: a new one for each start.
    pub instance: String,
    /// How long ago it said so, where somebody passes it on.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub age_ms: u64,
    /// By flag, by variant.
    pub flags: BTreeMap<String, BTreeMap<String, Counted>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    pub requests: u64,
    pub errors: u64,
    /// Requests at most as slow as each edge; the last counts all.
    pub buckets: Vec<u64>,
}

impl Default for Counted {
    fn default() -> Self {
        Self { requests: 0, errors: 0, buckets: vec![0; BUCKETS] }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
fn is_zero(number: &u64) -> bool {
    *number == 0
}

pub(crate) struct Outcomes {
    instance: String,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    flags: BTreeMap<String, BTreeMap<String, Counted>>,
    is_new: bool,
    told: Option<Instant>,
}

impl Outcomes {
    pub fn new() -> Self {
        let instance = format!("{}-{:016x}", std::process::id(), rand::random::<u64>());
        Self { instance, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn count(&self, (flag, variant): (&str, &str), is_ok: bool, took: Duration) {
        let mut kept = self.kept();
        if let Some(counted) = kept.room(flag, variant) {
            counted.requests += 1;
            counted.errors += u64::from(!is_ok);
            let took_ms = took.as_secs_f64() * 1_000.0;
            let first = EDGES_MS.partition_point(|edge| *edge < took_ms);
            counted.buckets.iter_mut().skip(first).for_each(|bucket| *bucket += 1);
            kept.is_new = true;
        }
    }

    /// Everything, where somebody should hear of it.
    pub fn report(&self) -> Option<Report> {
        let mut kept = self.kept();
        let is_due = kept.is_new || kept.told.is_none_or(|told| told.elapsed() >= TOLD_AGAIN);
        if kept.flags.is_empty() || !is_due {
            return None;
        }
        (kept.is_new, kept.told) = (false, Some(Instant::now()));
        Some(Report { instance: self.instance.clone(), age_ms: 0, flags: kept.flags.clone() })
    }

    /// Nobody heard it.
    pub fn again(&self) {
        self.kept().is_new = true;
    }
}

impl Kept {
    fn room(&mut self, flag: &str, variant: &str) -> Option<&mut Counted> {
        if !self.flags.contains_key(flag) {
            if self.flags.len() >= FLAGS_MAX {
                return None;
            }
            self.flags.insert(flag.to_owned(), BTreeMap::new());
        }
        let variants = self.flags.get_mut(flag)?;
        if !variants.contains_key(variant) {
            if variants.len() >= VARIANTS_MAX {
                return None;
            }
            variants.insert(variant.to_owned(), Counted::default());
        }
        variants.get_mut(variant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_millis(5);

    #[test]
    fn a_report_says_everything_and_is_due_when_something_is_new() {
        let outcomes = Outcomes::new();
        assert_eq!(outcomes.report(), None, "nothing was counted");
        outcomes.count(("checkout", "on"), true, QUICK);
        outcomes.count(("checkout", "on"), false, Duration::from_millis(6));
        outcomes.count(("checkout", "off"), true, Duration::from_mins(1));
        let report = outcomes.report().unwrap();
        let on = &report.flags["checkout"]["on"];
        assert_eq!((on.requests, on.errors), (2, 1));
        assert_eq!(on.buckets, [[1].as_slice(), &[2; 11]].concat(), "5 ms is within the first edge");
        assert_eq!(report.flags["checkout"]["off"].buckets, [[0; 11].as_slice(), &[1]].concat());
        assert_eq!(outcomes.report(), None, "nothing is new");
        outcomes.again();
        assert_eq!(outcomes.report(), Some(report.clone()));
        outcomes.count(("checkout", "on"), true, QUICK);
        let next = outcomes.report().unwrap();
        assert_eq!((next.flags["checkout"]["on"].requests, &next.instance), (3, &report.instance));
        assert_ne!(Outcomes::new().instance, report.instance);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let outcomes = Outcomes::new();
        for number in 0..FLAGS_MAX + 10 {
            outcomes.count((&format!("f{number}"), "on"), true, QUICK);
        }
        for number in 0..VARIANTS_MAX + 10 {
            outcomes.count(("f0", &format!("v{number}")), true, QUICK);
        }
        let report = outcomes.report().unwrap();
        assert_eq!((report.flags.len(), report.flags["f0"].len()), (FLAGS_MAX, VARIANTS_MAX));
    }

    #[test]
    fn who_passes_a_report_on_says_how_old_it_is() {
        let text = |report: &Report| serde_json::to_string(report).unwrap();
        let report = Report { instance: "a".to_owned(), age_ms: 0, flags: BTreeMap::new() };
        assert_eq!(text(&report), r#"{"instance":"a","flags":{}}"#);
        assert_eq!(text(&Report { age_ms: 7, ..report }), r#"{"instance":"a","age_ms":7,"flags":{}}"#);
    }
}
