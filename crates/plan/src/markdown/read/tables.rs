//! Tables of scope, people, work and quality.

// A section that is not named takes the way of all others.
#![allow(clippy::wildcard_enum_match_arm)]

use std::ops::Range;

use super::super::blocks::Table;
use super::super::rich::Rich;
use super::row::{Columns, Row};
use super::section::{self, Section};
use super::{Reading, RemarkCode};
use crate::document::{
    Action, Activity, ActivityState, ChecklistItem, Component, DaysOff, Decision, Estimate, FixRisk, Meeting,
    MeetingKind, Person, Role, ScopeItem, ScopeState, Severity, TestCase, TestNeed,
};

use super::dates::{Day, day};

const SCOPE: Columns = &[
    ("Title", &["title", "item", "issue", "summary", "description", "feature name"]),
    ("Id", &["id", "key", "number"]),
    ("State", &["state", "status"]),
    ("Component", &["component"]),
    ("Labels", &["labels", "label"]),
    ("Severity", &["severity"]),
    ("Fix risk", &["fix risk", "risk of the fix"]),
    ("Decision", &["decision", "triage"]),
    ("Estimates", &["estimates", "estimate", "effort"]),
    ("Priority", &["priority"]),
    ("Feature", &["feature"]),
    ("Tests", &["tests", "required tests"]),
    ("Suites", &["suites", "test suites"]),
    ("Source", &["source"]),
    ("URL", &["url", "link"]),
];
const MATRIX: Columns = &[
    ("Severity", &["severity"]),
    ("Low risk", &["low risk", "low"]),
    ("Medium risk", &["medium risk", "medium"]),
    ("High risk", &["high risk", "high"]),
];
const COMPONENTS: Columns = &[("Component", &["component", "name"]), ("Change", &["change", "changes"])];
const ROLES: Columns = &[
    ("Role", &["role", "name"]),
    ("Responsibilities", &["responsibilities", "responsibility"]),
    ("Person", &["person", "who", "assigned to"]),
    ("Final call", &["final call", "decides"]),
    ("Id", &["id"]),
];
const PEOPLE: Columns = &[
    ("Person", &["person", "name"]),
    ("Skills", &["skills", "skill"]),
    ("Hours per week", &["hours per week", "hours a week", "availability"]),
    ("Days off", &["days off", "away"]),
    ("Time zone", &["time zone", "zone"]),
];
const ACTIVITIES: Columns = &[
    ("Activity", &["activity", "task", "milestone", "name"]),
    ("Owner", &["owner", "responsible"]),
    ("Start Date", &["start date", "start", "from", "begin"]),
    ("End Date", &["end date", "end", "until", "due", "due date"]),
    ("After", &["after", "depends on", "dependencies"]),
    ("State", &["state", "status"]),
    ("Done on", &["done on"]),
    ("Id", &["id"]),
];
const CHECKLIST: Columns = &[
    ("Item", &["item", "check", "task", "text"]),
    ("Area", &["area"]),
    ("Audience", &["audience"]),
    ("Owner", &["owner", "responsible"]),
    ("Done", &["done", "state", "status"]),
    ("Id", &["id"]),
];
const TEST_CASES: Columns = &[
    ("Test", &["test", "test case", "title", "name"]),
    ("Steps", &["steps", "step"]),
    ("Expected", &["expected", "expected result"]),
    ("Assignee", &["assignee", "tester", "owner"]),
    ("Regression", &["regression"]),
    ("Acceptance", &["acceptance", "uat"]),
    ("Sets", &["sets", "set"]),
    ("Feature", &["feature", "requires feature"]),
    ("Id", &["id"]),
];
const MEETINGS: Columns = &[
    ("Meeting", &["meeting", "title", "name"]),
    ("Kind", &["kind"]),
    ("At", &["at", "when", "date"]),
    ("Minutes", &["minutes", "duration"]),
    ("Agenda", &["agenda"]),
    ("Outcome", &["outcome", "result"]),
    ("Id", &["id"]),
];
const ACTIONS: Columns = &[
    ("Action", &["action", "item"]),
    ("Owner", &["owner"]),
    ("Due", &["due", "due date"]),
    ("From", &["from"]),
    ("Done", &["done"]),
    ("Id", &["id"]),
];

