//! Measures, and the incidents that they count.

use tidegate_api::{
    EmptyRequest, Incident, IncidentState, LinkIncidentRequest, MeasurePeriod, MeasureRows, MeasuredRows,
    Measures, NoteIncidentRequest, OpenIncidentRequest, Page, ResolveIncidentRequest, UnlinkIncidentRequest,
};

use crate::send::ask;
use crate::{Client, ClientError};

/// Of whom, and when; what is absent is no condition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MeasuresQuery {
    pub components: Vec<String>,
    pub teams: Vec<String>,
    pub environments: Vec<String>,
    /// Days like `2026-11-22`.
    pub from: Option<String>,
    pub to: Option<String>,
    pub period: Option<MeasurePeriod>,
    pub zone: Option<String>,
}

impl MeasuresQuery {
    fn ask(&self, url: &mut reqwest::Url) {
        let lists =
            [("components", &self.components), ("teams", &self.teams), ("environments", &self.environments)];
        for (name, list) in lists {
            ask(url, name, (!list.is_empty()).then(|| list.join(",")));
        }
        let period = self.period.map(|period| match period {
            MeasurePeriod::Day => "day",
            MeasurePeriod::Week => "week",
            MeasurePeriod::Month => "month",
        });
        ask(url, "from", self.from.as_ref());
        ask(url, "to", self.to.as_ref());
        ask(url, "period", period);
        ask(url, "zone", self.zone.as_ref());
    }
}

impl Client {
    /// `GET /measures`
    pub async fn measures(&self, query: &MeasuresQuery) -> Result<Measures, ClientError> {
        let mut url = self.at(&["measures"]);
        query.ask(&mut url);
        self.get(url).await
    }

    /// `GET /measures/rows`, the newest first.
    pub async fn measure_rows(
        &self,
        which: MeasuredRows,
        query: &MeasuresQuery,
        (after, limit): (Option<&str>, Option<u32>),
    ) -> Result<MeasureRows, ClientError> {
        let mut url = self.at(&["measures", "rows"]);
        let word = match which {
            MeasuredRows::DeploymentFrequency => "deployment-frequency",
            MeasuredRows::ChangeLeadTime => "change-lead-time",
            MeasuredRows::ChangeFailRate => "change-fail-rate",
            MeasuredRows::FailedDeploymentRecoveryTime => "failed-deployment-recovery-time",
            MeasuredRows::DeploymentReworkRate => "deployment-rework-rate",
            MeasuredRows::Errors => "errors",
        };
        ask(&mut url, "measure", Some(word));
        query.ask(&mut url);
        ask(&mut url, "after", after);
        ask(&mut url, "limit", limit);
        self.get(url).await
    }

    /// `GET /measures.csv`
    pub async fn measures_csv(&self, query: &MeasuresQuery) -> Result<String, ClientError> {
        let mut url = self.at(&["measures.csv"]);
        query.ask(&mut url);
        let response = self.send(self.request(reqwest::Method::GET, &url), &url).await?;
        let body = self.body(response, &url).await?;
        String::from_utf8(body).map_err(|why| ClientError::unexpected(url.as_str(), why.to_string()))
    }

    /// `GET /incidents`, the newest change first.
    pub async fn incidents(
        &self,
        state: Option<IncidentState>,
        environment: Option<&str>,
        (before, limit): (Option<u64>, Option<u32>),
    ) -> Result<Page<Incident>, ClientError> {
        let mut url = self.at(&["incidents"]);
        let state = state.map(|state| match state {
            IncidentState::Open => "open",
            IncidentState::Resolved => "resolved",
        });
        ask(&mut url, "state", state);
        ask(&mut url, "environment", environment);
        ask(&mut url, "before", before);
        ask(&mut url, "limit", limit);
        self.get(url).await
    }

    /// `POST /incidents`
    pub async fn open_incident(
        &self,
        request: &OpenIncidentRequest,
        key: &str,
    ) -> Result<Incident, ClientError> {
        self.post(self.at(&["incidents"]), request, key).await
    }

    /// `GET /incidents/{incident}`
    pub async fn incident(&self, id: &str) -> Result<Incident, ClientError> {
        self.get(self.at(&["incidents", id])).await
    }

    /// `POST /incidents/{incident}/link`
    pub async fn link_incident(
        &self,
        id: &str,
        request: &LinkIncidentRequest,
        key: &str,
    ) -> Result<Incident, ClientError> {
        self.post(self.at(&["incidents", id, "link"]), request, key).await
    }

    /// `POST /incidents/{incident}/unlink`
    pub async fn unlink_incident(&self, id: &str, rollout: &str, key: &str) -> Result<Incident, ClientError> {
        let request = UnlinkIncidentRequest { rollout: rollout.to_owned() };
        self.post(self.at(&["incidents", id, "unlink"]), &request, key).await
    }

    /// `POST /incidents/{incident}/resolve`: now, where no time is given.
    pub async fn resolve_incident(
        &self,
        id: &str,
        at_ms: Option<u64>,
        key: &str,
    ) -> Result<Incident, ClientError> {
        self.post(self.at(&["incidents", id, "resolve"]), &ResolveIncidentRequest { at_ms }, key).await
    }

    /// `POST /incidents/{incident}/reopen`
    pub async fn reopen_incident(&self, id: &str, key: &str) -> Result<Incident, ClientError> {
        self.post(self.at(&["incidents", id, "reopen"]), &EmptyRequest {}, key).await
    }

    /// `POST /incidents/{incident}/notes`
    pub async fn note_incident(&self, id: &str, text: &str, key: &str) -> Result<Incident, ClientError> {
        let request = NoteIncidentRequest { text: text.to_owned() };
        self.post(self.at(&["incidents", id, "notes"]), &request, key).await
    }
}
