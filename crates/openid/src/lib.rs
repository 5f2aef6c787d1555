//! Signing in by OpenID Connect: the authorization code flow with PKCE, as a relying party.
//!
//! Invariant: nothing is believed of an identity provider that its signature, or TLS to the very endpoint that it named,
//! does not cover; chance and time are arguments. Deliberately not here: whose identity it is, sessions, cookies, and what
//! waits for an answer of the provider (the server's).

mod failure;
mod fetch;
mod identity;
mod keys;
mod metadata;
mod pkce;
mod provider;
mod settings;
mod token;

pub use failure::Failure;
pub use identity::Identity;
pub use pkce::{Attempt, challenge_of};
pub use provider::{Provider, Returned};
pub use settings::{BadSettings, ProviderSettings, Settings};
pub use token::BadToken;
