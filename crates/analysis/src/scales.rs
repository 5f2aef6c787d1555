//! The four channels together: what each block adds to the evidence, and what all of it says.
//!
//! Invariant: the say of each channel is fixed from the start, so the weighted sum is evidence of the
//! same kind as its parts. Not here: time, holds and weights (`judge`).

use crate::block::Block;
use crate::channel::{Channel, Pace, Question, Stretch};
use crate::finding::{ChannelEvidence, ChannelName};
use crate::latency_edges::choose;
use crate::parameters::Parameters;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scales {
    errors: Channel,
    latencies: [Channel; 3],
    /// The edges used last.
    edges: [Option<usize>; 3],
    stable_buckets: Vec<u64>,
    previous: Option<Block>,
}

impl Scales {
    /// `edges` is the number of finite histogram edges; 0 where latency is not measured.
    pub fn new(parameters: &Parameters, edges: usize) -> Self {
        Scales {
            errors: Channel::new(&Question::errors(parameters)),
            latencies: Question::latencies(parameters).map(|question| Channel::new(&question)),
            edges: [None; 3],
            stable_buckets: vec![0; edges + 1],
            previous: None,
        }
    }

    /// Adds the evidence of a block, and learns from it for the next.
    pub fn weigh(&mut self, parameters: &Parameters, block: &Block, stretch: &Stretch) {
        self.weigh_errors(parameters, block, stretch);
        if block.end_ms > parameters.warm_up_seconds * 1_000 {
            self.weigh_latencies(parameters, block, stretch);
        }
        if block.stable.buckets.len() == self.stable_buckets.len() {
            for (sum, more) in self.stable_buckets.iter_mut().zip(&block.stable.buckets) {
                *sum = sum.saturating_add(*more);
            }
        }
        self.previous = Some(block.clone());
    }

    fn weigh_errors(&mut self, parameters: &Parameters, block: &Block, stretch: &Stretch) {
        let tally = block.errors();
        self.errors.observe(&Question::errors(parameters), &Pace::of(parameters), stretch, &tally);
        if let Some(previous) = &self.previous {
            self.errors.learn_noise(&previous.errors(), &tally);
        }
    }

    fn weigh_latencies(&mut self, parameters: &Parameters, block: &Block, stretch: &Stretch) {
        let pace = Pace::of(parameters);
        let questions = Question::latencies(parameters);
        self.edges = choose(&self.stable_buckets);
        for ((channel, question), edge) in self.latencies.iter_mut().zip(&questions).zip(self.edges) {
            let Some(edge) = edge else { continue };
            let tally = block.slow(edge);
            channel.observe(question, &pace, stretch, &tally);
            if let Some(previous) = &self.previous {
                channel.learn_noise(&previous.slow(edge), &tally);
            }
        }
    }

    /// A latency alarm is thrown away, and latency measured anew. `true` if there was one.
    ///
    /// It is no second chance to roll back: what is thrown away is at least what a fresh start is worth,
    /// so the sum stays a supermartingale.
    pub fn excuse_latency(&mut self, parameters: &Parameters) -> bool {
        let at = parameters.rollback_evidence();
        let [errors_say, latency_say] = self.says();
        let errors = errors_say * self.errors.harm();
        let latency: f64 = self.latencies.iter().map(|channel| latency_say * channel.harm()).sum();
        let alarm = errors < at && errors + latency >= at && latency >= 3.0 * latency_say;
        if alarm {
            self.latencies = Question::latencies(parameters).map(|question| Channel::new(&question));
        }
        alarm
    }

    /// How much errors, and each latency channel, have to say in the sum.
    fn says(&self) -> [f64; 2] {
        if self.measures_latency() { [0.5, 1.0 / 6.0] } else { [1.0, 0.0] }
    }

    pub fn measures_latency(&self) -> bool {
        self.stable_buckets.len() > 1
    }

    fn channels(&self) -> [(ChannelName, &Channel, f64, Option<usize>); 4] {
        let [errors_say, latency_say] = self.says();
        let [p50, p90, p99] = &self.latencies;
        [
            (ChannelName::Errors, &self.errors, errors_say, None),
            (ChannelName::LatencyP50, p50, latency_say, self.edges[0]),
            (ChannelName::LatencyP90, p90, latency_say, self.edges[1]),
            (ChannelName::LatencyP99, p99, latency_say, self.edges[2]),
        ]
    }

    /// Evidence of harm, all channels together.
    pub fn harm(&self) -> f64 {
        self.channels().iter().map(|(_, channel, say, _)| say * channel.harm()).sum()
    }

    /// The channel that speaks loudest for harm.
    pub fn leading(&self) -> ChannelName {
        let parts = self.channels().map(|(name, channel, say, _)| (name, say * channel.harm()));
        let loudest = parts.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best });
        loudest.map_or(ChannelName::Errors, |(name, _)| name)
    }

    /// Evidence for promotion in the least certain channel. Where latency is measured but too little of
    /// it was seen, there is none.
    pub fn promotion(&self) -> f64 {
        if self.measures_latency() && self.edges[0].is_none() {
            return 0.0;
        }
        let judged = self.latencies.iter().zip(self.edges).filter(|(_, edge)| edge.is_some());
        judged.map(|(channel, _)| channel.non_inferiority()).fold(self.errors.non_inferiority(), f64::min)
    }

    /// The smallest bound on the share of additional failures that is shown.
    pub fn error_points_bound(&self, parameters: &Parameters) -> Option<f64> {
        self.errors.bound(&Question::errors(parameters), parameters.promotion_evidence())
    }

    /// Prior mass that the errors channel has bet so far; never above 1.
    pub fn prior_spent(&self) -> f64 {
        self.errors.prior_spent()
    }

    pub fn reports(&self, bounds_ms: &[f64]) -> Vec<ChannelEvidence> {
        let judged = self
            .channels()
            .into_iter()
            .filter(|(name, _, _, edge)| *name == ChannelName::Errors || edge.is_some());
        judged
            .map(|(name, channel, say, edge)| {
                let edge_ms = edge.and_then(|edge| bounds_ms.get(edge).copied());
                report(name, channel, say, edge_ms)
            })
            .collect()
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
