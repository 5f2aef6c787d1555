//! Configuration and releases.

use tidegate_api::{
    AllowRequest, Applied, ApplyRequest, Catalog, Configuration, CreateReleaseRequest, EmptyRequest, Page,
    PromoteRequest, Release, RolloutsStarted, SampleMade, Why,
};

use crate::send::ask;
use crate::{Client, ClientError};

impl Client {
    /// `POST /apply`; a configuration with errors is a problem with `diagnostics`.
    pub async fn apply(&self, request: &ApplyRequest, key: &str) -> Result<Applied, ClientError> {
        self.post(self.at(&["apply"]), request, key).await
    }

    /// `POST /sample`
    pub async fn make_sample(&self, key: &str) -> Result<SampleMade, ClientError> {
        self.post(self.at(&["sample"]), &EmptyRequest {}, key).await
    }

    /// `GET /catalog`
    pub async fn catalog(&self) -> Result<Catalog, ClientError> {
        self.get(self.at(&["catalog"])).await
    }

    /// `GET /configuration`
    pub async fn configuration(&self) -> Result<Configuration, ClientError> {
        self.get(self.at(&["configuration"])).await
    }

    /// `POST /releases`; answers once the artifacts were read.
    pub async fn create_release(
        &self,
        request: &CreateReleaseRequest,
        key: &str,
    ) -> Result<Release, ClientError> {
        self.post(self.at(&["releases"]), request, key).await
    }

    /// `GET /releases`, newest change first.
    pub async fn releases(
        &self,
        before: Option<u64>,
        limit: Option<u32>,
    ) -> Result<Page<Release>, ClientError> {
        let mut url = self.at(&["releases"]);
        ask(&mut url, "before", before);
        ask(&mut url, "limit", limit);
        self.get(url).await
    }

    /// `GET /releases/{version}`
    pub async fn release(&self, version: &str) -> Result<Release, ClientError> {
        self.get(self.at(&["releases", version])).await
    }

    /// `POST /releases/{version}/promotions`: into the next stage, or the one named.
    pub async fn promote_release(
        &self,
        version: &str,
        request: &PromoteRequest,
        key: &str,
    ) -> Result<RolloutsStarted, ClientError> {
        self.post(self.at(&["releases", version, "promotions"]), request, key).await
    }

    /// `POST /releases/{version}/allow`: lifts the bar that a rollback left.
    pub async fn allow_release(
        &self,
        version: &str,
        environment: &str,
        key: &str,
    ) -> Result<Release, ClientError> {
        let request = AllowRequest { environment: environment.to_owned() };
        self.post(self.at(&["releases", version, "allow"]), &request, key).await
    }

    /// `GET /why`, or of one release; everywhere, or in one environment; all, or where somebody has to act.
    pub async fn why(
        &self,
        version: Option<&str>,
        environment: Option<&str>,
        waiting: bool,
    ) -> Result<Page<Why>, ClientError> {
        let mut url = match version {
            Some(version) => self.at(&["releases", version, "why"]),
            None => self.at(&["why"]),
        };
        ask(&mut url, "environment", environment);
        ask(&mut url, "waiting", waiting.then_some("true"));
        self.get(url).await
    }
}
