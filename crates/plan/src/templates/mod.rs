//! Plans to begin with: one for each kind of release, versioned, and the team's own.
//!
//! Invariant: a newer version changes what the team left as the template had it, and nothing that the team wrote, added or took out.
//! Deliberately not here: where a team's templates are kept.

mod apply;
mod merge;
mod saved;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::document::{Kind, Plan, Problem, TemplateUse, check};

pub use apply::{Applied, apply};
pub use merge::Conflict;
pub use saved::of_plan;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub name: String,
    /// Counted from one; what a version says is never changed.
    pub version: u32,
    /// What is new in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub change: String,
    pub plan: Plan,
    /// When the activities are, in days from the one on which all is ready.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Days>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    pub activity: String,
    /// Negative before that day.
    pub from: i32,
    pub until: i32,
}

/// The newest of the house's own for a kind of release.
pub fn built_in(kind: Kind) -> Template {
    let mut templates = all_built_in().into_iter().filter(|template| template.plan.kind == kind);
    // One of each kind is in the program, which a test holds.
    let empty = Template {
        name: kind.word().to_owned(),
        version: 1,
        change: String::new(),
        plan: Plan::new("Release", kind),
        days: Vec::new(),
    };
    templates.next_back().unwrap_or(empty)
}

/// A version of one of the house's own, for merging from it.
pub fn built_in_version(name: &str, version: u32) -> Option<Template> {
    all_built_in().into_iter().find(|template| template.name == name && template.version == version)
}

/// All versions of all kinds, the older before the newer.
pub fn all_built_in() -> Vec<Template> {
    let texts = [
        include_str!("planned-1.json"),
        include_str!("planned-2.json"),
        include_str!("hotfix-1.json"),
        include_str!("rollback-1.json"),
    ];
    texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect()
}

/// A plan as the template has it, with dates where the day is known on which all has to be ready.
pub fn instantiate(template: &Template, title: &str, ready_on: Option<Date>) -> Plan {
    let mut plan = template.plan.clone();
    title.clone_into(&mut plan.title);
    plan.template = Some(TemplateUse { name: template.name.clone(), version: template.version });
    plan.ready_on = ready_on.or(plan.ready_on);
    let Some(ready) = ready_on else { return plan };
    for days in &template.days {
        let on = |offset: i32| ready.checked_add(offset.days()).ok();
        if let Some(activity) = plan.activities.iter_mut().find(|activity| activity.id == days.activity) {
            (activity.start, activity.end) = (on(days.from), on(days.until));
        }
    }
    plan
}

/// What does not fit in a template: all that does not fit in its plan, and days of activities that it does not have.
pub fn check_template(template: &Template) -> Vec<Problem> {
    let mut problems: Vec<Problem> = check(&template.plan)
        .into_iter()
        .map(|problem| Problem { path: format!("/plan{}", problem.path), ..problem })
        .collect();
    let mut say = |path: &str, code: &'static str, says: String| {
        problems.push(Problem { path: path.to_owned(), code, says });
    };
    if let Some(says) = crate::document::bad_id(&template.name) {
        say("/name", "bad-id", says);
    }
    if template.version == 0 {
        say("/version", "out-of-range", "versions are counted from one".to_owned());
    }
    for (index, days) in template.days.iter().enumerate() {
        let path = format!("/days/{index}");
        if !template.plan.activities.iter().any(|activity| activity.id == days.activity) {
            let says = format!("the activity {:?} is not in the template", days.activity);
            say(&path, "unknown-reference", says);
        }
        if days.until < days.from {
            let says = format!("it ends on day {} and begins on day {}", days.until, days.from);
            say(&path, "end-before-start", says);
        }
    }
    problems
}
