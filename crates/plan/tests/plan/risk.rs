//! The score and the register.

use proptest::prelude::*;
use tidegate_plan::document::{Plan, Risk, RiskState};
use tidegate_plan::risk::{Standing, exposure, score};

#[test]
fn the_score_is_that_of_the_formula() {
    let check = |standing: Standing, expect: u8| assert_eq!(score(&standing).score, expect, "{standing:?}");
    let begun = Standing {
        work_total: 10,
        work_closed: 1,
        policies_completed: 4,
        policies_broken: 1,
        ..Standing::default()
    };
    // 0.5 × 0.9 + 0.4 × 0.25 + 0.1 × 0.5
    check(begun, 60);
    // 0.3 × 0.9 + 0.4 × 0.25 + 0.1 × 0.5 + 0.2 × 0.5
    check(Standing { days_left: Some(7), ..begun }, 52);
    check(Standing { days_left: Some(14), ..begun }, 42);
    check(Standing { days_left: Some(400), ..begun }, 42);
    check(Standing { days_left: Some(-3), ..begun }, 62);
    check(Standing { over: true, days_left: Some(-3), ..begun }, 0);
    check(
        Standing {
            work_total: 10,
            policies_completed: 2,
            policies_broken: 2,
            days_left: Some(0),
            ..Standing::default()
        },
        100,
    );
    check(
        Standing {
            work_total: 5,
            work_closed: 5,
            policies_completed: 3,
            days_left: Some(14),
            ..Standing::default()
        },
        0,
    );
    check(Standing::default(), 0);
    check(Standing { days_left: Some(0), ..Standing::default() }, 20);
}

fn standing() -> impl Strategy<Value = Standing> {
    (0_u64..30, 0_u64..30, 0_u64..10, 0_u64..10, prop::option::of(-30_i64..60), any::<bool>()).prop_map(
        |(work_total, work_closed, policies_completed, policies_broken, days_left, over)| Standing {
            work_total,
            work_closed,
            policies_completed,
            policies_broken,
            days_left,
            over,
        },
    )
}

proptest! {
    #[test]
    fn the_score_is_bounded_and_never_rises_when_things_get_better(given in standing()) {
        let now = score(&given);
        prop_assert!(now.score <= 100);
        for part in [now.work, now.policy, now.progress, now.time.unwrap_or(0.0)] {
            prop_assert!((0.0..=1.0).contains(&part));
        }
        let better = [
            Standing { work_closed: given.work_closed + 1, ..given },
            Standing { policies_broken: given.policies_broken.saturating_sub(1), ..given },
            Standing { policies_completed: given.policies_completed + u64::from(given.policies_completed > 0), ..given },
            Standing { days_left: given.days_left.map(|days| days + 1), ..given },
            Standing { over: true, ..given },
        ];
        for better in better {
            prop_assert!(score(&better).score <= now.score, "{given:?} to {better:?}");
        }
        if given.over {
            prop_assert_eq!(now.score, 0);
        }
    }
}

#[test]
fn the_register_is_worth_probability_times_impact_of_what_is_open() {
    let risk = |id: &str, probability: u8, impact: u8, state: RiskState| {
        let text = serde_json::json!({ "id": id, "description": id, "probability": probability, "impact": impact, "state": state });
        serde_json::from_value::<Risk>(text).unwrap()
    };
    let mut risks = vec![
        risk("small", 1, 2, RiskState::Open),
        risk("gone", 5, 5, RiskState::Closed),
        risk("large", 4, 5, RiskState::Open),
        risk("here", 3, 3, RiskState::Occurred),
    ];
    risks[2].owner = Some("ana".to_owned());
    let found = exposure(&risks);
    assert_eq!((found.open, found.occurred, found.closed, found.total, found.highest), (2, 1, 1, 22, 20));
    let order: Vec<(&str, u32)> = found.order.iter().map(|risk| (risk.id.as_str(), risk.exposure)).collect();
    assert_eq!(order, [("large", 20), ("small", 2)]);
    assert_eq!(found.order[0].missing, ["mitigation", "trigger", "contingency"]);
    assert_eq!((found.matrix[3][4], found.matrix[0][1]), (1, 1));
    assert_eq!(found.matrix.iter().flatten().sum::<u32>(), 2);
    assert_eq!(exposure(&Plan::default().risks).highest, 0);
}
