//! Sessions: begun, found again, ended.
//!
//! Invariant: what proves a session is kept hashed only; a person has at most [`SESSIONS_MAX`], the oldest goes first;
//! sessions survive a restart, as a note beside the log. Deliberately not here: when a session is over
//! (`tidegate-identity`), passwords.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use http::HeaderValue;
use serde::{Deserialize, Serialize};
use tidegate_domain::id::StreamId;
use tidegate_domain::name::PersonName;
use tidegate_identity::{NewSession, SESSION_MS_MAX, Secret, Session};
use tidegate_ports::{Batch, Fault, Note};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::app::App;

/// The prefix binds it to this host and to TLS, by the browser (RFC 6265bis, 4.1.3.2).
pub(crate) const COOKIE: &str = "__Host-tidegate";
pub(crate) const SESSIONS_NOTE: &str = "sessions";
const SESSIONS_MAX: usize = 20;
/// How often it is written that a session is used; idle sessions end after hours.
const WRITE_EVERY_MS: u64 = 5 * 60_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    key: String,
    session: Session,
    /// What was last written of when it was used.
    #[serde(skip)]
    written_ms: u64,
}

/// None where they were not read yet.
type OfPerson = Arc<Mutex<Option<Vec<Kept>>>>;

#[derive(Default)]
pub(crate) struct Sessions {
    people: StdMutex<BTreeMap<PersonName, OfPerson>>,
}

/// A person's sessions, held while they are changed.
pub(crate) struct Held {
    name: PersonName,
    kept: OwnedMutexGuard<Option<Vec<Kept>>>,
}

impl Sessions {
    pub async fn hold(app: &App, name: &PersonName) -> Result<Held, Fault> {
        let of_person = {
            let mut people = app.identity.sessions.people.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(people.entry(name.clone()).or_default())
        };
        let mut kept = of_person.lock_owned().await;
        if kept.is_none() {
            let note = app.store.note(&StreamId::Person(name.clone()), SESSIONS_NOTE).await?;
            // What cannot be read signs nobody in.
            *kept = Some(note.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default());
        }
        Ok(Held { name: name.clone(), kept })
    }

    /// The valid session that this secret proves; using it keeps it from ending idle.
    pub async fn find(
        app: &App,
        name: &PersonName,
        (secret, generation): (&Secret, u64),
    ) -> Result<Option<Found>, Fault> {
        let mut held = Self::hold(app, name).await?;
        let now = app.clock.now();
        let key = Session::key(secret);
        let Some(kept) = held.list().iter_mut().find(|kept| kept.key == key) else { return Ok(None) };
        if !kept.session.is_valid(generation, now.wall_ms) {
            return Ok(None);
        }
        kept.session.used_ms = now.wall_ms;
        let found = Found { key, session: kept.session.clone() };
        if now.wall_ms >= kept.written_ms.saturating_add(WRITE_EVERY_MS) {
            kept.written_ms = now.wall_ms;
            let batch =
                Batch { at: now, actor: name.to_string(), notes: vec![held.note()?], ..Batch::default() };
            // Only that it was used is lost.
            if let Err(error) = app.store.append(batch).await {
                tracing::warn!(%error, "that a session was used could not be written");
            }
        }
        Ok(Some(found))
    }
}

pub(crate) struct Found {
    pub key: String,
    pub session: Session,
}

impl Held {
    fn list(&mut self) -> &mut Vec<Kept> {
        self.kept.get_or_insert_default()
    }

    /// Those of an earlier generation, and those that are over, go with it.
    pub fn begin(&mut self, generation: u64, now_ms: u64) -> NewSession {
        let begun = NewSession::begin(self.name.as_str(), generation, (rand::random(), now_ms));
        let list = self.list();
        list.retain(|kept| kept.session.is_valid(generation, now_ms));
        while list.len() >= SESSIONS_MAX {
            list.remove(0);
        }
        list.push(Kept { key: begun.key.clone(), session: begun.session.clone(), written_ms: now_ms });
        begun
    }

    /// How many ended.
    pub fn end(&mut self, which: impl Fn(&str) -> bool) -> usize {
        let list = self.list();
        let before = list.len();
        list.retain(|kept| !which(&kept.key));
        before - list.len()
    }

    /// What is to be written; empty ones are forgotten.
    pub fn body(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let list = self.list();
        if list.is_empty() {
            return Ok(None);
        }
        serde_json::to_vec(list)
            .map(Some)
            .map_err(|why| Fault::hold("answer-unwritable", "sessions could not be written").caused_by(why))
    }

    /// What is held was not written after all: it is read again when it is next needed.
    pub fn forget(mut self) {
        *self.kept = None;
    }

    fn note(&mut self) -> Result<Note, Fault> {
        let (stream, body) = (StreamId::Person(self.name.clone()), self.body()?);
        Ok(Note { stream, name: SESSIONS_NOTE.to_owned(), body })
    }

    pub async fn write(mut self, app: &App) -> Result<(), Fault> {
        let batch = Batch {
            at: app.clock.now(),
            actor: self.name.to_string(),
            notes: vec![self.note()?],
            ..Batch::default()
        };
        let written = app.store.append(batch).await;
        match written {
            Ok(_) => Ok(()),
            Err(tidegate_ports::AppendError::Fault(fault)) => {
                self.forget();
                Err(fault)
            }
            Err(_) => {
                self.forget();
                Err(Fault::retry("too-busy", "the sessions could not be written").with_help("try again"))
            }
        }
    }
}

/// A browser sends it with requests of this site's own pages only.
pub(crate) fn cookie(name: &PersonName, secret: &Secret) -> Option<HeaderValue> {
    let age = SESSION_MS_MAX / 1000;
    let text = format!(
        "{COOKIE}={}; Path=/; Max-Age={age}; Secure; HttpOnly; SameSite=Strict",
        proof(name, secret).expose()
    );
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

pub(crate) fn cleared_cookie() -> HeaderValue {
    HeaderValue::from_static("__Host-tidegate=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict")
}

/// The secret, and whose sessions to look through for it.
pub(crate) fn proof(name: &PersonName, secret: &Secret) -> Secret {
    Secret::new(format!("{}.{name}", secret.expose()))
}

pub(crate) fn read_proof(text: &str) -> Option<(PersonName, Secret)> {
    let (secret, name) = text.split_once('.')?;
    let digits = secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| Some((name.parse().ok()?, Secret::new(secret))))?
}
