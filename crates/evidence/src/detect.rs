//! Which format a document is in, by marks that only that format has.
//!
//! Invariant: a format is named only when all of its marks are there; otherwise the answer is a refusal that names
//! those the document has something of. Not here: whether the rest of it fits (`formats`).

use serde_json::Value;

use crate::bad_report::{BadReport, Nearest};
use crate::document::Document;
use crate::format::Format;
use crate::json::{at, text_at};

/// A mark: what it is called in a refusal, and whether a document has it.
type Mark = (&'static str, fn(&Value) -> bool);

fn marks(format: Format) -> &'static [Mark] {
    match format {
        Format::Sarif => &[
            ("`runs`", |value| is_list(value, "runs")),
            ("`version`", |value| value.get("version").is_some_and(Value::is_string)),
        ],
        Format::Trivy => &[
            ("`SchemaVersion`", |value| value.get("SchemaVersion").is_some_and(Value::is_number)),
            ("`ArtifactName` or `Results`", |value| has(value, "ArtifactName") || has(value, "Results")),
        ],
        Format::Grype => &[
            ("`matches`", |value| is_list(value, "matches")),
            ("`descriptor`", |value| has(value, "descriptor")),
        ],
        Format::OsvScanner => &[
            ("`results`", |value| is_list(value, "results")),
            ("`packages` in a result, or `experimental_config`", |value| {
                has(value, "experimental_config") || first(value, "results", "packages")
            }),
        ],
        Format::PipAudit => &[("`dependencies` with `vulns`", |value| {
            let listed = value.get("dependencies").unwrap_or(value).get(0);
            listed.is_some_and(|one| has(one, "name") && (has(one, "vulns") || has(one, "skip_reason")))
                || (is_list(value, "dependencies") && is_list(value, "fixes"))
        })],
        Format::NpmAudit => &[("`auditReportVersion`, `advisories`, or npm's `error`", |value| {
            let counted = at(value, &["metadata", "vulnerabilities"]).is_some();
            let failed = text_at(value, &["error", "code"]).is_some()
                && text_at(value, &["error", "summary"]).is_some();
            has(value, "auditReportVersion") || (has(value, "advisories") && counted) || failed
        })],
        Format::CargoAudit => &[
            ("`lockfile`", |value| at(value, &["lockfile", "dependency-count"]).is_some()),
            ("`vulnerabilities`", |value| at(value, &["vulnerabilities", "list"]).is_some()),
        ],
        // XML, and told by its root element.
        Format::JUnit => &[],
        Format::AxeCore => &[
            ("`violations`", |value| is_list(page(value), "violations")),
            ("`testEngine` or `incomplete`", |value| {
                has(page(value), "testEngine") || is_list(page(value), "incomplete")
            }),
        ],
        Format::Pa11y => &[("issues with `code` and `selector`", |value| {
            let listed = value.get(0).is_some_and(|one| has(one, "code") && has(one, "selector"));
            let page = is_list(value, "issues") && (has(value, "pageUrl") || has(value, "documentTitle"));
            let pages = value.get("results").is_some_and(Value::is_object)
                && ["total", "passes", "errors"].iter().all(|key| has(value, key));
            listed || page || pages
        })],
        Format::Lighthouse => &[
            ("`lighthouseVersion`", |value| has(value, "lighthouseVersion")),
            ("`categories`", |value| has(value, "categories")),
        ],
        Format::K6 => &[
            ("`metrics`", |value| value.get("metrics").is_some_and(Value::is_object)),
            ("`root_group` or `state`", |value| has(value, "root_group") || has(value, "state")),
        ],
        Format::Criterion => &[("`mean.point_estimate`, or messages with `reason`", |value| {
            at(value, &["mean", "point_estimate"]).is_some()
                || matches!(text_at(value, &["reason"]), Some("benchmark-complete" | "group-complete"))
        })],
        Format::Hyperfine => &[
            ("`results`", |value| is_list(value, "results")),
            ("`command` in a result", |value| first(value, "results", "command")),
        ],
        Format::CycloneDx => &[("`bomFormat`", |value| text_at(value, &["bomFormat"]) == Some("CycloneDX"))],
        Format::Spdx => &[("`spdxVersion`", |value| has(value, "spdxVersion"))],
    }
}

