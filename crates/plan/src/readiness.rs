//! What is still open before the release may go, by area and by audience, and why.
//!
//! Invariant: an entry is in the list of one area, and in that of one audience where it has one; ready means that nothing is open.
//! Deliberately not here: evidence and gates, which the engine knows.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::document::{MaterialKind, Plan, ScopeState, TestNeed};

/// The areas that every plan is asked about, in this order; the team's own follow by name.
pub const AREAS: [&str; 3] = ["final-testing", "release-candidate", "environment-and-data"];
/// Where material for support and training counts.
pub const SUPPORT: &str = "support-and-training";

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readiness {
    pub ready: bool,
    pub areas: Vec<Part>,
    pub audiences: Vec<Part>,
}

/// An area, or an audience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    pub name: String,
    pub done: u32,
    pub total: u32,
    pub open: Vec<Open>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Open {
    pub what: What,
    /// Of the entry in the plan.
    pub id: String,
    pub text: String,
    pub owner: Option<String>,
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    Checklist,
    Material,
    /// A scope item that nobody decided about, or that is not done.
    Scope,
    /// A feature that asks for a manual test and has no test case.
    Test,
}

#[derive(Default)]
struct Count {
    done: u32,
    open: Vec<Open>,
}

pub fn readiness(plan: &Plan) -> Readiness {
    let mut areas: BTreeMap<(usize, &str), Count> =
        AREAS.iter().enumerate().map(|(place, area)| ((place, *area), Count::default())).collect();
    let mut audiences: BTreeMap<(usize, &str), Count> = plan
        .audiences
        .iter()
        .enumerate()
        .map(|(place, audience)| ((place, audience.id.as_str()), Count::default()))
        .collect();
    let area_place = |area: &str| AREAS.iter().position(|known| *known == area).unwrap_or(AREAS.len());
    let audience_place = |id: &str| {
        plan.audiences.iter().position(|audience| audience.id == id).unwrap_or(plan.audiences.len())
    };
    for (area, audience, open) in entries(plan) {
        let of_area = areas.entry((area_place(area), area)).or_default();
        count(of_area, open.as_ref());
        if let Some(audience) = audience {
            count(audiences.entry((audience_place(audience), audience)).or_default(), open.as_ref());
        }
    }
    let areas: Vec<Part> = areas.into_iter().map(part).collect();
    let audiences = audiences.into_iter().map(part).collect();
    Readiness { ready: areas.iter().all(|area| area.open.is_empty()), areas, audiences }
}

fn count(count: &mut Count, open: Option<&Open>) {
    match open {
        Some(open) => count.open.push(open.clone()),
        None => count.done += 1,
    }
}

fn part(((_, name), count): ((usize, &str), Count)) -> Part {
    let total = count.done + count.open.len() as u32;
    Part { name: name.to_owned(), done: count.done, total, open: count.open }
}

type Entry<'a> = (&'a str, Option<&'a str>, Option<Open>);

fn entries(plan: &Plan) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for item in &plan.readiness {
        let open = (!item.done).then(|| Open {
            what: What::Checklist,
            id: item.id.clone(),
            text: item.text.clone(),
            owner: item.owner.clone(),
            why: not_done(item.owner.as_deref()),
        });
        entries.push((&item.area, item.audience.as_deref(), open));
    }
    for material in &plan.materials {
        let open = (!material.done).then(|| Open {
            what: What::Material,
            id: material.id.clone(),
            text: material.title.clone(),
            owner: material.owner.clone(),
            why: not_done(material.owner.as_deref()),
        });
        let area = match material.kind {
            MaterialKind::ReleaseNotes => AREAS[1],
            MaterialKind::Documentation | MaterialKind::Training | MaterialKind::Support => SUPPORT,
        };
        entries.push((area, material.audience.as_deref(), open));
    }
    entries.extend(scope(plan));
    entries
}

fn scope(plan: &Plan) -> impl Iterator<Item = Entry<'_>> {
    let of_item = |what, id: &str, text: &str, why: &str| Open {
        what,
        id: id.to_owned(),
        text: text.to_owned(),
        owner: None,
        why: why.to_owned(),
    };
    plan.scope.iter().filter(|item| item.state != ScopeState::Out).flat_map(move |item| {
        let why = match item.state {
            ScopeState::New => Some("it was filed and nobody has decided whether it is in"),
            ScopeState::In => Some("it is in and not done"),
            ScopeState::Done | ScopeState::Out => None,
        };
        let work = why.map(|why| of_item(What::Scope, &item.id, &item.title, why));
        let manual = item.needs().contains(&TestNeed::Manual);
        let covered = plan.test_cases.iter().any(|case| case.feature.as_ref() == Some(&item.id));
        let untested = (manual && !covered).then(|| {
            let why = "it is a feature that asks for a manual test, and no test case names it";
            of_item(What::Test, &item.id, &item.title, why)
        });
        let test = manual.then_some((AREAS[0], None, untested));
        [Some((AREAS[1], None, work)), test].into_iter().flatten()
    })
}

fn not_done(owner: Option<&str>) -> String {
    owner.map_or_else(
        || "it is not done, and nobody owns it".to_owned(),
        |owner| format!("{owner} has not said that it is done"),
    )
}
