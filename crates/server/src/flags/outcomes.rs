//! How requests went for whom a flag gave which variant: what programs report, and the analysis compares.
//!
//! Invariant: bounded by flags, instances and variants; who reports says all it has counted since it started, so a lost or
//! repeated report changes nothing, and one that was passed on late never takes the place of a newer one. Deliberately not
//! here: what the numbers mean (the analysis), passing them on (`crate::edge`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tidegate_ports::{Arm, Measured};
use tidegate_sdk::outcomes::{BUCKETS, Counted, EDGES_MS, Report};

/// Flags that are reported about at once.
const FLAGS_MAX: usize = 1_000;
/// Of one flag.
const INSTANCES_MAX: usize = 1_000;
const VARIANTS_MAX: usize = 100;
/// Of all flags and instances together: some hundred megabytes at most.
const COUNTED_MAX: usize = 500_000;
/// Who says nothing for so long has ended.
const SILENT_MS: u64 = 10 * 60_000;

#[derive(Default)]
pub(crate) struct Outcomes(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    flags: BTreeMap<String, BTreeMap<String, Told>>,
    /// How many are counted by all of them.
    counted: usize,
    /// Instances that somebody else is to hear of, where there is somebody else.
    unheard: Option<BTreeSet<String>>,
}

struct Told {
    at_ms: u64,
    variants: BTreeMap<String, Counted>,
}

/// What is wrong with it, in words.
pub(crate) fn problem(report: &Report) -> Option<String> {
    if report.instance.is_empty() || report.instance.len() > 200 {
        return Some("`instance` has 1 to 200 bytes".to_owned());
    }
    for (flag, variants) in &report.flags {
        if variants.len() > VARIANTS_MAX {
            return Some(format!("`{flag}` has more than {VARIANTS_MAX} variants"));
        }
        let wrong = variants.iter().find_map(|(variant, counted)| Some((variant, uncountable(counted)?)));
        if let Some((variant, why)) = wrong {
            return Some(format!("`{variant}` of `{flag}`: {why}"));
        }
    }
    None
}

fn uncountable(counted: &Counted) -> Option<&'static str> {
    if counted.buckets.len() != BUCKETS {
        return Some("`buckets` has twelve numbers: one for each edge, and all");
    }
    if counted.buckets.windows(2).any(|pair| pair[0] > pair[1])
        || counted.buckets.last() != Some(&counted.requests)
    {
        return Some("`buckets` is cumulative: none is below the one before, and the last is `requests`");
    }
    (counted.errors > counted.requests).then_some("more `errors` than `requests`")
}

impl Kept {
    /// None where it has ended.
    fn of(&self, instance: String, now_ms: u64) -> Option<Report> {
        let told = |(flag, instances): (&String, &BTreeMap<String, Told>)| {
            Some((flag.clone(), instances.get(&instance)?.variants.clone()))
        };
        let flags: BTreeMap<_, _> = self.flags.iter().filter_map(told).collect();
        let at = self.flags.values().filter_map(|instances| instances.get(&instance)).map(|told| told.at_ms);
        let age_ms = now_ms.saturating_sub(at.max()?);
        Some(Report { instance, age_ms, flags })
    }

    /// None where it is older than what is known, or there is no room.
    fn put(&mut self, (flag, instance): (&str, &str), told: Told, now_ms: u64) -> Option<()> {
        let flags = self.flags.len();
        if flags >= FLAGS_MAX && !self.flags.contains_key(flag) {
            return None;
        }
        let instances = self.flags.entry(flag.to_owned()).or_default();
        let counted = &mut self.counted;
        instances.retain(|_, told| {
            let speaks = now_ms.saturating_sub(told.at_ms) < SILENT_MS;
            *counted -= if speaks { 0 } else { told.variants.len() };
            speaks
        });
        let known = instances.get(instance);
        if known.is_none() && instances.len() >= INSTANCES_MAX
            || known.is_some_and(|known| known.at_ms > told.at_ms)
        {
            return None;
        }
        let left = *counted - known.map_or(0, |known| known.variants.len());
        let all = left + told.variants.len();
        if all > COUNTED_MAX {
            return None;
        }
        *counted = all;
        instances.insert(instance.to_owned(), told);
        Some(())
    }
}

impl Outcomes {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on it is kept in mind of whom somebody else is to hear.
    pub fn pass_on(&self) {
        self.kept().unheard.get_or_insert_default();
    }

    /// Those of the flags that are `known`; the others are told.
    pub fn take(&self, report: Report, known: impl Fn(&str) -> bool, now_ms: u64) -> Vec<String> {
        let mut kept = self.kept();
        let at_ms = now_ms.saturating_sub(report.age_ms);
        let (mut unknown, mut taken) = (Vec::new(), false);
        for (flag, variants) in report.flags {
            if known(&flag) {
                let told = Told { at_ms, variants };
                taken |= kept.put((&flag, &report.instance), told, now_ms).is_some();
            } else {
                unknown.push(flag);
            }
        }
        if let Some(unheard) = kept.unheard.as_mut().filter(|_| taken) {
            unheard.insert(report.instance);
        }
        unknown
    }

    /// Everything of at most so many of those of whom somebody else is to hear.
    pub fn unheard(&self, most: usize, now_ms: u64) -> Vec<Report> {
        let mut kept = self.kept();
        let Some(unheard) = &mut kept.unheard else { return Vec::new() };
        let names: Vec<String> = unheard.iter().take(most).cloned().collect();
        unheard.retain(|name| !names.contains(name));
        names.into_iter().filter_map(|instance| kept.of(instance, now_ms)).collect()
    }

