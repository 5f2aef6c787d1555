//! What an environment inherits, nearest first.
//!
//! Invariant: a chain ends: no environment stands in it twice, and it has at most `LINKS_MAX` links. Deliberately not here:
//! reading the values (`environments`).

use std::collections::BTreeMap;

use tidegate_domain::name::EnvironmentName;

use super::undefined;
use crate::diagnostic::quoted;
use crate::problems::{Problems, Wrong};
use crate::written::environment::EnvironmentText;
use crate::written::form::At;

/// The environment itself counts as one.
const LINKS_MAX: usize = 8;

/// An environment with those that it inherits from; itself first.
pub struct Chain<'a> {
    links: Vec<&'a EnvironmentText>,
}

/// A value, and the environment it was written at where that is another one.
pub struct Inherited<'a, T> {
    pub value: &'a T,
    pub from: Option<EnvironmentName>,
}

impl<'a, T> Inherited<'a, T> {
    /// A part of it, written at the same place.
    pub fn pick<U>(&self, pick: impl Fn(&'a T) -> Option<&'a U>) -> Option<Inherited<'a, U>> {
        Some(Inherited { value: pick(self.value)?, from: self.from.clone() })
    }
}

/// Where inherited values were written, by their paths.
#[derive(Default)]
pub struct Origins {
    pub found: BTreeMap<String, EnvironmentName>,
}

impl Origins {
    pub fn note(&mut self, path: String, from: Option<EnvironmentName>) {
        self.found.extend(from.map(|from| (path, from)));
    }

    pub fn take<'a, T>(&mut self, path: &str, found: Option<Inherited<'a, T>>) -> Option<&'a T> {
        let Inherited { value, from } = found?;
        self.note(path.to_owned(), from);
        Some(value)
    }
}

impl<'a> Chain<'a> {
    /// Everything that is written along the chain, nearest first.
    pub fn all<T>(&self, pick: impl Fn(&'a EnvironmentText) -> Option<&'a T>) -> Vec<Inherited<'a, T>> {
        let each = self.links.iter().enumerate();
        let picked = each.filter_map(|(index, text)| Some((index, pick(text)?)));
        picked.map(|(index, value)| Inherited { value, from: self.from(index) }).collect()
    }

    /// The environment itself, without what it inherits.
    pub fn own(&self) -> Option<&'a EnvironmentText> {
        self.links.first().copied()
    }

    pub fn nearest<T>(
        &self,
        pick: impl Fn(&'a EnvironmentText) -> Option<&'a T>,
    ) -> Option<Inherited<'a, T>> {
        self.all(pick).into_iter().next()
    }

    fn from(&self, index: usize) -> Option<EnvironmentName> {
        let link = self.links.get(index).filter(|_| index > 0)?;
        EnvironmentName::new(link.name.as_ref()?.text.as_str()).ok()
    }
}

/// One chain for each environment, in their order.
pub fn chains<'a>(list: &'a [At<EnvironmentText>], problems: &mut Problems) -> Vec<Chain<'a>> {
    (0..list.len()).map(|index| Chain { links: links(list, index, problems) }).collect()
}

fn links<'a>(
    list: &'a [At<EnvironmentText>],
    start: usize,
    problems: &mut Problems,
) -> Vec<&'a EnvironmentText> {
    let mut walked = vec![start];
    let mut at = start;
    while let Some(parent) = list[at].value.inherits.as_ref() {
        let known = list.iter().position(|other| name_of(&other.value) == Some(parent.text.as_str()));
        let Some(next) = known else {
            let names = list.iter().filter_map(|other| name_of(&other.value));
            problems
                .add(parent.place, undefined("undefined-environment", "environment", &parent.text, names));
            break;
        };
        if walked.contains(&next) {
            // Told once, at the first of the circle.
            if walked.iter().all(|other| *other >= next) && next == start {
                problems.add(parent.place, circle(list, &walked));
            }
            break;
        }
        if walked.len() == LINKS_MAX {
            let message = format!("more than {LINKS_MAX} environments inherit from each other here");
            let wrong = Wrong::new("too-many", message, "inherit from one that stands higher up");
            problems.add(parent.place, wrong);
            break;
        }
        walked.push(next);
        at = next;
    }
    walked.into_iter().map(|index| &list[index].value).collect()
}

fn name_of(text: &EnvironmentText) -> Option<&str> {
    text.name.as_ref().map(|name| name.text.as_str())
}

fn circle(list: &[At<EnvironmentText>], walked: &[usize]) -> Wrong {
    let names: Vec<String> =
        walked.iter().filter_map(|index| name_of(&list[*index].value)).map(quoted).collect();
    let message = match names.as_slice() {
        [own] => format!("{own} inherits from itself"),
        [own, others @ ..] => format!("{own} inherits from itself by way of {}", others.join(" → ")),
        [] => "an environment inherits from itself".to_owned(),
    };
    Wrong::new("inherits-cycle", message, "remove one `inherits` of the circle")
}
