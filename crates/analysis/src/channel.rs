//! One thing that is compared between the arms (errors, or requests slower than an edge), and its
//! evidence both ways: for harm, and for being no worse than the margins.
//!
//! Invariant: a block is weighed with what was known before it (prior mass, dispersion), and only then
//! teaches anything. Not here: which action follows (`decide`).

use crate::block::Tally;
use crate::evidence::{Mixture, Prior, Stake};
use crate::exact;
use crate::harm::{self, Tolerance};
use crate::ladder::ERROR_BOUNDS;
use crate::non_inferiority::{self, Margin, STAKES};
use crate::overdispersion::Overdispersion;
use crate::parameters::Parameters;
use serde::{Deserialize, Serialize};

/// What a channel asks of the candidate; made from the parameters, never stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub harm_ratios: &'static [f64],
    pub tolerance: Tolerance,
    pub margin_points: f64,
    pub margin_ratio: Option<f64>,
    /// "Worse by at most" bounds that steer the ladder.
    pub bounds: &'static [f64],
}

impl Question {
    pub fn errors(parameters: &Parameters) -> Self {
        let asked = parameters.errors;
        Question {
            harm_ratios: &harm::ERROR_RATIOS,
            tolerance: Tolerance { ratio: asked.harm_ratio, points: asked.harm_points },
            margin_points: asked.margin_points,
            margin_ratio: Some(asked.margin_ratio),
            bounds: &ERROR_BOUNDS,
        }
    }

    /// The latency channels, in the order of `latency_edges::SLOW_SHARES`.
    pub fn latencies(parameters: &Parameters) -> [Self; 3] {
        let asked = parameters.latency;
        [asked.margin_points_p50, asked.margin_points_p90, asked.margin_points_p99].map(|margin_points| {
            Question {
                harm_ratios: &harm::LATENCY_RATIOS,
                tolerance: Tolerance { ratio: asked.harm_ratio, points: asked.harm_points },
                margin_points,
                margin_ratio: None,
                bounds: &[],
            }
        })
    }
}

/// How fast evidence may grow; made from the parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    pub horizon_seconds: f64,
    pub block_seconds: f64,
    pub block_nats_max: f64,
}

impl Pace {
    pub fn of(parameters: &Parameters) -> Self {
        Pace {
            horizon_seconds: parameters.timeout_seconds as f64,
            block_seconds: parameters.block_ms as f64 / 1_000.0,
            block_nats_max: parameters.block_nats_max,
        }
    }

    /// The most a block may add: in proportion to its length up to double, less in a noisy channel, but
    /// never so little that nothing could ever be shown.
    fn clip(&self, stretch: &Stretch, dispersion: f64) -> f64 {
        let seconds = if stretch.open { self.block_seconds } else { stretch.seconds };
        let lengths = (seconds / self.block_seconds).min(2.0);
        (self.block_nats_max * lengths / dispersion.sqrt()).max(self.block_nats_max.min(1.0))
    }
}

/// What is known of a block before its counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    pub seconds: f64,
    /// The block is still being gathered; its evidence is looked at, not kept.
    pub open: bool,
    /// See `overdispersion::information`.
    pub expected_information: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    prior: Prior,
    dispersion: Overdispersion,
    #[serde(with = "exact")]
    dispersion_used: f64,
    harm: Mixture,
    margin: Mixture,
    margin_ratio: Option<Mixture>,
    bounds: Vec<Mixture>,
    run: Run,
}

impl Channel {
    pub fn new(question: &Question) -> Self {
        let stakes = || Mixture::new(STAKES.len());
        Channel {
            prior: Prior::default(),
            dispersion: Overdispersion::default(),
            dispersion_used: 1.0,
            harm: Mixture::new(question.harm_ratios.len()),
            margin: stakes(),
            margin_ratio: question.margin_ratio.map(|_| stakes()),
            bounds: question.bounds.iter().map(|_| stakes()).collect(),
            run: Run::default(),
        }
    }

    pub fn observe(&mut self, question: &Question, pace: &Pace, stretch: &Stretch, tally: &Tally) {
        if !tally.is_paired() {
            return;
        }
        let dispersion = self.dispersion.dispersion(stretch.expected_information);
        self.dispersion_used = dispersion;
        let clip = pace.clip(stretch, dispersion);
        let stake = Stake {
            mass: self.prior.spend(stretch.seconds, pace.horizon_seconds),
            dispersion,
            clip,
            strong: clip * (1.0 + 1.0 / dispersion),
        };
        let ratios = question.harm_ratios;
        self.harm.bet(stake, |point| harm::log_factor(tally, ratios[point], question.tolerance));
        bet_against(&mut self.margin, stake, tally, Margin::Points(question.margin_points));
        if let (Some(mixture), Some(ratio)) = (&mut self.margin_ratio, question.margin_ratio) {
            bet_against(mixture, stake, tally, Margin::Ratio(ratio));
        }
        for (mixture, bound) in self.bounds.iter_mut().zip(question.bounds) {
            bet_against(mixture, stake, tally, Margin::Points(*bound));
        }
        self.run.observe(stretch.seconds, tally);
        if self.harm.total() <= 1.0 {
            self.run = Run::default();
        }
    }

