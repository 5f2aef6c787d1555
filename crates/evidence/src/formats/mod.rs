//! One file per format: a document in that format becomes a report.
//!
//! Invariant: each reader takes what the public description of its format says, names that description, and turns
//! what it cannot judge into a finding of unknown severity. Not here: reading bytes, deciding.

mod axe_core;
mod cargo_audit;
mod criterion;
mod cyclonedx;
mod grype;
mod hyperfine;
mod junit;
mod k6;
mod lighthouse;
mod npm_audit;
mod osv_scanner;
mod pa11y;
mod pip_audit;
mod sarif;
mod spdx;
mod trivy;

use serde_json::Value;

use crate::bad_report::BadReport;
use crate::document::Document;
use crate::draft::Draft;
use crate::format::Format;
use crate::json::Shapes;
use crate::limits::Limits;
use crate::report::Report;

pub(crate) fn parse(format: Format, document: &Document<'_>, limits: Limits) -> Result<Report, BadReport> {
    let mut draft = Draft::new(format, limits);
    match document {
        Document::Xml(text) => {
            if format != Format::JUnit {
                return Err(whole(format, "XML where JSON is read"));
            }
            junit::read(text, &mut draft, limits)?;
        }
        Document::Json(values) if format == Format::Criterion => criterion::read(values, &mut draft)?,
        Document::Json(values) => match values.as_slice() {
            [value] => read_json(format, value, &mut draft)?,
            _ => return Err(whole(format, "several JSON documents in one file")),
        },
    }
    draft.finish()
}

fn read_json(format: Format, value: &Value, draft: &mut Draft) -> Result<(), BadReport> {
    let shapes = Shapes(format);
    if !value.is_object() && !matches!(format, Format::AxeCore | Format::Pa11y | Format::PipAudit) {
        return Err(whole(format, "not a JSON object"));
    }
    match format {
        Format::Sarif => sarif::read(value, draft, &shapes),
        Format::Trivy => trivy::read(value, draft, &shapes),
        Format::Grype => grype::read(value, draft, &shapes),
        Format::OsvScanner => osv_scanner::read(value, draft, &shapes),
        Format::PipAudit => pip_audit::read(value, draft, &shapes),
        Format::NpmAudit => npm_audit::read(value, draft, &shapes),
        Format::CargoAudit => cargo_audit::read(value, draft, &shapes),
        Format::JUnit => Err(whole(format, "JSON where XML is read")),
        Format::AxeCore => axe_core::read(value, draft, &shapes),
        Format::Pa11y => pa11y::read(value, draft, &shapes),
        Format::Lighthouse => lighthouse::read(value, draft, &shapes),
        Format::K6 => k6::read(value, draft, &shapes),
        Format::Criterion => criterion::read(std::slice::from_ref(value), draft),
        Format::Hyperfine => hyperfine::read(value, draft, &shapes),
        Format::CycloneDx => cyclonedx::read(value, draft, &shapes),
        Format::Spdx => spdx::read(value, draft, &shapes),
    }
}

fn whole(format: Format, why: &'static str) -> BadReport {
    BadReport::Shape { format, place: "the document".to_owned(), why }
}
