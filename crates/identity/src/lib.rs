//! By what somebody proves who they are: passwords, tokens, sessions, and how often they may try.
//!
//! Invariant: a secret is never printed, compared in a time that tells of it, or kept other than hashed. Chance and time
//! come in as arguments. Deliberately not here: what somebody may do (`tidegate-domain`), cookies and headers (the
//! server), identity providers.

mod flag_key;
mod password;
mod secret;
mod session;
mod throttle;
mod token;

pub use flag_key::{FlagKeyHash, ShownFlagKey, mint_flag_key, show_flag_key};
pub use password::{BadPassword, PASSWORD_CHARS_MIN, PasswordHash, hash_password, verify_password};
pub use secret::Secret;
pub use session::{NewSession, SESSION_IDLE_MS, SESSION_MS_MAX, Session, csrf_token};
pub use throttle::{Budget, Throttle, Wait};
pub use token::{BadToken, Minted, PresentedToken, mint, present};
