//! The body of a request whose path says all there is to say.
//!
//! Invariant: it has no members, so that a slip of the pen is refused here as everywhere.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// It says nothing: the path does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmptyRequest {}
