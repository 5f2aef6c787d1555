//! Freezes and windows together: may something change here, now?
//!
//! Invariant: a freeze closes whatever windows say; where any window reaches a subject, only inside one is it open; with
//! neither, it is open. Deliberately not here: overriding, which is a person's right and stands in the log.

use serde::{Deserialize, Serialize};

use crate::{BadPeriod, Period, PeriodText, Span};

/// How far ahead the next change is looked for.
const HORIZON_MS: u64 = 400 * 86_400_000;
const SPANS_MAX: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// No change while it holds.
    Freeze,
    /// Change only while one holds.
    Window,
}

/// What an entry reaches; an empty list means all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reach {
    #[serde(default)]
    pub environments: Vec<String>,
    #[serde(default)]
    pub components: Vec<String>,
    #[serde(default)]
    pub tenants: Vec<String>,
}

/// What is about to change.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub environment: &'a str,
    /// All that would change; one frozen component freezes the whole.
    pub components: &'a [&'a str],
    /// Empty where tenants play no part.
    pub tenants: &'a [&'a str],
}

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub name: String,
    pub kind: Kind,
    pub reason: String,
    pub reach: Reach,
    pub period: Period,
}

impl Entry {
    pub fn parse(
        name: &str,
        kind: Kind,
        (reason, reach): (&str, Reach),
        period: &PeriodText,
    ) -> Result<Self, BadPeriod> {
        let period = Period::parse(period)?;
        Ok(Self { name: name.to_owned(), kind, reason: reason.to_owned(), reach, period })
    }
}

impl Reach {
    pub fn reaches(&self, subject: &Subject<'_>) -> bool {
        let environment =
            self.environments.is_empty() || self.environments.iter().any(|name| name == subject.environment);
        environment && meets(&self.components, subject.components) && meets(&self.tenants, subject.tenants)
    }
}

fn meets(named: &[String], present: &[&str]) -> bool {
    named.is_empty() || named.iter().any(|name| present.contains(&name.as_str()))
}

/// Whether change is allowed at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Until the given instant, where one is known.
    Open { until_ms: Option<u64> },
    /// The freeze that holds.
    Frozen { name: String, reason: String, since_ms: u64, opens_ms: Option<u64> },
    /// No window is open; the windows that would be.
    Outside { windows: Vec<String>, opens_ms: Option<u64> },
}

impl Status {
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

/// All freezes and windows of an installation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Schedule {
    pub entries: Vec<Entry>,
}

impl Schedule {
    pub fn status(&self, subject: &Subject<'_>, at_ms: u64) -> Status {
        let view = View::of(self, subject, at_ms);
        view.status(at_ms)
    }
}

/// What reaches one subject, worked out for a stretch of time.
struct View<'a> {
    freezes: Vec<(&'a Entry, Span)>,
    windows: Vec<(&'a Entry, Span)>,
    window_names: Vec<String>,
}

impl<'a> View<'a> {
    fn of(schedule: &'a Schedule, subject: &Subject<'_>, at_ms: u64) -> Self {
        let (mut freezes, mut windows, mut window_names) = (Vec::new(), Vec::new(), Vec::new());
        for entry in schedule.entries.iter().filter(|entry| entry.reach.reaches(subject)) {
            let spans = entry.period.spans(at_ms, at_ms.saturating_add(HORIZON_MS), SPANS_MAX);
            let spans = spans.into_iter().map(|span| (entry, span));
            match entry.kind {
                Kind::Freeze => freezes.extend(spans),
                Kind::Window => {
                    window_names.push(entry.name.clone());
                    windows.extend(spans);
                }
            }
        }
        Self { freezes, windows, window_names }
    }

    fn status(&self, at_ms: u64) -> Status {
        let opens = || self.changes().find(|change| *change > at_ms && self.is_open(*change));
        // The one that holds longest is the one to name.
        let freeze =
            self.freezes.iter().filter(|(_, span)| span.holds(at_ms)).max_by_key(|(_, span)| span.until_ms);
        if let Some((entry, span)) = freeze {
            let (name, reason) = (entry.name.clone(), entry.reason.clone());
            return Status::Frozen { name, reason, since_ms: span.from_ms, opens_ms: opens() };
        }
        if !self.is_open(at_ms) {
            return Status::Outside { windows: self.window_names.clone(), opens_ms: opens() };
        }
        Status::Open { until_ms: self.changes().find(|change| *change > at_ms && !self.is_open(*change)) }
    }

    fn is_open(&self, at_ms: u64) -> bool {
        let frozen = self.freezes.iter().any(|(_, span)| span.holds(at_ms));
        let within = self.window_names.is_empty() || self.windows.iter().any(|(_, span)| span.holds(at_ms));
        !frozen && within
    }

    /// Every instant at which anything begins or ends, in order.
    fn changes(&self) -> impl Iterator<Item = u64> {
        let spans =
            self.freezes.iter().chain(&self.windows).flat_map(|(_, span)| [span.from_ms, span.until_ms]);
        let mut changes: Vec<u64> = spans.collect();
        changes.sort_unstable();
        changes.dedup();
        changes.into_iter()
    }
}
