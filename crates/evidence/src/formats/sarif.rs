//! SARIF 2.1.0: runs of any analyser.
//!
//! Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections 3.14 (run), 3.20
//! (invocation), 3.27 (result), 3.35 (suppression), 3.49 (rule); `security-severity` as GitHub documents it for code
//! scanning. Invariant: a result with neither score nor level is unknown, although the standard would call it a
//! warning. Not here: fixes, code flows, overrides of a rule's level by the invocation.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::bad_report::BadReport;
use crate::draft::{Draft, finding};
use crate::json::{Shapes, at, count_at, number, number_at, text, text_at};
use crate::report::{Category, Finding};
use crate::severity::Severity;

pub(super) fn read(document: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    if let Some(version) = text(document, "version").filter(|version| *version != "2.1.0") {
        return Err(shapes.version(version, "2.1.0"));
    }
    draft.report.rates_findings = true;
    for run in shapes.required_list(document, "runs")? {
        read_run(run, draft, shapes)?;
    }
    Ok(())
}

fn read_run(run: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    let driver = at(run, &["tool", "driver"]);
    let own = |key| driver.and_then(|driver| text(driver, key));
    draft.tool(own("name"), own("semanticVersion").or(own("version")));
    draft.target(text_at(run, &["automationDetails", "id"]));
    read_subjects(run, draft, shapes)?;
    for invocation in shapes.list(run, "invocations")? {
        if invocation.get("executionSuccessful") == Some(&Value::Bool(false)) {
            let said = text(invocation, "exitCodeDescription").unwrap_or("it does not say why");
            draft.doubt("tool-failed", format!("the tool did not finish: {said}"));
        }
        draft.created(text(invocation, "endTimeUtc").or(text(invocation, "startTimeUtc")));
    }
    // Absent or null: the run looked for nothing (3.14.23). An empty list: it looked, and found nothing.
    if run.get("results").is_none_or(Value::is_null) {
        return Ok(());
    }
    let results = shapes.list(run, "results")?;
    let files = run.get("artifacts").and_then(Value::as_array).map_or(1, Vec::len);
    draft.scanned(files.max(results.len()) as u64);
    let rules = Rules::of(run);
    for result in results {
        draft.report.findings.extend(read_result(&rules, result));
    }
    Ok(())
}

/// What was analysed, where a run says so by digest: the files that were the target, or (from Trivy) the image.
fn read_subjects(run: &Value, draft: &mut Draft, shapes: &Shapes) -> Result<(), BadReport> {
    for artifact in shapes.list(run, "artifacts")? {
        let roles = shapes.list(artifact, "roles")?;
        if roles.iter().any(|role| role == "analysisTarget") {
            draft.subject_hex(text_at(artifact, &["hashes", "sha-256"]));
        }
    }
    if let Some(properties) = at(run, &["properties"]) {
        draft.target(text(properties, "imageName"));
        draft.subject(text(properties, "imageID"));
        for digest in shapes.list(properties, "repoDigests")? {
            draft.subject(digest.as_str());
        }
    }
    Ok(())
}

fn read_result(rules: &Rules<'_>, result: &Value) -> Option<Finding> {
    let rule = rules.of_result(result);
    let severity = match text(result, "kind").unwrap_or("fail") {
        "pass" | "notApplicable" => return None,
        "informational" => Severity::Info,
        "fail" => severity_of(result, rule),
        // `open` could not tell, `review` leaves it to a person; anything else is no kind of the standard.
        _ => Severity::Unknown,
    };
    // Found by an earlier run and gone since (3.27.24).
    if text(result, "baselineState") == Some("absent") {
        return None;
    }
    let id = rule_id(result).or_else(|| rule.and_then(|rule| text(rule, "id"))).unwrap_or_default();
    let mut found = finding(Category::Weakness, id, severity);
    found.title = text_at(result, &["message", "text"])
        .or_else(|| rule.and_then(|rule| text_at(rule, &["shortDescription", "text"])))
        .unwrap_or_default()
        .into();
    found.location = location_of(result);
    found.suppressed = is_suppressed(result);
    Some(found)
}

fn rule_id(result: &Value) -> Option<&str> {
    text(result, "ruleId").or_else(|| text_at(result, &["rule", "id"]))
}

/// The rules of a run's driver and of its extensions, by position and by id.
struct Rules<'a> {
    tool: Option<&'a Value>,
    by_id: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Rules<'a> {
    fn of(run: &'a Value) -> Self {
        let tool = run.get("tool");
        let extensions = at(run, &["tool", "extensions"]).and_then(Value::as_array).into_iter().flatten();
        let homes = at(run, &["tool", "driver"]).into_iter().chain(extensions);
        let rules = homes.filter_map(|home| home.get("rules")?.as_array()).flatten();
        let mut by_id = BTreeMap::new();
        for (id, rule) in rules.filter_map(|rule| Some((text(rule, "id")?, rule))) {
            by_id.entry(id).or_insert(rule);
        }
        Self { tool, by_id }
    }

    /// By position, else by id; `CA1000/1` is a part of `CA1000` (3.27.5).
    fn of_result(&self, result: &Value) -> Option<&'a Value> {
        let home = match count_at(result, &["rule", "toolComponent", "index"]) {
            Some(index) => self.tool?.get("extensions")?.get(index as usize),
            None => self.tool.and_then(|tool| tool.get("driver")),
        };
        let index = count_at(result, &["ruleIndex"]).or_else(|| count_at(result, &["rule", "index"]));
        let by_index = index.and_then(|index| home?.get("rules")?.get(index as usize));
        by_index.or_else(|| self.named(rule_id(result)?))
    }

    fn named(&self, id: &str) -> Option<&'a Value> {
        let known = |id: &str| self.by_id.get(id).copied();
        known(id).or_else(|| known(id.rsplit_once('/')?.0))
    }
}

fn severity_of(result: &Value, rule: Option<&Value>) -> Severity {
    let scored = |value: &Value| value.get("properties")?.get("security-severity").cloned();
    if let Some(score) = scored(result).or_else(|| rule.and_then(scored)) {
        return number(&score).map_or(Severity::Unknown, Severity::from_score);
    }
    let usual = rule.and_then(|rule| text_at(rule, &["defaultConfiguration", "level"]));
    match text(result, "level").or(usual) {
        Some("error") => Severity::High,
        Some("warning") => Severity::Medium,
        Some("note") => Severity::Low,
        Some("none") => Severity::Info,
        Some(_) | None => Severity::Unknown,
    }
}

/// Suppressed only when every suppression was accepted; one without a status counts as accepted (3.27.23, 3.35.3).
fn is_suppressed(result: &Value) -> bool {
    let Some(list) = result.get("suppressions").and_then(Value::as_array) else { return false };
    let accepted = |suppression: &Value| matches!(text(suppression, "status"), None | Some("accepted"));
    !list.is_empty() && list.iter().all(|suppression| suppression.is_object() && accepted(suppression))
}

fn location_of(result: &Value) -> String {
    let first = result.get("locations").and_then(|list| list.get(0));
    let Some(place) = first.and_then(|first| at(first, &["physicalLocation"])) else { return String::new() };
    let file = text_at(place, &["artifactLocation", "uri"]).unwrap_or_default();
    match number_at(place, &["region", "startLine"]) {
        Some(line) => format!("{file}:{line}"),
        None => file.to_owned(),
    }
}
