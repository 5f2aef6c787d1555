//! From text to what is written: YAML with limits, and its errors in our words.
//!
//! Invariant: a hostile file is refused after a bounded amount of work. The first error of this kind ends the reading,
//! because what follows it cannot be understood.

use serde_saphyr::{DuplicateKeyPolicy, Error, Location, Options, alias_limits, budget, options};

use crate::FILE_BYTES_MAX;
use crate::diagnostic::quoted;
use crate::place::Place;
use crate::problems::{Problems, Wrong};
use crate::suggest::{closest, listed};
use crate::written::ManifestText;

const DEPTH_MAX: usize = 24;
const NODES_MAX: usize = 50_000;
/// All that aliases may add to the file, in nodes.
const ALIAS_NODES_MAX: usize = 10_000;
const ALIASES_MAX: usize = 200;

pub fn read(text: &str, problems: &mut Problems) -> Option<ManifestText> {
    if text.len() > FILE_BYTES_MAX {
        let message =
            format!("the file has {} bytes, more than the {FILE_BYTES_MAX} that are read", text.len());
        problems.add(
            Place::START,
            Wrong::new("file-too-large", message, "move what is not configuration elsewhere"),
        );
        return None;
    }
    if is_empty(text) {
        let suggestion = "`tidegate init` writes a first one with comments";
        problems.add(Place::START, Wrong::new("empty-file", "there is nothing in this file", suggestion));
        return None;
    }
    match serde_saphyr::from_str_with_options(text, limits()) {
        Ok(written) => Some(written),
        Err(error) => {
            let error = error.without_snippet();
            let mut place = place(error, text);
            if matches!(error, Error::NullIntoString { .. }) {
                place.length = 1;
            }
            problems.add(place, translated(error, place, text));
            None
        }
    }
}

/// Nothing but comments and blanks.
fn is_empty(text: &str) -> bool {
    text.lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#') || line.trim_end() == "---")
}

fn limits() -> Options {
    options! {
        budget: budget! {
            max_depth: DEPTH_MAX,
            flow_nesting_limit: DEPTH_MAX * 2,
            max_nodes: NODES_MAX,
            max_events: NODES_MAX * 3,
            max_aliases: ALIASES_MAX,
            max_anchors: ALIASES_MAX,
            max_recorded_anchor_events: NODES_MAX,
            max_recorded_anchor_bytes: FILE_BYTES_MAX * 2,
            max_documents: 2,
            max_total_scalar_bytes: FILE_BYTES_MAX * 2,
            max_merge_keys: ALIASES_MAX,
        },
        alias_limits: alias_limits! {
            max_total_replayed_events: ALIAS_NODES_MAX,
            max_replay_stack_depth: DEPTH_MAX,
            max_alias_expansions_per_anchor: ALIASES_MAX,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        emit_comments: false,
        with_snippet: false,
    }
}

fn place(error: &Error, text: &str) -> Place {
    let location = error.locations().map_or(Location::UNKNOWN, |both| {
        if both.defined_location == Location::UNKNOWN {
            both.reference_location
        } else {
            both.defined_location
        }
    });
    let mut place = Place::from(location);
    // The end of the file is past its last line; the caret belongs behind the last thing there is.
    let lines = text.lines().count().max(1);
    if place.line > lines {
        let last = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .last()
            .map_or(0, |(index, _)| index);
        let width = text.lines().nth(last).map_or(0, |line| line.trim_end().chars().count());
        place = Place { line: last + 1, column: width + 1, length: 1 };
    }
    place
}

const SHAPE: &str = "check the indentation, the colons and the quotes of this line and of the one above it";

/// The foreign enum has some sixty kinds and may get more; what has no words of ours keeps its own.
#[allow(clippy::wildcard_enum_match_arm)]
fn translated(error: &Error, place: Place, text: &str) -> Wrong {
    match error {
        Error::AliasError { error, .. } => translated(error, place, text),
        Error::SerdeUnknownField { field, expected, .. } => unknown_key(field, expected),
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().map_or_else(|| "a key".to_owned(), quoted);
            Wrong::new("duplicate-key", format!("{key} stands twice in one mapping"), "keep one of the two")
        }
        Error::NullIntoString { .. } => {
            Wrong::new("missing-value", "a value is missing", "write one; an empty text is written `\"\"`")
        }
        Error::Unexpected { expected, .. } => wrong_shape(expected, written_at(place, text)),
        Error::SerdeInvalidType { expected, .. } | Error::SerdeInvalidValue { expected, .. } => {
            Wrong::new("wrong-type", "this is not what belongs here", format!("write {expected}"))
        }
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. } => over_limit(error),
        Error::UnknownAnchor { .. } => {
            let message = "this alias refers to an anchor that is not defined above it";
            Wrong::new(
                "yaml-syntax",
                message,
                "define it with `&name`, or put the value in quotes if no alias is meant",
            )
        }
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            Wrong::new("yaml-limit", "an alias stands inside what it refers to", "write the value out")
        }
        Error::UnsupportedTag { tag, .. } => {
            Wrong::new("yaml-syntax", format!("the tag {} means nothing here", quoted(tag)), "remove it")
        }
        Error::MultipleDocuments { .. } => Wrong::new(
            "yaml-syntax",
            "a second document begins here",
            "keep everything in one document, without `---`",
        ),
        Error::Eof { .. } => Wrong::new("yaml-syntax", "the file ends before it is complete", SHAPE),
        other => syntax(&other.to_string(), place, text),
    }
}

