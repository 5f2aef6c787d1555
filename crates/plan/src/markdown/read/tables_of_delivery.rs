//! Tables of facts, deployment, communication and risks.

// A section that is not named takes the way of all others.
#![allow(clippy::wildcard_enum_match_arm)]

use std::ops::Range;

use jiff::civil::DateTime;

use super::super::blocks::Table;
use super::row::{Columns, Row};
use super::section::{Section, plain};
use super::{Reading, RemarkCode};
use crate::document::{
    Announcement, Audience, Bound, BoundKind, Kind, Material, MaterialKind, Moment, Risk, RiskState,
    RunbookStep, TemplateUse, When, Window,
};

const RUNBOOK: Columns = &[("Step", &["step", "action", "task"]), ("Command", &["command"]), ("Id", &["id"])];
const RISK_STEPS: Columns =
    &[("Step", &["step", "action", "task"]), ("Risk", &["risk"]), ("Command", &["command"]), ("Id", &["id"])];
const AUDIENCES: Columns =
    &[("Audience", &["audience", "name"]), ("Channels", &["channels", "channel"]), ("Id", &["id"])];
const ANNOUNCEMENTS: Columns = &[
    ("Announcement", &["announcement", "message", "title", "what"]),
    ("Audience", &["audience", "who"]),
    ("Channels", &["channels", "channel"]),
    ("Template", &["template"]),
    ("When", &["when"]),
    ("Id", &["id"]),
];
const MATERIALS: Columns = &[
    ("Material", &["material", "title", "name"]),
    ("Kind", &["kind"]),
    ("Audience", &["audience"]),
    ("Owner", &["owner"]),
    ("Location", &["location", "where"]),
    ("Done", &["done"]),
    ("Id", &["id"]),
];
const RISKS: Columns = &[
    ("Risk", &["risk", "description"]),
    ("Probability", &["probability", "likelihood"]),
    ("Impact", &["impact"]),
    ("State", &["state", "status"]),
    ("Mitigation", &["mitigation", "mitigation strategy"]),
    ("Mitigated by", &["mitigated by"]),
    ("Trigger", &["trigger"]),
    ("Owner", &["owner"]),
    ("Id", &["id"]),
];
/// Where nobody said how likely or how bad.
const MIDDLE: u8 = 3;

#[derive(Default)]
pub(super) struct WindowFacts {
    line: usize,
    from: Option<DateTime>,
    until: Option<DateTime>,
    zone: Option<String>,
}

