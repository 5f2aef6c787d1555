//! What a release holds by its commits, beside what its plan wanted: planned and in, planned and not in, in and not planned.
//!
//! Invariant: an item is planned where the plan says that it is in; a commit brings the items that it names, and of a request those
//! that the request closes. A bare number counts for an item only where one project alone has such a number. Deliberately not
//! here: git, and which commits there are.

use std::collections::{BTreeMap, BTreeSet};

use super::TrackedItem;
use crate::document::{Plan, ScopeState};

const COMMITS_SHOWN: usize = 20;

/// A commit as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub id: String,
    pub title: Option<String>,
    pub references: Vec<String>,
}

/// A tracked item with whether it came after the freeze.
pub struct Known<'a> {
    pub item: &'a TrackedItem,
    pub late: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub id: String,
    pub title: String,
    pub url: Option<String>,
    pub late: bool,
    /// The plan says that it is not in.
    pub left_out: bool,
    /// Those that bring it, the first few.
    pub commits: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    pub planned_in: Vec<Compared>,
    pub planned_not_in: Vec<Compared>,
    pub in_not_planned: Vec<Compared>,
    /// Commits that name nothing that is known.
    pub unnamed: Vec<Change>,
}

pub fn compare(plan: &Plan, known: &[Known<'_>], changes: &[Change]) -> Comparison {
    let names = Names::new(plan, known);
    let mut brought: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut unnamed = Vec::new();
    for change in changes {
        let found: BTreeSet<String> =
            change.references.iter().flat_map(|reference| names.brings(reference)).collect();
        if found.is_empty() {
            unnamed.push(change.clone());
        }
        for id in found {
            let commits = brought.entry(id).or_default();
            if commits.len() < COMMITS_SHOWN {
                commits.push(change.id.clone());
            }
        }
    }
    let mut compared = Comparison { unnamed, ..Comparison::default() };
    for item in &plan.scope {
        let tracked = names.tracked.get(item.id.as_str());
        let commits = brought.remove(&item.id);
        let planned = matches!(item.state, ScopeState::In | ScopeState::Done);
        let list = match (planned, commits.is_some()) {
            (true, true) => &mut compared.planned_in,
            (true, false) => &mut compared.planned_not_in,
            (false, true) => &mut compared.in_not_planned,
            (false, false) => continue,
        };
        list.push(Compared {
            id: item.id.clone(),
            title: item.title.clone(),
            url: item.url.clone(),
            late: tracked.is_some_and(|known| known.late),
            left_out: item.state == ScopeState::Out,
            commits: commits.unwrap_or_default(),
        });
    }
    for (id, commits) in brought {
        let tracked = names.tracked.get(id.as_str());
        compared.in_not_planned.push(Compared {
            title: tracked.map_or_else(String::new, |known| known.item.title.clone()),
            url: tracked.and_then(|known| known.item.url.clone()),
            late: tracked.is_some_and(|known| known.late),
            left_out: false,
            id,
            commits,
        });
    }
    compared
}

struct Names<'a> {
    /// By the id that a plan would have for it, which is its key.
    tracked: BTreeMap<&'a str, &'a Known<'a>>,
    planned: BTreeSet<&'a str>,
    /// `#12` and everything that is called so somewhere; a table may name it `12`.
    short: BTreeMap<String, BTreeSet<&'a str>>,
}

