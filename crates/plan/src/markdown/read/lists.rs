//! Lists: flat ones of entries, and those whose items are headings of lists below them.
//!
//! Invariant: what is below an item that can hold nothing goes to the notes.

// A section that is not named takes the way of all others.
#![allow(clippy::wildcard_enum_match_arm)]

use std::ops::Range;

use super::super::blocks::Item;
use super::Reading;
use super::section::{self, Section, section};
use super::tables::meeting_kind;
use super::tables_of_delivery::{A_DAY_BEFORE, material_kind};
use crate::document::{
    Action, Activity, ActivityState, Announcement, ChecklistItem, Component, Material, Meeting, Moment,
    Objective, Role, RunbookStep, ScopeItem, ScopeState, TestCase, When, bad_id,
};
use crate::markdown::slug;

/// A slug keeps about so many characters; a longer heading is kept in the notes beside it.
const AREA_MAX: usize = 30;

impl Reading<'_> {
    pub(super) fn list(&mut self, items: Vec<Item>, span: Range<usize>, line: usize) {
        if matches!(
            self.section,
            Section::Preface | Section::Overview | Section::People | Section::Notes | Section::Unknown
        ) {
            self.leave_span(line, span);
            return;
        }
        for item in items {
            self.item(item);
        }
    }

    fn item(&mut self, mut item: Item) {
        // What is no id after all is text.
        if item.text.id.as_ref().is_some_and(|id| bad_id(id).is_some()) {
            item.text = item.text.without_id();
        }
        for (line, span) in std::mem::take(&mut item.rest) {
            self.leave_span(line, span);
        }
        let nested = matches!(
            self.section,
            Section::Readiness
                | Section::Deployment
                | Section::Afterwards
                | Section::Risks
                | Section::Mitigations
                | Section::RiskContingency
        );
        if nested && !item.children.is_empty() {
            return self.group(item);
        }
        let children = std::mem::take(&mut item.children);
        let takes_steps = matches!(self.section, Section::TestCases | Section::Meetings);
        if takes_steps {
            let lines = children.iter().map(|child| child.text.clone().without_id().text());
            let lines = lines.filter(|line| !line.trim().is_empty()).collect();
            for child in &children {
                self.below(child, 1);
            }
            return self.entry(item, lines);
        }
        self.entry(item, Vec::new());
        for child in &children {
            self.below(child, 0);
        }
    }

    /// Keeps what stands below: the children, and from a depth on, the item too.
    fn below(&mut self, item: &Item, from: usize) {
        for (line, span) in item.rest.clone() {
            self.leave_span(line, span);
        }
        if from == 0 {
            self.leave(item.line, &item.text.clone().without_id().text());
        }
        for child in &item.children {
            self.below(child, from.saturating_sub(1));
        }
    }

    /// An item that is the heading of those below it.
    fn group(&mut self, item: Item) {
        let heading = item.text.clone().without_id().line();
        let within = self.section;
        let named = section(&heading);
        let area = self.area_of(within, &heading, item.line);
        let mut place = 0;
        for mut child in item.children {
            for (line, span) in std::mem::take(&mut child.rest) {
                self.leave_span(line, span);
            }
            for below in &child.children {
                self.below(below, 0);
            }
            if child.text.is_blank() {
                continue;
            }
            match (within, named) {
                (Section::Risks | Section::Mitigations | Section::RiskContingency, Section::Mitigations) => {
                    self.mitigation(place, &child);
                }
                (
                    Section::Risks | Section::Mitigations | Section::RiskContingency,
                    Section::RiskContingency,
                ) => {
                    self.step_in(Section::Contingency, child);
                }
                (Section::Risks | Section::Mitigations | Section::RiskContingency, _) => {
                    let text = child.text.text();
                    self.bare_risk(child.line, child.text.id, text);
                }
                (
                    Section::Deployment,
                    Section::DeploymentSteps
                    | Section::DatabaseSteps
                    | Section::Rollback
                    | Section::Contingency,
                ) => {
                    self.step_in(named, child);
                }
                (Section::Deployment, Section::RiskContingency) => self.step_in(Section::Contingency, child),
                (Section::Deployment, Section::Communication) => self.announcement(child),
                (Section::Afterwards, _) => {
                    let item = self.checklist_item("afterwards", &area, child);
                    self.plan.afterwards.push(item);
                }
                _ => {
                    let item = self.checklist_item("readiness", &area, child);
                    self.plan.readiness.push(item);
                }
            }
            place += 1;
        }
    }

    /// The area for a group; a heading that says another thing than the plan knows is kept too where it would be cut.
    fn area_of(&mut self, within: Section, heading: &str, line: usize) -> String {
        let known = section(heading) != Section::Unknown;
        match within {
            Section::Risks | Section::Mitigations | Section::RiskContingency => {
                if !known {
                    self.leave(line, heading);
                }
                String::new()
            }
            _ => self.area(line, heading),
        }
    }

    pub(super) fn area(&mut self, line: usize, heading: &str) -> String {
        if let Some(area) = section::area(heading) {
            return area.to_owned();
        }
        if heading.chars().count() > AREA_MAX {
            self.leave(line, heading);
        }
        slug(&section::plain(heading))
    }

    fn checklist_item(&mut self, list: &str, area: &str, item: Item) -> ChecklistItem {
        let text = item.text.text();
        ChecklistItem {
            id: self.ids.give(list, item.text.id, &text),
            text,
            area: area.to_owned(),
            audience: None,
            owner: None,
            done: item.done,
        }
    }

    fn step_in(&mut self, section: Section, item: Item) {
        let before = std::mem::replace(&mut self.section, section);
        let text = item.text.text();
        let id = self.ids.give(&format!("{section:?}"), item.text.id, &text);
        self.steps().push(RunbookStep { id, text, command: None });
        self.section = before;
    }

    /// The first mitigation is for the first risk, and so on; one too many is kept.
    fn mitigation(&mut self, place: usize, item: &Item) {
        let text = item.text.clone().without_id().text();
        match self.plan.risks.get_mut(place).filter(|risk| risk.mitigation.is_empty()) {
            Some(risk) => {
                risk.mitigation = text;
                self.assume(item.line, "the mitigation was given to the risk at the same place of its list");
            }
            None => self.leave(item.line, &text),
        }
    }

    /// When it is sent is guessed from its words, and said so.
    fn announcement(&mut self, item: Item) {
        let text = item.text.line();
        let lower = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let at = |moment| When { moment, minutes: 0 };
        let when = if has(&["rollback", "rolled back"]) {
            at(Moment::RolledBack)
        } else if has(&["schedule", "downtime", "ahead", "before"]) {
            A_DAY_BEFORE
        } else if has(&["updates", "progress", "during"]) {
            at(Moment::Step)
        } else if has(&["confirm", "success", "complet", "availab"]) {
            at(Moment::Succeeded)
        } else {
            A_DAY_BEFORE
        };
        self.assume(item.line, "for whom the message is and when it is sent was worked out from its words");
        let title = self.shortened(item.line, text);
        self.plan.announcements.push(Announcement {
            id: self.ids.give("announcements", item.text.id, &title),
            title,
            audience: "everybody".to_owned(),
            channels: Vec::new(),
            template: None,
            when,
        });
    }

    fn entry(&mut self, item: Item, lines: Vec<String>) {
        if item.text.is_blank() && lines.is_empty() {
            return;
        }
        match self.section {
            Section::Objectives => {
                let text = item.text.text();
                let id = self.ids.give("objectives", item.text.id, &text);
                self.plan.objectives.push(Objective { id, text });
            }
            Section::Scope => self.scope_item(item),
            Section::Components => {
                let text = item.text.text();
                let id = self.ids.give("components", item.text.id, &text);
                self.plan.components.push(Component { id, change: text });
            }
            Section::Roles => self.role(item),
            Section::Activities => self.activity(item),
            Section::Readiness => {
                let item = self.checklist_item("readiness", "general", item);
                self.plan.readiness.push(item);
            }
            Section::Afterwards => {
                let item = self.checklist_item("afterwards", "general", item);
                self.plan.afterwards.push(item);
            }
            Section::DeploymentPlan => {
                let item = self.checklist_item("readiness", "deployment-plan", item);
                self.plan.readiness.push(item);
            }
            Section::TestCases => self.test_case(item, lines),
            Section::Deployment | Section::DeploymentSteps => self.step_in(Section::DeploymentSteps, item),
            Section::DatabaseSteps | Section::Rollback => self.step_in(self.section, item),
            Section::Contingency | Section::RiskContingency => self.step_in(Section::Contingency, item),
            Section::Communication => self.announcement(item),
            Section::Materials => self.material(item),
            Section::Risks => {
                let text = item.text.text();
                self.bare_risk(item.line, item.text.id, text);
            }
            Section::Meetings => self.meeting(item, lines),
            Section::Actions => {
                let text = item.text.text();
                let id = self.ids.give("actions", item.text.id, &text);
                let done = item.done;
                self.plan.actions.push(Action { id, text, owner: None, due: None, from: None, done });
            }
            Section::Preface
            | Section::Overview
            | Section::Triage
            | Section::People
            | Section::Audiences
            | Section::Mitigations
            | Section::Notes
            | Section::Unknown => self.leave(item.line, &item.text.without_id().text()),
        }
    }

    fn scope_item(&mut self, item: Item) {
        let title = self.shortened(item.line, item.text.line());
        self.plan.scope.push(ScopeItem {
            id: self.ids.give("scope", item.text.id, &title),
            title,
            source: None,
            url: None,
            state: if item.done { ScopeState::Done } else { ScopeState::In },
            component: None,
            labels: Vec::new(),
            severity: None,
            fix_risk: None,
            decision: None,
            estimates: Vec::new(),
            priority: 0,
            feature: false,
            tests: Vec::new(),
            suites: Vec::new(),
        });
    }

    /// `Release Manager: oversees the process`.
    fn role(&mut self, item: Item) {
        let text = item.text.text();
        let (name, responsibilities) = text.split_once(':').unwrap_or((&text, ""));
        let name = self.shortened(item.line, name.trim().replace(['\n', '\t'], " "));
        self.plan.roles.push(Role {
            id: self.ids.give("roles", item.text.id, &name),
            name,
            responsibilities: responsibilities.trim().to_owned(),
            person: None,
            decides: false,
        });
    }

    fn activity(&mut self, item: Item) {
        let name = self.shortened(item.line, item.text.line());
        self.plan.activities.push(Activity {
            id: self.ids.give("activities", item.text.id, &name),
            name,
            owner: None,
            start: None,
            end: None,
            after: Vec::new(),
            state: if item.done { ActivityState::Done } else { ActivityState::Open },
            done_on: None,
        });
    }

    fn test_case(&mut self, item: Item, steps: Vec<String>) {
        let title = self.shortened(item.line, item.text.line());
        self.plan.test_cases.push(TestCase {
            id: self.ids.give("test_cases", item.text.id, &title),
            title,
            steps,
            expected: String::new(),
            assignee: None,
            regression: false,
            acceptance: false,
            sets: Vec::new(),
            feature: None,
        });
    }

    fn material(&mut self, item: Item) {
        let title = self.shortened(item.line, item.text.line());
        self.plan.materials.push(Material {
            id: self.ids.give("materials", item.text.id, &title),
            kind: material_kind(&title),
            title,
            audience: None,
            owner: None,
            location: None,
            done: item.done,
        });
    }

    fn meeting(&mut self, item: Item, agenda: Vec<String>) {
        let title = self.shortened(item.line, item.text.line());
        self.plan.meetings.push(Meeting {
            id: self.ids.give("meetings", item.text.id, &title),
            kind: meeting_kind(&title),
            title,
            at: None,
            minutes: None,
            agenda,
            outcome: String::new(),
        });
    }
}
