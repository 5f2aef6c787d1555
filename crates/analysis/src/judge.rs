//! The judge of one rollout: takes samples, keeps the evidence, answers with findings.
//!
//! Invariant: the state is a few kilobytes however long the rollout lasts (the grids, the ceilings'
//! windows, the last counters), and reading it back after writing it changes no later finding. A final
//! answer never changes. Not here: the formulas, and what is decided from them (`decide`).

use crate::block::Block;
use crate::ceiling::{Breach, Window};
use crate::channel::{Channel, Pace, Question, Run};
use crate::decide::{Standing, decide};
use crate::exact;
use crate::explain::{Facts, sentence};
use crate::finding::{Action, ChannelEvidence, ChannelName, Evidence, Finding, Numbers};
use crate::guard::Guard;
use crate::intake::Intake;
use crate::ladder::{Climb, Footing, Schedule, WHOLE_BASIS_POINTS, weight_allowed};
use crate::latency_edges::choose;
use crate::parameters::{ParameterError, Parameters};
use crate::sample::Sample;
use serde::{Deserialize, Serialize};

/// Changes of action that are remembered.
pub const HISTORY_MAX: usize = 64;
const RATE_MEMORY_SECONDS: f64 = 60.0;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judge {
    parameters: Parameters,
    #[serde(with = "exact::many")]
    bounds_ms: Vec<f64>,
    intake: Intake,
    guard: Guard,
    errors: Channel,
    latencies: [Channel; 3],
    /// The edges used last, for reports.
    edges: [Option<usize>; 3],
    stable_buckets: Vec<u64>,
    previous: Option<Block>,
    ceilings: Vec<Window>,
    shared_since_ms: Option<u64>,
    /// Latency is measured again until this time.
    warm_up_until_ms: u64,
    climb: Climb,
    totals: Totals,
    ended: Option<Action>,
    history: Vec<Turn>,
}

/// One change of action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    pub judged_seconds: u64,
    pub weight_basis_points: u16,
    #[serde(flatten)]
    pub action: Action,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Totals {
    candidate_requests: u64,
    candidate_errors: u64,
    stable_requests: u64,
    stable_errors: u64,
    paired: Run,
    #[serde(with = "exact")]
    requests_per_second: f64,
}

impl Totals {
    fn observe(&mut self, block: &Block) {
        self.candidate_requests += block.candidate.requests;
        self.candidate_errors += block.candidate.errors;
        self.stable_requests += block.stable.requests;
        self.stable_errors += block.stable.errors;
        let (tally, seconds) = (block.errors(), block.seconds());
        if tally.is_paired() {
            self.paired.observe(seconds, &tally);
        }
        let rate = (tally.candidate_requests + tally.stable_requests) / seconds.max(1e-3);
        let weight =
            if self.requests_per_second == 0.0 { 1.0 } else { 1.0 - (-seconds / RATE_MEMORY_SECONDS).exp() };
        self.requests_per_second += weight * (rate - self.requests_per_second);
    }
}

impl Judge {
    /// `bounds_ms` are the finite histogram edges; empty where latency is not measured.
    pub fn new(parameters: Parameters, bounds_ms: Vec<f64>) -> Result<Judge, ParameterError> {
        parameters.validate()?;
        parameters.validate_buckets(&bounds_ms)?;
        let errors = Channel::new(&Question::errors(&parameters));
        let latencies = Question::latencies(&parameters).map(|question| Channel::new(&question));
        let ceilings = parameters.ceilings.iter().map(|_| Window::default()).collect();
        Ok(Judge {
            stable_buckets: vec![0; bounds_ms.len() + 1],
            parameters,
            bounds_ms,
            intake: Intake::default(),
            guard: Guard::default(),
            errors,
            latencies,
            edges: [None; 3],
            previous: None,
            ceilings,
            shared_since_ms: None,
            warm_up_until_ms: 0,
            climb: Climb::default(),
            totals: Totals::default(),
            ended: None,
            history: Vec::new(),
        })
    }

    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The changes of action so far, oldest first; at most [`HISTORY_MAX`], the oldest forgotten.
    pub fn history(&self) -> &[Turn] {
        &self.history
    }

