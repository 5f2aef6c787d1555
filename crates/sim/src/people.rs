//! People with plans: each acts at a time, with an idempotency key, and tries again until there is an answer.
//!
//! Invariant: a person gives up on an answer only when it comes; every act has a name of its own, so that what it caused
//! can be counted in the log.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tidegate_domain::catalog::Catalog;
use tidegate_domain::flag::FlagCommand;
use tidegate_domain::id::RolloutId;
use tidegate_domain::name::{EnvironmentName, FlagKey, Version};
use tidegate_domain::refusal::Refuse as _;
use tidegate_domain::strategy::Strategy;
use tidegate_engine::{
    Act as Engineered, Answer, Command, ForFlags, Key, NewRelease, Request, StartRollout, SubmitError,
};

use crate::env::Env;
use crate::fact::{Answered, Fact, Outcome, ProcessId};
use crate::process::Site;
use crate::random::Random;

/// What somebody will do, and when.
#[derive(Debug, Clone)]
pub struct Act {
    pub at_ms: u64,
    pub wish: Wish,
    /// Sends it twice at once, as an impatient browser does.
    pub doubled: bool,
}

#[derive(Debug, Clone)]
pub enum Wish {
    Apply(Box<Catalog>),
    Create(Box<NewRelease>),
    Deploy {
        release: Version,
        environment: EnvironmentName,
        strategy: Option<Strategy>,
        supersede: bool,
        independent: bool,
    },
    Promote {
        release: Version,
        supersede: bool,
    },
    Allow {
        release: Version,
        environment: EnvironmentName,
    },
    Flag(Vec<(FlagKey, FlagCommand)>),
    /// To one of the rollouts there are by then: the newest, the one before, …
    Steer {
        back: usize,
        how: Steering,
    },
    /// To this one.
    Certain {
        id: RolloutId,
        how: Steering,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steering {
    Hold,
    Resume,
    Promote,
    Abort,
    RollBack,
    /// In even steps.
    RollBackOver {
        seconds: u64,
    },
}

const TRIES_MAX: u32 = 60;

pub struct Person {
    pub site: Site,
    pub random: Random,
    /// Unique: what the log says about it can be counted.
    pub name: String,
    /// The rollouts there are, oldest first, asked when the time has come.
    pub known: Arc<std::sync::Mutex<Vec<RolloutId>>>,
}

impl Person {
    pub async fn act(mut self, act: Act) {
        let env = self.site.env.clone();
        let wait_ms = env.with(|inner| act.at_ms.saturating_sub(inner.now_ms));
        env.pause(wait_ms).await;
        let Some(command) = self.command(&act.wish) else { return };
        let digest = format!("{}:{:?}", self.name, act.wish);
        let starts = matches!(command, Command::StartRollout(_) | Command::Promote { .. });
        let request = Request {
            actor: self.name.clone(),
            origin: None,
            by_person: true,
            key: Some(Key { text: format!("key-{}", self.name), digest }),
            command,
            seen: None,
            dry_run: false,
        };
        if act.doubled {
            let twin = Person {
                site: self.site.clone(),
                random: self.random.fork(),
                name: self.name.clone(),
                known: Arc::clone(&self.known),
            };
            env.spawn(None, twin.insist(request.clone(), starts));
        }
        self.insist(request, starts).await;
    }

    fn command(&mut self, wish: &Wish) -> Option<Command> {
        Some(match wish {
            Wish::Apply(catalog) => Command::Apply((**catalog).clone()),
            Wish::Create(release) => Command::CreateRelease((**release).clone()),
            Wish::Deploy { release, environment, strategy, supersede, independent } => {
                Command::StartRollout(StartRollout {
                    release: release.clone(),
                    environment: environment.clone(),
                    strategy: strategy.clone(),
                    supersede: *supersede,
                    independent: *independent,
                })
            }
            Wish::Promote { release, supersede } => {
                Command::Promote { release: release.clone(), to: Vec::new(), supersede: *supersede }
            }
            Wish::Allow { release, environment } => {
                Command::Allow { release: release.clone(), environment: environment.clone() }
            }
            Wish::Flag(commands) => {
                let (commands, reason) = (commands.clone(), "because".to_owned());
                Command::Flags(Box::new(ForFlags { commands, reason }))
            }
            Wish::Steer { back, how } => {
                let known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let index = known.len().checked_sub(back + 1)?;
                steer(known[index].clone(), *how)
            }
            Wish::Certain { id, how } => steer(id.clone(), *how),
        })
    }

    /// Sends it again and again until it is known whether it happened.
    async fn insist(mut self, request: Request, starts: bool) {
        for attempt in 1..=TRIES_MAX {
            let answer = self.try_once(&request).await;
            let known = !matches!(answer, Outcome::Unknown(_));
            self.site.env.note(Fact::Answered(Answered {
                key: request.key.as_ref().map(|key| key.text.clone()).unwrap_or_default(),
                actor: request.actor.clone(),
                starts,
                attempt,
                answer,
            }));
            if known {
                return;
            }
            let pause_ms = self.random.between(200, 4_000);
            self.site.env.pause(pause_ms).await;
        }
    }

    async fn try_once(&mut self, request: &Request) -> Outcome {
        let Some((process, engine)) = self.site.any(&mut self.random) else {
            return Outcome::Unknown("nobody listens".to_owned());
        };
        let (now, request) = (self.site.moment(), request.clone());
        let call = async move { outcome(engine.submit(&request, now).await) };
        let within = Within { env: self.site.env.clone(), process, call: Some(Box::pin(call)) };
        within.await.unwrap_or_else(|| Outcome::Unknown("the connection broke".to_owned()))
    }
}

fn steer(id: RolloutId, how: Steering) -> Command {
    let reason = "because".to_owned();
    let act = match how {
        Steering::Hold => Engineered::Hold { reason },
        Steering::Resume => Engineered::Resume,
        Steering::Promote => Engineered::Promote,
        Steering::Abort => Engineered::Abort { reason },
        Steering::RollBack => Engineered::RollBack { reason, over_seconds: None },
        Steering::RollBackOver { seconds } => Engineered::RollBack { reason, over_seconds: Some(seconds) },
    };
    Command::Rollout { id, act }
}

fn outcome(answer: Result<Answer, SubmitError>) -> Outcome {
    match answer {
        Ok(answer) => Outcome::Done(serde_json::to_string(&answer).unwrap_or_default()),
        Err(SubmitError::Refused(refusal)) => Outcome::Refused(refusal.code().to_owned()),
        Err(SubmitError::KeyReused) => Outcome::Refused("key-reused".to_owned()),
        Err(SubmitError::ChangedMeanwhile) => Outcome::Refused("changed-meanwhile".to_owned()),
        Err(SubmitError::Fault(fault)) => Outcome::Unknown(fault.code.to_owned()),
    }
}

/// A call that lives in a process: it stands still while that is paused, and breaks when it dies.
struct Within {
    env: Env,
    process: ProcessId,
    call: Option<Pin<Box<dyn Future<Output = Outcome> + Send>>>,
}

impl Future for Within {
    type Output = Option<Outcome>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (alive, paused_until) =
            self.env.with(|inner| (inner.is_alive(self.process), inner.paused_until(Some(self.process))));
        if !alive {
            self.call = None;
            return Poll::Ready(None);
        }
        if let Some(until_ms) = paused_until {
            self.env.with(|inner| inner.wish(until_ms));
            return Poll::Pending;
        }
        match &mut self.call {
            Some(call) => call.as_mut().poll(context).map(Some),
            None => Poll::Ready(None),
        }
    }
}
