//! Who asks smoke tests for one control plane: slowly, and while the weather is rough sometimes without an outcome, with two,
//! or long after nobody waits for it any more.
//!
//! Invariant: what a version says to a test depends on the version and the phase alone, and the fact of each asking is noted
//! there and then; from the calm on every asking has an outcome.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tidegate_domain::id::RolloutId;
use tidegate_domain::smoke::{SmokeResult, SmokeVerdict};
use tidegate_engine::{Command, Engine, NewSmoke, Request};
use tidegate_ports::{SmokeQuestion, SmokeTester};

use crate::env::Env;
use crate::fact::{Fact, ProcessId, Tested};
use crate::process::{Site, now};

/// Of a thousand askings in rough weather.
const MISHAPS: u64 = 60;

#[derive(Clone)]
pub struct FakeTester {
    env: Env,
    lies: bool,
    by: ProcessId,
    /// Engines know their testers; this way round it must not keep them.
    running: Weak<Mutex<BTreeMap<ProcessId, Arc<Engine>>>>,
    /// What is being asked, with the number of the asking.
    asking: Arc<Mutex<(u64, BTreeMap<RolloutId, (u64, SmokeQuestion)>)>>,
}

impl SmokeTester for FakeTester {
    fn attend(&self, rollout: &RolloutId, wanted: Option<SmokeQuestion>) {
        let number = self.asking(|(last, asking)| {
            if asking.get(rollout).map(|(_, question)| question) == wanted.as_ref() {
                return None;
            }
            asking.remove(rollout);
            *last += 1;
            asking.insert(rollout.clone(), (*last, wanted.clone()?));
            Some(*last)
        });
        if let (Some(number), Some(question)) = (number, wanted) {
            self.env.spawn(Some(self.by), self.clone().ask(number, question));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mishap {
    None,
    /// It is asked, and nobody hears of it.
    Swallowed,
    Twice,
    /// Nobody could stop it.
    Late,
    /// It cannot be asked.
    Fault,
}

impl FakeTester {
    pub fn new(site: &Site, by: ProcessId) -> Self {
        let (env, lies) = (site.env.clone(), site.defects.lies_about_smoke);
        Self { env, lies, by, running: Arc::downgrade(&site.running), asking: Arc::default() }
    }

    fn asking<T>(&self, act: impl FnOnce(&mut (u64, BTreeMap<RolloutId, (u64, SmokeQuestion)>)) -> T) -> T {
        act(&mut self.asking.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_wanted(&self, number: u64, rollout: &RolloutId) -> bool {
        self.asking(|(_, asking)| asking.get(rollout).is_some_and(|(known, _)| *known == number))
    }

    async fn ask(self, number: u64, question: SmokeQuestion) {
        let (there_ms, back_ms, mishap) = self.env.with(|inner| {
            let rough = inner.now_ms < inner.weather.calm_from_ms;
            let longest_ms = question.test.timeout_ms.min(4_000);
            let (there_ms, back_ms) = (inner.random.up_to(longest_ms), inner.random.up_to(200));
            let mishap = match inner.random.up_to(3) {
                _ if !rough || !inner.random.chance(MISHAPS) => Mishap::None,
                0 => Mishap::Swallowed,
                1 => Mishap::Twice,
                2 => Mishap::Late,
                _ => Mishap::Fault,
            };
            (there_ms, back_ms + if mishap == Mishap::Late { 5_000 } else { 0 }, mishap)
        });
        self.env.pause(there_ms).await;
        if mishap != Mishap::Late && !self.is_wanted(number, &question.rollout) {
            return;
        }
        let truth = self.answered(&question, mishap);
        self.env.pause(back_ms).await;
        if mishap != Mishap::Late && !self.is_wanted(number, &question.rollout) {
            return;
        }
        let told = if self.lies { SmokeVerdict::Passed } else { truth };
        let times = match mishap {
            Mishap::Swallowed => 0,
            Mishap::Twice => 2,
            Mishap::None | Mishap::Late | Mishap::Fault => 1,
        };
        for _ in 0..times {
            self.submit(&question, told).await;
        }
        self.asking(|(_, asking)| {
            if asking.get(&question.rollout).is_some_and(|(known, _)| *known == number) {
                asking.remove(&question.rollout);
            }
        });
    }

    fn answered(&self, question: &SmokeQuestion, mishap: Mishap) -> SmokeVerdict {
        self.env.with(|inner| {
            let behaviour = inner.world.target.behaviour(&question.slot.component, &question.version);
            let verdict = match behaviour.fails_smoke {
                _ if mishap == Mishap::Fault => SmokeVerdict::Faulted,
                Some(phase) if phase == question.phase => SmokeVerdict::Failed,
                Some(_) | None => SmokeVerdict::Passed,
            };
            inner.facts.push(Fact::Tested(Tested { by: self.by, question: question.clone(), verdict }));
            verdict
        })
    }

    async fn submit(&self, question: &SmokeQuestion, verdict: SmokeVerdict) {
        let Some(running) = self.running.upgrade() else { return };
        let engine = running.lock().unwrap_or_else(PoisonError::into_inner).get(&self.by).cloned();
        let Some(engine) = engine else { return };
        let SmokeQuestion { rollout, leg, phase, test, .. } = question.clone();
        let result = SmokeResult {
            verdict,
            attempts: 1,
            took_ms: 1,
            expected: test.expects(),
            seen: "something".to_owned(),
            output_digest: String::new(),
        };
        let answer = NewSmoke { rollout, leg, phase, test: test.name, result, output: b"something".to_vec() };
        let request = Request {
            actor: "tidegate".to_owned(),
            origin: None,
            by_person: false,
            key: None,
            seen: None,
            command: Command::AnswerSmoke(Box::new(answer)),
            dry_run: false,
        };
        // What cannot be written is asked again.
        drop(engine.submit(&request, now(&self.env)).await);
    }
}
