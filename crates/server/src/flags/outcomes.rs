//! How requests went for whom a flag gave which variant: what programs report, and the analysis compares.
//!
//! Invariant: bounded by flags, instances and variants; who reports says all it has counted since it started, so a lost or
//! repeated report changes nothing. Deliberately not here: what the numbers mean (the analysis).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tidegate_gateway::report::{BUCKET_COUNT, BUCKET_SECONDS};
use tidegate_ports::{Arm, Measured};

/// Flags that are reported about at once.
const FLAGS_MAX: usize = 1_000;
/// Of one flag.
const INSTANCES_MAX: usize = 1_000;
const VARIANTS_MAX: usize = 100;
/// Who says nothing for so long has ended.
const SILENT_MS: u64 = 10 * 60_000;

/// What one instance has counted since it started.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    /// Another name is another set of counters: a host and the time of the start.
    pub instance: String,
    /// By flag, by variant.
    pub flags: BTreeMap<String, BTreeMap<String, Counted>>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counted {
    pub requests: u64,
    pub errors: u64,
    /// Requests at most as slow as each edge; the last counts all.
    pub buckets: Vec<u64>,
}

#[derive(Default)]
pub(crate) struct Outcomes(Mutex<BTreeMap<String, BTreeMap<String, Told>>>);

struct Told {
    at_ms: u64,
    variants: BTreeMap<String, Counted>,
}

/// The upper edges of all buckets but the last, which is above them all.
pub(crate) fn edges_ms() -> Vec<f64> {
    BUCKET_SECONDS.iter().map(|seconds| seconds * 1_000.0).collect()
}

impl Report {
    /// What is wrong with it, in words.
    pub fn problem(&self) -> Option<String> {
        if self.instance.is_empty() || self.instance.len() > 200 {
            return Some("`instance` has 1 to 200 bytes".to_owned());
        }
        for (flag, variants) in &self.flags {
            if variants.len() > VARIANTS_MAX {
                return Some(format!("`{flag}` has more than {VARIANTS_MAX} variants"));
            }
            let wrong = variants.iter().find_map(|(variant, counted)| Some((variant, counted.problem()?)));
            if let Some((variant, why)) = wrong {
                return Some(format!("`{variant}` of `{flag}`: {why}"));
            }
        }
        None
    }
}

impl Counted {
    fn problem(&self) -> Option<&'static str> {
        if self.buckets.len() != BUCKET_COUNT {
            return Some("`buckets` has twelve numbers: one for each edge, and all");
        }
        if self.buckets.windows(2).any(|pair| pair[0] > pair[1])
            || self.buckets.last() != Some(&self.requests)
        {
            return Some("`buckets` is cumulative: none is below the one before, and the last is `requests`");
        }
        (self.errors > self.requests).then_some("more `errors` than `requests`")
    }
}

impl Outcomes {
    /// Those of the flags that are `known`; the others are told.
    pub fn take(&self, report: Report, known: impl Fn(&str) -> bool, now_ms: u64) -> Vec<String> {
        let mut flags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unknown = Vec::new();
        for (flag, variants) in report.flags {
            if !known(&flag) || (flags.len() >= FLAGS_MAX && !flags.contains_key(&flag)) {
                unknown.push(flag);
                continue;
            }
            let instances = flags.entry(flag).or_default();
            instances.retain(|_, told| now_ms.saturating_sub(told.at_ms) < SILENT_MS);
            if instances.len() < INSTANCES_MAX || instances.contains_key(&report.instance) {
                instances.insert(report.instance.clone(), Told { at_ms: now_ms, variants });
            }
        }
        unknown
    }

    /// Those with the variant, and all others.
    pub fn measured(&self, flag: &str, variant: &str) -> Measured {
        let flags = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told: Vec<(&String, &Told)> = flags.get(flag).into_iter().flatten().collect();
        let arms = |wanted: &dyn Fn(&str) -> bool| {
            told.iter().map(|(instance, told)| sum(instance, told, wanted)).collect()
        };
        Measured {
            edges_ms: edges_ms(),
            stable: arms(&|given| given != variant),
            candidate: arms(&|given| given == variant),
        }
    }
}

fn sum(instance: &str, told: &Told, wanted: &dyn Fn(&str) -> bool) -> Arm {
    let mut arm = Arm { instance: instance.to_owned(), buckets: vec![0; BUCKET_COUNT], ..Arm::default() };
    for counted in told.variants.iter().filter(|(variant, _)| wanted(variant)).map(|(_, counted)| counted) {
        arm.requests = arm.requests.saturating_add(counted.requests);
        arm.errors = arm.errors.saturating_add(counted.errors);
        for (into, from) in arm.buckets.iter_mut().zip(&counted.buckets) {
            *into = into.saturating_add(*from);
        }
    }
    arm
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(requests: u64, errors: u64) -> Counted {
        Counted { requests, errors, buckets: vec![requests; BUCKET_COUNT] }
    }

    fn report(instance: &str, on: Counted, off: Counted) -> Report {
        let variants = BTreeMap::from([("on".to_owned(), on), ("off".to_owned(), off)]);
        Report { instance: instance.to_owned(), flags: BTreeMap::from([("checkout".to_owned(), variants)]) }
    }

    #[test]
    fn an_instance_says_all_it_has_counted_and_each_is_an_arm_of_its_own() {
        let outcomes = Outcomes::default();
        for (instance, requests) in [("a", 10), ("a", 30), ("b", 5)] {
            let told = report(instance, counted(requests, 1), counted(2 * requests, 0));
            assert!(told.problem().is_none());
            assert!(outcomes.take(told, |_| true, 1).is_empty());
        }
        let measured = outcomes.measured("checkout", "on");
        let of = |arms: &[Arm]| {
            arms.iter().map(|arm| (arm.instance.clone(), arm.requests, arm.errors)).collect::<Vec<_>>()
        };
        assert_eq!(of(&measured.candidate), [("a".to_owned(), 30, 1), ("b".to_owned(), 5, 1)]);
        assert_eq!(of(&measured.stable), [("a".to_owned(), 60, 0), ("b".to_owned(), 10, 0)]);
        // Whoever has ended counts no more once another speaks.
        let later = report("b", counted(6, 1), counted(10, 0));
        outcomes.take(later, |_| true, 1 + SILENT_MS);
        assert_eq!(of(&outcomes.measured("checkout", "on").candidate), [("b".to_owned(), 6, 1)]);
        let unknown = report("b", counted(6, 1), counted(10, 0));
        assert_eq!(outcomes.take(unknown, |_| false, 1), ["checkout"]);
        assert!(outcomes.measured("other", "on").candidate.is_empty());
    }

    #[test]
    fn what_cannot_have_been_counted_is_refused() {
        let bad = |on: Counted| report("a", on, counted(1, 0)).problem();
        assert!(bad(counted(3, 4)).unwrap().contains("more `errors`"));
        assert!(bad(Counted { buckets: vec![1], ..counted(1, 0) }).unwrap().contains("twelve"));
        let falling = Counted { buckets: (0..12).rev().collect(), ..counted(0, 0) };
        assert!(bad(falling).unwrap().contains("cumulative"));
        assert!(report("", counted(1, 0), counted(1, 0)).problem().is_some());
    }
}
