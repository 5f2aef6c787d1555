//! Rollouts: start, look, act.

use tidegate_api::{
    ActRequest, Outline, Page, RollBackRequest, Rollout, RolloutState, RolloutsStarted, Sample, SmokeTest,
    StartRolloutRequest, StrategyName,
};

use crate::send::ask;
use crate::{Client, ClientError};

/// Which rollouts; everything absent means all, newest change first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RolloutsQuery {
    pub environment: Option<String>,
    pub state: Option<RolloutState>,
    /// `next` of the page before.
    pub before: Option<u64>,
    pub limit: Option<u32>,
}

impl Client {
    /// `POST /environments/{environment}/rollouts`
    pub async fn start_rollout(
        &self,
        environment: &str,
        request: &StartRolloutRequest,
        key: &str,
    ) -> Result<RolloutsStarted, ClientError> {
        self.post(self.at(&["environments", environment, "rollouts"]), request, key).await
    }

    /// `GET /environments/{environment}/outline`: what a rollout of this release would do.
    pub async fn outline(
        &self,
        environment: &str,
        release: &str,
        strategy: Option<StrategyName>,
    ) -> Result<Outline, ClientError> {
        let mut url = self.at(&["environments", environment, "outline"]);
        ask(&mut url, "release", Some(release));
        let strategy = strategy.and_then(|strategy| serde_json::to_value(strategy).ok());
        ask(&mut url, "strategy", strategy.as_ref().and_then(serde_json::Value::as_str));
        self.get(url).await
    }

    /// `GET /rollouts`
    pub async fn rollouts(&self, query: &RolloutsQuery) -> Result<Page<Rollout>, ClientError> {
        let mut url = self.at(&["rollouts"]);
        ask(&mut url, "environment", query.environment.as_ref());
        let state = query.state.and_then(|state| serde_json::to_value(state).ok());
        ask(&mut url, "state", state.as_ref().and_then(serde_json::Value::as_str));
        ask(&mut url, "before", query.before);
        ask(&mut url, "limit", query.limit);
        self.get(url).await
    }

    /// `GET /rollouts/{id}`
    pub async fn rollout(&self, id: &str) -> Result<Rollout, ClientError> {
        self.get(self.at(&["rollouts", id])).await
    }

    /// `GET /rollouts/{id}/smoke-tests`
    pub async fn smoke_tests(&self, id: &str) -> Result<Page<SmokeTest>, ClientError> {
        self.get(self.at(&["rollouts", id, "smoke-tests"])).await
    }

    /// `GET /rollouts/{id}/samples`: the newest `limit`, oldest first.
    pub async fn samples(&self, id: &str, limit: Option<u32>) -> Result<Page<Sample>, ClientError> {
        self.samples_where(id, (None, limit)).await
    }

    /// `GET /rollouts/{id}/samples`: the first `limit` after an instant.
    pub async fn samples_after(
        &self,
        id: &str,
        after_ms: u64,
        limit: Option<u32>,
    ) -> Result<Page<Sample>, ClientError> {
        self.samples_where(id, (Some(after_ms), limit)).await
    }

    async fn samples_where(
        &self,
        id: &str,
        (after_ms, limit): (Option<u64>, Option<u32>),
    ) -> Result<Page<Sample>, ClientError> {
        let mut url = self.at(&["rollouts", id, "samples"]);
        ask(&mut url, "after_ms", after_ms);
        ask(&mut url, "limit", limit);
        self.get(url).await
    }

    pub async fn hold(&self, id: &str, reason: &str, key: &str) -> Result<RolloutsStarted, ClientError> {
        self.act(id, "hold", Some(reason), key).await
    }

    /// Ends a hold, or lets a step go that waits for a person.
    pub async fn resume(&self, id: &str, key: &str) -> Result<RolloutsStarted, ClientError> {
        self.act(id, "resume", None, key).await
    }

    /// Skips the steps that are left; the analysis goes on watching.
    pub async fn promote(&self, id: &str, key: &str) -> Result<RolloutsStarted, ClientError> {
        self.act(id, "promote", None, key).await
    }

    /// Stops it and goes back; says nothing about the release.
    pub async fn abort(&self, id: &str, reason: &str, key: &str) -> Result<RolloutsStarted, ClientError> {
        self.act(id, "abort", Some(reason), key).await
    }

    /// Goes back because the release is bad. After the end this is a new rollout, whose id is answered.
    pub async fn roll_back(
        &self,
        id: &str,
        request: &RollBackRequest,
        key: &str,
    ) -> Result<RolloutsStarted, ClientError> {
        self.post(self.at(&["rollouts", id, "rollback"]), request, key).await
    }

    async fn act(
        &self,
        id: &str,
        verb: &str,
        reason: Option<&str>,
        key: &str,
    ) -> Result<RolloutsStarted, ClientError> {
        let request = ActRequest { reason: reason.map(str::to_owned) };
        self.post(self.at(&["rollouts", id, verb]), &request, key).await
    }
}