    /// Prior mass that the errors channel has bet so far; never above 1.
    pub fn prior_spent(&self) -> f64 {
        self.errors.prior_spent()
    }

    /// Tells that the weight changes at this instant of the samples' clock. The interval that contains
    /// it is dropped; a sample taken at the same instant splits it instead, and nothing is lost.
    pub fn weight_changed(&mut self, at_ms: u64) {
        self.intake.weight_changed(at_ms);
    }

    pub fn observe(&mut self, sample: &Sample) -> Finding {
        if let Some(ended) = self.ended {
            return self.finding(ended);
        }
        let accepted = self.intake.accept(sample, self.parameters.block_ms);
        if !accepted.ignored {
            self.guard.sampled(accepted.missing);
        }
        for block in &accepted.blocks {
            self.weigh(block);
        }
        if !accepted.blocks.is_empty() {
            self.excuse_warm_up();
        }
        let action = decide(&self.parameters, &self.standing());
        if action == Action::Continue && !accepted.blocks.is_empty() && self.guard.is_fresh() {
            self.climb();
        }
        self.remember(action);
        self.finding(action)
    }

    fn weigh(&mut self, block: &Block) {
        self.guard.blocked(block.end_ms, block.is_informative());
        self.weigh_errors(block);
        if block.end_ms > self.parameters.warm_up_seconds * 1_000 {
            self.weigh_latencies(block);
        }
        for (window, trigger) in self.ceilings.iter_mut().zip(&self.parameters.ceilings) {
            window.observe(trigger, block, &self.bounds_ms);
        }
        if block.stable.buckets.len() == self.stable_buckets.len() {
            for (sum, more) in self.stable_buckets.iter_mut().zip(&block.stable.buckets) {
                *sum = sum.saturating_add(*more);
            }
        }
        self.totals.observe(block);
        self.previous = Some(block.clone());
        let shared = self.ceiling().is_some_and(|(_, breach)| !breach.attributed);
        self.shared_since_ms = if shared { self.shared_since_ms.or(Some(block.end_ms)) } else { None };
    }

    fn weigh_errors(&mut self, block: &Block) {
        let question = Question::errors(&self.parameters);
        let pace = Pace::of(&self.parameters);
        let tally = block.errors();
        self.errors.observe(&question, &pace, block.seconds(), &tally);
        if let Some(previous) = &self.previous {
            self.errors.learn_noise(&previous.errors(), &tally);
        }
    }

    fn weigh_latencies(&mut self, block: &Block) {
        let pace = Pace::of(&self.parameters);
        let questions = Question::latencies(&self.parameters);
        self.edges = choose(&self.stable_buckets);
        for ((channel, question), edge) in self.latencies.iter_mut().zip(&questions).zip(self.edges) {
            let Some(edge) = edge else { continue };
            let tally = block.slow(edge);
            channel.observe(question, &pace, block.seconds(), &tally);
            if let Some(previous) = &self.previous {
                channel.learn_noise(&previous.slow(edge), &tally);
            }
        }
    }

    /// A latency alarm within the grace time is taken for a long warm-up: the latency channels begin
    /// again, with little traffic. It is no second chance to roll back: what they had is thrown away.
    fn excuse_warm_up(&mut self) {
        let now_ms = self.intake.judged_ms();
        let [errors_say, latency_say] = self.says();
        let errors = errors_say * self.errors.harm();
        let latency: f64 = self.latencies.iter().map(|channel| latency_say * channel.harm()).sum();
        let at = self.parameters.rollback_evidence();
        let early = now_ms < self.parameters.grace_seconds * 1_000;
        // Throwing away at least what a fresh start is worth keeps the sum a supermartingale.
        if early && errors + latency >= at && errors < at && latency >= 3.0 * latency_say {
            self.latencies = Question::latencies(&self.parameters).map(|question| Channel::new(&question));
            self.warm_up_until_ms = self.parameters.grace_seconds * 1_000;
            if let Schedule::Ladder(ladder) = &self.parameters.schedule {
                let low = self.parameters.warm_up_weight_basis_points;
                self.climb.fall_back(ladder, low, now_ms);
            }
        }
    }

