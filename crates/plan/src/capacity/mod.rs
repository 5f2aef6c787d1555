//! Whether the people there are can do the work by a day: the earliest day, the skill that holds it up, what to drop.
//!
//! Invariant: exact and the same every time. Hours are counted in fifths, so that a week divides by its five days, and whether
//! people with several skills can cover the work is a question of greatest flow, not of a guess who does what. So one more
//! person, one more skill or one piece of work less never makes anything later. An item may be shared by several people.

mod dropping;
mod flow;
mod hours;

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;

use crate::document::{Person, Plan, ScopeItem, ScopeState};
use flow::Cover;
use hours::Hours;

/// A search ends after ten years.
const HORIZON_DAYS: i32 = 3_653;
/// Of an hour.
const FIFTHS: u64 = 5;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Capacity {
    pub from: Date,
    /// The first day at whose end all the work can be done; absent where it never can.
    pub feasible_on: Option<Date>,
    /// The skill that holds it up the longest, and those that are short together with it.
    pub bottleneck: Option<Bottleneck>,
    pub skills: Vec<SkillLoad>,
    /// Where a day was wanted that cannot be kept: what to leave out of the scope to keep it.
    pub drop: Option<Drop>,
    /// The same in sentences.
    pub says: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bottleneck {
    pub skill: String,
    /// With the same people behind them.
    pub skills: Vec<String>,
    pub people: Vec<String>,
    pub needed_hours: u64,
    /// What these people have until the day before it is feasible (or by the wanted day).
    pub available_hours: u64,
    /// That day, with which they end.
    #[serde(skip)]
    pub until: Date,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkillLoad {
    pub skill: String,
    pub needed_hours: u64,
    pub people: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drop {
    pub wanted_on: Date,
    /// Ids of scope items; with these out it is feasible, and none of them could stay.
    pub items: Vec<String>,
    pub hours: u64,
}

/// The work of what is in and not done, by the people of the plan, beginning on a day.
pub fn capacity(plan: &Plan, from: Date, wanted_on: Option<Date>) -> Capacity {
    let open: Vec<&ScopeItem> = plan.scope.iter().filter(|item| item.state == ScopeState::In).collect();
    of_work(&plan.people, &open, from, wanted_on)
}

pub fn of_work(people: &[Person], items: &[&ScopeItem], from: Date, wanted_on: Option<Date>) -> Capacity {
    let hours = Hours::new(people, from);
    let demand = demand(items);
    let feasible_on = earliest(people, &hours, &demand);
    let short_on = match (feasible_on, wanted_on) {
        (Some(feasible), Some(wanted)) if feasible > wanted => Some(wanted),
        (Some(feasible), _) => feasible.checked_sub(1.day()).ok(),
        (None, wanted) => wanted.or_else(|| hours.last_day()),
    };
    let bottleneck = short_on.and_then(|day| bottleneck(people, &hours, &demand, day));
    let wanted = wanted_on.filter(|wanted| feasible_on.is_none_or(|feasible| feasible > *wanted));
    let drop = wanted.map(|wanted| dropping::drop(people, &hours, items, wanted));
    let skills = demand
        .iter()
        .map(|(skill, fifths)| SkillLoad {
            skill: (*skill).to_owned(),
            needed_hours: fifths / FIFTHS,
            people: who_can(people, skill),
        })
        .collect();
    let mut found = Capacity { from, feasible_on, bottleneck, skills, drop, says: Vec::new() };
    found.says = says(&found, wanted_on);
    found
}

type Demand<'a> = BTreeMap<&'a str, u64>;

fn demand<'a>(items: &[&'a ScopeItem]) -> Demand<'a> {
    let mut demand = Demand::new();
    for estimate in items.iter().flat_map(|item| &item.estimates).filter(|estimate| estimate.hours > 0) {
        *demand.entry(&estimate.skill).or_default() += u64::from(estimate.hours) * FIFTHS;
    }
    demand
}

fn who_can(people: &[Person], skill: &str) -> Vec<String> {
    let can = people.iter().filter(|person| person.skills.iter().any(|known| known == skill));
    can.map(|person| person.id.clone()).collect()
}