fn unknown_key(field: &str, expected: &[&'static str]) -> Wrong {
    let suggestion = match (field, closest(field, expected.iter().copied())) {
        ("confirm" | "judge", _) if expected.contains(&"shift") => {
            format!("write `- {field}` without a colon")
        }
        (_, Some(near)) => format!("did you mean `{near}`?"),
        (_, None) => listed(expected.iter().copied()),
    };
    Wrong::new("unknown-key", format!("{} is no key here", quoted(field)), suggestion)
}

/// What stands at a place, where it is short enough to be repeated.
fn written_at(place: Place, text: &str) -> Option<String> {
    const CHARS_MAX: usize = 40;
    let line = text.lines().nth(place.line.saturating_sub(1))?;
    let word: String = line.chars().skip(place.column - 1).take(place.length.min(CHARS_MAX + 1)).collect();
    let simple =
        (1..=CHARS_MAX).contains(&place.length) && !word.contains(['[', ']', '{', '}', ',', '#', ':']);
    simple.then_some(word)
}

fn wrong_shape(expected: &str, written: Option<String>) -> Wrong {
    let wrong = |message: &str, suggestion: &str| Wrong::new("wrong-type", message, suggestion);
    match (expected, written) {
        ("string scalar", _) => {
            wrong("one value belongs here, not a list or a mapping", "write a single value")
        }
        ("sequence start", Some(word)) => wrong("a list belongs here", &format!("write `[{word}]`")),
        ("sequence start", None) => {
            wrong("a list belongs here", "write `[a, b]`, or `- a` and `- b` on lines of their own")
        }
        ("mapping start", _) => {
            wrong("`key: value` lines belong here", "indent them below, or write `{key: value}`")
        }
        _ => wrong("this is not what belongs here", SHAPE),
    }
}

fn over_limit(error: &Error) -> Wrong {
    let told = error.to_string();
    let told = told.rfind(" at line ").map_or(told.as_str(), |cut| &told[..cut]);
    let message = format!("the file asks for more than the reader gives: {told}");
    Wrong::new("yaml-limit", message, "write it flatter, with fewer aliases")
}

fn syntax(message: &str, place: Place, text: &str) -> Wrong {
    // The place is told in our way.
    let message = message.rfind(" at line ").map_or(message, |cut| &message[..cut]);
    let line = text.lines().nth(place.line - 1).unwrap_or("");
    let blank = &line[..line.len() - line.trim_start().len()];
    let suggestion = if blank.contains('\t') { "indent with blanks: YAML takes no tabs" } else { SHAPE };
    Wrong::new("yaml-syntax", format!("this is no YAML: {message}"), suggestion)
}
