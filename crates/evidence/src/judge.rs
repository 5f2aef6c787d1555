//! Asks a threshold of reports, clause by clause.
//!
//! Invariant: a clause that no report answers does not hold; findings are counted once each, and only waivers that
//! count take one out. Not here: which reports are asked (`standing`), and what is unfit as evidence (`decide`).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::gate_kind::GateKind;
use crate::licence::Allowed;
use crate::measure::{Measure, Unit};
use crate::reason::{Reason, examples};
use crate::report::{Category, Component, Finding, Report};
use crate::severity::Severity;
use crate::threshold::{Clause, Comparison, Quantity, Threshold};
use crate::waiver::{WaivedFinding, Waivers};

/// A finding that closed the gate, and the clause it ran against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deciding {
    pub finding: Finding,
    /// `unknown severity` where no clause was asked.
    pub against: String,
}

pub(crate) struct Judge<'a> {
    kind: GateKind,
    waivers: &'a Waivers<'a>,
    pub(crate) deciding: Vec<Deciding>,
    pub(crate) waived: Vec<WaivedFinding>,
    /// Ids and places that `waived` has already.
    waived_keys: BTreeSet<(String, String)>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(kind: GateKind, waivers: &'a Waivers<'a>) -> Self {
        Self { kind, waivers, deciding: Vec::new(), waived: Vec::new(), waived_keys: BTreeSet::new() }
    }

    /// Nothing may be unknown.
    pub(crate) fn unknown(&mut self, reports: &[&Report]) -> Option<Reason> {
        let open = self.open_findings(reports, |finding| finding.severity == Severity::Unknown);
        if open.is_empty() {
            return None;
        }
        let reason = Reason::SeverityUnknown {
            count: open.len(),
            examples: examples(open.iter().map(|one| one.id.as_str())),
        };
        self.decided_by(&open, "unknown severity");
        Some(reason)
    }

    pub(crate) fn threshold(&mut self, threshold: &Threshold, reports: &[&Report]) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for clause in threshold.clauses() {
            match clause {
                Clause::AtMost { count, severity, or_above } => {
                    let bound = Bound { text: clause.to_string(), count: *count };
                    let covers = |one: Severity| one == *severity || (*or_above && one > *severity);
                    reasons.extend(self.at_most(&bound, &covers, reports));
                }
                Clause::AllPassed => reasons.extend(self.all_passed(reports)),
                Clause::Measure { name, comparison, than } => {
                    let asked =
                        Asked { text: clause.to_string(), name, comparison: *comparison, than: *than };
                    reasons.extend(self.measure(&asked, reports));
                }
                Clause::OnlyLicences(licences) => reasons.extend(self.licences(licences, reports)),
            }
        }
        for severity in threshold.unmentioned_above() {
            let bound = Bound { text: threshold.to_string(), count: 0 };
            let found = self.at_most(&bound, &|one| one == severity, reports);
            // That nothing answers has been said by the clause itself.
            reasons.extend(found.filter(|reason| matches!(reason, Reason::Findings { .. })));
        }
        reasons
    }

    /// Once each: two tools, or two places of one report, may say the same.
    fn open_findings<'r>(
        &mut self,
        reports: &[&'r Report],
        asked: impl Fn(&Finding) -> bool,
    ) -> Vec<&'r Finding> {
        let mut seen = BTreeSet::new();
        let mut open = Vec::new();
        let kind = self.kind;
        let findings = reports.iter().flat_map(|report| &report.findings);
        for finding in findings.filter(|one| !one.suppressed && kind.concerns(one.category) && asked(one)) {
            if !seen.insert((finding.id.as_str(), finding.location.as_str(), finding.title.as_str())) {
                continue;
            }
            if !self.is_waived(finding) {
                open.push(finding);
            }
        }
        open
    }

    fn is_waived(&mut self, finding: &Finding) -> bool {
        let Some(waiver) = self.waivers.of(&finding.id) else { return false };
        if self.waived_keys.insert((finding.id.clone(), finding.location.clone())) {
            self.waived.push(WaivedFinding { finding: finding.clone(), waiver: waiver.clone() });
        }
        true
    }

    fn decided_by(&mut self, findings: &[&Finding], against: &str) {
        let deciding =
            |finding: &&Finding| Deciding { finding: (*finding).clone(), against: against.to_owned() };
        self.deciding.extend(findings.iter().take(crate::decide::Decision::DECIDING_MAX).map(deciding));
    }

    /// Of a report for a benchmark's gate the severities are not the question, whatever else it rates.
    fn rates(&self, report: &Report) -> bool {
        report.rates_findings && self.kind != GateKind::PerformanceBenchmark
    }

    fn at_most(
        &mut self,
        bound: &Bound,
        covers: &dyn Fn(Severity) -> bool,
        reports: &[&Report],
    ) -> Option<Reason> {
        let rating: Vec<&Report> = reports.iter().copied().filter(|report| self.rates(report)).collect();
        if rating.is_empty() {
            let known = "; no report here rates its findings".to_owned();
            return Some(Reason::Unanswered { clause: bound.text.clone(), known });
        }
        let open =
            self.open_findings(&rating, |one| one.severity != Severity::Unknown && covers(one.severity));
        if open.len() as u64 <= bound.count {
            return None;
        }
        self.decided_by(&open, &bound.text);
        let worst = open.iter().map(|one| one.severity).max().unwrap_or(Severity::Unknown);
        let mixed = open.iter().any(|one| one.severity != worst);
        let severity = if mixed { format!("findings up to {worst}") } else { worst.to_string() };
        Some(Reason::Findings {
            clause: bound.text.clone(),
            severity,
            count: open.len(),
            allowed: bound.count,
        })
    }

    fn all_passed(&mut self, reports: &[&Report]) -> Vec<Reason> {
        let tested: Vec<&Report> = reports.iter().copied().filter(|report| report.tests.is_some()).collect();
        let counts = |report: &Report| report.tests.as_ref().map(|tests| tests.all).unwrap_or_default();
        let mut reasons = Vec::new();
        if tested.is_empty() {
            let known = "; no report here is of tests".to_owned();
            reasons.push(Reason::Unanswered { clause: "all passed".to_owned(), known });
        }
        let idle = |report: &&&Report| report.scanned > 0 && counts(report).ran() == 0;
        reasons.extend(
            tested
                .iter()
                .filter(idle)
                .map(|report| Reason::ScannedNothing { report: report.label().to_owned() }),
        );
        let bad = |report: &&Report| counts(report).failed.saturating_add(counts(report).errored);
        let failed: u64 = tested.iter().map(bad).fold(0, u64::saturating_add);
        let is_test = |one: &Finding| one.category == Category::Test;
        let every = tested.iter().flat_map(|report| &report.findings).filter(|one| is_test(one));
        let waived = every.filter(|one| self.waivers.of(&one.id).is_some()).count() as u64;
        let failed = failed.saturating_sub(waived);
        let open = self.open_findings(&tested, is_test);
        if failed > 0 {
            let ran = tested.iter().map(|report| counts(report).ran()).fold(0, u64::saturating_add);
            let examples = examples(open.iter().map(|one| one.id.as_str()));
            self.decided_by(&open, "all passed");
            reasons.push(Reason::TestsFailed { failed, ran, examples });
        }
        reasons
    }

    fn measure(&self, asked: &Asked<'_>, reports: &[&Report]) -> Vec<Reason> {
        let own = if asked.name == "score" { self.kind.score_measure() } else { asked.name };
        let found: Vec<(&Report, Measure)> =
            reports.iter().filter_map(|report| Some((*report, *report.measures.get(own)?))).collect();
        if found.is_empty() {
            let names: BTreeSet<&str> =
                reports.iter().flat_map(|report| report.measures.keys()).map(String::as_str).collect();
            let known =
                if names.is_empty() { String::new() } else { format!("; there is {}", examples(names)) };
            return vec![Reason::Unanswered { clause: asked.text.clone(), known }];
        }
        found.into_iter().filter_map(|(report, measure)| asked.of(report, measure)).collect()
    }

    fn licences(&mut self, licences: &[String], reports: &[&Report]) -> Vec<Reason> {
        let listing = || reports.iter().filter(|report| !report.components.is_empty());
        let clause = "only licences …".to_owned();
        if listing().next().is_none() {
            return vec![Reason::Unanswered {
                clause,
                known: "; no report here lists components".to_owned(),
            }];
        }
        let allowed = Allowed::new(licences);
        let mut unstated = Vec::new();
        let mut refused = Vec::new();
        let mut seen = BTreeSet::new();
        for component in listing().flat_map(|report| &report.components) {
            let holds = component.licences.iter().all(|licence| allowed.holds(licence));
            if (holds && !component.licences.is_empty())
                || !seen.insert((&component.name, &component.version))
            {
                continue;
            }
            let finding = of_component(component);
            if self.is_waived(&finding) {
                continue;
            }
            let list = if component.licences.is_empty() { &mut unstated } else { &mut refused };
            list.push(finding);
        }
        self.decided_by(&unstated.iter().collect::<Vec<_>>(), "unknown severity");
        self.decided_by(&refused.iter().collect::<Vec<_>>(), "only licences");
        let ids = |list: &[Finding]| examples(list.iter().map(|one| one.id.as_str()));
        let unstated = (!unstated.is_empty())
            .then(|| Reason::SeverityUnknown { count: unstated.len(), examples: ids(&unstated) });
        let refused = (!refused.is_empty())
            .then(|| Reason::LicenceNotAllowed { count: refused.len(), examples: ids(&refused) });
        unstated.into_iter().chain(refused).collect()
    }
}

