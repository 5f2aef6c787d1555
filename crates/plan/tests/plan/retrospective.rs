//! The document of a retrospective, and what is carried over from it.

use proptest::prelude::*;
use serde_json::json;
use tidegate_plan::Plan;
use tidegate_plan::document::{Kind, check};
use tidegate_plan::retrospective::{Retrospective, carry, render};

use crate::plans::line;

fn example() -> Retrospective {
    serde_json::from_value(json!({
        "release": "1.0.0", "kind": "planned", "zone": "Europe/Berlin", "summary": "Went back *once*.",
        "timeline": [{ "at_ms": 1_781_852_400_000_u64, "what": "Rollout started", "who": "dan" }],
        "waits": [
            { "gate": "approval", "environment": "production", "waited_ms": 5_400_000 },
            { "gate": "go-no-go", "environment": "production", "waited_ms": 90_000_000, "open": true },
        ],
        "rollbacks": [{ "at_ms": 1_781_853_000_000_u64, "environment": "production", "why": "error rate", "took_ms": 42_000 }],
        "incidents": [{ "at_ms": 1_781_853_000_000_u64, "what": "Logins fail", "resolved_ms": 1_781_853_600_000_u64 }],
        "measures": [{ "measure": "change lead time", "unit": "hours", "this": 30.5, "before": [20.0, null, 40.0] }],
        "went_well": ["The way back"], "to_improve": [],
        "actions": [
            { "id": "soak", "text": "Soak longer", "owner": "dan", "due": "2027-01-15" },
            { "id": "done", "text": "Tell support", "done": true },
        ],
    }))
    .unwrap()
}

#[test]
fn it_is_written_from_the_record() {
    let expected = "# Retrospective of 1.0.0

A planned release. Times are in Europe/Berlin.

Went back \\*once\\*.

## Timeline

- 2026-06-19 09:00: Rollout started (dan)

## Waits by gate

- go-no-go before production: 1 d 1 h, and it is still closed
- approval before production: 1 h 30 min

## Rollbacks

- 2026-06-19 09:10 in production: error rate, back after 42 s

## Incidents

- 2026-06-19 09:10: Logins fail, resolved after 10 min

## Measures

| Measure | This release | Mean of the last 5 | Those before, newest first |
|---|---|---|---|
| change lead time (hours) | 30.50 | 30.00 | 20.00, none, 40.00 |

## What went well

- The way back

## What to improve

None.

## Actions

- [ ] Soak longer, dan, by 2027-01-15
- [x] Tell support

";
    assert_eq!(render(&example()), expected);
}

#[test]
fn what_is_not_done_is_carried_once_with_where_it_came_from() {
    let mut plan = Plan::new("Next", Kind::Planned);
    plan.actions = serde_json::from_value(json!([{ "id": "soak", "text": "Another thing" }])).unwrap();
    assert_eq!(carry(&example(), &mut plan), 1);
    assert_eq!(carry(&example(), &mut plan), 0);
    let carried = &plan.actions[1];
    assert_eq!(
        (carried.id.as_str(), carried.text.as_str(), carried.from.as_deref()),
        ("soak-2", "Soak longer", Some("1.0.0"))
    );
    assert_eq!(plan.actions.len(), 2);
    assert_eq!(check(&plan), []);
}

proptest! {
    #[test]
    fn no_text_becomes_a_heading_a_row_or_an_entry_of_its_own(what in line(), release in line()) {
        let mut given = example();
        given.release = release;
        given.timeline[0].what = what.clone();
        given.measures[0].measure = what;
        let (plain, shown) = (render(&example()), render(&given));
        let shape = |text: &str| -> Vec<char> {
            text.lines().map(|line| line.chars().next().unwrap_or(' ')).collect()
        };
        prop_assert_eq!(shape(&plain), shape(&shown));
        let bars = |text: &str| text.lines().map(|line| line.matches('|').count()).collect::<Vec<_>>();
        prop_assert_eq!(bars(&plain), bars(&shown));
    }
}
