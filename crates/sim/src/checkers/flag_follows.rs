//! A flag is shown only behind all of the code of the rollout that has it, and from the event that turns the rollout it is
//! as it was.

use tidegate_domain::flag::{Definition, Showing};
use tidegate_domain::rollout::{Phase, Rollout};

use super::{Checker, Verdict, View, require};
use crate::fact::Fact;
use crate::shadow::Event;

pub struct FlagFollows;

impl Checker for FlagFollows {
    fn property(&self) -> &'static str {
        "a flag is shown behind all of the code, and goes back first"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        let Fact::Recorded(record) = fact else { return Ok(()) };
        if !matches!(record.event, Event::Rollout(_) | Event::Flag(_)) {
            return Ok(());
        }
        for flag in view.shadow.flags() {
            for (environment, standing) in &flag.environments {
                let Some(showing) = &standing.showing else { continue };
                let rollout = view.shadow.rollout(&showing.rollout);
                let why = rollout.and_then(|rollout| wrong(rollout, showing, &standing.current.definition));
                require(rollout.is_some() && why.is_none(), || {
                    format!("{} in {environment}: {}", flag.key, why.unwrap_or("its rollout is not there"))
                })?;
            }
        }
        Ok(())
    }

    fn end(&mut self, view: &View<'_>) -> Verdict {
        let kept = view.shadow.flags().flat_map(|flag| flag.environments.values()).find_map(|standing| {
            let showing = standing.showing.as_ref()?;
            let rollout = view.shadow.rollout(&showing.rollout)?;
            rollout.is_done().then_some(&showing.rollout)
        });
        require(kept.is_none(), || format!("{kept:?} has ended, and has its flag still"))
    }
}

fn wrong(rollout: &Rollout, showing: &Showing, definition: &Definition) -> Option<&'static str> {
    let untouched = *definition == showing.base.switched(definition.is_on());
    match rollout.phase {
        Phase::Waiting { .. } | Phase::Returning { .. } | Phase::Done(_) if !untouched => {
            Some("it is shown by a rollout that is not on its way out")
        }
        Phase::Advancing => {
            let (plan, leg) = rollout.leg();
            let behind = rollout.current + 1 == rollout.legs.len() && plan.steps[leg.step].exposure.is_some();
            (!untouched && !behind).then_some("it is shown before all of the code is there")
        }
        Phase::Waiting { .. } | Phase::Returning { .. } | Phase::Done(_) => None,
    }
}

/// The part of all subjects that a flag of these stories gives `on`.
pub fn share_of(definition: &Definition) -> f64 {
    let value = definition.value();
    if !definition.is_on() {
        return 0.0;
    }
    if value["defaultVariant"] == "on" {
        return 1.0;
    }
    value["targeting"]["fractional"][0][1].as_f64().unwrap_or(0.0) / 10_000.0
}
