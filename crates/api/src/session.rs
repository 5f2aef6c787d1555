//! Signing in, and who somebody is then.
//!
//! Invariant: `Debug` shows no password and no secret.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::person::{Grant, PersonKind, Right};

/// Text that is printed nowhere.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password)]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Hidden(…)")
    }
}

/// Makes the first administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupRequest {
    /// What stands in the file `setup` of the data directory.
    pub secret: Hidden,
    #[schema(example = "ann", pattern = "^[a-z0-9][a-z0-9._:@-]{0,63}$")]
    pub name: String,
    /// The name where absent.
    #[serde(default)]
    #[schema(example = "Ann Lee", max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub display: Option<String>,
    pub password: Hidden,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    #[schema(example = "ann", max_length = 64)]
    pub name: String,
    pub password: Hidden,
    /// Answer the session for an `Authorization` header instead of setting a cookie: for what is no browser.
    #[serde(default)]
    pub bearer: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedIn {
    #[schema(example = "ann")]
    pub name: String,
    pub display: String,
    /// When it ends however much it is used; four hours without a request end it earlier.
    pub expires_ms: u64,
    /// To be sent as `X-CSRF-Token` with whatever changes something, where a cookie was set.
    pub csrf: Option<Hidden>,
    /// To be sent as `Authorization: Bearer …`, where it was asked for.
    pub bearer: Option<Hidden>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedOut {
    /// How many sessions ended.
    pub sessions: usize,
}

/// A right, and where it holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct May {
    pub right: Right,
    /// Everywhere in the project where absent.
    #[schema(example = "production")]
    pub environment: Option<String>,
    /// Over the whole installation, not this project alone: people and settings.
    pub installation: bool,
}

/// Who asks, as the server sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Whoami {
    #[schema(example = "ann")]
    pub name: String,
    /// Nobody is known here yet, names are taken at their word, and everybody may do everything.
    pub open: bool,
    pub kind: PersonKind,
    pub display: String,
    /// `open`, `session`, `token`.
    #[schema(example = "session")]
    pub how: String,
    /// What they may do now; through a token, at most what its scope says.
    pub grants: Vec<Grant>,
    pub groups: Vec<String>,
    /// What they may do in the project that was asked, as it would be decided now; sorted, each once.
    #[serde(default)]
    #[schema(required)]
    pub may: Vec<May>,
    /// As at sign-in, for a page that was loaded anew.
    pub csrf: Option<Hidden>,
}
