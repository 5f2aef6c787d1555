//! Questions of gates to other systems: sent, and what came back handed to the engine.
//!
//! Invariant: of one question at most one is under way; whoever wants the same waits for that one. An answer is a command
//! like any other, so a question that a crash swallowed is asked again under the same id. Deliberately not here: when a
//! question is due and what an answer is worth (`domain::gate`), reading it (`connectors::inquire`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde_json::json;
use tidegate_api::BASE_PATH;
use tidegate_connectors::deliver::{Endpoint, Message};
use tidegate_connectors::guard::{Guard, SendFailure, Url};
use tidegate_connectors::inquire::{Verdict, inquire};
use tidegate_connectors::standard_webhooks::{MessageId, SigningKey};
use tidegate_domain::catalog::Catalog;
use tidegate_domain::gate::{GateRule, Reply};
use tidegate_domain::name::{EnvironmentName, GateName, ProjectName, Version};
use tidegate_engine::{Command, NewAnswer, Request};
use tidegate_ports::{Inquirer, Question, SecretSource};
use tokio::sync::{Semaphore, mpsc, watch};

use crate::app::App;

/// Wanted and not begun; what does not fit is wanted again by the next turn.
const WANTED_MAX: usize = 1_000;
const ASKING_MAX: usize = 32;

/// One thing that is asked.
type Subject = (Version, EnvironmentName, GateName, String);

pub(crate) struct Inquiries {
    wanted: mpsc::Sender<Question>,
    /// Closed once the answer is written, or cannot be had.
    under_way: Mutex<BTreeMap<Subject, watch::Receiver<()>>>,
    room: Arc<Semaphore>,
    secrets: Arc<dyn SecretSource>,
}

impl Inquirer for Inquiries {
    fn want(&self, question: Question) {
        if !self.under_way().contains_key(&subject(&question)) {
            // Full: the next turn wants it again.
            let _later = self.wanted.try_send(question);
        }
    }
}

impl Inquiries {
    pub fn new(secrets: Arc<dyn SecretSource>) -> (Arc<Self>, mpsc::Receiver<Question>) {
        let (wanted, receiver) = mpsc::channel(WANTED_MAX);
        let room = Arc::new(Semaphore::new(ASKING_MAX));
        (Arc::new(Self { wanted, under_way: Mutex::default(), room, secrets }), receiver)
    }

    fn under_way(&self) -> MutexGuard<'_, BTreeMap<Subject, watch::Receiver<()>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks, unless it is being asked; the receiver sees its end.
    fn begin(&self, app: &Arc<App>, question: Question) -> watch::Receiver<()> {
        let subject = subject(&question);
        let mut under_way = self.under_way();
        if let Some(known) = under_way.get(&subject) {
            return known.clone();
        }
        let (ended, end) = watch::channel(());
        under_way.insert(subject.clone(), end.clone());
        let asking = UnderWay { app: Arc::clone(app), subject, _ended: ended };
        let mut stopping = app.stopping.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = answer(&asking.app, question) => {}
                // The next start asks again.
                _ = stopping.wait_for(|stopping| *stopping) => {}
            }
        });
        end
    }
}

/// Makes room for the next question however this one ends.
struct UnderWay {
    app: Arc<App>,
    subject: Subject,
    _ended: watch::Sender<()>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.app.inquiries.under_way().remove(&self.subject);
    }
}

fn subject(question: &Question) -> Subject {
    let Question { release, environment, gate, digest, .. } = question;
    (release.clone(), environment.clone(), gate.clone(), digest.clone())
}

/// Sends what the engine wants asked.
pub(crate) async fn run(app: Arc<App>, mut wanted: mpsc::Receiver<Question>) {
    while let Some(question) = wanted.recv().await {
        app.inquiries.begin(&app, question);
    }
}

/// So that somebody who looks sees answers of now: asks what is due there, and waits until each has ended one way or the
/// other. What cannot be asked stays closed, and says why.
pub(crate) async fn ask(app: &Arc<App>, release: &Version, environments: &[EnvironmentName]) {
    let mut ends = Vec::new();
    for environment in environments {
        // Refusals and faults are told by what follows.
        let questions = app.engine.questions(release, environment, app.clock.now()).await;
        let questions = questions.unwrap_or_default();
        ends.extend(questions.into_iter().map(|question| app.inquiries.begin(app, question)));
    }
    for mut end in ends {
        // An error is the end: whoever asked has dropped their side.
        while end.changed().await.is_ok() {}
    }
}

