//! What happened to a source of scope.
//!
//! Invariant: one page is one event, so no event grows with how much a tracker holds. Deliberately not here: tokens.

use serde::{Deserialize, Serialize};
use tidegate_plan::tracked::TrackedItem;

use super::{Definition, Pause, Stop};
use crate::name::ScopeSourceName;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScopeSourceEvent {
    /// The first one makes it; one that reads other things begins anew.
    Set {
        name: ScopeSourceName,
        definition: Box<Definition>,
        by: String,
        at_ms: u64,
    },
    /// Somebody asked for it to be read.
    Asked {
        by: String,
        at_ms: u64,
    },
    /// One page, and where the next one is.
    Imported {
        items: Vec<TrackedItem>,
        /// Keys of what is no longer listed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gone: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
        /// It was the last page.
        whole: bool,
        at_ms: u64,
    },
    /// The tracker asked for a pause, after which the same page is asked for.
    Paused {
        pause: Pause,
        cursor: String,
    },
    /// Nothing more can be read until somebody has done something.
    Stopped {
        stop: Stop,
        cursor: String,
    },
    /// The tracker itself told of one item.
    Told {
        item: Box<TrackedItem>,
        at_ms: u64,
    },
    Removed {
        by: String,
        at_ms: u64,
    },
}

impl ScopeSourceEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Set { .. } => "scope-source.set",
            Self::Asked { .. } => "scope-source.asked",
            Self::Imported { .. } => "scope-source.imported",
            Self::Paused { .. } => "scope-source.paused",
            Self::Stopped { .. } => "scope-source.stopped",
            Self::Told { .. } => "scope-source.told",
            Self::Removed { .. } => "scope-source.removed",
        }
    }
}