impl Reading<'_> {
    pub(super) fn delivery_table(&mut self, table: &Table, span: Range<usize>, line: usize) {
        let place = (span, line);
        match self.section {
            Section::Deployment => self.facts(table, place.0, line),
            Section::DeploymentSteps | Section::DatabaseSteps | Section::Rollback | Section::Contingency => {
                self.rows(table, place, RUNBOOK, Self::runbook_row);
            }
            Section::RiskContingency => self.rows(table, place, RISK_STEPS, Self::risk_step_row),
            Section::Audiences => self.rows(table, place, AUDIENCES, Self::audience_row),
            Section::Communication => {
                self.rows(table, place, ANNOUNCEMENTS, Self::announcement_row);
            }
            Section::Materials => self.rows(table, place, MATERIALS, Self::material_row),
            Section::Risks => self.rows(table, place, RISKS, Self::risk_row),
            _ => self.leave_span(line, place.0),
        }
    }

    /// Names and values in two columns.
    pub(super) fn facts(&mut self, table: &Table, span: Range<usize>, line: usize) {
        let about_plan = self.section == Section::Preface;
        let head: Vec<String> = table.head.iter().map(|cell| plain(&cell.line())).collect();
        let expected = if about_plan { "plan" } else { "deployment" };
        if head.len() != 2 || head[0] != expected {
            self.leave_span(line, span);
            return;
        }
        for (line, cells) in &table.rows {
            let [name, value] = &cells[..] else { continue };
            let mut row = Row::new(*line);
            row.put("Value", value);
            if row.is_empty() && name.is_blank() {
                continue;
            }
            let fact = plain(&name.line());
            let known = if about_plan {
                self.plan_fact(&fact, &mut row)
            } else {
                self.deployment_fact(&fact, &mut row)
            };
            if !known {
                row.left = vec![format!("{}: {}", name.text(), value.text())];
            }
            self.remarks.append(&mut row.remarks);
            if !row.left.is_empty() {
                self.leave(*line, &row.left.join("\n"));
            }
        }
    }

    fn plan_fact(&mut self, name: &str, row: &mut Row) -> bool {
        match name {
            "kind" => match row.word("Value", Kind::from_word) {
                Some(kind) => self.plan.kind = kind,
                None => return false,
            },
            "template" => {
                let said = row.line("Value");
                let used = said.rsplit_once(" version ");
                let used = used.and_then(|(name, version)| Some((name.trim(), version.trim().parse().ok()?)));
                let Some((name, version)) = used else { return false };
                self.plan.template = Some(TemplateUse { name: name.to_owned(), version });
            }
            "time zone" => match row.maybe("Value") {
                Some(zone) => self.plan.zone = zone,
                None => return false,
            },
            "code freeze" => self.plan.freeze_on = row.date("Value"),
            "ready on" | "readiness date" | "release date" => self.plan.ready_on = row.date("Value"),
            _ => return false,
        }
        true
    }

    fn deployment_fact(&mut self, name: &str, row: &mut Row) -> bool {
        match name {
            "window from" => (self.window.from, self.window.line) = (row.moment("Value"), row.line),
            "window until" => (self.window.until, self.window.line) = (row.moment("Value"), row.line),
            "window time zone" => self.window.zone = row.maybe("Value"),
            "expected downtime" => match seconds(&row.line("Value")) {
                Some(seconds) => self.plan.deployment.expected_downtime_seconds = Some(seconds),
                None => return false,
            },
            "strategy" => self.plan.deployment.strategy = row.maybe("Value"),
            _ => return false,
        }
        true
    }

    pub(super) fn end_window(&mut self) {
        let facts = std::mem::take(&mut self.window);
        match (facts.from, facts.until) {
            (Some(from), Some(until)) => {
                let zone = facts.zone.unwrap_or_else(|| self.plan.zone.clone());
                self.plan.deployment.window = Some(Window { from, until, zone });
            }
            (None, None) => {
                if let Some(zone) = facts.zone {
                    self.leave(facts.line.max(1), &format!("Window time zone: {zone}"));
                }
            }
            (from, until) => {
                let said = from.or(until).map_or_else(String::new, |at| at.to_string());
                let zone = facts.zone.unwrap_or_default();
                self.leave(facts.line, &format!("half of a deployment window: {said} {zone}"));
            }
        }
    }

    fn runbook_row(&mut self, row: &mut Row) {
        let text = row.text("Step");
        let list = format!("{:?}", self.section);
        let step = RunbookStep { id: self.id(&list, row, &text), command: row.maybe_text("Command"), text };
        self.steps().push(step);
    }

    /// Of the deployment, those that the section is about.
    pub(super) fn steps(&mut self) -> &mut Vec<RunbookStep> {
        let deployment = &mut self.plan.deployment;
        match self.section {
            Section::DatabaseSteps => &mut deployment.database_steps,
            Section::Rollback => &mut deployment.rollback,
            Section::Contingency | Section::RiskContingency => &mut deployment.contingency,
            _ => &mut deployment.steps,
        }
    }

    fn risk_step_row(&mut self, row: &mut Row) {
        let risk = row.line("Risk");
        let Some(place) = self.plan.risks.iter().position(|known| known.id == risk) else {
            row.leave("Risk", &risk);
            return self.runbook_row(row);
        };
        let text = row.text("Step");
        let list = format!("risk {risk}");
        let step = RunbookStep { id: self.id(&list, row, &text), command: row.maybe_text("Command"), text };
        self.plan.risks[place].contingency.push(step);
    }

    fn audience_row(&mut self, row: &mut Row) {
        let name = self.title(row, "Audience");
        let audience =
            Audience { id: self.id("audiences", row, &name), channels: row.words("Channels"), name };
        self.plan.audiences.push(audience);
    }

    fn announcement_row(&mut self, row: &mut Row) {
        let title = self.title(row, "Announcement");
        let said = row.line("When");
        let when = when(&said).unwrap_or_else(|| {
            row.leave("When", &said);
            row.remark(
                RemarkCode::Assumed,
                "when it is sent is not said: a day before the window".to_owned(),
            );
            A_DAY_BEFORE
        });
        let announcement = Announcement {
            id: self.id("announcements", row, &title),
            audience: row.maybe("Audience").unwrap_or_else(|| "everybody".to_owned()),
            channels: row.words("Channels"),
            template: row.maybe("Template"),
            when,
            title,
        };
        self.plan.announcements.push(announcement);
    }

    fn material_row(&mut self, row: &mut Row) {
        let title = self.title(row, "Material");
        let material = Material {
            id: self.id("materials", row, &title),
            kind: row.word("Kind", MaterialKind::from_word).unwrap_or_else(|| material_kind(&title)),
            audience: row.maybe("Audience"),
            owner: row.maybe("Owner"),
            location: row.maybe("Location"),
            done: row.flag("Done"),
            title,
        };
        self.plan.materials.push(material);
    }

    fn risk_row(&mut self, row: &mut Row) {
        let description = row.text("Risk");
        let bound = row.maybe("Mitigated by").and_then(|said| {
            let bound = bound(&said);
            if bound.is_none() {
                row.leave("Mitigated by", &said);
            }
            bound
        });
        let risk = Risk {
            id: self.id("risks", row, &description),
            probability: level(row, "Probability"),
            impact: level(row, "Impact"),
            state: row.word("State", RiskState::from_word).unwrap_or_default(),
            mitigation: row.text("Mitigation"),
            bound,
            trigger: row.text("Trigger"),
            owner: row.maybe("Owner"),
            contingency: Vec::new(),
            description,
        };
        self.plan.risks.push(risk);
    }

    pub(super) fn bare_risk(&mut self, line: usize, id: Option<String>, description: String) {
        self.assume(line, "how likely and how bad it is was not said: both are 3 of 5");
        self.plan.risks.push(Risk {
            id: self.ids.give("risks", id, &description),
            description,
            probability: MIDDLE,
            impact: MIDDLE,
            state: RiskState::Open,
            mitigation: String::new(),
            bound: None,
            trigger: String::new(),
            owner: None,
            contingency: Vec::new(),
        });
    }
}

