//! `/releases/{version}/evidence` and `/releases/{version}/waivers`: what shows that a release is good enough.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tidegate_api::{EvidenceAdded, EvidenceList, EvidenceShown, WaiveRequest};
use tidegate_domain::gate::GateRefusal;
use tidegate_domain::name::Version;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::{EvidenceRecord, ReleaseRefusal};
use tidegate_domain::rights::{Place, Right};
use tidegate_engine::{Command, NewEvidence, ReleaseView};
use tidegate_evidence::{
    BadReport, BadRequirement, Digest, Format, Limits, Report, Requirement, Waived, Waiver, parse, read,
};
use utoipa::IntoParams;

use super::gates::short;
use super::problems::{Commanding, ReadingOne};
use crate::app::App;
use crate::asked::{Asked, By, Sent};
use crate::download::{attachment, file_changed};
use crate::extract::{At, Wanted, name};
use crate::identity::must;
use crate::paging::page_size;
use crate::problem::Trouble;
use crate::wire;

/// As `Limits::default()`, which a test holds.
const REPORT_BYTES_MAX: usize = 32 << 20;
const NAME_CHARS_MAX: usize = 200;
const FINDINGS: u32 = 200;
const FINDINGS_MAX: u32 = 2_000;
/// The last millisecond of the year 9999: what follows has no calendar date in most languages.
const UNTIL_MS_MAX: u64 = 253_402_300_799_999;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportSent {
    /// What to call it; a later one of the same name, tool, targets and subject takes its place. The format's where absent.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\u0000-\\u0020\\u007f-\\u00a0][^\\u0000-\\u001f\\u007f-\\u009f]*$"
    )]
    name: Option<String>,
    /// What the file is called, which tells apart what its content does not.
    #[param(min_length = 1, max_length = 200)]
    file_name: Option<String>,
    /// The kind of gate that it is for, such as `end_to_end_tests`.
    #[param(min_length = 1, max_length = 200)]
    gate: Option<String>,
    /// A component of the release, or a digest; the only artifact where the release has one.
    #[param(min_length = 1, max_length = 200)]
    artifact: Option<String>,
    /// Instead of the format that its content shows.
    #[param(min_length = 1, max_length = 200)]
    format: Option<String>,
}

/// Add a report
///
/// The body is the report as its tool wrote it, at most 32 MiB. The same report for the same purpose is added once.
#[utoipa::path(
    post, path = "/releases/{version}/evidence", operation_id = "add_evidence", tag = "evidence",
    params(("version" = String, Path, description = "Its version"), ReportSent),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 201, description = "What was read", body = EvidenceAdded), Commanding)
)]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    Wanted(wanted): Wanted<ReportSent>,
    sent: Sent<REPORT_BYTES_MAX>,
) -> Result<(StatusCode, Json<EvidenceAdded>), Trouble> {
    let version: Version = name(&version)?;
    let unknown = || Refusal::from(ReleaseRefusal::Unknown { version: version.clone() });
    let release = app.engine.release(&version).await?.ok_or_else(unknown)?;
    let label = wanted.name.as_deref().map(labelled).transpose()?;
    let gate = wanted.gate.as_deref().map(|kind| Requirement::from_gate(kind, true, None)).transpose();
    let gate = gate.map_err(|bad| bad_gate(&bad))?.map(|requirement| requirement.kind);
    let bound_to = bound(&release, wanted.artifact.as_deref())?;
    let format = wanted.format.as_deref().map(format).transpose()?;
    let (bytes, file_name) = (sent.bytes, wanted.file_name.unwrap_or_default());
    let artifact = bound_to.as_ref().map(ToString::to_string);
    let id = report_id(&bytes, [label.as_deref(), wanted.gate.as_deref(), artifact.as_deref()]);
    let _one = app.readers.acquire().await.map_err(|_| Trouble::bug())?;
    let reading = tokio::task::spawn_blocking(move || understand(format, &bytes, &file_name));
    let report = reading.await.map_err(|_| Trouble::bug())?.map_err(|bad| bad_report(&bad))?;
    let report = Report { name: label, gate, bound_to, ..report };
    let wish = NewEvidence { release: version.clone(), id: id.clone(), report: report.clone() };
    let command = Command::AddEvidence(Box::new(wish));
    app.engine.submit(&sent.asked.to(command), app.clock.now()).await?;
    let record = records(&app, &version).await?.0.into_iter().find(|record| record.id == id);
    let added = wire::evidence_added(record.ok_or_else(Trouble::bug)?, &report);
    Ok((StatusCode::CREATED, Json(added)))
}

