//! A report while it is being read.
//!
//! Invariant: what leaves `finish` keeps the limits, has no text longer than they say, and no number that is not
//! finite. Not here: any format.

use crate::bad_report::BadReport;
use crate::digest::Digest;
use crate::format::Format;
use crate::instant;
use crate::limits::Limits;
use crate::measure::{Measure, Unit};
use crate::report::{Category, Component, Finding, Report, Tool};
use crate::severity::Severity;

pub(crate) struct Draft {
    pub(crate) report: Report,
    limits: Limits,
}

/// What a finding begins with; the rest is optional and set on it.
pub(crate) fn finding(category: Category, id: &str, severity: Severity) -> Finding {
    let id = if id.trim().is_empty() { "unnamed" } else { id.trim() };
    Finding {
        id: id.to_owned(),
        severity,
        category,
        title: String::new(),
        location: String::new(),
        fix: None,
        suppressed: false,
    }
}

/// `name version`, as far as known.
pub(crate) fn versioned(name: Option<&str>, version: Option<&str>) -> String {
    [name, version].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

impl Draft {
    pub(crate) fn new(format: Format, limits: Limits) -> Self {
        let report = Report {
            format,
            name: None,
            gate: None,
            bound_to: None,
            tool: Tool { name: format.name().to_owned(), version: None },
            targets: std::collections::BTreeSet::new(),
            subjects: std::collections::BTreeSet::new(),
            scanned: 0,
            created_ms: None,
            database_built_ms: None,
            rates_findings: false,
            findings: Vec::new(),
            tests: None,
            measures: std::collections::BTreeMap::new(),
            components: Vec::new(),
        };
        Self { report, limits }
    }

    pub(crate) fn tool(&mut self, name: Option<&str>, version: Option<&str>) {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            self.report.tool.name = name.into();
        }
        self.report.tool.version = version.map(str::to_owned);
    }

    pub(crate) fn target(&mut self, target: Option<&str>) {
        let Some(target) = target.filter(|target| !target.is_empty()) else { return };
        let mut target = target.to_owned();
        cut(&mut target, self.limits.text_characters_max);
        self.report.targets.insert(target);
    }

    /// A digest within a reference, if there is one.
    pub(crate) fn subject(&mut self, reference: Option<&str>) {
        self.report.subjects.extend(reference.and_then(Digest::within));
    }

    pub(crate) fn subject_hex(&mut self, digits: Option<&str>) {
        self.report.subjects.extend(digits.and_then(Digest::from_hex));
    }

    pub(crate) fn created(&mut self, text: Option<&str>) {
        self.report.created_ms = text.map(instant::stated_ms);
    }

    pub(crate) fn database_built(&mut self, text: Option<&str>) {
        self.report.database_built_ms = text.map(instant::stated_ms);
    }

    /// Counts come from the report and may be absurd.
    pub(crate) fn scanned(&mut self, count: u64) {
        self.report.scanned = self.report.scanned.saturating_add(count);
    }

    pub(crate) fn find(&mut self, finding: Finding) {
        self.report.findings.push(finding);
    }

    /// Something about the run that keeps it from being evidence.
    pub(crate) fn doubt(&mut self, id: &str, title: impl Into<String>) {
        let mut doubt = finding(Category::Tool, id, Severity::Unknown);
        doubt.title = title.into();
        self.find(doubt);
    }

    pub(crate) fn measure(&mut self, name: impl Into<String>, value: f64, unit: Unit) {
        if value.is_finite() {
            self.report.measures.insert(name.into(), Measure::new(value, unit));
        }
    }

    pub(crate) fn component(&mut self, component: Component) {
        self.report.components.push(component);
    }

    pub(crate) fn finish(mut self) -> Result<Report, BadReport> {
        let most = self.limits.entries_max;
        let counts = [
            ("findings", self.report.findings.len()),
            ("measures", self.report.measures.len()),
            ("components", self.report.components.len()),
            ("targets", self.report.targets.len()),
        ];
        if let Some((what, _)) = counts.into_iter().find(|(_, count)| *count > most) {
            return Err(BadReport::TooMany { what, most });
        }
        let characters = self.limits.text_characters_max;
        for finding in &mut self.report.findings {
            cut(&mut finding.title, characters);
            cut(&mut finding.location, characters);
            finding.fix.iter_mut().for_each(|fix| cut(fix, characters));
        }
        cut(&mut self.report.tool.name, characters);
        Ok(self.report)
    }
}

/// Ids and names are left whole: a waiver or a threshold must be able to name them.
fn cut(text: &mut String, characters: usize) {
    if let Some((at, _)) = text.char_indices().nth(characters) {
        text.truncate(at);
        text.push('…');
    }
}
