//! JUnit XML: what nearly every test runner writes.
//!
//! Source: the schema of Apache Ant's and Surefire's reports, and pytest's `junitxml` (which writes an expected failure
//! as `skipped`). Invariant: the cases themselves are counted; totals that promise more cases or failures than are
//! there make the report doubtful, and no entity is ever expanded. Not here: output of the tests.

use std::collections::BTreeMap;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::bad_report::BadReport;
use crate::draft::{Draft, finding};
use crate::format::Format;
use crate::limits::Limits;
use crate::measure::Unit;
use crate::report::{Category, Counts, Suite, Tests};
use crate::severity::Severity;

const ATTRIBUTES_MAX: usize = 100;

pub(super) fn read(text: &str, draft: &mut Draft, limits: Limits) -> Result<(), BadReport> {
    let mut walk = Walk { limits, ..Walk::default() };
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().map_err(|error| unreadable(&error))? {
            Event::Start(element) => walk.open(&element, draft)?,
            Event::Empty(element) => {
                walk.open(&element, draft)?;
                walk.close(draft);
            }
            Event::End(_) => walk.close(draft),
            Event::DocType(_) => return Err(BadReport::DocumentType),
            Event::Eof => break,
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::GeneralRef(_) => {}
        }
    }
    // A file that was cut off ends in the middle of its elements; the reader itself does not mind.
    if !walk.open.is_empty() {
        let why = format!("it ends within <{}>", walk.open.last().map_or("", Level::name));
        return Err(BadReport::Unreadable { why });
    }
    if !walk.rooted {
        return Err(shape("the document", "without a <testsuites> or <testsuite>"));
    }
    finish(walk, draft);
    Ok(())
}

fn finish(walk: Walk, draft: &mut Draft) {
    let all = walk.all;
    draft.report.scanned = all.ran();
    for name in walk.suites.keys() {
        draft.target(Some(name));
    }
    let measures = [
        ("tests", all.total),
        ("passed", all.passed()),
        ("failed", all.failed),
        ("errored", all.errored),
        ("skipped", all.skipped),
    ];
    for (name, count) in measures {
        draft.measure(name, count as f64, Unit::Plain);
    }
    if all.ran() > 0 {
        draft.measure("pass_rate", all.passed() as f64 / all.ran() as f64, Unit::Ratio);
    }
    let suites = walk.suites.into_iter().map(|(name, counts)| Suite { name, counts }).collect();
    draft.report.tests = Some(Tests { all, suites });
}

#[derive(Default)]
struct Walk {
    limits: Limits,
    open: Vec<Level>,
    elements: usize,
    rooted: bool,
    all: Counts,
    suites: BTreeMap<String, Counts>,
}

enum Level {
    /// `<testsuites>` or `<testsuite>`: its name, what its attributes promise, and what was seen within.
    Suite {
        name: Option<String>,
        promised: Counts,
        seen: Counts,
    },
    Case {
        name: String,
        suite: Option<String>,
        outcome: Outcome,
        message: String,
    },
    Other(String),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Passed,
    Skipped,
    Failed,
    Errored,
}

impl Level {
    fn name(&self) -> &str {
        match self {
            Self::Suite { .. } => "testsuite",
            Self::Case { .. } => "testcase",
            Self::Other(name) => name,
        }
    }
}

impl Walk {
    fn open(&mut self, element: &BytesStart<'_>, draft: &Draft) -> Result<(), BadReport> {
        let depth_max = self.limits.depth();
        if self.open.len() >= depth_max {
            return Err(BadReport::TooDeep { depth_max });
        }
        let attributes = attributes(element)?;
        self.elements += 1 + attributes.len();
        let most = self.limits.values_max;
        if self.elements > most {
            return Err(BadReport::TooMany { what: "elements", most });
        }
        let most = self.limits.entries_max;
        if self.suites.len() > most || draft.report.findings.len() > most {
            return Err(BadReport::TooMany { what: "suites or failures", most });
        }
        let name = element.local_name().as_ref().to_owned();
        if self.open.is_empty() {
            if self.rooted || !matches!(name.as_str(), "testsuites" | "testsuite") {
                return Err(shape("the root element", "neither <testsuites> nor <testsuite>"));
            }
            self.rooted = true;
        }
        let level = match name.as_str() {
            "testsuites" | "testsuite" => suite(&name, &attributes),
            "testcase" => self.case(&attributes),
            "failure" => self.outcome(Outcome::Failed, name, &attributes),
            "error" => self.outcome(Outcome::Errored, name, &attributes),
            "skipped" => self.outcome(Outcome::Skipped, name, &attributes),
            _ => Level::Other(name),
        };
        self.open.push(level);
        Ok(())
    }