    /// How much errors, and each latency channel, have to say in the sum.
    fn says(&self) -> [f64; 2] {
        if self.bounds_ms.is_empty() { [1.0, 0.0] } else { [0.5, 1.0 / 6.0] }
    }

    fn harm(&self) -> f64 {
        let [errors_say, latency_say] = self.says();
        let latency: f64 = self.latencies.iter().map(Channel::harm).sum();
        errors_say * self.errors.harm() + latency_say * latency
    }

    fn leading(&self) -> ChannelName {
        let [errors_say, latency_say] = self.says();
        let latencies = self.latencies.iter().map(|channel| latency_say * channel.harm());
        let all = std::iter::once(errors_say * self.errors.harm()).chain(latencies);
        let loudest = ChannelName::ALL.into_iter().zip(all).max_by(|a, b| a.1.total_cmp(&b.1));
        loudest.map_or(ChannelName::Errors, |(name, _)| name)
    }

    /// The ceiling that matters most: one that blames the candidate before one that does not.
    fn ceiling(&self) -> Option<(usize, Breach)> {
        let mode = self.parameters.ceiling_mode;
        let watched = self.ceilings.iter().zip(&self.parameters.ceilings).enumerate();
        let breaches = watched.filter_map(|(index, (window, trigger))| {
            window.breach(trigger, mode).map(|breach| (index, breach))
        });
        breaches.reduce(|first, next| if first.1.attributed || !next.1.attributed { first } else { next })
    }

    fn promotion(&self) -> f64 {
        let latencies: &[Channel] = if self.bounds_ms.is_empty() { &[] } else { &self.latencies };
        let measured = latencies.iter().zip(self.edges).filter(|(_, edge)| edge.is_some());
        let unmeasured = !latencies.is_empty() && self.edges[0].is_none();
        if unmeasured {
            return 0.0;
        }
        measured.map(|(channel, _)| channel.non_inferiority()).fold(self.errors.non_inferiority(), f64::min)
    }

    fn error_points_bound(&self) -> Option<f64> {
        let question = Question::errors(&self.parameters);
        self.errors.bound(&question, self.parameters.promotion_evidence())
    }

    fn proven(&self) -> bool {
        self.promotion() >= self.parameters.promotion_evidence()
    }

    fn weight_allowed(&self) -> u16 {
        weight_allowed(self.error_points_bound(), self.totals.requests_per_second)
    }

    fn warming_up(&self) -> bool {
        self.intake.judged_ms() < self.warm_up_until_ms
    }

    fn standing(&self) -> Standing {
        let now_ms = self.intake.judged_ms();
        let shared_ms = self.shared_since_ms.map_or(0, |since| now_ms.saturating_sub(since));
        Standing {
            judged_seconds: now_ms / 1_000,
            harm: self.harm(),
            leading: self.leading(),
            ceiling: self.ceiling().map(|(index, breach)| (index, breach.attributed)),
            shared_breach_seconds: shared_ms / 1_000,
            warming_up: self.warming_up(),
            no_data: self.guard.verdict(now_ms),
            without_data_seconds: self.guard.without_data_seconds(now_ms),
            fresh: self.guard.is_fresh(),
            proven: self.proven(),
            climbed: self.climb.is_done(),
            error_points_bound: self.error_points_bound(),
            next_step_allowed: self.next_step_allowed(),
        }
    }

    fn next_step_allowed(&self) -> bool {
        let Schedule::Plan { weights_basis_points } = &self.parameters.schedule else { return false };
        let now = self.intake.weight_basis_points();
        let allowed = self.weight_allowed();
        let next = weights_basis_points.iter().copied().find(|weight| *weight > now);
        match next {
            Some(next) => next <= allowed,
            None if weights_basis_points.is_empty() => allowed > now || now == WHOLE_BASIS_POINTS,
            None => allowed == WHOLE_BASIS_POINTS,
        }
    }