impl<'a> Names<'a> {
    fn new(plan: &'a Plan, known: &'a [Known<'a>]) -> Self {
        let planned: BTreeSet<&str> = plan.scope.iter().map(|item| item.id.as_str()).collect();
        let tracked: BTreeMap<&str, &Known<'_>> =
            known.iter().map(|known| (known.item.key.as_str(), known)).collect();
        let mut short: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for id in planned.iter().copied().chain(tracked.keys().copied()) {
            let number = match id.rfind(['#', '!']).filter(|at| *at > 0) {
                Some(at) => id[at..].to_owned(),
                None if id.bytes().all(|byte| byte.is_ascii_digit()) => format!("#{id}"),
                None => continue,
            };
            short.entry(number).or_default().insert(id);
        }
        Self { tracked, planned, short }
    }

    /// What a commit brings that names this: of a request what it closes, else the thing itself.
    fn brings(&self, reference: &str) -> Vec<String> {
        let Some(id) = self.named(reference) else { return Vec::new() };
        let closes = self.tracked.get(id.as_str()).map_or(&[][..], |known| known.item.closes.as_slice());
        let closed: Vec<String> = closes.iter().filter_map(|key| self.named(key)).collect();
        if closed.is_empty() || self.planned.contains(id.as_str()) {
            return closed.into_iter().chain([id]).collect();
        }
        closed
    }

    fn named(&self, reference: &str) -> Option<String> {
        if self.planned.contains(reference) || self.tracked.contains_key(reference) {
            return Some(reference.to_owned());
        }
        let at = reference.rfind(['#', '!'])?;
        let (path, number) = reference.split_at(at);
        let same = self.short.get(number)?;
        // `shop#12` is `acme/shop#12`, and `#12` is whatever has that number.
        let fits = |id: &&&str| {
            let project = id.strip_suffix(number).unwrap_or_default();
            path.is_empty()
                || project == path
                || project.ends_with(&format!("/{path}"))
                || path.ends_with(&format!("/{project}"))
        };
        let mut fitting = same.iter().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(one), None) => Some((*one).to_owned()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracked::sifting::tests::item;

    fn change(id: &str, references: &[&str]) -> Change {
        let references = references.iter().map(|&reference| reference.to_owned()).collect();
        Change { id: id.to_owned(), title: None, references }
    }

    fn ids(list: &[Compared]) -> Vec<(&str, Vec<&str>)> {
        let commits = |one: &Compared| one.commits.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let leaked: Vec<_> = list.iter().map(|one| (one.id.as_str(), commits(one))).collect();
        leaked.into_iter().map(|(id, commits)| (id, vec![&*commits.leak()])).collect()
    }

    #[test]
    fn commits_bring_what_they_name_and_what_their_requests_close() {
        let plan: Plan =
            serde_json::from_value(serde_json::json!({"title": "Shop", "zone": "UTC", "scope": [
                {"id": "acme/shop#1", "title": "One", "state": "in"},
                {"id": "acme/shop#2", "title": "Two", "state": "done"},
                {"id": "acme/shop#3", "title": "Three", "state": "out"},
                {"id": "PAY-7", "title": "Seven", "state": "in"},
                {"id": "acme/shop#4", "title": "Four", "state": "in"},
                {"id": "12", "title": "Twelve, of a table", "state": "in"},
            ]}))
            .unwrap();
        let request = TrackedItem {
            is_change: true,
            closes: vec!["acme/shop#1".to_owned(), "acme/shop#9".to_owned()],
            ..item("acme/shop#40")
        };
        let others = [item("acme/shop#9"), item("acme/shop#10"), item("acme/web#10"), item("acme/shop#11")];
        let known: Vec<Known<'_>> = [Known { item: &request, late: false }]
            .into_iter()
            .chain(others.iter().map(|item| Known { item, late: item.key.ends_with("11") }))
            .collect();
        let changes = [
            change("a", &["#40"]),
            change("b", &["shop#2", "UTF-8"]),
            change("c", &["#3", "PAY-7"]),
            change("d", &["#10"]),
            change("e", &["acme/web#10", "#11"]),
            change("f", &[]),
            change("g", &["#404"]),
            change("h", &["#12"]),
        ];
        let told = compare(&plan, &known, &changes);
        assert_eq!(
            ids(&told.planned_in),
            [("acme/shop#1", vec!["a"]), ("acme/shop#2", vec!["b"]), ("PAY-7", vec!["c"]), ("12", vec!["h"])]
        );
        assert_eq!(ids(&told.planned_not_in), [("acme/shop#4", vec![""])]);
        assert_eq!(
            ids(&told.in_not_planned),
            [
                ("acme/shop#3", vec!["c"]),
                ("acme/shop#11", vec!["e"]),
                ("acme/shop#9", vec!["a"]),
                ("acme/web#10", vec!["e"])
            ]
        );
        assert!(told.in_not_planned[0].left_out && told.in_not_planned[1].late);
        let unnamed: Vec<&str> = told.unnamed.iter().map(|change| change.id.as_str()).collect();
        assert_eq!(unnamed, ["d", "f", "g"], "a number that two projects have says neither");
    }
}