fn has(value: &Value, key: &str) -> bool {
    value.get(key).is_some_and(|inner| !inner.is_null())
}

fn is_list(value: &Value, key: &str) -> bool {
    value.get(key).is_some_and(Value::is_array)
}

/// Whether the first entry of a list has a key.
fn first(value: &Value, list: &str, key: &str) -> bool {
    value.get(list).and_then(|list| list.get(0)).is_some_and(|entry| has(entry, key))
}

fn page(value: &Value) -> &Value {
    value.get(0).unwrap_or(value)
}

pub(crate) fn format(document: &Document<'_>, file_name: &str) -> Result<Format, BadReport> {
    match document {
        Document::Xml(text) => xml(text, file_name),
        Document::Json(values) => {
            let value = values.first().unwrap_or(&Value::Null);
            if says_nothing(value) {
                return by_name(value, file_name);
            }
            let json = Format::ALL.into_iter().filter(|format| *format != Format::JUnit);
            json.clone()
                .find(|format| marks(*format).iter().all(|(_, there)| there(value)))
                .ok_or_else(|| unknown(file_name, nearest(json, value)))
        }
    }
}

/// Only as a start: the reader itself looks at every element.
fn xml(text: &str, file_name: &str) -> Result<Format, BadReport> {
    let mut rest = text;
    while rest.starts_with("<?") || rest.starts_with("<!--") {
        let end = if rest.starts_with("<?") { "?>" } else { "-->" };
        let Some((_, after)) = rest.split_once(end) else { break };
        rest = after.trim_start();
    }
    if rest.starts_with("<testsuite") {
        return Ok(Format::JUnit);
    }
    if rest.starts_with("<!DOCTYPE") {
        return Err(BadReport::DocumentType);
    }
    let lacks = |format, lacks: &str| Nearest(vec![(format, lacks.to_owned())]);
    if rest.starts_with("<bom") {
        return Err(unknown(file_name, lacks(Format::CycloneDx, "write it as JSON")));
    }
    Err(unknown(file_name, lacks(Format::JUnit, "lacks <testsuites>")))
}

/// Several tools write nothing but `[]`, or an empty list of results, when there is nothing to say.
fn says_nothing(value: &Value) -> bool {
    let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    let only_results = value.as_object().is_some_and(|object| object.len() == 1);
    empty(value) || (only_results && value.get("results").is_some_and(empty))
}

fn by_name(value: &Value, file_name: &str) -> Result<Format, BadReport> {
    let could: &[Format] = if value.is_array() {
        &[Format::Pa11y, Format::PipAudit, Format::AxeCore]
    } else {
        &[Format::OsvScanner, Format::Hyperfine]
    };
    let name = file_name.to_ascii_lowercase();
    let word = |format: &Format| format.name().split('-').next().unwrap_or_default();
    let found = could.iter().find(|format| name.contains(word(format)));
    let lacks = could.iter().map(|format| (*format, "its list is empty".to_owned())).collect();
    found.copied().ok_or_else(|| unknown(file_name, Nearest(lacks)))
}

/// Those with the most of their marks, and what each lacks.
fn nearest(formats: impl Iterator<Item = Format>, value: &Value) -> Nearest {
    const NAMED_MAX: usize = 3;
    let mut close: Vec<(usize, Format, String)> = formats
        .filter_map(|format| {
            let (held, lacking): (Vec<&Mark>, Vec<&Mark>) =
                marks(format).iter().partition(|(_, there)| there(value));
            let lacking: Vec<&str> = lacking.iter().map(|(name, _)| *name).collect();
            (!held.is_empty()).then(|| (held.len(), format, format!("lacks {}", lacking.join(" and "))))
        })
        .collect();
    close.sort_by_key(|(held, ..)| std::cmp::Reverse(*held));
    Nearest(close.into_iter().take(NAMED_MAX).map(|(_, format, lacks)| (format, lacks)).collect())
}

fn unknown(file_name: &str, nearest: Nearest) -> BadReport {
    BadReport::UnknownFormat { file_name: file_name.chars().take(100).collect(), nearest }
}
