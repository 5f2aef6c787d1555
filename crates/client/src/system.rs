//! Health, audit, logs.

use futures_util::stream::BoxStream;
use reqwest::{Method, StatusCode};
use tidegate_api::{Audit, CheckpointState, CompareRequest, Event, Health, LogLine, NotedHead, Page, Proof};
use tidegate_api::{RetentionRequest, RetentionState};

use crate::lines::{json_lines, lines};
use crate::send::ask;
use crate::{Client, ClientError};

/// Whose logs, and how much of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogsQuery {
    pub environment: String,
    pub component: String,
    /// All versions where absent.
    pub version: Option<String>,
    /// The ordinal; all instances where absent.
    pub instance: Option<u32>,
    /// The last lines of each instance.
    pub lines: Option<u32>,
}

/// Who did what; every condition that is there must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchQuery {
    pub person: Option<String>,
    pub release: Option<String>,
    pub environment: Option<String>,
    /// With `*` at the end: all that begin so.
    pub kind: Option<String>,
    pub since_ms: Option<u64>,
    pub until_ms: Option<u64>,
    /// Positions below this one: `next` of the page before.
    pub before: Option<u64>,
    pub limit: Option<u32>,
}

impl Client {
    /// `GET /health`; also when the server says that it is not well.
    pub async fn health(&self) -> Result<Health, ClientError> {
        let url = self.at(&["health"]);
        let request = self.request(Method::GET, &url).timeout(std::time::Duration::from_secs(5));
        let response = request.send().await.map_err(|source| self.unreachable(source))?;
        let status = response.status();
        let body = self.body(response, &url).await?;
        if !status.is_success() && status != StatusCode::SERVICE_UNAVAILABLE {
            return Err(ClientError::unexpected(url.as_str(), format!("status {status}")));
        }
        serde_json::from_slice(&body).map_err(|why| ClientError::unexpected(url.as_str(), why.to_string()))
    }

    /// `GET /audit`: the server reads its whole log for this.
    pub async fn audit(&self) -> Result<Audit, ClientError> {
        self.get_slowly(self.at(&["audit"])).await
    }

    /// `POST /audit/compare`: with heads that were signed before.
    pub async fn compare_audit(&self, checkpoints: Vec<NotedHead>, key: &str) -> Result<Audit, ClientError> {
        self.post(self.at(&["audit", "compare"]), &CompareRequest { checkpoints }, key).await
    }

    /// `GET /audit/events`, newest first; a page may be empty although another one follows.
    pub async fn search_audit(&self, query: &SearchQuery) -> Result<Page<Event>, ClientError> {
        let mut url = self.at(&["audit", "events"]);
        ask(&mut url, "person", query.person.as_ref());
        ask(&mut url, "release", query.release.as_ref());
        ask(&mut url, "environment", query.environment.as_ref());
        ask(&mut url, "kind", query.kind.as_ref());
        ask(&mut url, "since_ms", query.since_ms);
        ask(&mut url, "until_ms", query.until_ms);
        ask(&mut url, "before", query.before);
        ask(&mut url, "limit", query.limit);
        self.get(url).await
    }

    /// `GET /audit/export`: lines of JSON as they are, the first an `ExportBegin`, the others events, oldest first.
    pub async fn export_audit(
        &self,
        after: Option<u64>,
        until: Option<u64>,
    ) -> Result<BoxStream<'static, Result<String, ClientError>>, ClientError> {
        let mut url = self.at(&["audit", "export"]);
        ask(&mut url, "after", after);
        ask(&mut url, "until", until);
        let response = self.send(self.request(Method::GET, &url), &url).await?;
        Ok(lines(self.clone(), url, response))
    }

    /// `GET /audit/retention`
    pub async fn retention(&self) -> Result<RetentionState, ClientError> {
        self.get(self.at(&["audit", "retention"])).await
    }

    /// `PUT /audit/retention`: from now on origins are forgotten after so many days; never where 0.
    pub async fn set_retention(&self, origin_days: u32, key: &str) -> Result<RetentionState, ClientError> {
        self.put(self.at(&["audit", "retention"]), &RetentionRequest { origin_days }, key).await
    }

    /// `GET /audit/checkpoint`
    pub async fn checkpoint(&self) -> Result<CheckpointState, ClientError> {
        self.get(self.at(&["audit", "checkpoint"])).await
    }

    /// `GET /audit/proof`: in the tree of `size`, also that it goes on from the one of size `from`.
    pub async fn proof(
        &self,
        position: u64,
        size: Option<u64>,
        from: Option<u64>,
    ) -> Result<Proof, ClientError> {
        let mut url = self.at(&["audit", "proof"]);
        ask(&mut url, "position", Some(position));
        ask(&mut url, "size", size);
        ask(&mut url, "from", from);
        self.get_slowly(url).await
    }

    /// `GET /logs/{environment}/{component}`
    pub async fn logs(&self, query: &LogsQuery) -> Result<Page<LogLine>, ClientError> {
        self.get(self.logs_url(query, false)).await
    }

    /// The last lines, then new ones as they come, until it is dropped or the server ends.
    pub async fn follow_logs(
        &self,
        query: &LogsQuery,
    ) -> Result<BoxStream<'static, Result<LogLine, ClientError>>, ClientError> {
        let url = self.logs_url(query, true);
        let response = self.send(self.request(Method::GET, &url), &url).await?;
        Ok(json_lines(self.clone(), url, response))
    }

    fn logs_url(&self, query: &LogsQuery, follow: bool) -> reqwest::Url {
        let mut segments = vec!["logs", query.environment.as_str(), query.component.as_str()];
        segments.extend(follow.then_some("stream"));
        let mut url = self.at(&segments);
        ask(&mut url, "version", query.version.as_ref());
        ask(&mut url, "instance", query.instance);
        ask(&mut url, "lines", query.lines);
        url
    }
}