/// List the evidence for a release
///
/// Its reports in the order they came, and its waivers.
#[utoipa::path(
    get, path = "/releases/{version}/evidence", operation_id = "list_evidence", tag = "evidence",
    params(("version" = String, Path, description = "Its version")),
    responses((status = 200, description = "Reports and waivers", body = EvidenceList), ReadingOne)
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    At(version): At<String>,
) -> Result<Json<EvidenceList>, Trouble> {
    Ok(Json(listed(&app, &name(&version)?).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FindingsWanted {
    /// How many findings at most: up to 2000; 200 where absent.
    limit: Option<u32>,
}

/// Show a report
///
/// With its findings, the worst first.
#[utoipa::path(
    get, path = "/releases/{version}/evidence/{report}", operation_id = "show_evidence", tag = "evidence",
    params(
        ("version" = String, Path, description = "Its version"),
        ("report" = String, Path, description = "Its `id` in the list"),
        FindingsWanted
    ),
    responses((status = 200, description = "The report", body = EvidenceShown), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At((version, id)): At<(String, String)>,
    Wanted(wanted): Wanted<FindingsWanted>,
) -> Result<Json<EvidenceShown>, Trouble> {
    let version: Version = name(&version)?;
    let limit = page_size(wanted.limit, FINDINGS, FINDINGS_MAX)?;
    let (records, waivers) = records(&app, &version).await?;
    let record = records.into_iter().find(|record| record.id == id);
    let record = record.ok_or_else(|| unknown_report(&version))?;
    let report = app.engine.report(&version, &record).await?;
    let (now_ms, limit) = (app.clock.now().wall_ms, limit as usize);
    Ok(Json(wire::evidence_shown((record, report.as_deref()), &waivers, (now_ms, limit))))
}

/// Download the file of a report
///
/// As it was kept, for reports of smoke tests: their outcomes and the end of what each wrote, as JUnit XML.
#[utoipa::path(
    get, path = "/releases/{version}/evidence/{report}/file", operation_id = "download_evidence", tag = "evidence",
    params(
        ("version" = String, Path, description = "Its version"),
        ("report" = String, Path, description = "Its `id` in the list")
    ),
    responses((status = 200, description = "The file", body = String, content_type = "application/octet-stream"), ReadingOne)
)]
pub(super) async fn download(
    State(app): State<Arc<App>>,
    By(caller): By,
    At((version, id)): At<(String, String)>,
) -> Result<Response, Trouble> {
    let version: Version = name(&version)?;
    let record = records(&app, &version).await?.0.into_iter().find(|record| record.id == id);
    let record = record.ok_or_else(|| unknown_report(&version))?;
    let Some(file) = &record.file else {
        let detail = format!("of {} only what was read is kept, not the file", record.name);
        return Err(Trouble::new(StatusCode::NOT_FOUND, "report-without-file", detail)
            .help(format!("see what was read: `tidegate evidence show {version} {id}`")));
    };
    let place = Place::Environment(app.engine.project().as_str(), &file.environment);
    must(&app, &caller, (Right::Read, place)).await?;
    let bytes = app.engine.report_file(&version, &record).await?.ok_or_else(file_changed)?;
    Ok(attachment(&format!("{}.xml", record.name), bytes))
}

fn unknown_report(version: &Version) -> Trouble {
    let detail = format!("{version} has no report with this id");
    Trouble::new(StatusCode::NOT_FOUND, "unknown-report", detail)
        .help(format!("list them: `tidegate evidence list {version}`"))
}

/// Waive a finding
///
/// Until an instant, by the one who asks, for a reason. A finding that is waived no longer closes a gate on evidence.
#[utoipa::path(
    post, path = "/releases/{version}/waivers", operation_id = "waive_finding", tag = "evidence",
    params(("version" = String, Path, description = "Its version")), request_body = WaiveRequest,
    responses((status = 201, description = "Reports and waivers", body = EvidenceList), Commanding)
)]
pub(super) async fn waive(
    State(app): State<Arc<App>>,
    At(version): At<String>,
    asked: Asked<WaiveRequest>,
) -> Result<(StatusCode, Json<EvidenceList>), Trouble> {
    let (body, asked) = asked.split();
    let version: Version = name(&version)?;
    if body.why.trim().is_empty() {
        return Err(Refusal::from(GateRefusal::NoReason).into());
    }
    if body.finding.is_empty() || body.finding.chars().count() > NAME_CHARS_MAX {
        return Err(Trouble::bad_request(format!("`finding` is no id of 1 to {NAME_CHARS_MAX} characters")));
    }
    if body.until_ms <= app.clock.now().wall_ms {
        let detail = "`until_ms` is over already, so it would waive nothing";
        return Err(Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "already-over", detail)
            .help("give an instant that is still to come, in milliseconds since 1970-01-01 UTC"));
    }
    if body.until_ms > UNTIL_MS_MAX {
        return Err(Trouble::bad_request("`until_ms` is not before the year 10000"));
    }
    let waiver = Waiver {
        waives: Waived::from(body.finding),
        who: asked.caller.name.clone(),
        why: short(body.why)?.trim().to_owned(),
        expires_ms: body.until_ms,
    };
    let command = Command::Waive { release: version.clone(), waiver };
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok((StatusCode::CREATED, Json(listed(&app, &version).await?)))
}

