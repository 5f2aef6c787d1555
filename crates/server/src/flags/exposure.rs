//! What was given of a flag over time, from the samples that are kept of its use.
//!
//! Invariant: every count of a sample in the span stands in exactly one point, so the points of a span add up to what was
//! given in it. Deliberately not here: keeping samples (`usage`), counting (`tidegate_sdk::usage`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidegate_domain::name::EnvironmentName;
use tidegate_ports::Sample;

/// How often each variant was given.
pub(crate) type Counts = BTreeMap<String, u64>;

/// The body of a sample: what was given since the one before, by environment.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Given {
    environments: BTreeMap<String, Counts>,
}

impl Given {
    pub fn put(&mut self, environment: &EnvironmentName, counts: Vec<(String, u64)>) {
        if !counts.is_empty() {
            self.environments.insert(environment.as_str().to_owned(), counts.into_iter().collect());
        }
    }

    /// None where nothing was given.
    pub fn body(&self) -> Option<String> {
        (!self.environments.is_empty()).then(|| serde_json::to_string(self).ok()).flatten()
    }
}

/// Equal parts of a span of time, each from its begin up to and including its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub until_ms: u64,
    pub step_ms: u64,
    pub points: usize,
}

impl Span {
    pub fn begin_ms(&self) -> u64 {
        self.until_ms.saturating_sub(self.step_ms.saturating_mul(self.points as u64))
    }

    pub fn end_ms(&self, point: usize) -> u64 {
        self.begin_ms() + self.step_ms * (point as u64 + 1)
    }

    fn point(&self, at_ms: u64) -> Option<usize> {
        let into = at_ms.checked_sub(self.begin_ms() + 1)?;
        let point = usize::try_from(into / self.step_ms.max(1)).ok()?;
        (point < self.points).then_some(point)
    }
}

/// What each point of the span holds. Samples that nobody can read (of another version) are left out.
pub(crate) fn fold(samples: &[Sample], environment: &EnvironmentName, span: &Span) -> Vec<Counts> {
    let mut points = vec![Counts::new(); span.points];
    for sample in samples {
        let Some(point) = span.point(sample.at.wall_ms) else { continue };
        let Ok(mut given) = serde_json::from_str::<Given>(&sample.body) else { continue };
        let Some(counts) = given.environments.remove(environment.as_str()) else { continue };
        let Some(sums) = points.get_mut(point) else { continue };
        add(sums, counts);
    }
    points
}

pub(crate) fn add(sums: &mut Counts, counts: impl IntoIterator<Item = (String, u64)>) {
    for (variant, count) in counts {
        let sum = sums.entry(variant).or_default();
        *sum = sum.saturating_add(count);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tidegate_domain::id::StreamId;
    use tidegate_domain::moment::{Moment, Steady};

    use super::*;

    fn here() -> EnvironmentName {
        "production".parse().unwrap()
    }

    fn sample(at_ms: u64, environment: &EnvironmentName, counts: &[(&str, u64)]) -> Sample {
        let mut given = Given::default();
        given.put(
            environment,
            counts.iter().map(|(variant, count)| ((*variant).to_owned(), *count)).collect(),
        );
        Sample {
            stream: StreamId::Flag("f".parse().unwrap()),
            at: Moment { wall_ms: at_ms, steady: Steady(0) },
            body: given.body().unwrap_or_default(),
        }
    }

    #[test]
    fn a_sample_counts_at_its_end_and_only_where_it_was_given() {
        let span = Span { until_ms: 1_000, step_ms: 100, points: 3 };
        let other: EnvironmentName = "staging".parse().unwrap();
        let samples = [
            sample(700, &here(), &[("on", 1)]),
            sample(701, &here(), &[("on", 2)]),
            sample(800, &here(), &[("on", 3), ("off", 1)]),
            sample(900, &other, &[("on", 9)]),
            sample(1_000, &here(), &[("off", 4)]),
            sample(1_001, &here(), &[("off", 8)]),
        ];
        let told = fold(&samples, &here(), &span);
        let sums: Vec<Vec<(&str, u64)>> = told
            .iter()
            .map(|point| point.iter().map(|(variant, sum)| (variant.as_str(), *sum)).collect())
            .collect();
        assert_eq!(sums, [vec![("off", 1), ("on", 5)], vec![], vec![("off", 4)]]);
        assert_eq!((span.begin_ms(), span.end_ms(0), span.end_ms(2)), (700, 800, 1_000));
    }

    #[test]
    fn nothing_given_is_no_sample_and_nonsense_is_left_out() {
        assert_eq!(Given::default().body(), None);
        let mut bad = sample(900, &here(), &[("on", 1)]);
        bad.body = "{".to_owned();
        let span = Span { until_ms: 1_000, step_ms: 100, points: 2 };
        assert_eq!(fold(&[bad], &here(), &span), vec![Counts::new(); 2]);
    }

    proptest! {
        #[test]
        fn the_points_add_up_to_what_was_given_in_the_span(
            samples in proptest::collection::vec((0_u64..13_000, 0_u64..100), 0..60),
            until_ms in 8_000_u64..12_000,
            step_ms in 1_u64..400,
            points in 1_usize..20,
        ) {
            let span = Span { until_ms, step_ms, points };
            let kept: Vec<Sample> =
                samples.iter().map(|(at, count)| sample(*at, &here(), &[("on", *count)])).collect();
            let told: u64 = fold(&kept, &here(), &span).iter().filter_map(|point| point.get("on")).sum();
            let from = span.begin_ms();
            let expect: u64 =
                samples.iter().filter(|(at, _)| *at > from && *at <= until_ms).map(|(_, count)| count).sum();
            prop_assert_eq!(told, expect);
        }
    }
}
