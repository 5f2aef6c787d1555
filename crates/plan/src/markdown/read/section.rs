//! Which part of a plan a heading speaks of.
//!
//! Invariant: every heading that the export writes is known. Deliberately not here: guesses; a heading that is not known makes a note.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// Before the first heading but the title.
    Preface,
    Overview,
    Objectives,
    Scope,
    Triage,
    Components,
    Roles,
    People,
    Activities,
    Readiness,
    TestCases,
    Deployment,
    DeploymentPlan,
    DeploymentSteps,
    DatabaseSteps,
    Rollback,
    Contingency,
    Audiences,
    Communication,
    Materials,
    Afterwards,
    Risks,
    Mitigations,
    RiskContingency,
    Meetings,
    Actions,
    Notes,
    /// Becomes a note.
    Unknown,
}

pub(super) fn section(heading: &str) -> Section {
    let plain = plain(heading);
    let known = |(names, _): &&(&[&str], Section)| names.contains(&plain.as_str());
    HEADINGS.iter().find(known).map_or(Section::Unknown, |(_, section)| *section)
}

/// In lower case, without a number before it and a colon behind.
pub(super) fn plain(heading: &str) -> String {
    let lower = heading.to_lowercase();
    let bare = lower.trim().trim_end_matches([':', '.', ' ']);
    let bare = bare.trim_start_matches(|letter: char| letter.is_ascii_digit() || ".) ".contains(letter));
    bare.replace(['-', '/', '_'], " ")
        .replace(" & ", " and ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

const HEADINGS: &[(&[&str], Section)] = &[
    (&["overview", "summary", "introduction"], Section::Overview),
    (&["objectives", "goals"], Section::Objectives),
    (&["release scope", "scope"], Section::Scope),
    (&["triage matrix", "triage"], Section::Triage),
    (&["components"], Section::Components),
    (&["roles and responsibilities", "roles"], Section::Roles),
    (&["people and availability", "people", "team", "availability"], Section::People),
    (
        &["key activities and timeline", "key activities", "activities", "timeline", "schedule"],
        Section::Activities,
    ),
    (&["release preparation", "preparation", "readiness", "readiness checklist"], Section::Readiness),
    (&["test cases", "test plan", "manual tests", "quality plan"], Section::TestCases),
    (&["release deployment", "deployment"], Section::Deployment),
    (&["deployment plan"], Section::DeploymentPlan),
    (&["deployment steps", "deployment execution"], Section::DeploymentSteps),
    (&["database steps", "database migrations", "database"], Section::DatabaseSteps),
    (&["rollback procedure", "rollback plan", "rollback"], Section::Rollback),
    (&["deployment contingency"], Section::Contingency),
    (&["audiences"], Section::Audiences),
    (&["communication plan", "communication"], Section::Communication),
    (
        &["support and training material", "support and training", "training material", "training"],
        Section::Materials,
    ),
    (&["post deployment activities", "post deployment", "after the release"], Section::Afterwards),
    (&["risk management", "risks", "risk register", "risk assessment", "identified risks"], Section::Risks),
    (&["mitigation strategies", "mitigations", "mitigation"], Section::Mitigations),
    (
        &["risk contingency", "contingency planning", "contingency plans", "contingency"],
        Section::RiskContingency,
    ),
    (&["meetings"], Section::Meetings),
    (&["actions", "action items"], Section::Actions),
    (&["notes"], Section::Notes),
];

/// Areas of checklists by their headings.
pub(super) fn area(heading: &str) -> Option<&'static str> {
    match plain(heading).as_str() {
        "final testing and validation" | "final testing" => Some("final-testing"),
        "release candidate readiness" | "release candidate" => Some("release-candidate"),
        "environment and data readiness" | "environment and data" => Some("environment-and-data"),
        "deployment plan" => Some("deployment-plan"),
        _ => None,
    }
}
