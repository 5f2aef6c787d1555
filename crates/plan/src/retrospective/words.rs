//! What people say in a retrospective, and what of it cannot be kept.
//!
//! Invariant: an action has somebody who owns it. Deliberately not here: whether that somebody still works here, because people
//! come and go outside of plans.

use serde::{Deserialize, Serialize};

use crate::document::{Action, FEW_MAX, Finding, Problem};

/// The part of a retrospective that no record holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub went_well: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to_improve: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

const PROBLEMS_MAX: usize = 100;

/// Everything that does not fit, by JSON pointer; empty for words that may be kept.
pub fn check_words(words: &Words) -> Vec<Problem> {
    let mut found = Finding::new(PROBLEMS_MAX);
    found.text("/summary", &words.summary);
    found.texts("/went_well", &words.went_well);
    found.texts("/to_improve", &words.to_improve);
    found.at_most("/actions", words.actions.len(), FEW_MAX);
    if found.is_full_of_too_many() {
        return found.into_problems();
    }
    found.ids("/actions", words.actions.iter().map(|action| action.id.as_str()));
    for (index, action) in words.actions.iter().enumerate() {
        let path = format!("/actions/{index}");
        found.line(&format!("{path}/text"), &action.text);
        if let Some(owner) = &action.owner {
            found.line(&format!("{path}/owner"), owner);
        } else {
            let says = "an action has somebody who owns it: a role or a person";
            found.say(&format!("{path}/owner"), "nobody", says);
        }
        found.maybe_date(&format!("{path}/due"), action.due);
        if action.from.is_some() {
            let says = "an action of a retrospective comes from its own release";
            found.say(&format!("{path}/from"), "unknown-reference", says);
        }
    }
    found.into_problems()
}
