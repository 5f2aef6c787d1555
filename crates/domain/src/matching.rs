//! Requests told apart by what they carry.

use serde::{Deserialize, Serialize};

/// What a request carries so that it reaches the candidate whatever the share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Match {
    Header { name: String, value: String },
    Cookie { name: String, value: String },
}
