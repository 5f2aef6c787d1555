//! Rows of a file and the cases of a plan as one list.
//!
//! Invariant: what comes out fits together as a plan does; the order of what was there stays. Deliberately not here: reading files.

use std::collections::{BTreeMap, BTreeSet};

use super::{BadRow, CaseRow, Column, few, flag};
use crate::document::{Plan, TestCase, check};
use crate::markdown::slug;

/// A plan with the cases of a file, and which of them are new to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    pub plan: Plan,
    pub added: Vec<String>,
    pub changed: Vec<String>,
    /// That stood there as the file has them.
    pub same: Vec<String>,
}

pub fn merge(document: &Plan, rows: &[CaseRow]) -> Result<Merged, Vec<BadRow>> {
    let mut merged =
        Merged { plan: document.clone(), added: Vec::new(), changed: Vec::new(), same: Vec::new() };
    let mut taken: BTreeSet<String> = document.test_cases.iter().map(|case| case.id.clone()).collect();
    taken.extend(rows.iter().filter_map(CaseRow::id));
    let mut lines: BTreeMap<usize, usize> = BTreeMap::new();
    for row in rows {
        let cases = &mut merged.plan.test_cases;
        let title = row.line_of(Column::Title);
        let known = match row.id() {
            Some(id) => cases.iter().position(|case| case.id == id),
            None => document.test_cases.iter().position(|case| case.title == title),
        };
        let place = known.unwrap_or(cases.len());
        if let Some(first) = lines.insert(place, row.line) {
            let says = format!("this case stands on line {first} already, by its id");
            return Err(vec![BadRow::new(row.line, "duplicate-title", &says)]);
        }
        if let Some(case) = cases.get_mut(place) {
            let now = written(case, row);
            let list = if now == *case { &mut merged.same } else { &mut merged.changed };
            list.push(now.id.clone());
            *case = now;
        } else {
            let id = row.id().unwrap_or_else(|| free(&slug(&title), &mut taken));
            merged.added.push(id.clone());
            cases.push(written(&empty(id), row));
        }
    }
    let problems = check(&merged.plan);
    if problems.is_empty() {
        return Ok(merged);
    }
    let told = problems.into_iter().map(|problem| {
        let rest = problem.path.strip_prefix("/test_cases/");
        let (place, member) = rest.and_then(|rest| rest.split_once('/')).unwrap_or(("", ""));
        let line = place.parse().ok().and_then(|place: usize| lines.get(&place)).copied().unwrap_or(0);
        let named = if member.is_empty() { String::new() } else { format!("{member}: ") };
        BadRow { line, code: problem.code, says: format!("{named}{}", problem.says) }
    });
    Err(few(told.collect()))
}

fn empty(id: String) -> TestCase {
    TestCase {
        id,
        title: String::new(),
        steps: Vec::new(),
        expected: String::new(),
        assignee: None,
        sets: Vec::new(),
        regression: false,
        acceptance: false,
        feature: None,
    }
}

fn written(case: &TestCase, row: &CaseRow) -> TestCase {
    let mut case = case.clone();
    case.title = row.line_of(Column::Title);
    if row.has(Column::Steps) {
        case.steps = row.lines(Column::Steps);
    }
    if row.has(Column::Expected) {
        case.expected = row.lines(Column::Expected).join("\n");
    }
    if row.has(Column::Assignee) {
        case.assignee = Some(row.line_of(Column::Assignee)).filter(|name| !name.is_empty());
    }
    if row.has(Column::Sets) {
        let words = row.words(Column::Sets);
        let (own, others): (Vec<_>, Vec<_>) =
            words.into_iter().partition(|word| word == "regression" || word == "acceptance");
        case.sets = others;
        // A set that has a column of its own is said there, where there is one.
        for (column, name, flag) in [
            (Column::Regression, "regression", &mut case.regression),
            (Column::Acceptance, "acceptance", &mut case.acceptance),
        ] {
            if !row.has(column) {
                *flag = own.iter().any(|word| word == name);
            }
        }
    }
    if row.has(Column::Regression) {
        case.regression = flag(&row.line_of(Column::Regression)).unwrap_or(false);
    }
    if row.has(Column::Acceptance) {
        case.acceptance = flag(&row.line_of(Column::Acceptance)).unwrap_or(false);
    }
    if row.has(Column::Feature) {
        case.feature = Some(row.line_of(Column::Feature)).filter(|id| !id.is_empty());
    }
    case
}

fn free(slug: &str, taken: &mut BTreeSet<String>) -> String {
    let mut id = slug.to_owned();
    let mut number = 2;
    while !taken.insert(id.clone()) {
        id = format!("{slug}-{number}");
        number += 1;
    }
    id
}
