//! A command with a key happens once, however often it is sent and whatever was lost; once answered, the answer stays.

use std::collections::BTreeMap;

use tidegate_domain::rollout::RolloutEvent;

use super::{Checker, Verdict, View, require};
use crate::fact::{Answered, Fact, Outcome};
use crate::shadow::Event;

#[derive(Default)]
pub struct Idempotent {
    answers: BTreeMap<String, String>,
    /// Rollouts that each person's one act started.
    started: BTreeMap<String, u32>,
    acted: BTreeMap<(String, &'static str), u32>,
    expected: Vec<String>,
}

impl Checker for Idempotent {
    fn property(&self) -> &'static str {
        "a command with a key happens once and answers the same"
    }

    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict {
        match fact {
            Fact::Answered(answered) => self.answer(answered),
            Fact::Recorded(record) => {
                let Event::Rollout(event) = &record.event else { return Ok(()) };
                let actor = &record.entry.actor;
                if actor == "tidegate" {
                    return Ok(());
                }
                if let (RolloutEvent::Started { .. }, Some(rollout)) = (event, record.after.rollout()) {
                    let count = self.started.entry(actor.clone()).or_default();
                    *count += 1;
                    let most = view.scenario.catalog.components.len() as u32;
                    return require(*count <= most, || format!("{actor} started {} again", rollout.id));
                }
                let person = matches!(
                    event,
                    RolloutEvent::Held { .. }
                        | RolloutEvent::Resumed { .. }
                        | RolloutEvent::Confirmed { .. }
                        | RolloutEvent::Skipped { .. }
                        | RolloutEvent::Promoted { .. }
                );
                let count = self.acted.entry((actor.clone(), event.kind())).or_default();
                *count += u32::from(person);
                require(*count <= 1, || format!("{actor} did {} twice with one key", event.kind()))
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, _: &View<'_>) -> Verdict {
        for (actor, count) in &self.started {
            let answered = self.answers.get(&format!("key-{actor}"));
            let told = answered.map_or(0, |answer| answer.matches("rol_").count());
            require(answered.is_none() || told == *count as usize, || {
                format!("{actor} was told of {told} rollouts and {count} were started")
            })?;
        }
        let missing = self.expected.iter().find(|actor| !self.started.contains_key(*actor));
        require(missing.is_none(), || format!("{missing:?} was told of a rollout that never was"))
    }
}

impl Idempotent {
    fn answer(&mut self, answered: &Answered) -> Verdict {
        let known = self.answers.get(&answered.key);
        match &answered.answer {
            Outcome::Done(text) => {
                require(known.is_none_or(|known| known == text), || {
                    format!("{} was answered {known:?}, then {text}", answered.key)
                })?;
                if answered.starts && text.contains("rol_") {
                    self.expected.push(answered.actor.clone());
                }
                self.answers.insert(answered.key.clone(), text.clone());
                Ok(())
            }
            Outcome::Refused(code) => require(known.is_none(), || {
                format!("{} was answered {known:?}, then refused: {code}", answered.key)
            }),
            Outcome::Unknown(_) => Ok(()),
        }
    }
}