struct Bound {
    text: String,
    count: u64,
}

struct Asked<'a> {
    text: String,
    name: &'a str,
    comparison: Comparison,
    than: Quantity,
}

impl Asked<'_> {
    fn of(&self, report: &Report, measure: Measure) -> Option<Reason> {
        let clause = self.text.clone();
        let Some(than) = self.than.in_unit(measure.unit) else {
            return Some(Reason::UnitUnclear { clause, found: measure.to_string() });
        };
        if self.cannot_fail(than, measure.unit) {
            return Some(Reason::CannotFail { clause });
        }
        if self.comparison.holds(measure.value, than) {
            return None;
        }
        Some(Reason::Measure { clause, report: report.label().to_owned(), found: measure.to_string() })
    }

    /// `error_rate <= 1` looks like one per cent and means all of them. Ratios to a baseline do go past 1.
    fn cannot_fail(&self, than: f64, unit: Unit) -> bool {
        let share = unit == Unit::Ratio && self.name != "ratio" && !self.name.starts_with("ratio.");
        share
            && match self.comparison {
                Comparison::Less => than > 1.0,
                Comparison::AtMost => than >= 1.0,
                Comparison::More => than < 0.0,
                Comparison::AtLeast => than <= 0.0,
            }
    }
}

fn of_component(component: &Component) -> Finding {
    let stated = component.licences.join(", ");
    Finding {
        id: format!("licence:{}", component.name),
        severity: if stated.is_empty() { Severity::Unknown } else { Severity::High },
        category: Category::Licence,
        title: if stated.is_empty() { "states no licence".to_owned() } else { stated },
        location: component.purl.clone().or_else(|| component.version.clone()).unwrap_or_default(),
        fix: None,
        suppressed: false,
    }
}