pub(super) const A_DAY_BEFORE: When = When { moment: Moment::WindowStart, minutes: -24 * 60 };

/// 1 to 5, or a word.
fn level(row: &mut Row, column: &'static str) -> u8 {
    let said = row.line(column);
    let level = match said.trim().to_lowercase().as_str() {
        "very low" | "rare" => Some(1),
        "low" | "unlikely" => Some(2),
        "medium" | "moderate" | "possible" => Some(3),
        "high" | "likely" => Some(4),
        "very high" | "almost certain" | "severe" => Some(5),
        figure => figure.parse().ok(),
    };
    level.unwrap_or_else(|| {
        row.leave(column, &said);
        row.remark(RemarkCode::Assumed, format!("{column} is not said as 1 to 5, so it is {MIDDLE}"));
        MIDDLE
    })
}

/// `flag checkout-v2`.
fn bound(text: &str) -> Option<Bound> {
    let (kind, name) = text.split_once(' ')?;
    Some(Bound { kind: BoundKind::from_word(kind)?, name: name.trim().to_owned() })
}

/// `90 minutes before window-start`, `succeeded`.
fn when(text: &str) -> Option<When> {
    let text = text.trim().to_lowercase();
    if let Some(moment) = Moment::from_word(&text) {
        return Some(When { moment, minutes: 0 });
    }
    let (sign, amount, moment) = match text.split_once(" before ") {
        Some((amount, moment)) => (-1, amount, moment),
        None => text.split_once(" after ").map(|(amount, moment)| (1, amount, moment))?,
    };
    let (number, unit) = amount.trim().split_once(' ')?;
    let minutes = match unit.trim().trim_end_matches('s') {
        "minute" | "min" => 1,
        "hour" => 60,
        "day" => 24 * 60,
        "week" => 7 * 24 * 60,
        _ => return None,
    };
    let amount = number.parse::<i32>().ok().filter(|number| *number >= 0)?.checked_mul(minutes)?;
    Some(When { moment: Moment::from_word(moment)?, minutes: sign * amount })
}

fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let split = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let unit = match text[split..].trim() {
        "" | "s" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        _ => return None,
    };
    text[..split].parse::<u64>().ok()?.checked_mul(unit)
}

pub(super) fn material_kind(title: &str) -> MaterialKind {
    let title = title.to_lowercase();
    let has = |word: &str| title.contains(word);
    let words = [
        ("training", MaterialKind::Training),
        ("support", MaterialKind::Support),
        ("release notes", MaterialKind::ReleaseNotes),
    ];
    words.iter().find(|(word, _)| has(word)).map_or(MaterialKind::Documentation, |(_, kind)| *kind)
}
