//! `depends_on`: names that are defined, and no circles.

use std::collections::BTreeMap;

use tidegate_domain::name::ComponentName;

use super::components::COMPONENTS_MAX;
use super::{is_defined, undefined};
use crate::place::Place;
use crate::problems::{Problems, Wrong};
use crate::written::component::ComponentText;
use crate::written::entries::{Entries, too_many};
use crate::written::scalar::Scalar;
use crate::written::texts::ComponentKind;

fn needs(text: &ComponentText) -> &[Scalar<ComponentKind>] {
    let all = text.depends_on.as_deref().unwrap_or_default();
    &all[..all.len().min(COMPONENTS_MAX)]
}

pub fn read(
    text: &ComponentText,
    written: &Entries<ComponentText>,
    problems: &mut Problems,
) -> Vec<ComponentName> {
    let mut names = Vec::new();
    let given = text.depends_on.as_deref().unwrap_or_default();
    if let Some(first) = given.get(COMPONENTS_MAX) {
        problems.add(first.place, too_many(given.len(), COMPONENTS_MAX, "dependencies"));
    }
    for need in needs(text) {
        let defined = written.keys().take(COMPONENTS_MAX);
        if !is_defined(&need.text, defined.clone()) {
            problems.add(need.place, undefined("undefined-component", "component", &need.text, defined));
        } else if let Ok(name) = ComponentName::new(need.text.as_str()) {
            if names.contains(&name) {
                let message = format!("`{name}` stands here twice");
                problems.add(need.place, Wrong::new("double-component", message, "keep one of the two"));
            } else {
                names.push(name);
            }
        }
    }
    names
}

/// What is left when everything that can go first has gone is circles and what waits for them.
pub fn no_cycles(written: &Entries<ComponentText>, problems: &mut Problems) {
    let mut open: BTreeMap<&str, &[Scalar<ComponentKind>]> =
        written.iter().take(COMPONENTS_MAX).map(|entry| (entry.key.as_str(), needs(&entry.value))).collect();
    loop {
        let blocked = open.clone();
        open.retain(|_, needs| needs.iter().any(|need| blocked.contains_key(need.text.as_str())));
        if open.len() == blocked.len() {
            let Some(start) = open.keys().next().copied() else { return };
            let circle = circle(&open, start);
            tell(&circle, problems);
            open.retain(|name, _| !circle.iter().any(|(member, _)| member == name));
        }
    }
}

/// Follows the first need that is still open until a name comes again. Every open component has one.
fn circle<'a>(
    open: &BTreeMap<&'a str, &'a [Scalar<ComponentKind>]>,
    start: &'a str,
) -> Vec<(&'a str, Place)> {
    let mut walked: Vec<(&str, Place)> = Vec::new();
    let mut at = start;
    while !walked.iter().any(|(name, _)| *name == at) {
        let need =
            open.get(at).and_then(|needs| needs.iter().find(|need| open.contains_key(need.text.as_str())));
        let Some(need) = need else { break };
        walked.push((at, need.place));
        at = need.text.as_str();
    }
    let first = walked.iter().position(|(name, _)| *name == at).unwrap_or(0);
    walked.split_off(first)
}

fn tell(circle: &[(&str, Place)], problems: &mut Problems) {
    let Some((first, place)) = circle.first() else { return };
    let mut names: Vec<String> = circle.iter().map(|(name, _)| format!("`{name}`")).collect();
    names.push(format!("`{first}`"));
    let message = format!("these components wait for each other: {}", names.join(" → "));
    problems.add(*place, Wrong::new("dependency-cycle", message, "remove one `depends_on` of the circle"));
}