fn cover(people: &[Person], hours: &Hours, demand: &Demand<'_>, day: Date) -> Cover {
    let skills: BTreeMap<&str, usize> =
        demand.keys().enumerate().map(|(index, skill)| (*skill, index)).collect();
    let can = people.iter().map(|person| {
        let known: BTreeSet<usize> =
            person.skills.iter().filter_map(|skill| skills.get(skill.as_str()).copied()).collect();
        known.into_iter().collect()
    });
    Cover::new(&hours.until(day), &demand.values().copied().collect::<Vec<_>>(), can.collect())
}

fn feasible(people: &[Person], hours: &Hours, demand: &Demand<'_>, day: Date) -> bool {
    cover(people, hours, demand, day).is_whole()
}

/// Hours only grow with the days, so the first day that is enough is found by halving.
fn earliest(people: &[Person], hours: &Hours, demand: &Demand<'_>) -> Option<Date> {
    let on = |offset: i32| hours.from().checked_add(offset.days()).ok();
    let enough = |offset: i32| on(offset).is_some_and(|day| feasible(people, hours, demand, day));
    if demand.is_empty() {
        return Some(hours.from());
    }
    let (mut low, mut high) = (0, HORIZON_DAYS);
    while on(high).is_none() {
        high /= 2;
    }
    if !enough(high) {
        return None;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if enough(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    on(low)
}

fn bottleneck(people: &[Person], hours: &Hours, demand: &Demand<'_>, day: Date) -> Option<Bottleneck> {
    let cover = cover(people, hours, demand, day);
    let mut short = cover.short();
    let names: Vec<&str> = demand.keys().copied().collect();
    // What nobody can do is short however long one waits, whatever else is.
    let nobody = |skill: &usize| who_can(people, names[*skill]).is_empty();
    if short.iter().any(nobody) {
        short.retain(nobody);
    }
    // Of the skills that are short together, the one with the most work left over names them.
    let worst = short.iter().copied().max_by_key(|&skill| (cover.unmet(skill), std::cmp::Reverse(skill)))?;
    let skills: Vec<String> = short.iter().map(|&skill| names[skill].to_owned()).collect();
    let has = |person: &Person| person.skills.iter().any(|known| skills.contains(known));
    let until = hours.until(day);
    let available = people.iter().zip(&until).filter(|(person, _)| has(person)).map(|(_, fifths)| fifths);
    Some(Bottleneck {
        skill: names[worst].to_owned(),
        people: people.iter().filter(|person| has(person)).map(|person| person.id.clone()).collect(),
        needed_hours: short.iter().map(|&skill| demand[names[skill]]).sum::<u64>() / FIFTHS,
        available_hours: available.sum::<u64>() / FIFTHS,
        until: day,
        skills,
    })
}

fn says(found: &Capacity, wanted_on: Option<Date>) -> Vec<String> {
    let mut says = Vec::new();
    let needed: u64 = found.skills.iter().map(|skill| skill.needed_hours).sum();
    match found.feasible_on {
        Some(day) if needed == 0 => says.push(format!("No estimated work is open, so {day} is feasible.")),
        Some(day) => says.push(format!("{needed} hours of work from {} can be done by {day}.", found.from)),
        None => says.push(format!("{needed} hours of work can never be done by the people there are.")),
    }
    if let Some(short) = &found.bottleneck {
        says.push(bottleneck_says(short));
    }
    if let (Some(wanted), None) = (wanted_on, &found.drop) {
        says.push(format!("The wanted day, {wanted}, can be kept with everything in."));
    }
    if let Some(drop) = &found.drop {
        says.push(format!(
            "To be ready by {}, leave out {} ({} hours): of what is in, these matter least and free what is short.",
            drop.wanted_on,
            drop.items.join(", "),
            drop.hours
        ));
    }
    says
}

fn bottleneck_says(short: &Bottleneck) -> String {
    let (skills, need) = (short.skills.join(" and "), if short.skills.len() == 1 { "needs" } else { "need" });
    if short.people.is_empty() {
        return format!("Nobody has the skill {skills}, and {} hours of it are needed.", short.needed_hours);
    }
    format!(
        "{} is what it waits for: {skills} {need} {} hours, and {} {} {} until the end of {}.",
        short.skill,
        short.needed_hours,
        short.people.join(" and "),
        if short.people.len() == 1 { "has" } else { "have" },
        short.available_hours,
        short.until
    )
}
