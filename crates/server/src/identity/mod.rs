//! Who asks, how they proved it, and whether they may.
//!
//! Invariant: as long as there is nobody, and nothing else was asked for, names are taken at their word and everybody may
//! everything (this machine only); from the first person on, nobody may anything without proof. Deliberately not here:
//! what roles may do (`domain::rights`), hashing and tokens (`tidegate-identity`), routes.

mod admit;
mod caller;
mod last_used;
mod need;
mod once;
mod passwords;
mod providers;
mod refuse;
mod sessions;
mod setup;
mod sight;
mod whose;

pub(crate) use admit::{SESSION_PREFIX, admit, cookie_named, same_site, secret_of_cookie};
pub(crate) use caller::{Caller, How};
pub(crate) use last_used::LastUsed;
pub(crate) use need::need;
pub(crate) use once::Full;
pub(crate) use passwords::{PASSWORD_NOTE, Passwords};
pub(crate) use providers::{
    ATTEMPT_COOKIE, ATTEMPT_SECONDS, Code, Providers, Sent, Terminal, start as start_of,
};
pub(crate) use refuse::{must, must_in, unknown_project};
pub(crate) use sessions::{SESSIONS_NOTE, Sessions, cleared_cookie, cookie, proof};
pub(crate) use setup::Setup;
pub(crate) use sight::{Seen, Sight, sees_people, sees_whole};
pub(crate) use whose::{Whose, whose};

use std::path::PathBuf;

use tidegate_connectors::guard::Url;
use tidegate_ports::Fault;

use crate::options::Options;
use crate::pace::Limits;

/// What the server keeps of proofs.
pub(crate) struct Identity {
    /// Whether somebody must sign in also while there is nobody yet.
    pub require_login: bool,
    /// Whether others than this machine can ask.
    pub is_public: bool,
    /// Whether a proxy says where clients are.
    pub behind_proxy: bool,
    pub passwords: Passwords,
    pub sessions: Sessions,
    pub last_used: LastUsed,
    pub setup: Setup,
    pub providers: Providers,
    pub limits: Limits,
}

impl Identity {
    /// `nobody` says whether there are no people yet; `own` is where the server listens.
    pub fn open(setup: PathBuf, nobody: bool, (options, own): (&Options, &Url)) -> Result<Self, Fault> {
        let allowed = &options.outside.allowed_hosts;
        Ok(Self {
            providers: Providers::open(options.sign_in.as_deref(), own, allowed)?,
            limits: Limits::new(options.paces),
            require_login: options.require_login,
            is_public: options.is_public(),
            behind_proxy: options.behind_tls_proxy,
            passwords: Passwords::default(),
            sessions: Sessions::default(),
            last_used: LastUsed::default(),
            setup: Setup::open(setup, nobody)?,
        })
    }
}
