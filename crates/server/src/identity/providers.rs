//! The identity providers that people sign in through, and what is under way with them.
//!
//! Invariant: an attempt belongs to one browser and one provider, and is used once; a restart ends all of them. Deliberately
//! not here: the protocol (`tidegate-openid`), and whose identity it is (`whose`).

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tidegate_api::BASE_PATH;
use tidegate_connectors::guard::Url;
use tidegate_domain::name::{GroupName, PersonName};
use tidegate_identity::Secret;
use tidegate_openid::{Attempt, Provider, Settings};
use tidegate_ports::Fault;

use super::once::{Once, Room};

/// The prefix binds it to this host and to TLS, by the browser. Lax, since it is a page of the provider that leads back.
pub(crate) const ATTEMPT_COOKIE: &str = "__Host-tidegate-oidc";
pub(crate) const ATTEMPT_SECONDS: u64 = 600;
const ATTEMPTS: Room = Room { lasts_ms: ATTEMPT_SECONDS * 1_000, most: 4_096, most_each: 256 };
const CODES: Room = Room { lasts_ms: 60_000, most: 4_096, most_each: 256 };

pub(crate) struct Providers {
    all: Vec<Provider>,
    /// Where browsers reach this server, without a slash at its end.
    public_url: String,
    attempts: Mutex<Once<Sent>>,
    codes: Mutex<Once<Code>>,
    /// Held from the look at whose an identity is until that is written.
    pub linking: tokio::sync::Mutex<()>,
}

/// A browser that was sent to a provider.
pub(crate) struct Sent {
    pub provider: String,
    pub attempt: Attempt,
    /// What the cookie of that browser holds.
    pub browser: Secret,
    pub return_to: Option<String>,
    pub terminal: Option<Terminal>,
    /// Its session until now: the cookie of that one does not come along from another site.
    pub before: Option<(PersonName, Secret)>,
}

/// A command line that waits on this machine for the browser.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    pub port: u16,
    pub challenge: String,
    /// What it knows the answer by; its beginning is shown to the person, here and there.
    pub state: String,
}

/// Somebody who is signed in, once the command line that began it says so.
pub(crate) struct Code {
    pub name: PersonName,
    pub generation: u64,
    pub provider: String,
    pub challenge: String,
}

impl Providers {
    /// `own` is where the server itself listens.
    pub fn open(settings: Option<&Path>, own: &Url, allowed: &[String]) -> Result<Self, Fault> {
        let settings = settings
            .map(Settings::open)
            .transpose()
            .map_err(|bad| Fault::hold(bad.code(), bad.to_string()).with_help(bad.help()))?;
        let public_url = settings.as_ref().and_then(|settings| settings.public_url.as_ref()).unwrap_or(own);
        let public_url = public_url.as_str().trim_end_matches('/').to_owned();
        let all = settings.into_iter().flat_map(|settings| settings.providers);
        let all = all.map(|settings| {
            let name = settings.name.clone();
            let bad_groups = settings
                .groups
                .iter()
                .flat_map(|(_, map)| map.values())
                .find_map(|group| GroupName::new(group).err());
            match bad_groups {
                Some(why) => Err(unusable(&name, &why.to_string())),
                None => Provider::new(settings, allowed).map_err(|why| unusable(&name, &why)),
            }
        });
        Ok(Self {
            all: all.collect::<Result<_, _>>()?,
            public_url,
            attempts: Mutex::new(Once::new(ATTEMPTS)),
            codes: Mutex::new(Once::new(CODES)),
            linking: tokio::sync::Mutex::default(),
        })
    }

    pub fn all(&self) -> &[Provider] {
        &self.all
    }

    pub fn get(&self, name: &str) -> Option<&Provider> {
        self.all.iter().find(|provider| provider.settings.name == name)
    }

    /// Where the provider sends the browser back to; it has to be registered there.
    pub fn back(&self, name: &str) -> String {
        format!("{}{}/callback", self.public_url, start(name))
    }

    pub fn attempts(&self) -> MutexGuard<'_, Once<Sent>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn codes(&self) -> MutexGuard<'_, Once<Code>> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a browser begins.
pub(crate) fn start(name: &str) -> String {
    format!("{BASE_PATH}/session/oidc/{name}")
}

fn unusable(name: &str, why: &str) -> Fault {
    Fault::hold(
        "sign-in-settings-unusable",
        format!("the provider `{name}` cannot be used to sign in: {why}"),
    )
    .with_help("correct the file that `tidegate up --sign-in` names")
}
