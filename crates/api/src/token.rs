//! API tokens.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::person::Grant;
use crate::session::Hidden;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// The part that may be seen: `tdg_` and this begin the token.
    #[schema(example = "0f1e2d3c4b5a6978")]
    pub id: String,
    pub person: String,
    #[schema(
        example = "ci",
        min_length = 1,
        max_length = 100,
        pattern = "^[^\\u0000-\\u0020\\u007f-\\u00a0][^\\u0000-\\u001f\\u007f-\\u009f]*$"
    )]
    pub label: String,
    /// The most it may do; whatever its owner may where absent.
    pub scope: Option<Vec<Grant>>,
    pub issued_ms: u64,
    pub expires_ms: u64,
    pub revoked: bool,
    /// Whether it can be used now.
    pub valid: bool,
    /// To about a minute; absent where it never was.
    pub last_used_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueTokenRequest {
    /// What it is for: one line, without spaces at its ends.
    #[schema(
        example = "ci",
        max_length = 100,
        pattern = r"^[^\x00-\x20\x7f-\xa0]([^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0])?$"
    )]
    pub label: String,
    /// 30 days where absent, at most a year.
    #[serde(default, deserialize_with = "crate::whole::maybe")]
    #[schema(minimum = 1, maximum = 31_622_400)]
    pub expires_seconds: Option<u64>,
    /// The most it may do; whatever its owner may where absent.
    #[serde(default)]
    #[schema(min_items = 1)]
    pub scope: Option<Vec<Grant>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenIssued {
    pub token: Token,
    /// `tdg_…`, shown this once and kept nowhere.
    pub secret: Hidden,
}
