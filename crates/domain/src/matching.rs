//! Requests told apart by what they carry, or by where they come in.

use serde::{Deserialize, Serialize};

/// What a request carries so that it reaches the candidate whatever the share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Match {
    Header {
        name: String,
        value: String,
    },
    Cookie {
        name: String,
        value: String,
    },
    /// Whatever comes in at this address of the gateway's, which is nobody else's: `127.0.0.1:8081`.
    Address {
        listen: String,
    },
}
