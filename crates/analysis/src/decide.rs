//! From where the rollout stands to what to do: the state machine, on one screen.
//!
//! Invariant: a pure function; harm is looked at before anything that could move forward. Not here: how
//! the standing was measured (`judge`), and how a ladder climbs (`ladder`).

use crate::finding::{Action, ChannelName, HoldReason, InconclusiveReason, RollbackReason};
use crate::guard::NoData;
use crate::ladder::Schedule;
use crate::parameters::{OnSourceDown, Parameters};

/// Everything a decision depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    pub judged_seconds: u64,
    pub harm: f64,
    pub leading: ChannelName,
    /// A ceiling is exceeded: its index, and whether the candidate is to blame.
    pub ceiling: Option<(usize, bool)>,
    pub shared_breach_seconds: u64,
    /// Latency is being measured again after an early alarm.
    pub warming_up: bool,
    pub no_data: Option<NoData>,
    pub without_data_seconds: u64,
    /// The latest block had requests in both arms.
    pub fresh: bool,
    /// Every channel is shown to be within its margin.
    pub proven: bool,
    /// The ladder was climbed to its end.
    pub climbed: bool,
    pub error_points_bound: Option<f64>,
    /// The evidence allows the weight of the plan's next step.
    pub next_step_allowed: bool,
}

pub fn decide(parameters: &Parameters, standing: &Standing) -> Action {
    if let Some(why) = rollback(parameters, standing) {
        return Action::Rollback { why };
    }
    if let Some((ceiling, _)) = standing.ceiling
        && standing.shared_breach_seconds > parameters.shared_breach_seconds_max
    {
        return Action::Inconclusive { why: InconclusiveReason::SharedBreach { ceiling } };
    }
    let hold = hold(parameters, standing);
    match &parameters.schedule {
        Schedule::Plan { .. } => plan(standing, hold),
        Schedule::Ladder(_) => ladder(parameters, standing, hold),
    }
}

fn rollback(parameters: &Parameters, standing: &Standing) -> Option<RollbackReason> {
    if standing.harm >= parameters.rollback_evidence() {
        return Some(RollbackReason::Evidence { channel: standing.leading });
    }
    if let Some((ceiling, true)) = standing.ceiling {
        return Some(RollbackReason::Ceiling { ceiling });
    }
    let source_down = standing.no_data == Some(NoData::SourceUnreachable)
        && standing.without_data_seconds >= parameters.no_data_wait_seconds_max
        && parameters.on_source_down == OnSourceDown::Rollback;
    source_down.then_some(RollbackReason::SourceDown)
}

fn hold(parameters: &Parameters, standing: &Standing) -> Option<HoldReason> {
    if let Some((ceiling, _)) = standing.ceiling {
        return Some(HoldReason::SharedBreach { ceiling });
    }
    if let Some(kind) = standing.no_data {
        let seconds = standing.without_data_seconds;
        let needs_person = seconds >= parameters.no_data_wait_seconds_max;
        return Some(HoldReason::NoData { kind, seconds, needs_person });
    }
    if standing.harm >= parameters.amber_evidence {
        return Some(HoldReason::Amber);
    }
    standing.warming_up.then_some(HoldReason::WarmUp)
}

/// A person's clock decides when; the evidence decides whether.
fn plan(standing: &Standing, hold: Option<HoldReason>) -> Action {
    match hold {
        Some(why) => Action::Hold { why },
        None if standing.fresh && standing.next_step_allowed => Action::MayAdvance,
        None => Action::Continue,
    }
}

fn ladder(parameters: &Parameters, standing: &Standing, hold: Option<HoldReason>) -> Action {
    let seconds = standing.judged_seconds;
    let timed_out = seconds >= parameters.timeout_seconds;
    match hold {
        Some(_) if seconds >= parameters.timeout_seconds + parameters.hold_seconds_max => {
            Action::Inconclusive { why: InconclusiveReason::HeldTooLong }
        }
        Some(HoldReason::Amber) if timed_out => Action::Inconclusive { why: InconclusiveReason::Timeout },
        Some(why) => Action::Hold { why },
        None if timed_out => at_timeout(parameters, standing),
        None if promotable(parameters, standing) => Action::Promote,
        None => Action::Continue,
    }
}

fn promotable(parameters: &Parameters, standing: &Standing) -> bool {
    standing.judged_seconds >= parameters.min_duration_seconds
        && standing.climbed
        && standing.proven
        && standing.fresh
}

