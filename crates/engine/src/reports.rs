//! Reports about artifacts, as they were read when they came.
//!
//! Invariant: a report is what its record in the log says it is; one that was changed since is left out, so that its gate
//! closes. Reading them again at each step would cost more than deciding, so they are kept, up to a bound. Deliberately
//! not here: what they prove (`tidegate-evidence`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tidegate_domain::id::StreamId;
use tidegate_domain::name::Version;
use tidegate_domain::release::{EvidenceRecord, Release};
use tidegate_evidence::Report;
use tidegate_ports::{Fault, Store};

use crate::gates::hex_digest;

/// Beyond this all are forgotten: reading them again costs less than keeping an order.
const BYTES_MAX: usize = 64 << 20;

/// By the digest of what is kept, so that what stands here cannot be out of date.
#[derive(Default)]
pub(crate) struct Reports(Mutex<Known>);

#[derive(Default)]
struct Known {
    bytes: usize,
    by_digest: BTreeMap<String, Arc<Report>>,
}

/// The record of a report, and the report as it is kept.
pub(crate) fn record(report: &Report, id: &str, at_ms: u64) -> Result<(EvidenceRecord, Vec<u8>), Fault> {
    let kept = serde_json::to_vec(report)
        .map_err(|why| Fault::hold("evidence-unwritable", "a report could not be kept").caused_by(why))?;
    let record = EvidenceRecord {
        id: id.to_owned(),
        format: report.format.name().to_owned(),
        tool: report.tool.name.clone(),
        name: report.label().to_owned(),
        gate: report.gate.map(|gate| gate.name().to_owned()),
        artifact: report.bound_to.as_ref().map(ToString::to_string),
        kept: hex_digest(&kept),
        findings: report.findings.len() as u64,
        at_ms,
        file: None,
    };
    Ok((record, kept))
}

impl Reports {
    pub async fn of(&self, store: &dyn Store, release: &Release) -> Result<Vec<Arc<Report>>, Fault> {
        let mut reports = Vec::with_capacity(release.evidence.len());
        for record in &release.evidence {
            reports.extend(self.one(store, (&release.version, record)).await?);
        }
        Ok(reports)
    }

    /// None where what is kept is not what was added.
    pub async fn one(
        &self,
        store: &dyn Store,
        (release, record): (&Version, &EvidenceRecord),
    ) -> Result<Option<Arc<Report>>, Fault> {
        let known = self.lock().by_digest.get(&record.kept).cloned();
        match known {
            Some(report) => Ok(Some(report)),
            None => self.read(store, &StreamId::Release(release.clone()), record).await,
        }
    }

    async fn read(
        &self,
        store: &dyn Store,
        stream: &StreamId,
        record: &EvidenceRecord,
    ) -> Result<Option<Arc<Report>>, Fault> {
        let kept = store.note(stream, &note(&record.id)).await?;
        let Some(bytes) = kept.filter(|bytes| hex_digest(bytes) == record.kept) else { return Ok(None) };
        let Ok(report) = serde_json::from_slice(&bytes).map(Arc::new) else { return Ok(None) };
        let mut known = self.lock();
        if known.bytes + bytes.len() > BYTES_MAX {
            *known = Known::default();
        }
        known.bytes += bytes.len();
        known.by_digest.insert(record.kept.clone(), Arc::clone(&report));
        Ok(Some(report))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the file of a report is kept as, beside the log.
pub(crate) fn file_note(id: &str) -> String {
    format!("evidence-file/{id}")
}

/// What a report is kept as, beside the log.
pub(crate) fn note(id: &str) -> String {
    format!("evidence/{id}")
}