    /// Compares two blocks in a row, for the blocks to come.
    pub fn learn_noise(&mut self, before: &Tally, now: &Tally) {
        self.dispersion.observe(before, now);
    }

    /// Evidence that the candidate is worse than tolerated, as odds.
    pub fn harm(&self) -> f64 {
        self.harm.total()
    }

    /// Evidence that the candidate is no worse than the margins, as odds.
    pub fn non_inferiority(&self) -> f64 {
        match &self.margin_ratio {
            Some(ratio) => 0.5 * self.margin.total() + 0.5 * ratio.total(),
            None => self.margin.total(),
        }
    }

    /// The smallest bound on the harm that this much evidence shows.
    pub fn bound(&self, question: &Question, evidence: f64) -> Option<f64> {
        let shown = self.bounds.iter().position(|mixture| mixture.total() >= evidence)?;
        question.bounds.get(shown).copied()
    }

    /// The dispersion that the latest block was divided by.
    pub fn dispersion(&self) -> f64 {
        self.dispersion_used
    }

    pub fn prior_spent(&self) -> f64 {
        self.prior.spent()
    }

    pub fn run(&self) -> &Run {
        &self.run
    }
}

fn bet_against(mixture: &mut Mixture, stake: Stake, tally: &Tally, margin: Margin) {
    mixture.bet(stake, |point| non_inferiority::log_factor(tally, STAKES[point], margin));
}

/// What was seen since the evidence of harm last stood at nothing: the story behind a number.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Run {
    #[serde(with = "exact")]
    pub seconds: f64,
    #[serde(with = "exact")]
    pub candidate_requests: f64,
    #[serde(with = "exact")]
    pub candidate_events: f64,
    /// Events the candidate would have had at stable's rate of the same moments.
    #[serde(with = "exact")]
    pub expected_events: f64,
}

impl Run {
    pub fn observe(&mut self, seconds: f64, tally: &Tally) {
        self.seconds += seconds;
        self.candidate_requests += tally.candidate_requests;
        self.candidate_events += tally.candidate_events;
        self.expected_events += tally.stable_events * tally.ratio();
    }

    pub fn candidate_rate(&self) -> Option<f64> {
        (self.candidate_requests > 0.0).then(|| self.candidate_events / self.candidate_requests)
    }

    pub fn stable_rate(&self) -> Option<f64> {
        (self.candidate_requests > 0.0).then(|| self.expected_events / self.candidate_requests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: Stretch = Stretch { seconds: 5.0, open: false, expected_information: 25.0 };

    fn watch(blocks: usize, tally: Tally) -> Channel {
        let parameters = Parameters::default();
        let question = Question::errors(&parameters);
        let mut channel = Channel::new(&question);
        for _ in 0..blocks {
            channel.observe(&question, &Pace::of(&parameters), &BLOCK, &tally);
        }
        channel
    }

    const ALL_FAIL: Tally = Tally {
        candidate_requests: 25.0,
        candidate_events: 25.0,
        stable_requests: 475.0,
        stable_events: 0.0,
    };

    #[test]
    fn one_block_never_shows_harm_and_three_do() {
        // 200 is what the errors channel, with half of the say, needs at alpha = 0.01.
        assert!(watch(2, ALL_FAIL).harm() < 200.0);
        assert!(watch(3, ALL_FAIL).harm() >= 200.0);
    }

    #[test]
    fn a_clean_candidate_earns_its_bounds() {
        let clean = Tally {
            candidate_requests: 250.0,
            candidate_events: 0.0,
            stable_requests: 250.0,
            stable_events: 0.0,
        };
        let question = Question::errors(&Parameters::default());
        assert_eq!(watch(1, clean).bound(&question, 20.0), None);
        assert_eq!(watch(40, clean).bound(&question, 20.0), Some(0.005));
        assert!(watch(40, clean).non_inferiority() >= 20.0);
        assert!(watch(40, clean).harm() < 1.0);
    }

    #[test]
    fn the_run_starts_with_the_harm() {
        let parameters = Parameters::default();
        let question = Question::errors(&parameters);
        let mut channel = watch(30, Tally { candidate_events: 0.0, ..ALL_FAIL });
        channel.observe(&question, &Pace::of(&parameters), &BLOCK, &ALL_FAIL);
        channel.observe(&question, &Pace::of(&parameters), &BLOCK, &ALL_FAIL);
        assert!(channel.run().seconds <= 15.0, "{:?}", channel.run());
    }
}
