//! The judge of one rollout: takes samples, keeps the evidence, answers with findings.
//!
//! Invariant: the state is a few kilobytes however long the rollout lasts (the grids, the ceilings'
//! windows, the last counters), and reading it back after writing it changes no later finding. A final
//! answer never changes. Not here: the formulas, and what is decided from them (`decide`).

use crate::block::Block;
use crate::ceiling::{Breach, Window};
use crate::channel::{Run, Stretch};
use crate::decide::{Standing, decide};
use crate::exact;
use crate::explain::{Facts, sentence};
use crate::finding::{Action, Evidence, Finding, Numbers};
use crate::guard::Guard;
use crate::intake::Intake;
use crate::ladder::{Climb, Footing, Schedule, WHOLE_BASIS_POINTS, weight_allowed};
use crate::parameters::{ParameterError, Parameters};
use crate::sample::Sample;
use crate::scales::Scales;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

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
    scales: Scales,
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
        Ok(Judge {
            scales: Scales::new(&parameters, bounds_ms.len()),
            ceilings: parameters.ceilings.iter().map(|_| Window::default()).collect(),
            parameters,
            bounds_ms,
            intake: Intake::default(),
            guard: Guard::default(),
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
        self.scales.prior_spent()
    }

    /// Tells that the weight changes at this instant of the samples' clock. The interval that contains
    /// it is dropped; a sample taken at the same instant splits it instead, and nothing is lost.
    pub fn weight_changed(&mut self, at_ms: u64) {
        self.intake.weight_changed(at_ms);
    }

    pub fn observe(&mut self, sample: &Sample) -> Finding {
        if let Some(ended) = self.ended {
            return self.finding(ended, &self.seen());
        }
        let accepted = self.intake.accept(sample, self.parameters.block_ms);
        self.guard.weighted(self.intake.weight_since_ms(), self.intake.judged_ms());
        if !accepted.ignored || accepted.missing.is_some() {
            self.guard.sampled(accepted.missing);
        }
        if let Some(piece) = &accepted.piece {
            self.watch(piece);
        }
        for block in &accepted.blocks {
            self.weigh(block);
        }
        self.excuse_warm_up();
        let action = decide(&self.parameters, &self.standing(&self.seen()));
        if action == Action::Continue && !accepted.blocks.is_empty() {
            self.climb();
        }
        self.remember(action);
        self.finding(action, &self.seen())
    }

    fn weigh(&mut self, block: &Block) {
        self.guard.blocked(block.end_ms, block.is_informative());
        let stretch = self.stretch(block, false);
        self.scales.weigh(&self.parameters, block, &stretch);
        self.fill_windows(block, false);
        self.totals.observe(block);
        self.note_shared_breach(block.end_ms);
    }

    /// What is too short to be seen in blocks is seen scrape by scrape.
    fn watch(&mut self, piece: &Block) {
        self.fill_windows(piece, true);
        self.note_shared_breach(piece.end_ms);
    }

    fn fill_windows(&mut self, block: &Block, brief: bool) {
        let Parameters { ceilings, block_ms, .. } = &self.parameters;
        for (window, trigger) in self.ceilings.iter_mut().zip(ceilings) {
            if trigger.is_brief(*block_ms) == brief {
                window.observe(trigger, block, &self.bounds_ms);
            }
        }
    }

    fn note_shared_breach(&mut self, now_ms: u64) {
        let shared = self.ceiling().is_some_and(|(_, breach)| !breach.attributed);
        self.shared_since_ms = if shared { self.shared_since_ms.or(Some(now_ms)) } else { None };
    }

    /// What the block's time, weight and the past say of it before its counts are looked at.
    fn stretch(&self, block: &Block, open: bool) -> Stretch {
        let weight = f64::from(block.weight_basis_points) / f64::from(WHOLE_BASIS_POINTS);
        let whole_seconds = block.seconds().max(self.parameters.block_ms as f64 / 1_000.0);
        let requests = self.totals.requests_per_second * whole_seconds;
        Stretch { seconds: block.seconds(), open, expected_information: requests * weight * (1.0 - weight) }
    }

    /// The evidence as it stands now: with the block that is still being gathered.
    ///
    /// Looking early is allowed: what is believed of a part is never above its plain factor, and that is
    /// a supermartingale from request to request, not only from block to block.
    fn seen(&self) -> Cow<'_, Scales> {
        let Some(open) = self.intake.open() else { return Cow::Borrowed(&self.scales) };
        let mut scales = self.scales.clone();
        scales.weigh(&self.parameters, open, &self.stretch(open, true));
        Cow::Owned(scales)
    }

    /// A latency alarm within the grace time is taken for a long warm-up: back to little traffic.
    fn excuse_warm_up(&mut self) {
        let now_ms = self.intake.judged_ms();
        let grace_ms = self.parameters.grace_seconds * 1_000;
        if now_ms >= grace_ms || self.seen().harm() < self.parameters.rollback_evidence() {
            return;
        }
        // The block that is being gathered would raise the alarm again; it is weighed first.
        if let Some(open) = self.intake.close() {
            self.weigh(&open);
        }
        if self.scales.excuse_latency(&self.parameters) {
            self.warm_up_until_ms = grace_ms;
            if let Schedule::Ladder(ladder) = &self.parameters.schedule {
                let low = self.parameters.warm_up_weight_basis_points;
                self.climb.fall_back(ladder, low, now_ms);
            }
        }
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

    fn proven(&self, scales: &Scales) -> bool {
        scales.promotion() >= self.parameters.promotion_evidence()
    }

    fn weight_allowed(&self, scales: &Scales) -> u16 {
        weight_allowed(scales.error_points_bound(&self.parameters), self.totals.requests_per_second)
    }

    fn standing(&self, scales: &Scales) -> Standing {
        let now_ms = self.intake.judged_ms();
        let shared_ms = self.shared_since_ms.map_or(0, |since| now_ms.saturating_sub(since));
        Standing {
            judged_seconds: now_ms / 1_000,
            harm: scales.harm(),
            leading: scales.leading(),
            ceiling: self.ceiling().map(|(index, breach)| (index, breach.attributed)),
            shared_breach_seconds: shared_ms / 1_000,
            warming_up: now_ms < self.warm_up_until_ms,
            no_data: self.guard.verdict(now_ms),
            without_data_seconds: self.guard.without_data_seconds(now_ms),
            fresh: self.guard.is_fresh(),
            proven: self.proven(scales),
            climbed: self.climb.is_done(),
            error_points_bound: scales.error_points_bound(&self.parameters),
            next_step_allowed: self.next_step_allowed(scales),
        }
    }

    fn next_step_allowed(&self, scales: &Scales) -> bool {
        let Schedule::Plan { weights_basis_points } = &self.parameters.schedule else { return false };
        let now = self.intake.weight_basis_points();
        let allowed = self.weight_allowed(scales);
        let next = weights_basis_points.iter().copied().find(|weight| *weight > now);
        match next {
            Some(next) => next <= allowed,
            None if weights_basis_points.is_empty() => allowed > now || now == WHOLE_BASIS_POINTS,
            None => allowed == WHOLE_BASIS_POINTS,
        }
    }

    fn climb(&mut self) {
        let now_ms = self.intake.judged_ms();
        let mut allowed_basis_points = self.weight_allowed(&self.scales);
        if now_ms < self.parameters.warm_up_seconds * 1_000 && self.scales.measures_latency() {
            allowed_basis_points = allowed_basis_points.min(self.parameters.warm_up_weight_basis_points);
        }
        let footing = Footing {
            now_ms,
            allowed_basis_points,
            fresh: self.guard.is_fresh(),
            requests_per_second: self.totals.requests_per_second,
            proven: self.proven(&self.scales),
        };
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

    fn weight_asked(&self, action: Action, scales: &Scales) -> u16 {
        match (action, &self.parameters.schedule) {
            (Action::Promote, _) => WHOLE_BASIS_POINTS,
            (Action::Rollback { .. } | Action::Inconclusive { .. }, _) => 0,
            (_, Schedule::Ladder(ladder)) => self.climb.weight_basis_points(ladder),
            (_, Schedule::Plan { .. }) => self.weight_allowed(scales),
        }
    }

    fn finding(&self, action: Action, scales: &Scales) -> Finding {
        let (evidence, numbers) = (self.evidence(scales), self.numbers());
        let breach = self.ceiling().map(|(_, breach)| breach);
        let facts = Facts { action, evidence: &evidence, numbers: &numbers, breach: breach.as_ref() };
        let explanation = sentence(&facts);
        Finding {
            verdict: action.verdict(),
            action,
            weight_basis_points: self.weight_asked(action, scales),
            evidence,
            numbers,
            explanation,
        }
    }

    fn evidence(&self, scales: &Scales) -> Evidence {
        Evidence {
            harm: scales.harm(),
            rollback_at: self.parameters.rollback_evidence(),
            promotion: scales.promotion(),
            promotion_at: self.parameters.promotion_evidence(),
            error_points_bound: scales.error_points_bound(&self.parameters),
            channels: scales.reports(&self.bounds_ms),
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