    fn case(&self, attributes: &[(String, String)]) -> Level {
        let own = |key| attribute(attributes, key).unwrap_or_default();
        let class = own("classname");
        let name =
            if class.is_empty() { own("name").to_owned() } else { format!("{class}::{}", own("name")) };
        let named = |level: &Level| match level {
            Level::Suite { name, .. } => name.clone(),
            Level::Case { .. } | Level::Other(_) => None,
        };
        let suite = self.open.iter().rev().find_map(named);
        // Some runners mark a case that did not run by an attribute alone.
        let skipped = matches!(attribute(attributes, "status"), Some("notrun" | "skipped" | "disabled"));
        let outcome = if skipped { Outcome::Skipped } else { Outcome::Passed };
        Level::Case { name, suite, outcome, message: String::new() }
    }

    /// Of the case right above; an error outweighs a failure, and both outweigh a skip.
    fn outcome(&mut self, new: Outcome, element: String, attributes: &[(String, String)]) -> Level {
        if let Some(Level::Case { outcome, message, .. }) = self.open.last_mut() {
            *outcome = (*outcome).max(new);
            if let Some(said) = attribute(attributes, "message").or(attribute(attributes, "type")) {
                said.clone_into(message);
            }
        }
        Level::Other(element)
    }

    fn close(&mut self, draft: &mut Draft) {
        match self.open.pop() {
            Some(Level::Suite { name, promised, seen }) => {
                let label = name.as_deref().unwrap_or("the whole report");
                doubt_totals(label, promised, seen, draft);
                match self.open.last_mut() {
                    Some(Level::Suite { seen: outer, .. }) => outer.add(seen),
                    Some(Level::Case { .. } | Level::Other(_)) | None => self.all.add(seen),
                }
            }
            Some(Level::Case { name, suite, outcome, message }) => {
                self.count(outcome, suite.as_deref());
                report_case(&name, suite.as_deref(), outcome, message, draft);
            }
            Some(Level::Other(_)) | None => {}
        }
    }

    fn count(&mut self, outcome: Outcome, suite: Option<&str>) {
        let one = Counts {
            total: 1,
            failed: u64::from(outcome == Outcome::Failed),
            errored: u64::from(outcome == Outcome::Errored),
            skipped: u64::from(outcome == Outcome::Skipped),
        };
        let inner = self.open.iter_mut().rev().find_map(|level| match level {
            Level::Suite { seen, .. } => Some(seen),
            Level::Case { .. } | Level::Other(_) => None,
        });
        if let Some(seen) = inner {
            seen.add(one);
        }
        self.suites.entry(suite.unwrap_or_default().to_owned()).or_default().add(one);
    }
}

fn suite(element: &str, attributes: &[(String, String)]) -> Level {
    let count = |key| attribute(attributes, key).and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    let promised = Counts {
        total: count("tests"),
        failed: count("failures"),
        errored: count("errors"),
        skipped: count("skipped"),
    };
    // The outermost element's name is the run's, not a suite's.
    let name = attribute(attributes, "name").filter(|_| element == "testsuite").map(str::to_owned);
    Level::Suite { name, promised, seen: Counts::default() }
}

fn doubt_totals(label: &str, promised: Counts, seen: Counts, draft: &mut Draft) {
    if promised.total > seen.total {
        let said = format!("{label} says {} tests and lists {}", promised.total, seen.total);
        draft.doubt("totals-disagree", said);
    }
    let bad = |counts: Counts| counts.failed.saturating_add(counts.errored);
    let (bad_promised, bad_seen) = (bad(promised), bad(seen));
    if bad_promised > bad_seen {
        draft.doubt("totals-disagree", format!("{label} says {bad_promised} failures and lists {bad_seen}"));
    }
}

fn report_case(name: &str, suite: Option<&str>, outcome: Outcome, message: String, draft: &mut Draft) {
    if !matches!(outcome, Outcome::Failed | Outcome::Errored) {
        return;
    }
    let mut found = finding(Category::Test, name, Severity::High);
    found.title = message;
    found.location = suite.unwrap_or_default().into();
    draft.find(found);
}

fn attributes(element: &BytesStart<'_>) -> Result<Vec<(String, String)>, BadReport> {
    let mut read = Vec::new();
    for attribute in element.attributes() {
        // The reader compares each with all before it.
        if read.len() == ATTRIBUTES_MAX {
            return Err(BadReport::TooMany { what: "attributes of one element", most: ATTRIBUTES_MAX });
        }
        let attribute = attribute.map_err(|error| BadReport::Unreadable { why: error.to_string() })?;
        let value =
            attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| unreadable(&error))?;
        read.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    Ok(read)
}

fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn unreadable(error: &quick_xml::Error) -> BadReport {
    BadReport::Unreadable { why: error.to_string().chars().take(200).collect() }
}

fn shape(place: &str, why: &'static str) -> BadReport {
    BadReport::Shape { format: Format::JUnit, place: place.to_owned(), why }
}
