//! Who owns the weights: a person's plan, or a ladder that the rule climbs by itself.
//!
//! Invariant: the next rung is entered only if the harm still possible there, times the traffic it would
//! reach, stays under the allowed exposure. Not here: rollback and hold; the ladder only goes up, or back
//! to its foot while latency warms up.

use crate::parameters::{ParameterError, require};
use serde::{Deserialize, Serialize};

pub const WHOLE_BASIS_POINTS: u16 = 10_000;
pub const RUNGS_MAX: usize = 64;
/// "Worse by at most this much" that can be shown, in rising order.
pub const ERROR_BOUNDS: [f64; 8] = [0.005, 0.01, 0.02, 0.04, 0.05, 0.10, 0.20, 0.40];
/// Harm still possible times weight must stay below this share of all requests ...
const EXPOSURE_SHARE: f64 = 0.01;
/// ... or below this many requests a second, where there are few.
const EXPOSURE_PER_SECOND: f64 = 6.0 / 60.0;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "owner", rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// A person's fixed steps: weights and clock are theirs; the rule says whether a step may be left.
    Plan {
        /// The weights in rising order, so that the next one can be weighed; may be empty.
        #[serde(default)]
        weights_basis_points: Vec<u16>,
    },
    /// The rule moves the weight by itself.
    Ladder(Ladder),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ladder {
    /// The foot: what a candidate of which nothing is known gets at first.
    pub foot: Foot,
    pub rungs: Vec<Rung>,
    /// With the evidence for promotion at hand, the rest of the minimum duration is served at this
    /// weight, so that stable stays warm and comparable.
    pub hold_back_basis_points: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    pub weight_basis_points: u16,
    pub dwell_seconds: u64,
}

/// Stood on for `dwell_seconds`, long enough to see a candidate that fails outright, by as few requests
/// as show it. Where `requests_per_second_max` asks for more than the first rung, it is left at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Foot {
    pub weight_basis_points: u16,
    pub requests_per_second_max: u32,
    pub dwell_seconds: u64,
}

impl Default for Schedule {
    fn default() -> Self {
        Schedule::Ladder(Ladder::default())
    }
}

impl Default for Ladder {
    fn default() -> Self {
        let rung = |weight_basis_points, dwell_seconds| Rung { weight_basis_points, dwell_seconds };
        Ladder {
            foot: Foot { weight_basis_points: 100, requests_per_second_max: 20, dwell_seconds: 15 },
            rungs: vec![rung(500, 15), rung(1_000, 15), rung(2_500, 15), rung(5_000, 60)],
            hold_back_basis_points: 8_000,
        }
    }
}

impl Schedule {
    pub fn validate(&self) -> Result<(), ParameterError> {
        let weights: Vec<u16> = match self {
            Schedule::Plan { weights_basis_points } => weights_basis_points.clone(),
            Schedule::Ladder(ladder) => {
                require(!ladder.rungs.is_empty(), "schedule.rungs", "at least one rung", "empty")?;
                let back = ladder.hold_back_basis_points;
                let expected = "from 1 to 10000";
                require((1..=10_000).contains(&back), "schedule.hold_back_basis_points", expected, back)?;
                ladder.rungs.iter().map(|rung| rung.weight_basis_points).collect()
            }
        };
        let found = format!("{weights:?}");
        require(weights.len() <= RUNGS_MAX, "schedule", "at most 64 weights", weights.len())?;
        let rising = weights.windows(2).all(|pair| pair[0] < pair[1]);
        let within = weights.iter().all(|weight| (1..=WHOLE_BASIS_POINTS).contains(weight));
        require(rising && within, "schedule", "rising weights from 1 to 10000 basis points", found)
    }
}

/// The most traffic that harm of this size may reach.
pub fn weight_allowed(error_bound: Option<f64>, requests_per_second: f64) -> u16 {
    let few = if requests_per_second > 0.0 { EXPOSURE_PER_SECOND / requests_per_second } else { 0.0 };
    let weight = EXPOSURE_SHARE.max(few) / error_bound.unwrap_or(1.0);
    // A hair of slack: 0.01 / 0.02 must allow 50 %.
    (weight * f64::from(WHOLE_BASIS_POINTS) + 1e-6).min(f64::from(WHOLE_BASIS_POINTS)).floor() as u16
}

/// What a climb needs to know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Footing {
    pub now_ms: u64,
    pub allowed_basis_points: u16,
    /// The latest block had requests in both arms; the foot can be left without, or too few would
    /// reach the candidate to ever leave it.
    pub fresh: bool,
    /// Of both arms together.
    pub requests_per_second: f64,
    /// The evidence for promotion is at hand.
    pub proven: bool,
}

/// Where on the ladder the rollout stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Climb {
    /// The weight at the foot, until it is left.
    foot_basis_points: Option<u16>,
    left_foot: bool,
    rung: usize,
    entered_ms: u64,
    held_back: bool,
}

impl Climb {
    pub fn weight_basis_points(&self, ladder: &Ladder) -> u16 {
        if !self.left_foot {
            return self.foot_basis_points.unwrap_or(ladder.foot.weight_basis_points);
        }
        if self.held_back {
            return ladder.hold_back_basis_points;
        }
        ladder.rungs.get(self.rung).or(ladder.rungs.last()).map_or(0, |rung| rung.weight_basis_points)
    }