/// Every address that gates ask, before a configuration is kept. A name that nobody knows now may be known later.
pub(crate) async fn check(
    guard: &Guard,
    catalog: &Catalog,
) -> Result<(), (GateName, EnvironmentName, SendFailure)> {
    let stages = catalog.pipeline.iter().chain(&catalog.hotfix_pipeline).flat_map(|way| &way.stages);
    let mut seen = BTreeSet::new();
    for stage in stages {
        for gate in &stage.gates {
            let GateRule::Webhook(rule) = &gate.rule else { continue };
            if !seen.insert(rule.url.as_str()) {
                continue;
            }
            match guard.check(&rule.url).await {
                Ok(_) | Err(SendFailure::UnknownHost { .. }) => {}
                Err(failure) => return Err((gate.name.clone(), stage.environment.clone(), failure)),
            }
        }
    }
    Ok(())
}

async fn answer(app: &Arc<App>, question: Question) {
    let reply = send(app, &question).await;
    let Question { release, environment, gate, digest, .. } = question;
    let command = Command::AnswerGate(NewAnswer { release, environment, gate, digest, reply });
    let actor = "tidegate".to_owned();
    let request =
        Request { actor, origin: None, by_person: false, key: None, command, seen: None, dry_run: false };
    if let Err(error) = app.engine.submit(&request, app.clock.now()).await {
        tracing::warn!(%error, "what a gate was answered could not be written; it is asked again");
    }
}

async fn send(app: &App, question: &Question) -> Reply {
    let failed = |code: &str, message: String| Reply::Failed { code: code.to_owned(), message };
    let _room = app.inquiries.room.acquire().await;
    let Some(desk) = app.desk.get() else {
        return failed("endpoint-unreachable", "this server does not serve yet".to_owned());
    };
    let key = match key(app, question).await {
        Ok(key) => key,
        Err(reply) => return reply,
    };
    let now_ms = app.clock.now().wall_ms;
    let Ok(id) = MessageId::parse(&question.id) else {
        return failed("webhook-unsendable", "the question has no usable id".to_owned());
    };
    let message = Message::json(id, body(question, &desk.server, now_ms));
    let endpoint = Endpoint::new(question.rule.url.clone(), vec![key]);
    let deadline = Duration::from_secs(question.rule.deadline_seconds);
    match inquire(&desk.guard, (&endpoint, &message), deadline, now_ms / 1000).await {
        Ok(Verdict { open, reason }) => Reply::Said { open, reason },
        Err(failure) => failed(failure.code, failure.message),
    }
}

/// The environment's secret that signs.
async fn key(app: &App, question: &Question) -> Result<SigningKey, Reply> {
    let (environment, name) = (&question.environment, &question.rule.secret);
    let failed = |code: &str, message: String| Reply::Failed { code: code.to_owned(), message };
    let mut found = app
        .inquiries
        .secrets
        .reveal(environment, &BTreeSet::from([name.clone()]))
        .await
        .map_err(|fault| failed(fault.code, format!("no secret signs the question: {fault}")))?;
    let value = found.remove(name).map(|revealed| revealed.value).unwrap_or_default();
    SigningKey::parse(value.expose_secret()).map_err(|refusal| {
        failed(refusal.code(), format!("the secret {name} of {environment} signs nothing: {refusal}"))
    })
}

fn body(question: &Question, server: &Url, now_ms: u64) -> Vec<u8> {
    let about = &question.about;
    let components: BTreeMap<_, _> = about
        .components
        .iter()
        .map(|(name, (version, digest))| (name.to_string(), json!({ "version": version, "digest": digest })))
        .collect();
    json!({
        "type": "gate.asked",
        "asked_at_ms": now_ms,
        "project": about.project,
        "release": question.release,
        "kind": about.kind,
        "change": about.change,
        "author": about.author,
        "environment": question.environment,
        "stage": about.stage,
        "gate": question.gate,
        "digest": question.digest,
        "components": components,
        "rollout": about.rollout,
        "link": link(question, server),
    })
    .to_string()
    .into_bytes()
}

/// Where the gates can be read.
fn link(question: &Question, server: &Url) -> String {
    let project = if question.about.project == ProjectName::first().as_str() {
        String::new()
    } else {
        format!("/projects/{}", question.about.project)
    };
    let path = format!("{BASE_PATH}{project}/environments/{}/gates", question.environment);
    let mut link = server.clone();
    link.set_path(&path);
    link.query_pairs_mut().append_pair("release", question.release.as_str());
    link.to_string()
}
