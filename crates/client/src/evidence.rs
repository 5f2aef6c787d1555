//! Reports and waivers.

use reqwest::Method;
use tidegate_api::{EvidenceAdded, EvidenceList, EvidenceShown, WaiveRequest};

use crate::send::ask;
use crate::{Client, ClientError};

/// What a report is for; everything absent leaves it to its content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportPurpose {
    pub name: Option<String>,
    pub file_name: Option<String>,
    /// The kind of gate.
    pub gate: Option<String>,
    /// A component of the release, or a digest.
    pub artifact: Option<String>,
    pub format: Option<String>,
}

impl Client {
    /// `POST /releases/{version}/evidence`
    pub async fn add_evidence(
        &self,
        version: &str,
        purpose: &ReportPurpose,
        report: Vec<u8>,
        key: &str,
    ) -> Result<EvidenceAdded, ClientError> {
        let ReportPurpose { name, file_name, gate, artifact, format } = purpose;
        let mut url = self.at(&["releases", version, "evidence"]);
        for (field, value) in [
            ("name", name),
            ("file_name", file_name),
            ("gate", gate),
            ("artifact", artifact),
            ("format", format),
        ] {
            ask(&mut url, field, value.as_ref());
        }
        self.upload(url, ("application/octet-stream", report), key).await
    }

    /// `GET /releases/{version}/evidence`
    pub async fn evidence(&self, version: &str) -> Result<EvidenceList, ClientError> {
        self.get(self.at(&["releases", version, "evidence"])).await
    }

    /// `GET /releases/{version}/evidence/{report}`, the worst `limit` findings.
    pub async fn evidence_report(
        &self,
        version: &str,
        id: &str,
        limit: Option<u32>,
    ) -> Result<EvidenceShown, ClientError> {
        let mut url = self.at(&["releases", version, "evidence", id]);
        ask(&mut url, "limit", limit);
        self.get(url).await
    }

    /// `GET /releases/{version}/evidence/{report}/file`
    pub async fn evidence_file(&self, version: &str, id: &str) -> Result<Vec<u8>, ClientError> {
        let url = self.at(&["releases", version, "evidence", id, "file"]);
        let response = self.send(self.request(Method::GET, &url), &url).await?;
        self.body(response, &url).await
    }

    /// `POST /releases/{version}/waivers`
    pub async fn waive(
        &self,
        version: &str,
        request: &WaiveRequest,
        key: &str,
    ) -> Result<EvidenceList, ClientError> {
        self.post(self.at(&["releases", version, "waivers"]), request, key).await
    }
}
