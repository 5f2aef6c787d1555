//! YAML with limits, and its errors as a line and a sentence.
//!
//! Invariant: a hostile file is refused after a bounded amount of work.

use serde::de::DeserializeOwned;
use serde_saphyr::{DuplicateKeyPolicy, Options, alias_limits, budget, options};

/// One more than enough for any configuration of notes.
pub const BYTES_MAX: usize = 1 << 18;
const NODES_MAX: usize = 20_000;
const DEPTH_MAX: usize = 12;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// 1-based.
    pub line: usize,
    pub message: String,
}

pub fn read<T: DeserializeOwned + Default>(text: &str) -> Result<T, Wrong> {
    if text.len() > BYTES_MAX {
        return Err(Wrong { line: 1, message: format!("has more than {BYTES_MAX} bytes") });
    }
    let empty =
        |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#') || line.trim() == "---";
    if text.lines().all(empty) {
        return Ok(T::default());
    }
    serde_saphyr::from_str_with_options(text, limits()).map_err(|error| {
        let error = error.without_snippet();
        let line = error.locations().map_or(1, |both| both.reference_location.line() as usize);
        let told = error.to_string();
        // Its place is told in front of the sentence.
        let told = told.rfind(" at line ").map_or(told.as_str(), |cut| &told[..cut]);
        let last = text.lines().count().max(1);
        Wrong { line: line.clamp(1, last), message: told.lines().next().unwrap_or_default().to_owned() }
    })
}

fn limits() -> Options {
    options! {
        budget: budget! {
            max_depth: DEPTH_MAX,
            flow_nesting_limit: DEPTH_MAX * 2,
            max_nodes: NODES_MAX,
            max_events: NODES_MAX * 3,
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 2,
            max_total_scalar_bytes: BYTES_MAX * 2,
            max_merge_keys: 0,
        },
        alias_limits: alias_limits! {
            max_total_replayed_events: 1,
            max_replay_stack_depth: 1,
            max_alias_expansions_per_anchor: 1,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        emit_comments: false,
        with_snippet: false,
    }
}
