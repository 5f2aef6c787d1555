//! Checking and hashing passwords, a few at a time.
//!
//! Invariant: a name that nobody has costs as long as one that somebody has; tries are counted for the name and for the
//! address before anything is worked out; never more than [`AT_ONCE`] hashes (19 MiB each) are worked out at once, and
//! off the threads that answer requests. Deliberately not here: the hash itself (`tidegate-identity`).

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use tidegate_domain::moment::Steady;
use tidegate_identity::{Budget, PasswordHash, Secret, Throttle, Wait, hash_password, verify_password};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::Trouble;

/// Under this name a person's hash is kept beside the log.
pub(crate) const PASSWORD_NOTE: &str = "password";

const AT_ONCE: usize = 2;
/// Who waits for a place; more than this would wait too long to be worth it.
const WAITING_MAX: usize = 64;
/// Names and addresses that are remembered; a flood of made-up ones must not take all memory.
const KEYS_MAX: usize = 20_000;
const NAME_BYTES_MAX: usize = 64;

pub(crate) struct Passwords {
    working: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    names: Mutex<Throttle>,
    addresses: Mutex<Throttle>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            working: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::new(Semaphore::new(WAITING_MAX)),
            names: Mutex::new(Throttle::new(Budget::ACCOUNT, KEYS_MAX)),
            addresses: Mutex::new(Throttle::new(Budget::ADDRESS, KEYS_MAX)),
        }
    }
}

impl Passwords {
    /// Counts a try for the name and from the address, or says how long to wait.
    pub fn attempt(&self, name: &str, from: Option<IpAddr>, now: Steady) -> Result<(), Trouble> {
        let address = from.map_or_else(String::new, |from| from.to_string());
        lock(&self.addresses).attempt(&address, now.0).map_err(too_many)?;
        lock(&self.names).attempt(key(name), now.0).map_err(too_many)
    }

    pub fn forgive(&self, name: &str) {
        lock(&self.names).forgive(key(name));
    }

    /// Whether this is the password; without a hash it is not, after as long.
    pub async fn check(&self, password: Secret, hash: Option<PasswordHash>) -> Result<bool, Trouble> {
        let place = self.place().await?;
        let working = tokio::task::spawn_blocking(move || {
            let _place = place;
            verify_password(&password, hash.as_ref())
        });
        working.await.map_err(|_| Trouble::bug())
    }

    pub async fn hash(&self, name: String, password: Secret) -> Result<PasswordHash, Trouble> {
        let place = self.place().await?;
        let salt: [u8; 16] = rand::random();
        let working = tokio::task::spawn_blocking(move || {
            let _place = place;
            hash_password(&name, &password, &salt)
        });
        working.await.map_err(|_| Trouble::bug())?.map_err(|bad| {
            Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, bad.code(), bad.to_string())
                .help("a sentence of a few words is easy to remember and hard to guess")
        })
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, Trouble> {
        let Ok(_waiting) = self.waiting.try_acquire() else {
            let detail = "more people sign in at once than this server works out passwords for";
            let trouble = Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "too-busy", detail);
            let trouble = trouble.help("try again in a few seconds");
            return Err(Trouble { retry_after_seconds: Some(2), ..trouble });
        };
        Arc::clone(&self.working).acquire_owned().await.map_err(|_| Trouble::bug())
    }
}

/// Names are compared in lower case; what is longer than any name is cut, so that keys stay small.
fn key(name: &str) -> &str {
    let mut end = name.len().min(NAME_BYTES_MAX);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

fn too_many(wait: Wait) -> Trouble {
    let seconds = u32::try_from(wait.retry_after_ms.div_ceil(1000)).unwrap_or(u32::MAX);
    let trouble = Trouble::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-tries",
        format!("too many tries to sign in; the next one is possible in {seconds} seconds"),
    );
    let trouble = trouble.help(
        "wait, then try once more; an administrator can set another password: `tidegate user password NAME`",
    );
    Trouble { retry_after_seconds: Some(seconds), ..trouble }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_a_name_and_a_hundred_an_address() {
        let passwords = Passwords::default();
        let from = |last: u8| Some(IpAddr::from([10, 0, 0, last]));
        for _ in 0..10 {
            passwords.attempt("ann", from(1), Steady(0)).unwrap();
        }
        let refused = passwords.attempt("ann", from(2), Steady(60_000)).unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.code), (429, "too-many-tries"));
        assert_eq!(refused.retry_after_seconds, Some(14 * 60));
        for number in 0..90 {
            passwords.attempt(&format!("name-{number}"), from(1), Steady(60_000)).unwrap();
        }
        // The address has used up its own.
        assert_eq!(passwords.attempt("bob", from(1), Steady(60_000)).unwrap_err().code, "too-many-tries");
        passwords.attempt("bob", from(3), Steady(60_000)).unwrap();
        passwords.attempt("ann", from(3), Steady(15 * 60_000)).unwrap();
    }

    #[test]
    fn a_long_name_is_cut_at_a_sign() {
        assert_eq!(key("ann"), "ann");
        assert_eq!(key(&"ü".repeat(60)).len(), 64);
        assert_eq!(key(&format!("a{}", "ü".repeat(60))).len(), 63);
    }

    #[tokio::test]
    async fn two_hashes_are_worked_out_at_once_and_of_those_who_wait_one_too_many_is_told_so() {
        let passwords = Passwords::default();
        let (one, two) = (passwords.place().await.unwrap(), passwords.place().await.unwrap());
        let mut waiting: Vec<_> = (0..WAITING_MAX).map(|_| Box::pin(passwords.place())).collect();
        for place in &mut waiting {
            assert!(futures_util::poll!(place.as_mut()).is_pending());
        }
        let refused = passwords.place().await.unwrap_err();
        assert_eq!((refused.code, refused.retry_after_seconds), ("too-busy", Some(2)));
        drop((one, two));
        // Each gives its place to the next.
        for place in waiting {
            drop(place.await.unwrap());
        }
    }
}
