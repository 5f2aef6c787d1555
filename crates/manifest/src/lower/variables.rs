//! Environment variables.
//!
//! Invariant: a name that the target sets itself is refused, since what is written for it would be lost.

use std::collections::BTreeMap;

use crate::diagnostic::quoted;
use crate::problems::{Problems, Wrong};
use crate::written::entries::{Entries, Entry};
use crate::written::scalar::Scalar;
use crate::written::texts::TextKind;

const VARIABLES_MAX: usize = 200;
const RESERVED_PREFIX: &str = "TIDEGATE_";

pub fn variables(
    written: Option<&Entries<Scalar<TextKind>>>,
    problems: &mut Problems,
) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let entries = written.map(|written| entries(written, problems)).unwrap_or_default();
    for entry in entries {
        all.insert(entry.key.clone(), entry.value.read_or(String::new(), problems));
    }
    all
}

/// As many as there may be, their names checked.
pub fn entries<'a>(
    written: &'a Entries<Scalar<TextKind>>,
    problems: &mut Problems,
) -> Vec<&'a Entry<Scalar<TextKind>>> {
    written.at_most(VARIABLES_MAX, "variables", problems);
    let entries: Vec<_> = written.iter().take(VARIABLES_MAX).collect();
    for entry in &entries {
        problems.take(entry.place, name(&entry.key));
    }
    entries
}

fn name(name: &str) -> Result<(), Wrong> {
    const NAME_BYTES_MAX: usize = 128;
    let bad = |message: String, suggestion: &str| Err(Wrong::new("bad-variable", message, suggestion));
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !plain || name.as_bytes()[0].is_ascii_digit() {
        let message = format!("{} is no name for a variable", quoted(name));
        return bad(message, "use letters, digits and underscores, not beginning with a digit");
    }
    if name == "PORT" || name.starts_with(RESERVED_PREFIX) {
        let message = format!("{} is set by Tidegate for every instance", quoted(name));
        return bad(message, "remove it, or give it another name");
    }
    Ok(())
}
