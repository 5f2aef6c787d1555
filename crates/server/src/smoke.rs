//! Smoke tests under way: each asked on this machine, its outcome handed to the engine.
//!
//! Invariant: of one rollout at most one is under way, and it ends as soon as the rollout waits for something else. An outcome
//! is a command like any other, so a test that a crash swallowed is asked again, and one whose outcome was written is not.
//! Deliberately not here: when one is due (`domain::rollout`), and asking it (`targets`).

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_domain::id::RolloutId;
use tidegate_engine::{Command, NewSmoke, Request};
use tidegate_ports::{SmokeOutcome, SmokeQuestion, SmokeTester};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{AbortHandle, JoinSet};

use crate::app::App;

/// Said and not looked at yet; what does not fit is said again by the next turn.
const WANTED_MAX: usize = 4_096;
/// Each may start a process.
const ASKING_MAX: usize = 32;

pub(crate) type Wanted = (RolloutId, Option<SmokeQuestion>);

pub(crate) struct Smokes {
    wanted: mpsc::Sender<Wanted>,
}

impl SmokeTester for Smokes {
    fn attend(&self, rollout: &RolloutId, wanted: Option<SmokeQuestion>) {
        // Full: the next turn says it again.
        let _later = self.wanted.try_send((rollout.clone(), wanted));
    }
}

impl Smokes {
    pub fn new() -> (Arc<Self>, mpsc::Receiver<Wanted>) {
        let (wanted, receiver) = mpsc::channel(WANTED_MAX);
        (Arc::new(Self { wanted }), receiver)
    }
}

/// Asks what rollouts wait for. Dropped, it ends what is under way.
pub(crate) async fn run(app: Arc<App>, mut wanted: mpsc::Receiver<Wanted>) {
    let room = Arc::new(Semaphore::new(ASKING_MAX));
    let mut under_way: BTreeMap<RolloutId, (SmokeQuestion, AbortHandle)> = BTreeMap::new();
    let mut tasks = JoinSet::new();
    while let Some((rollout, question)) = wanted.recv().await {
        while tasks.try_join_next().is_some() {}
        let same = |(asked, task): &(SmokeQuestion, AbortHandle)| {
            question.as_ref() == Some(asked) && !task.is_finished()
        };
        if under_way.get(&rollout).is_some_and(same) {
            continue;
        }
        if let Some((_, task)) = under_way.remove(&rollout) {
            task.abort();
        }
        if let Some(question) = question {
            let task = tasks.spawn(ask(Arc::clone(&app), Arc::clone(&room), question.clone()));
            under_way.insert(rollout, (question, task));
        }
    }
}

async fn ask(app: Arc<App>, room: Arc<Semaphore>, question: SmokeQuestion) {
    let _room = room.acquire().await;
    // A turn that began before the last outcome was written may still have wanted it.
    match app.engine.smoke_question(&question.rollout).await {
        Ok(now) if now.as_ref() == Some(&question) => {}
        Ok(_) | Err(_) => return,
    }
    let SmokeOutcome { result, output } = app.machine.smoke(&question).await;
    let SmokeQuestion { rollout, leg, phase, test, .. } = question;
    let answer = NewSmoke { rollout, leg, phase, test: test.name, result, output };
    let request = Request {
        actor: "tidegate".to_owned(),
        origin: None,
        by_person: false,
        key: None,
        command: Command::AnswerSmoke(Box::new(answer)),
        seen: None,
        dry_run: false,
    };
    if let Err(error) = app.engine.submit(&request, app.clock.now()).await {
        tracing::warn!(%error, "what came of a smoke test could not be written; it is asked again");
    }
}
