//! Which activity can come before which.
//!
//! Invariant: either an order in which each stands behind everything it waits for, or a chain that ends where it began.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::document::Activity;

/// Activities that wait for one another; the last waits for the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct Cycle {
    pub chain: Vec<String>,
}

impl fmt::Display for Cycle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.chain.first().map_or("", String::as_str);
        write!(out, "these activities wait for one another: ")?;
        for id in &self.chain {
            write!(out, "{id} after ")?;
        }
        write!(out, "{first}; take one of these \"after\" out")
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Unseen,
    Open,
    Closed,
}

/// Indexes of the activities, each behind those it waits for; names that are not there are passed over.
pub fn order(activities: &[Activity]) -> Result<Vec<usize>, Cycle> {
    let positions: BTreeMap<&str, usize> =
        activities.iter().enumerate().map(|(index, activity)| (activity.id.as_str(), index)).collect();
    let before = |index: usize| -> Vec<usize> {
        activities[index].after.iter().filter_map(|id| positions.get(id.as_str()).copied()).collect()
    };
    let mut marks = vec![Mark::Unseen; activities.len()];
    let mut ordered = Vec::with_capacity(activities.len());
    for root in 0..activities.len() {
        if marks[root] != Mark::Unseen {
            continue;
        }
        marks[root] = Mark::Open;
        // A stack of its own: a chain of thousands of activities must not end the thread's.
        let mut path = vec![(root, before(root), 0_usize)];
        while let Some((index, waits_for, next)) = path.last_mut() {
            let Some(&following) = waits_for.get(*next) else {
                marks[*index] = Mark::Closed;
                ordered.push(*index);
                path.pop();
                continue;
            };
            *next += 1;
            match marks[following] {
                Mark::Closed => {}
                Mark::Unseen => {
                    marks[following] = Mark::Open;
                    path.push((following, before(following), 0));
                }
                Mark::Open => {
                    let from = path.iter().position(|(index, ..)| *index == following).unwrap_or(0);
                    let chain = path[from..].iter().map(|(index, ..)| activities[*index].id.clone());
                    return Err(Cycle { chain: chain.collect() });
                }
            }
        }
    }
    Ok(ordered)
}