    /// Goes up one rung if its time has come and the footing allows it.
    pub fn step(&mut self, ladder: &Ladder, footing: &Footing) {
        let Some(rung) = ladder.rungs.get(self.rung) else { return };
        if !self.left_foot {
            self.stand_on_foot(ladder, rung.weight_basis_points, footing);
            return;
        }
        if self.held_back || !footing.fresh || footing.now_ms < self.entered_ms + rung.dwell_seconds * 1_000 {
            return;
        }
        match ladder.rungs.get(self.rung + 1) {
            Some(next) if next.weight_basis_points <= footing.allowed_basis_points => self.rung += 1,
            None if footing.proven => self.held_back = true,
            Some(_) | None => return,
        }
        self.entered_ms = footing.now_ms;
    }

    fn stand_on_foot(&mut self, ladder: &Ladder, first_basis_points: u16, footing: &Footing) {
        let foot = ladder.foot;
        let enough = f64::from(foot.requests_per_second_max) / footing.requests_per_second.max(1e-9);
        let weight = (enough * f64::from(WHOLE_BASIS_POINTS)).min(f64::from(WHOLE_BASIS_POINTS)) as u16;
        let weight = weight.max(foot.weight_basis_points);
        // The first rung's dwell counts from the start: the foot takes traffic away, not time.
        self.left_foot = weight >= first_basis_points || footing.now_ms >= foot.dwell_seconds * 1_000;
        self.foot_basis_points = Some(weight);
    }

    /// All rungs were climbed and the evidence for promotion came.
    pub fn is_done(&self) -> bool {
        self.held_back
    }

    /// Back to the highest rung within this weight.
    pub fn fall_back(&mut self, ladder: &Ladder, weight_max_basis_points: u16, now_ms: u64) {
        let low = |rung: &Rung| rung.weight_basis_points <= weight_max_basis_points;
        self.rung = ladder.rungs.iter().rposition(low).unwrap_or(0).min(self.rung);
        self.held_back = false;
        self.entered_ms = now_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exposure() {
        let table = [
            (None, 1_000.0, 100),
            (None, 1.0, 1_000),
            (Some(0.4), 1_000.0, 250),
            (Some(0.1), 1_000.0, 1_000),
            (Some(0.02), 1_000.0, 5_000),
            (Some(0.01), 1_000.0, 10_000),
            (Some(0.005), 1_000.0, 10_000),
            (Some(0.4), 0.01, 10_000),
            (Some(0.4), 0.0, 250),
        ];
        for (bound, requests_per_second, expect) in table {
            assert_eq!(weight_allowed(bound, requests_per_second), expect, "{bound:?} {requests_per_second}");
        }
    }

    #[test]
    fn climbs_by_time_and_evidence() {
        let ladder = Ladder::default();
        let mut climb = Climb::default();
        let mut at = |now_ms, allowed_basis_points, proven| {
            climb.step(
                &ladder,
                &Footing { now_ms, allowed_basis_points, requests_per_second: 100.0, fresh: true, proven },
            );
            climb.weight_basis_points(&ladder)
        };
        assert_eq!(at(0, 10_000, true), 500, "20 of 100 requests a second is more than the first rung");
        assert_eq!(at(10_000, 10_000, true), 500, "dwell");
        assert_eq!(at(15_000, 999, true), 500, "exposure");
        assert_eq!(at(15_000, 1_000, true), 1_000);
        assert_eq!(at(30_000, 10_000, true), 2_500);
        assert_eq!(at(45_000, 10_000, true), 5_000);
        assert_eq!(at(104_999, 10_000, true), 5_000);
        assert_eq!(at(105_000, 10_000, false), 5_000, "no evidence for promotion");
        assert_eq!(at(110_000, 10_000, true), 8_000);
        assert!(climb.is_done());
        climb.fall_back(&ladder, 1_000, 115_000);
        assert_eq!(climb.weight_basis_points(&ladder), 1_000);
    }

    #[test]
    fn the_foot_limits_what_an_unknown_candidate_can_break() {
        let ladder = Ladder::default();
        let mut climb = Climb::default();
        assert_eq!(climb.weight_basis_points(&ladder), 100);
        let mut at = |now_ms, requests_per_second| {
            climb.step(
                &ladder,
                &Footing {
                    now_ms,
                    allowed_basis_points: 10_000,
                    requests_per_second,
                    fresh: true,
                    proven: true,
                },
            );
            climb.weight_basis_points(&ladder)
        };
        assert_eq!(at(5_000, 5_000.0), 100);
        assert_eq!(at(10_000, 600.0), 333);
        assert_eq!(at(15_000, 600.0), 500);
        assert_eq!(at(20_000, 600.0), 1_000);
    }

    #[test]
    fn refuses_ladders_that_cannot_be_climbed() {
        let falling = Schedule::Plan { weights_basis_points: vec![5_000, 500] };
        assert!(falling.validate().is_err());
        assert!(Schedule::Ladder(Ladder { rungs: vec![], ..Ladder::default() }).validate().is_err());
        assert!(Schedule::default().validate().is_ok());
    }
}