    /// Nobody heard it.
    pub fn again(&self, instance: &str) {
        if let Some(unheard) = &mut self.kept().unheard {
            unheard.insert(instance.to_owned());
        }
    }

    /// Those with the variant, and all others.
    pub fn measured(&self, flag: &str, variant: &str) -> Measured {
        let kept = self.kept();
        let told: Vec<(&String, &Told)> = kept.flags.get(flag).into_iter().flatten().collect();
        let arms = |wanted: &dyn Fn(&str) -> bool| {
            told.iter().map(|(instance, told)| sum(instance, told, wanted)).collect()
        };
        Measured {
            edges_ms: EDGES_MS.to_vec(),
            stable: arms(&|given| given != variant),
            candidate: arms(&|given| given == variant),
        }
    }
}

fn sum(instance: &str, told: &Told, wanted: &dyn Fn(&str) -> bool) -> Arm {
    let mut arm = Arm { instance: instance.to_owned(), buckets: vec![0; BUCKETS], ..Arm::default() };
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
        Counted { requests, errors, buckets: vec![requests; BUCKETS] }
    }

    fn report(instance: &str, on: Counted, off: Counted) -> Report {
        let variants = BTreeMap::from([("on".to_owned(), on), ("off".to_owned(), off)]);
        let flags = BTreeMap::from([("checkout".to_owned(), variants)]);
        Report { instance: instance.to_owned(), age_ms: 0, flags }
    }

    #[test]
    fn an_instance_says_all_it_has_counted_and_each_is_an_arm_of_its_own() {
        let outcomes = Outcomes::default();
        for (instance, requests) in [("a", 10), ("a", 30), ("b", 5)] {
            let told = report(instance, counted(requests, 1), counted(2 * requests, 0));
            assert!(problem(&told).is_none());
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
        let bad = |on: Counted| problem(&report("a", on, counted(1, 0)));
        assert!(bad(counted(3, 4)).unwrap().contains("more `errors`"));
        assert!(bad(Counted { buckets: vec![1], ..counted(1, 0) }).unwrap().contains("twelve"));
        let falling = Counted { buckets: (0..12).rev().collect(), ..counted(0, 0) };
        assert!(bad(falling).unwrap().contains("cumulative"));
        assert!(problem(&report("", counted(1, 0), counted(1, 0))).is_some());
    }

    #[test]
    fn clients_and_the_gateway_count_in_the_same_buckets() {
        let gateway = tidegate_gateway::report::BUCKET_SECONDS.map(|seconds| seconds * 1_000.0);
        assert_eq!(EDGES_MS.map(f64::to_bits), gateway.map(f64::to_bits));
    }

    #[test]
    fn what_comes_late_never_takes_the_place_of_what_is_newer() {
        let outcomes = Outcomes::default();
        let on = |requests| report("a", counted(requests, 0), counted(0, 0));
        let requests = || outcomes.measured("checkout", "on").candidate[0].requests;
        outcomes.take(on(50), |_| true, 1_000_000);
        outcomes.take(Report { age_ms: 60_000, ..on(20) }, |_| true, 1_005_000);
        assert_eq!(requests(), 50);
        outcomes.take(Report { age_ms: 1_000, ..on(70) }, |_| true, 1_010_000);
        assert_eq!(requests(), 70);
        // A start under the same name counts from the beginning.
        outcomes.take(on(3), |_| true, 1_011_000);
        assert_eq!(requests(), 3);
    }

    #[test]
    fn everybody_is_passed_on_until_somebody_heard() {
        let outcomes = Outcomes::default();
        let told = |name: &str, requests| report(name, counted(requests, 0), counted(1, 0));
        outcomes.take(told("a", 1), |_| true, 10_000);
        assert!(outcomes.unheard(10, 10_000).is_empty(), "there is nobody to hear");
        outcomes.pass_on();
        for (name, requests) in [("a", 2), ("b", 3), ("a", 4)] {
            outcomes.take(told(name, requests), |_| true, 10_000);
        }
        outcomes.take(told("c", 9), |_| false, 10_000);
        let heard = outcomes.unheard(1, 12_000);
        assert_eq!((heard.len(), heard[0].instance.as_str(), heard[0].age_ms), (1, "a", 2_000));
        assert_eq!(heard[0].flags["checkout"]["on"].requests, 4);
        assert_eq!(outcomes.unheard(10, 12_000)[0].instance, "b");
        assert!(outcomes.unheard(10, 12_000).is_empty());
        outcomes.again("a");
        outcomes.again("gone");
        assert_eq!(outcomes.unheard(10, 12_000), [Report { age_ms: 2_000, ..told("a", 4) }]);
    }

    #[test]
    fn what_is_kept_is_bounded_over_all_flags() {
        let mut kept = Kept { counted: COUNTED_MAX - 1, ..Kept::default() };
        let told = |variants: usize| Told {
            at_ms: 0,
            variants: (0..variants).map(|number| (number.to_string(), counted(1, 0))).collect(),
        };
        assert!(kept.put(("f", "a"), told(2), 0).is_none());
        assert!(kept.put(("f", "a"), told(1), 0).is_some());
        assert!(kept.put(("f", "a"), told(1), 0).is_some(), "again takes no more room");
        assert!(kept.put(("f", "b"), told(1), 0).is_none());
        assert!(kept.put(("f", "b"), told(1), SILENT_MS).is_some(), "who has ended makes room");
    }
}