fn at_timeout(parameters: &Parameters, standing: &Standing) -> Action {
    let harmless = |bound| bound <= parameters.timeout_error_points;
    if standing.error_points_bound.is_some_and(harmless) {
        Action::Promote
    } else {
        Action::Inconclusive { why: InconclusiveReason::Timeout }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing() -> Standing {
        Standing {
            judged_seconds: 1_000,
            harm: 0.1,
            leading: ChannelName::Errors,
            ceiling: None,
            shared_breach_seconds: 0,
            warming_up: false,
            no_data: None,
            without_data_seconds: 0,
            fresh: true,
            proven: true,
            climbed: true,
            error_points_bound: Some(0.005),
            next_step_allowed: true,
        }
    }

    type Change = fn(&mut Standing);

    fn check(parameters: &Parameters, change: Change, expect: Action) {
        let mut given = standing();
        change(&mut given);
        assert_eq!(decide(parameters, &given), expect, "{given:?}");
    }

    const TIMEOUT: Action = Action::Inconclusive { why: InconclusiveReason::Timeout };
    const AMBER: Action = Action::Hold { why: HoldReason::Amber };

    fn no_data(kind: NoData, seconds: u64, needs_person: bool) -> Action {
        Action::Hold { why: HoldReason::NoData { kind, seconds, needs_person } }
    }

    #[test]
    fn a_ladder() {
        use Action::{Continue, Hold, Inconclusive, Promote, Rollback};
        let evidence = RollbackReason::Evidence { channel: ChannelName::Errors };
        let cases: [(Change, Action); 18] = [
            (|_| (), Promote),
            (|s| s.judged_seconds = 899, Continue),
            (|s| s.climbed = false, Continue),
            (|s| s.proven = false, Continue),
            (|s| s.fresh = false, Continue),
            (|s| s.harm = 9.99, Promote),
            (|s| s.harm = 10.0, AMBER),
            (|s| s.harm = 100.0, Rollback { why: evidence }),
            (|s| s.warming_up = true, Hold { why: HoldReason::WarmUp }),
            (|s| s.ceiling = Some((0, true)), Rollback { why: RollbackReason::Ceiling { ceiling: 0 } }),
            (|s| s.ceiling = Some((0, false)), Hold { why: HoldReason::SharedBreach { ceiling: 0 } }),
            (
                |s| (s.ceiling, s.shared_breach_seconds) = (Some((0, false)), 301),
                Inconclusive { why: InconclusiveReason::SharedBreach { ceiling: 0 } },
            ),
            (|s| (s.judged_seconds, s.proven) = (1_800, false), Promote),
            (|s| (s.judged_seconds, s.proven, s.error_points_bound) = (1_800, false, Some(0.1)), TIMEOUT),
            (|s| (s.judged_seconds, s.error_points_bound) = (1_800, None), TIMEOUT),
            (|s| (s.judged_seconds, s.harm) = (1_800, 10.0), TIMEOUT),
            (
                |s| (s.judged_seconds, s.no_data) = (2_399, Some(NoData::NoTraffic)),
                no_data(NoData::NoTraffic, 0, false),
            ),
            (
                |s| (s.judged_seconds, s.no_data) = (2_400, Some(NoData::NoTraffic)),
                Inconclusive { why: InconclusiveReason::HeldTooLong },
            ),
        ];
        for (change, expect) in cases {
            check(&Parameters::default(), change, expect);
        }
    }

    #[test]
    fn a_persons_plan_never_ends_by_itself_except_for_harm() {
        let plan =
            Parameters { schedule: Schedule::Plan { weights_basis_points: vec![] }, ..Parameters::default() };
        let cases: [(Change, Action); 6] = [
            (|_| (), Action::MayAdvance),
            (|s| s.judged_seconds = 100_000, Action::MayAdvance),
            (|s| s.next_step_allowed = false, Action::Continue),
            (|s| s.fresh = false, Action::Continue),
            (|s| (s.judged_seconds, s.harm) = (100_000, 50.0), AMBER),
            (
                |s| s.harm = 100.0,
                Action::Rollback { why: RollbackReason::Evidence { channel: ChannelName::Errors } },
            ),
        ];
        for (change, expect) in cases {
            check(&plan, change, expect);
        }
    }

    #[test]
    fn a_source_that_is_down_is_no_verdict_unless_asked() {
        let down: Change = |s| (s.no_data, s.without_data_seconds) = (Some(NoData::SourceUnreachable), 600);
        let hold = Parameters::default();
        check(&hold, down, no_data(NoData::SourceUnreachable, 600, true));
        let roll_back = Parameters { on_source_down: OnSourceDown::Rollback, ..hold };
        check(&roll_back, down, Action::Rollback { why: RollbackReason::SourceDown });
        let empty: Change = |s| (s.no_data, s.without_data_seconds) = (Some(NoData::NotANumber), 600);
        check(&roll_back, empty, no_data(NoData::NotANumber, 600, true));
    }
}
