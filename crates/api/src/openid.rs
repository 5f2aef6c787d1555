//! Signing in through identity providers, and which identities there are somebody here.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::session::Hidden;

/// Where one can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Provider {
    #[schema(example = "corp")]
    pub name: String,
    /// How it is called on pages.
    #[schema(example = "Corp SSO")]
    pub display: String,
    #[schema(example = "https://sso.example.com/realms/main")]
    pub issuer: String,
    /// Where a browser begins; `?return_to=/path` says where it goes afterwards.
    #[schema(example = "/api/v1/session/oidc/corp")]
    pub start: String,
}

/// What a command line that began a sign-in in a browser takes its session with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishSignInRequest {
    /// What the browser brought; it holds once, for a minute.
    pub code: Hidden,
    /// What the challenge was made of that the sign-in began with.
    pub verifier: Hidden,
}

/// Somebody, by an identity provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    #[schema(example = "https://sso.example.com/realms/main", min_length = 1, max_length = 500)]
    pub issuer: String,
    /// The claim `sub`: never given to anybody else there.
    #[schema(example = "248289761001", min_length = 1, max_length = 255)]
    pub subject: String,
}

/// In the place of all links before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinksRequest {
    #[schema(max_items = 20)]
    pub links: Vec<Link>,
}
