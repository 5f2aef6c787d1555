//! Gates on what the plan says has to be tested: sets of manual cases, and the tests that new features need.
//!
//! Invariant: a run, and a report, count only for the artifacts that they were made on; what is missing is named, with the command that
//! adds it. Deliberately not here: the other gates of a plan (`gates`), and what reports prove (`tidegate-evidence`).

use std::collections::BTreeSet;
use std::sync::Arc;

use tidegate_domain::gate::Finding;
use tidegate_domain::release::Release;
use tidegate_domain::release_plan::{CaseOutcome, ReleasePlan};
use tidegate_evidence::{Digest, GateKind, Report, Suite, suites};
use tidegate_plan::document::{ScopeItem, ScopeState, TestCase, TestNeed};

use crate::plans::artifacts;
use crate::plans::gates::{WHO, closed, open};

/// Named in a sentence; more are counted.
const NAMED: usize = 10;

/// Every manual case but those of acceptance, those of acceptance, or those of a set.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'a> {
    Manual,
    Acceptance,
    Set(&'a str),
}

impl Wanted<'_> {
    fn holds(self, case: &TestCase) -> bool {
        match self {
            Self::Manual => !case.acceptance,
            Self::Acceptance => case.acceptance,
            Self::Set(set) => case.is_in(set),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Manual => "manual tests".to_owned(),
            Self::Acceptance => "acceptance tests".to_owned(),
            Self::Set(set) => format!("test cases of the set `{set}`"),
        }
    }
}

pub(crate) fn tested(plan: &ReleasePlan, release: &Release, wanted: Wanted<'_>) -> Finding {
    let (version, what) = (&plan.version, wanted.words());
    let cases: Vec<&TestCase> = plan.document.test_cases.iter().filter(|case| wanted.holds(case)).collect();
    if cases.is_empty() {
        let why = format!("the plan of {version} has no {what}");
        let command = format!("tidegate plan cases import {version} FILE");
        return closed(why, WHO, command);
    }
    if let Some(finding) = other_artifacts(plan, release) {
        return finding;
    }
    let left: Vec<&TestCase> = cases.iter().copied().filter(|case| !plan.has_passed(&case.id)).collect();
    let Some(first) = left.first() else {
        let last = cases.iter().filter_map(|case| plan.runs.get(&case.id)).map(|run| run.said.at_ms).max();
        let all = match cases.len() {
            1 => format!("the only one of the {what} has passed"),
            many => format!("all {many} {what} have passed"),
        };
        return open(format!("{all} on {}", release.version), last);
    };
    let named = named(left.iter().map(|case| format!("{} {}", case.id, standing(plan, case))));
    let why = format!("{} of {} {what} have not passed on this candidate: {named}", left.len(), cases.len());
    let who = first.assignee.clone().unwrap_or_else(|| "whoever may sign here".to_owned());
    closed(why, who, format!("tidegate plan case {version} {} passed", first.id))
}

/// What was tested is the candidate as it was named; a release of other artifacts was not tested.
fn other_artifacts(plan: &ReleasePlan, release: &Release) -> Option<Finding> {
    let candidate = plan.candidate.as_ref()?;
    if candidate.artifacts == artifacts(release) {
        return None;
    }
    let why = format!(
        "the artifacts of {} are no longer those of rc.{} that tests ran on",
        release.version, candidate.number
    );
    Some(closed(why, WHO, format!("tidegate plan move {} candidate", plan.version)))
}

/// How a case that has not passed stands, in brackets.
fn standing(plan: &ReleasePlan, case: &TestCase) -> &'static str {
    match plan.runs.get(&case.id) {
        Some(run) if run.candidate == plan.candidate_number() && run.candidate > 0 => match run.outcome {
            CaseOutcome::Passed => "(passed)",
            CaseOutcome::Failed => "(failed)",
            CaseOutcome::Blocked => "(blocked)",
        },
        Some(_) => "(not run since)",
        None => "(not run)",
    }
}

fn named(all: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = all.collect();
    let more = all.len().saturating_sub(NAMED);
    let shown = all.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// Every feature that is in, with what it lacks.
pub(crate) fn features(plan: &ReleasePlan, release: &Release, reports: &[Arc<Report>]) -> Finding {
    let version = &plan.version;
    let is_in = |item: &&ScopeItem| matches!(item.state, ScopeState::In | ScopeState::Done);
    let features: Vec<&ScopeItem> =
        plan.document.scope.iter().filter(is_in).filter(|item| item.feature).collect();
    if features.is_empty() {
        return open(format!("the plan of {version} has no new feature"), None);
    }
    if let Some(finding) = other_artifacts(plan, release) {
        return finding;
    }
    let digests =
        release.components.values().filter_map(|artifact| artifact.digest.as_deref()?.parse::<Digest>().ok());
    let digests: BTreeSet<Digest> = digests.collect();
    let reports: Vec<&Report> = reports.iter().map(|report| &**report).collect();
    let unit = suites(GateKind::UnitTests, &reports, &digests);
    let end_to_end = suites(GateKind::EndToEndTests, &reports, &digests);
    let mut lacking = Vec::new();
    let mut command = None;
    for item in &features {
        let mut missing = Vec::new();
        for need in item.needs() {
            let (lack, next) = match need {
                TestNeed::Unit => {
                    (by_suites(item, "unit test", &unit), added(version.as_str(), "unit_tests"))
                }
                TestNeed::EndToEnd => (
                    by_suites(item, "end-to-end test", &end_to_end),
                    added(version.as_str(), "end_to_end_tests"),
                ),
                TestNeed::Manual => by_cases(plan, item),
            };
            if let Some(lack) = lack {
                missing.push(lack);
                command.get_or_insert(next);
            }
        }
        if !missing.is_empty() {
            lacking.push(format!("{} ({})", item.id, missing.join(", ")));
        }
    }
    let Some(command) = command else {
        return open(format!("all {} new features have the tests that they need", features.len()), None);
    };
    let why = format!(
        "{} of {} new features lack tests: {}",
        lacking.len(),
        features.len(),
        named(lacking.into_iter())
    );
    closed(why, "whoever adds evidence, or runs the case", command)
}

fn added(version: &str, gate: &str) -> String {
    format!("tidegate evidence add FILE --for {version} --gate {gate}")
}

/// None where suites about it ran, and all passed.
fn by_suites(item: &ScopeItem, what: &str, suites: &[&Suite]) -> Option<String> {
    let about: Vec<&&Suite> = suites.iter().filter(|suite| item.is_tested_by(&suite.name)).collect();
    if about.is_empty() {
        return Some(format!("no {what}"));
    }
    let bad = about.iter().find(|suite| suite.counts.passed() < suite.counts.ran())?;
    Some(format!("{what} failed in `{}`", bad.name))
}

fn by_cases(plan: &ReleasePlan, item: &ScopeItem) -> (Option<String>, String) {
    let cases = || plan.document.test_cases.iter().filter(|case| case.feature.as_ref() == Some(&item.id));
    if cases().next().is_none() {
        let command = format!("tidegate plan cases import {} FILE", plan.version);
        return (Some("no manual case".to_owned()), command);
    }
    let left = cases().find(|case| !plan.has_passed(&case.id));
    let command = |case: &TestCase| format!("tidegate plan case {} {} passed", plan.version, case.id);
    let lack = left.map(|case| format!("manual case {} {}", case.id, standing(plan, case)));
    (lack, left.map(command).unwrap_or_default())
}
