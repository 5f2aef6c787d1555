//! Sessions of people in a browser or at the command line.
//!
//! Invariant: the cookie holds 256 random bits that are kept hashed only; a session ends when it is idle too long, is too
//! old, or its person's sessions were all ended; every sign-in makes another one. Deliberately not here: cookies.

use serde::{Deserialize, Serialize};

use crate::Secret;
use crate::secret::{digest, hex, same};

/// Half a working day without a request.
pub const SESSION_IDLE_MS: u64 = 4 * 3_600_000;
pub const SESSION_MS_MAX: u64 = 7 * 24 * 3_600_000;

/// A session as it is kept, under the hash of its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub person: String,
    /// Of the person, when it began; another one now means that it has ended.
    pub generation: u64,
    pub began_ms: u64,
    pub used_ms: u64,
    /// Of the secret that requests which change something must bring along.
    pub csrf_hash: String,
}

pub struct NewSession {
    /// For the cookie.
    pub secret: Secret,
    /// To find it again.
    pub key: String,
    pub csrf: Secret,
    pub session: Session,
}

impl NewSession {
    pub fn begin(person: &str, generation: u64, (random, now_ms): ([u8; 32], u64)) -> Self {
        let secret = Secret::new(hex(&random));
        let csrf = csrf_token(&secret);
        let session = Session {
            person: person.to_owned(),
            generation,
            began_ms: now_ms,
            used_ms: now_ms,
            csrf_hash: digest(csrf.expose()),
        };
        Self { key: Session::key(&secret), secret, csrf, session }
    }
}

/// Follows from the session's secret, so that a page can be given it again without keeping it.
pub fn csrf_token(secret: &Secret) -> Secret {
    Secret::new(digest(&format!("csrf:{}", secret.expose())))
}

impl Session {
    /// Under what a session with this secret is kept.
    pub fn key(secret: &Secret) -> String {
        digest(secret.expose())
    }

    pub fn is_valid(&self, generation: u64, now_ms: u64) -> bool {
        let idle = now_ms.saturating_sub(self.used_ms) >= SESSION_IDLE_MS;
        let old = now_ms.saturating_sub(self.began_ms) >= SESSION_MS_MAX;
        self.generation == generation && !idle && !old
    }

    pub fn is_csrf(&self, token: &Secret) -> bool {
        same(&digest(token.expose()), &self.csrf_hash)
    }
}
