//! Proves the rule's promise by enumeration: under the null hypothesis no factor, no capital and no early
//! look is worth more than 1 on average.
//!
//! Invariant: sums over all outcomes with exact binomial (or hypergeometric) probabilities, through the
//! production code; no simulation. Not here: noise in one arm only, which the promise does not cover.
#![allow(clippy::float_cmp)]

use tidegate_analysis::Parameters;
use tidegate_analysis::block::Tally;
use tidegate_analysis::channel::{Channel, Pace, Question, Stretch};
use tidegate_analysis::evidence::{Mixture, Stake};
use tidegate_analysis::harm::{self, ERROR_RATIOS, LATENCY_RATIOS, Tolerance};
use tidegate_analysis::non_inferiority::{self, Margin, STAKES};

/// Rounding of sums of some thousand terms.
const HAIR: f64 = 1e-12;
const CANDIDATE_REQUESTS: [u32; 6] = [1, 2, 5, 10, 20, 40];
const STABLE_REQUESTS: [u32; 5] = [1, 5, 19, 50, 100];
const STABLE_RATES: [f64; 7] = [0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.97];

fn binomial(n: u32, p: f64) -> Vec<f64> {
    let (mut log_choose, mut probabilities) = (0.0_f64, Vec::new());
    for x in 0..=n {
        let (successes, failures) = (f64::from(x), f64::from(n - x));
        let log = |count: f64, share: f64| if count == 0.0 { 0.0 } else { count * share.ln() };
        probabilities.push((log_choose + log(successes, p) + log(failures, 1.0 - p)).exp());
        log_choose += (failures / (successes + 1.0)).ln();
    }
    let sum: f64 = probabilities.iter().sum();
    probabilities.iter().map(|probability| probability / sum).collect()
}

#[derive(Clone, Copy)]
struct Arms {
    candidate: u32,
    stable: u32,
}

impl Arms {
    fn all() -> impl Iterator<Item = Arms> {
        CANDIDATE_REQUESTS
            .into_iter()
            .flat_map(|candidate| STABLE_REQUESTS.into_iter().map(move |stable| Arms { candidate, stable }))
    }

    fn tally(self, candidate_events: usize, stable_events: usize) -> Tally {
        Tally {
            candidate_requests: self.candidate.into(),
            candidate_events: candidate_events as f64,
            stable_requests: self.stable.into(),
            stable_events: stable_events as f64,
        }
    }

    /// The mean of a function of both counts, each binomial.
    fn mean(self, candidate_rate: f64, stable_rate: f64, value: impl Fn(&Tally) -> f64) -> f64 {
        let candidate = binomial(self.candidate, candidate_rate);
        let stable = binomial(self.stable, stable_rate);
        let mut sum = 0.0;
        for (x_c, p) in candidate.iter().enumerate() {
            for (x_b, q) in stable.iter().enumerate() {
                sum += p * q * value(&self.tally(x_c, x_b));
            }
        }
        sum
    }
}

/// How a factor is believed: as it is, or as the judge uses it.
#[derive(Clone, Copy)]
struct Belief {
    stake: Stake,
    strong_before: u8,
}

const PLAIN: Belief = Belief {
    stake: Stake { mass: 0.0, dispersion: 1.0, clip: f64::MAX, strong: f64::MAX },
    strong_before: 0,
};

fn as_used() -> impl Iterator<Item = Belief> {
    [1.0, 1.7, 6.0].into_iter().flat_map(|dispersion: f64| {
        [0, 1, 2].map(|strong_before| {
            let clip = (2.0 / dispersion.sqrt()).max(1.0);
            let strong = clip * (1.0 + 1.0 / dispersion);
            Belief { stake: Stake { mass: 0.0, dispersion, clip, strong }, strong_before }
        })
    })
}

impl Belief {
    /// What the production mixture makes of a log factor, per unit of capital.
    fn factor(&self, log: f64) -> f64 {
        let mut mixture = Mixture::new(1);
        mixture.bet(Stake { mass: 1.0, ..self.stake }, |_| 0.0);
        for _ in 0..self.strong_before {
            mixture.bet(self.stake, |_| 100.0 * self.stake.dispersion);
        }
        let before = mixture.total();
        mixture.bet(self.stake, |_| log);
        mixture.total() / before
    }
}

