//! Telling them again from their source.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Kept, LINES_MAX, Line};

/// What telling them again did, by the ids of notes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Renewal {
    pub new: Vec<String>,
    /// Untouched ones that follow their source.
    pub changed: Vec<String>,
    /// Untouched ones whose source is gone.
    pub gone: Vec<String>,
    /// What people changed, where the source says something new: somebody has to choose.
    pub waiting: Vec<String>,
    /// New ones for which there was no more room.
    pub too_many: usize,
}

impl Kept {
    /// `told`: all that the source tells now, each id once (of several the first counts).
    #[must_use]
    pub fn renewed(&self, told: Vec<Line>) -> (Self, Renewal) {
        let mut renewal = Renewal::default();
        let order: Vec<String> = told.iter().map(|line| line.id.clone()).collect();
        let mut by_id: BTreeMap<String, Line> = BTreeMap::new();
        for line in told {
            by_id.entry(line.id.clone()).or_insert(line);
        }
        let mut lines = Vec::with_capacity(self.lines.len() + by_id.len());
        for line in &self.lines {
            lines.extend(follow(line, by_id.remove(&line.id), &mut renewal));
        }
        let mut seen = BTreeSet::new();
        for id in order.into_iter().filter(|id| !self.left_out.contains(id) && seen.insert(id.clone())) {
            let Some(line) = by_id.remove(&id) else { continue };
            if lines.len() == LINES_MAX {
                renewal.too_many += 1;
                continue;
            }
            lines.push(line);
            renewal.new.push(id);
        }
        (Self { lines, left_out: self.left_out.clone() }, renewal)
    }
}

fn follow(line: &Line, told: Option<Line>, renewal: &mut Renewal) -> Option<Line> {
    let is_own = line.source.is_none() || line.is_edited();
    let Some(told) = told else {
        if is_own {
            // What people wrote stays, and from now on it is theirs alone.
            return Some(Line { source: None, meanwhile: false, ..line.clone() });
        }
        renewal.gone.push(line.id.clone());
        return None;
    };
    if !is_own {
        if told != *line {
            renewal.changed.push(line.id.clone());
        }
        return Some(told);
    }
    let says_new = line.source != told.source;
    let meanwhile = (line.meanwhile || says_new) && Some(&line.words) != told.source.as_ref();
    if meanwhile {
        renewal.waiting.push(line.id.clone());
    }
    Some(Line { words: line.words.clone(), meanwhile, ..told })
}
