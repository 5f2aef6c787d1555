//! What to leave out so that the rest is done by the wanted day.
//!
//! Invariant: without what is named it is feasible, and none of what is named could stay as well. What matters least goes first: by
//! priority, then severity, then what needs most hours, then by id, so that the same plan always loses the same items.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Demand, Drop, FIFTHS, cover, demand, feasible};
use crate::capacity::hours::Hours;
use crate::document::{Person, ScopeItem};

pub(super) fn drop(people: &[Person], hours: &Hours, items: &[&ScopeItem], wanted: Date) -> Drop {
    let mut order: Vec<&ScopeItem> = items.iter().copied().filter(|item| work(item) > 0).collect();
    order.sort_by_key(|item| (item.priority, item.severity, Reverse(work(item)), item.id.as_str()));
    let kept = |dropped: usize| demand(&order[dropped..]);
    // Less work is never later, so the least number of these that is enough is found by halving.
    let (mut low, mut high) = (0, order.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if feasible(people, hours, &kept(middle), wanted) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    let dropped = stay(people, hours, &order, low, wanted);
    Drop {
        wanted_on: wanted,
        hours: dropped.iter().map(|item| work(item)).sum(),
        items: dropped.iter().map(|item| item.id.clone()).collect(),
    }
}

/// Of those at the front of the order, the ones that cannot come back beside all that stays; what matters most is tried first.
fn stay<'a>(
    people: &[Person],
    hours: &Hours,
    order: &[&'a ScopeItem],
    dropped: usize,
    wanted: Date,
) -> Vec<&'a ScopeItem> {
    // Every skill has its place from the beginning, with nothing to do where only dropped items need it.
    let all = demand(order);
    let kept = demand(&order[dropped..]);
    let needed: Demand<'_> =
        all.keys().map(|skill| (*skill, kept.get(skill).copied().unwrap_or(0))).collect();
    let places: BTreeMap<&str, usize> =
        all.keys().enumerate().map(|(place, skill)| (*skill, place)).collect();
    let mut cover = cover(people, hours, &needed, wanted);
    let mut out = Vec::new();
    for item in order[..dropped].iter().rev() {
        let estimates = item.estimates.iter().filter(|estimate| estimate.hours > 0);
        let more =
            estimates.map(|estimate| (places[estimate.skill.as_str()], u64::from(estimate.hours) * FIFTHS));
        match cover.with(&more.collect::<Vec<_>>()) {
            Some(wider) => cover = wider,
            None => out.push(*item),
        }
    }
    out.reverse();
    out
}

fn work(item: &ScopeItem) -> u64 {
    item.estimates.iter().map(|estimate| u64::from(estimate.hours)).sum()
}