impl Reading<'_> {
    pub(super) fn table(&mut self, table: &Table, span: Range<usize>, line: usize) {
        let (columns, each): (Columns, fn(&mut Self, &mut Row)) = match self.section {
            Section::Preface => return self.facts(table, span, line),
            Section::Scope => (SCOPE, Self::scope_row),
            Section::Triage => (MATRIX, Self::matrix_row),
            Section::Components => (COMPONENTS, Self::component_row),
            Section::Roles => (ROLES, Self::role_row),
            Section::People => (PEOPLE, Self::person_row),
            Section::Activities => (ACTIVITIES, Self::activity_row),
            Section::Readiness => (CHECKLIST, Self::readiness_row),
            Section::Afterwards => (CHECKLIST, Self::afterwards_row),
            Section::TestCases => (TEST_CASES, Self::test_case_row),
            Section::Meetings => (MEETINGS, Self::meeting_row),
            Section::Actions => (ACTIONS, Self::action_row),
            _ => return self.delivery_table(table, span, line),
        };
        self.rows(table, (span, line), columns, each);
    }

    /// Each row of a table that has the column which names its entries; another table is left as it stands.
    pub(super) fn rows(
        &mut self,
        table: &Table,
        (span, line): (Range<usize>, usize),
        columns: Columns,
        each: fn(&mut Self, &mut Row),
    ) {
        let heads: Vec<String> = table.head.iter().map(|cell| section::plain(&cell.line())).collect();
        let column_of = |head: &String| {
            columns.iter().find(|(_, names)| names.contains(&head.as_str())).map(|(name, _)| *name)
        };
        let places: Vec<Option<&'static str>> = heads.iter().map(column_of).collect();
        let key = columns[0].0;
        if !places.contains(&Some(key)) {
            self.leave_span(line, span);
            return;
        }
        for (line, cells) in &table.rows {
            let mut row = Row::new(*line);
            for (place, cell) in cells
                .iter()
                .enumerate()
                .filter(|(_, cell)| !cell.parts.concat().is_empty() || cell.parts.len() > 1)
            {
                if let Some(column) = places.get(place).copied().flatten() {
                    row.put(column, cell);
                } else {
                    let column = table.head.get(place).map_or_else(String::new, Rich::line);
                    row.leave(&column, &cell.text());
                }
            }
            if row.is_empty() {
                continue;
            }
            each(self, &mut row);
            self.close(key, row);
        }
    }

    fn close(&mut self, key: &str, row: Row) {
        let named = row.line(key);
        self.remarks.extend(row.remarks);
        if !row.left.is_empty() {
            let text = format!("{named}\n{}", row.left.join("\n"));
            self.leave(row.line, text.trim());
        }
    }

    /// A title, cut where it is too long for one.
    pub(super) fn title(&mut self, row: &Row, column: &str) -> String {
        self.shortened(row.line, row.line(column))
    }

    /// The id of a row, of its own or of its title.
    pub(super) fn id(&mut self, list: &str, row: &mut Row, title: &str) -> String {
        let written = row.maybe("Id");
        let id = self.ids.give(list, written.clone(), title);
        if let Some(written) = written.filter(|written| *written != id) {
            row.leave("Id", &written);
        }
        id
    }

    fn scope_row(&mut self, row: &mut Row) {
        let title = self.title(row, "Title");
        let id = self.id("scope", row, &title);
        let state = row.word("State", ScopeState::from_word).unwrap_or(ScopeState::In);
        let tests = row.words("Tests").into_iter().filter_map(|word| {
            let need = TestNeed::from_word(&word);
            if need.is_none() {
                row.leave("Tests", &word);
            }
            need
        });
        let tests = tests.collect();
        let estimates = row.words("Estimates").into_iter().filter_map(|word| {
            let estimate = estimate(&word);
            if estimate.is_none() {
                row.leave("Estimates", &word);
            }
            estimate
        });
        let estimates = estimates.collect();
        let priority = row.number("Priority", &[]);
        let fitting = priority.and_then(|priority| u8::try_from(priority).ok());
        if let (Some(priority), None) = (priority, fitting) {
            row.leave("Priority", &priority.to_string());
        }
        let item = ScopeItem {
            title,
            source: row.maybe("Source"),
            url: row.maybe("URL"),
            state,
            component: row.maybe("Component"),
            labels: row.words("Labels"),
            severity: row.word("Severity", Severity::from_word),
            fix_risk: row.word("Fix risk", FixRisk::from_word),
            decision: row.word("Decision", Decision::from_word),
            estimates,
            priority: fitting.unwrap_or(0),
            feature: row.flag("Feature"),
            tests,
            suites: row.words("Suites"),
            id,
        };
        self.plan.scope.push(item);
    }

    /// What a row does not say stays as Tidegate has it.
    fn matrix_row(&mut self, row: &mut Row) {
        let Some(severity) = row.word("Severity", Severity::from_word) else {
            for column in ["Low risk", "Medium risk", "High risk"] {
                row.leave(column, &row.text(column));
            }
            return;
        };
        let given = self.plan.triage.get_or_insert_default().row_mut(severity);
        for (column, decision) in
            [("Low risk", &mut given.low), ("Medium risk", &mut given.medium), ("High risk", &mut given.high)]
        {
            if let Some(said) = row.word(column, Decision::from_word) {
                *decision = said;
            }
        }
    }

    fn component_row(&mut self, row: &mut Row) {
        let name = row.line("Component");
        let id = self.ids.give("components", Some(name.clone()), &name);
        if id != name {
            row.leave("Component", &name);
        }
        self.plan.components.push(Component { id, change: row.text("Change") });
    }

    fn role_row(&mut self, row: &mut Row) {
        let name = self.title(row, "Role");
        let role = Role {
            id: self.id("roles", row, &name),
            responsibilities: row.text("Responsibilities"),
            person: row.maybe("Person"),
            decides: row.flag("Final call"),
            name,
        };
        self.plan.roles.push(role);
    }

    fn person_row(&mut self, row: &mut Row) {
        let mut days_off = Vec::new();
        for off in row.words("Days off") {
            if let Some(days) = days(&off) {
                days_off.push(days);
            } else {
                row.remark(RemarkCode::NotUnderstood, format!("Days off: {off:?} are no days"));
                row.leave("Days off", &off);
            }
        }
        let person = Person {
            id: row.line("Person"),
            skills: row.words("Skills"),
            hours_per_week: row.number("Hours per week", &["hours", "h"]).unwrap_or(0),
            days_off,
            zone: row.maybe("Time zone"),
        };
        self.plan.people.push(person);
    }

    fn activity_row(&mut self, row: &mut Row) {
        let name = self.title(row, "Activity");
        let activity = Activity {
            id: self.id("activities", row, &name),
            owner: row.maybe("Owner"),
            start: row.date("Start Date"),
            end: row.date("End Date"),
            after: row.words("After"),
            state: row.word("State", ActivityState::from_word).unwrap_or_default(),
            done_on: row.date("Done on"),
            name,
        };
        self.plan.activities.push(activity);
    }

    fn readiness_row(&mut self, row: &mut Row) {
        let item = self.checklist_row("readiness", row);
        self.plan.readiness.push(item);
    }

    fn afterwards_row(&mut self, row: &mut Row) {
        let item = self.checklist_row("afterwards", row);
        self.plan.afterwards.push(item);
    }

    fn checklist_row(&mut self, list: &str, row: &mut Row) -> ChecklistItem {
        let text = row.text("Item");
        let written = row.line("Area");
        let area = if written.is_empty() {
            "general".to_owned()
        } else if crate::document::bad_id(&written).is_none() {
            written
        } else {
            self.area(row.line, &written)
        };
        ChecklistItem {
            id: self.id(list, row, &text),
            area,
            audience: row.maybe("Audience"),
            owner: row.maybe("Owner"),
            done: row.flag("Done"),
            text,
        }
    }

    fn test_case_row(&mut self, row: &mut Row) {
        let title = self.title(row, "Test");
        let case = TestCase {
            id: self.id("test_cases", row, &title),
            steps: row.lines("Steps"),
            expected: row.text("Expected"),
            assignee: row.maybe("Assignee"),
            regression: row.flag("Regression"),
            acceptance: row.flag("Acceptance"),
            sets: row.words("Sets"),
            feature: row.maybe("Feature"),
            title,
        };
        self.plan.test_cases.push(case);
    }

    fn meeting_row(&mut self, row: &mut Row) {
        let title = self.title(row, "Meeting");
        let kind = row.word("Kind", MeetingKind::from_word).unwrap_or_else(|| meeting_kind(&title));
        let meeting = Meeting {
            id: self.id("meetings", row, &title),
            kind,
            at: row.moment("At"),
            minutes: row.number("Minutes", &["minutes", "min"]),
            agenda: row.lines("Agenda"),
            outcome: row.text("Outcome"),
            title,
        };
        self.plan.meetings.push(meeting);
    }

    fn action_row(&mut self, row: &mut Row) {
        let text = row.text("Action");
        let action = Action {
            id: self.id("actions", row, &text),
            owner: row.maybe("Owner"),
            due: row.date("Due"),
            from: row.maybe("From"),
            done: row.flag("Done"),
            text,
        };
        self.plan.actions.push(action);
    }
}