    fn climb(&mut self) {
        let now_ms = self.intake.judged_ms();
        let mut allowed_basis_points = self.weight_allowed();
        if now_ms < self.parameters.warm_up_seconds * 1_000 && !self.bounds_ms.is_empty() {
            allowed_basis_points = allowed_basis_points.min(self.parameters.warm_up_weight_basis_points);
        }
        let footing = Footing { now_ms, allowed_basis_points, proven: self.proven() };
        if let Schedule::Ladder(ladder) = &self.parameters.schedule {
            self.climb.step(ladder, &footing);
        }
    }

    fn remember(&mut self, action: Action) {
        if action.is_final() {
            self.ended = Some(action);
        }
        let kind = std::mem::discriminant(&action);
        if self.history.last().is_none_or(|turn| std::mem::discriminant(&turn.action) != kind) {
            if self.history.len() == HISTORY_MAX {
                self.history.remove(0);
            }
            let judged_seconds = self.intake.judged_ms() / 1_000;
            let weight_basis_points = self.intake.weight_basis_points();
            self.history.push(Turn { judged_seconds, weight_basis_points, action });
        }
    }

    fn weight_asked(&self, action: Action) -> u16 {
        match (action, &self.parameters.schedule) {
            (Action::Promote, _) => WHOLE_BASIS_POINTS,
            (Action::Rollback { .. } | Action::Inconclusive { .. }, _) => 0,
            (_, Schedule::Ladder(ladder)) => self.climb.weight_basis_points(ladder),
            (_, Schedule::Plan { .. }) => self.weight_allowed(),
        }
    }

    fn finding(&self, action: Action) -> Finding {
        let (evidence, numbers) = (self.evidence(), self.numbers());
        let breach = self.ceiling().map(|(_, breach)| breach);
        let facts = Facts { action, evidence: &evidence, numbers: &numbers, breach: breach.as_ref() };
        let explanation = sentence(&facts);
        Finding {
            verdict: action.verdict(),
            action,
            weight_basis_points: self.weight_asked(action),
            evidence,
            numbers,
            explanation,
        }
    }

    fn evidence(&self) -> Evidence {
        let [errors_say, latency_say] = self.says();
        let mut channels = vec![report(ChannelName::Errors, &self.errors, errors_say, None)];
        for ((name, channel), edge) in ChannelName::ALL[1..].iter().zip(&self.latencies).zip(self.edges) {
            if let Some(edge) = edge {
                channels.push(report(*name, channel, latency_say, self.bounds_ms.get(edge).copied()));
            }
        }
        Evidence {
            harm: self.harm(),
            rollback_at: self.parameters.rollback_evidence(),
            promotion: self.promotion(),
            promotion_at: self.parameters.promotion_evidence(),
            error_points_bound: self.error_points_bound(),
            channels,
        }
    }

    fn numbers(&self) -> Numbers {
        let totals = &self.totals;
        Numbers {
            judged_seconds: self.intake.judged_ms() / 1_000,
            candidate_requests: totals.candidate_requests,
            stable_requests: totals.stable_requests,
            candidate_errors: totals.candidate_errors,
            stable_errors: totals.stable_errors,
            candidate_error_rate: totals.paired.candidate_rate(),
            stable_error_rate: totals.paired.stable_rate(),
            requests_per_second: totals.requests_per_second,
        }
    }
}

fn report(channel: ChannelName, state: &Channel, say: f64, edge_ms: Option<f64>) -> ChannelEvidence {
    let run = state.run();
    ChannelEvidence {
        channel,
        harm: state.harm(),
        share_of_harm: say * state.harm(),
        non_inferiority: state.non_inferiority(),
        edge_ms,
        dispersion: state.dispersion(),
        seconds: run.seconds,
        candidate_requests: run.candidate_requests as u64,
        candidate_rate: run.candidate_rate(),
        stable_rate: run.stable_rate(),
    }
}