async fn listed(app: &App, version: &Version) -> Result<EvidenceList, Trouble> {
    let (reports, waivers) = records(app, version).await?;
    Ok(EvidenceList {
        reports: reports.into_iter().map(wire::evidence_report).collect(),
        waivers: waivers.into_iter().map(wire::evidence_waiver).collect(),
    })
}

async fn records(app: &App, version: &Version) -> Result<(Vec<EvidenceRecord>, Vec<Waiver>), Trouble> {
    let unknown = || Refusal::from(ReleaseRefusal::Unknown { version: version.clone() });
    Ok(app.engine.evidence(version).await?.ok_or_else(unknown)?)
}

fn understand(format: Option<Format>, bytes: &[u8], file_name: &str) -> Result<Report, BadReport> {
    let limits = Limits::default();
    match format {
        Some(format) => parse(format, bytes, limits),
        None => read(bytes, file_name, limits),
    }
}

fn labelled(text: &str) -> Result<String, Trouble> {
    let text = text.trim();
    let fits = (1..=NAME_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits {
        return Ok(text.to_owned());
    }
    Err(Trouble::bad_request(format!("`name` is not 1 to {NAME_CHARS_MAX} characters of one line")))
}

fn format(text: &str) -> Result<Format, Trouble> {
    text.parse().map_err(|()| {
        let detail = format!("`{}` is no format that is known here", text.escape_debug());
        Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "report-format-unknown", detail)
            .help("`tidegate evidence formats` lists what is read")
    })
}

/// The artifact that is meant. A release of one artifact needs none named.
fn bound(release: &ReleaseView, artifact: Option<&str>) -> Result<Option<Digest>, Trouble> {
    let digests: Vec<&String> =
        release.components.values().filter_map(|(_, digest)| digest.as_ref()).collect();
    let Some(artifact) = artifact else {
        let [only] = digests.as_slice() else { return Ok(None) };
        return Ok(only.parse().ok());
    };
    if let Ok(digest) = artifact.parse::<Digest>() {
        if digests.iter().any(|known| known.parse() == Ok(digest.clone())) {
            return Ok(Some(digest));
        }
        let detail = format!("no artifact of {} has the digest {digest}", release.version);
        return Err(Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "evidence-of-another-artifact", detail)
            .help(format!("see its digests: `tidegate release show {}`", release.version)));
    }
    let known = release.components.get(artifact).and_then(|(_, digest)| digest.as_deref()?.parse().ok());
    known.map(Some).ok_or_else(|| {
        let detail =
            format!("{} has no component `{}` with an artifact", release.version, artifact.escape_debug());
        Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown-component", detail)
            .help(format!("see what it holds: `tidegate release show {}`", release.version))
    })
}

/// SHA-256 of the bytes and of what they are for, each part with its length.
pub(crate) fn report_id(bytes: &[u8], purpose: [Option<&str>; 3]) -> String {
    let mut hash = Sha256::new();
    let purpose = purpose.map(|part| part.map(str::as_bytes).unwrap_or_default());
    for part in std::iter::once(bytes).chain(purpose) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    wire::hex(&hash.finalize())
}

fn bad_report(bad: &BadReport) -> Trouble {
    Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, bad.code(), bad.to_string()).help(bad.help())
}

fn bad_gate(bad: &BadRequirement) -> Trouble {
    Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, bad.code(), bad.to_string()).help(bad.help())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_takes_what_the_reader_takes() {
        assert_eq!(REPORT_BYTES_MAX, Limits::default().bytes_max);
    }

    #[test]
    fn the_same_bytes_for_another_purpose_are_another_report() {
        let one = report_id(b"{}", [None, Some("unit_tests"), None]);
        assert_eq!(one, report_id(b"{}", [None, Some("unit_tests"), None]));
        for other in [
            report_id(b"{}", [Some("unit_tests"), None, None]),
            report_id(b"{ }", [None, Some("unit_tests"), None]),
        ] {
            assert_ne!(one, other);
        }
    }
}