/// `backend: 8 h`.
fn estimate(text: &str) -> Option<Estimate> {
    let (skill, hours) = text.rsplit_once(':')?;
    let hours = hours.trim();
    let figures = ["hours", "hour", "h"].iter().find_map(|word| hours.strip_suffix(word)).unwrap_or(hours);
    let skill = skill.trim();
    let estimate = Estimate { skill: skill.to_owned(), hours: figures.trim().parse().ok()? };
    (!skill.is_empty()).then_some(estimate)
}

/// `2026-12-24`, or `2026-12-24 to 2026-12-31`.
fn days(text: &str) -> Option<DaysOff> {
    let (from, until) = text.split_once(" to ").or_else(|| text.split_once(" – ")).unwrap_or((text, text));
    match (day(from), day(until)) {
        (Day::Is(from), Day::Is(until)) => Some(DaysOff { from, until }),
        _ => None,
    }
}

pub(super) fn meeting_kind(title: &str) -> MeetingKind {
    let title = section::plain(title);
    let has = |word: &str| title.contains(word);
    let words = [
        ("go no go", MeetingKind::GoNoGo),
        ("retrospective", MeetingKind::Retrospective),
        ("refinement", MeetingKind::Refinement),
        ("planning", MeetingKind::Planning),
    ];
    words.iter().find(|(word, _)| has(word)).map_or(MeetingKind::Other, |(_, kind)| *kind)
}
