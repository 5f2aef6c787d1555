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
    /// One of these.
    Any(Vec<Match>),
}

impl Match {
    /// Whoever one of them names; `None` where there is none.
    pub fn any(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut named: Vec<Self> = Vec::new();
        for one in all.into_iter().flat_map(Self::alternatives) {
            if !named.contains(&one) {
                named.push(one);
            }
        }
        if named.len() > 1 { Some(Self::Any(named)) } else { named.pop() }
    }

    /// Each alone, in their order.
    pub fn alternatives(self) -> Vec<Self> {
        match self {
            Self::Any(all) => all.into_iter().flat_map(Self::alternatives).collect(),
            Self::Header { .. } | Self::Cookie { .. } | Self::Address { .. } => vec![self],
        }
    }
}
