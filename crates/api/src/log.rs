//! What instances wrote.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One line of one instance. A followed log is these as JSON, one on each line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogLine {
    /// `api-1.2.0-0`
    pub instance: String,
    pub text: String,
}