fn tolerances() -> [(Tolerance, &'static [f64]); 4] {
    [
        (Tolerance { ratio: 1.0, points: 0.0 }, &ERROR_RATIOS),
        (Tolerance { ratio: 1.0, points: 0.0005 }, &ERROR_RATIOS),
        (Tolerance { ratio: 1.05, points: 0.002 }, &LATENCY_RATIOS),
        (Tolerance { ratio: 1.5, points: 0.01 }, &ERROR_RATIOS),
    ]
}

#[derive(Default)]
struct Tried {
    cells: u32,
    largest: f64,
}

impl Tried {
    fn add(&mut self, mean: f64, cell: &dyn Fn() -> String) {
        assert!(mean <= 1.0 + HAIR, "{mean:.15} at {}", cell());
        self.cells += 1;
        self.largest = self.largest.max(mean);
    }
}

fn try_harm(belief: Belief, arms: Arms, tried: &mut Tried) {
    for stable_rate in STABLE_RATES {
        for (tolerance, ratios) in tolerances() {
            let edge = (tolerance.ratio * stable_rate + tolerance.points).min(1.0);
            for ratio in ratios {
                let mean = arms.mean(edge, stable_rate, |tally| {
                    belief.factor(harm::log_factor(tally, *ratio, tolerance))
                });
                tried.add(mean, &|| format!("{}/{} {stable_rate} {ratio}", arms.candidate, arms.stable));
            }
        }
    }
}

fn try_margins(belief: Belief, arms: Arms, tried: &mut Tried) {
    let margins = [
        Margin::Points(0.005),
        Margin::Points(0.05),
        Margin::Points(0.15),
        Margin::Points(0.4),
        Margin::Ratio(1.5),
        Margin::Ratio(3.0),
    ];
    for stable_rate in STABLE_RATES {
        for margin in margins {
            let edge = match margin {
                Margin::Points(points) => stable_rate + points,
                Margin::Ratio(ratio) => stable_rate * ratio,
            };
            if edge > 1.0 {
                continue; // no candidate can be that much worse
            }
            for stake in STAKES {
                let mean = arms.mean(edge, stable_rate, |tally| {
                    belief.factor(non_inferiority::log_factor(tally, stake, margin))
                });
                let cell = || format!("{}/{} {stable_rate} {margin:?} {stake}", arms.candidate, arms.stable);
                tried.add(mean, &cell);
            }
        }
    }
}

#[test]
fn no_factor_is_worth_more_than_one_at_the_edge_of_its_hypothesis() {
    let mut tried = Tried::default();
    for arms in Arms::all() {
        try_harm(PLAIN, arms, &mut tried);
        try_margins(PLAIN, arms, &mut tried);
    }
    println!("{} cells, largest expected factor {:.12}", tried.cells, tried.largest);
    assert!(tried.cells >= 10_000, "{}", tried.cells);
    assert!(tried.largest > 0.999, "the test would not notice a weak factor: {}", tried.largest);
}

#[test]
fn dispersion_and_clips_keep_it_so() {
    let mut tried = Tried::default();
    let small = Arms::all().filter(|arms| arms.candidate <= 10 && arms.stable <= 19);
    for arms in small {
        for belief in as_used() {
            try_harm(belief, arms, &mut tried);
            try_margins(belief, arms, &mut tried);
        }
    }
    assert!(tried.cells >= 10_000, "{}", tried.cells);
}

#[test]
fn inside_the_hypothesis_it_is_worth_less() {
    let arms = Arms { candidate: 20, stable: 50 };
    let tolerance = Tolerance { ratio: 1.0, points: 0.0005 };
    let at = |candidate_rate: f64| {
        arms.mean(candidate_rate, 0.05, |tally| harm::log_factor(tally, 4.0, tolerance).exp())
    };
    assert!(at(0.01) < at(0.03) && at(0.03) < at(0.05) && at(0.05) <= 1.0);
    assert!(at(0.10) > 1.2, "and a worse candidate is found: {}", at(0.10));
}

/// Requests routed at random, whatever makes them fail: of s failures among n the candidate's share is
/// hypergeometric, with no model of the failures at all.
#[test]
fn random_routing_alone_is_enough() {
    let tolerance = Tolerance { ratio: 1.0, points: 0.0 };
    let mut tried = Tried::default();
    for arms in Arms::all() {
        let total = arms.candidate + arms.stable;
        for failures in [1, 2, total / 4, total / 2, total].into_iter().filter(|count| *count > 0) {
            for ratio in ERROR_RATIOS {
                let mut mean = 0.0;
                for x_c in failures.saturating_sub(arms.stable)..=failures.min(arms.candidate) {
                    let tally = arms.tally(x_c as usize, (failures - x_c) as usize);
                    let log_p = log_choose(arms.candidate, x_c) + log_choose(arms.stable, failures - x_c)
                        - log_choose(total, failures);
                    mean += (log_p + harm::log_factor(&tally, ratio, tolerance)).exp();
                }
                tried.add(mean, &|| format!("{}/{} {failures} {ratio}", arms.candidate, arms.stable));
            }
        }
    }
}

fn log_choose(n: u32, k: u32) -> f64 {
    (0..k).map(|i| (f64::from(n - i) / f64::from(i + 1)).ln()).sum()
}

/// A shared shock: stable's failure rate is another in each block.
const SHOCKS: [f64; 4] = [0.02, 0.6, 0.3, 0.05];
const TINY: Arms = Arms { candidate: 2, stable: 2 };

fn stretch(open: bool) -> Stretch {
    Stretch { seconds: 5.0, open, expected_information: 1.0 }
}

/// Every course of four blocks through a whole channel: prior mass, learned dispersion, clips, streaks.
/// `worth` is the value whose mean must never exceed 1; `edge` gives the candidate's rate.
fn try_courses(question: &Question, edge: fn(&Question, f64) -> f64, worth: fn(&Channel) -> f64) {
    let pace = Pace::of(&Parameters::default());
    let mut courses = vec![(1.0, Channel::new(question), None::<Tally>)];
    for stable_rate in SHOCKS {
        let candidate = binomial(TINY.candidate, edge(question, stable_rate).min(1.0));
        let stable = binomial(TINY.stable, stable_rate);
        let mut next = Vec::new();
        for (probability, channel, before) in &courses {
            for (x_c, p) in candidate.iter().enumerate() {
                for (x_b, q) in stable.iter().enumerate() {
                    let (tally, mut channel) = (TINY.tally(x_c, x_b), channel.clone());
                    channel.observe(question, &pace, &stretch(false), &tally);
                    if let Some(before) = before {
                        channel.learn_noise(before, &tally);
                    }
                    next.push((probability * p * q, channel, Some(tally)));
                }
            }
        }
        courses = next;
        let mean: f64 = courses
            .iter()
            .map(|(probability, channel, _)| probability * (worth(channel) + 1.0 - channel.prior_spent()))
            .sum();
        assert!(mean <= 1.0 + HAIR, "{mean:.15}");
    }
    assert!(courses.iter().any(|(_, channel, _)| worth(channel) > 1.5), "nothing was ever shown");
}

#[test]
fn a_whole_channel_is_worth_at_most_one() {
    let parameters = Parameters::default();
    let tolerated =
        |question: &Question, rate: f64| question.tolerance.ratio * rate + question.tolerance.points;
    try_courses(&Question::errors(&parameters), tolerated, Channel::harm);
    for question in Question::latencies(&parameters) {
        try_courses(&question, tolerated, Channel::harm);
    }
}

#[test]
fn promotion_is_worth_at_most_one_to_a_candidate_beyond_both_margins() {
    let parameters = Parameters::default();
    let worse = |question: &Question, rate: f64| {
        (rate + question.margin_points).max(rate * question.margin_ratio.unwrap_or(0.0))
    };
    let mut question = Question::errors(&parameters);
    question.margin_points = 0.3; // wide, so that so few requests can show anything at all
    try_courses(&question, worse, Channel::non_inferiority);
}

/// Stopping in the middle of a block, as soon as the evidence is high enough, gains nothing on average.
#[test]
fn looking_into_an_open_block_is_no_advantage() {
    let parameters = Parameters::default();
    let question = Question::errors(&parameters);
    let pace = Pace::of(&parameters);
    let half = Arms { candidate: 3, stable: 3 };
    let rate = 0.4;
    let (candidate, stable) = (binomial(3, rate + question.tolerance.points), binomial(3, rate));
    let outcomes: Vec<(f64, Tally)> = (0..=3)
        .flat_map(|x_c| (0..=3).map(move |x_b| (x_c, x_b)))
        .map(|(x_c, x_b)| (candidate[x_c] * stable[x_b], half.tally(x_c, x_b)))
        .collect();
    for stop_at in [0.55, 0.7, 1.0, 1.5] {
        let mut mean = 0.0;
        for (p, first) in &outcomes {
            let value = |tally: &Tally, open: bool| {
                let mut channel = Channel::new(&question);
                channel.observe(&question, &pace, &stretch(open), tally);
                channel.harm() + 1.0 - channel.prior_spent()
            };
            let early = value(first, true);
            if early >= stop_at + 0.5 {
                mean += p * early;
                continue;
            }
            for (q, second) in &outcomes {
                let whole = Tally {
                    candidate_requests: first.candidate_requests + second.candidate_requests,
                    candidate_events: first.candidate_events + second.candidate_events,
                    stable_requests: first.stable_requests + second.stable_requests,
                    stable_events: first.stable_events + second.stable_events,
                };
                mean += p * q * value(&whole, false);
            }
        }
        assert!(mean <= 1.0 + HAIR, "{mean:.15} when stopping at {stop_at}");
    }
}
