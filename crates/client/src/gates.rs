//! Gates: look, sign, let through.

use tidegate_api::{ChangeRequest, ChangeType, Gates, OverrideRequest, Release, VoteRequest};

use crate::send::ask;
use crate::{Client, ClientError};

impl Client {
    /// `GET /environments/{environment}/gates`: open or closed for this release, with why.
    pub async fn gates(&self, environment: &str, release: &str) -> Result<Gates, ClientError> {
        let mut url = self.at(&["environments", environment, "gates"]);
        ask(&mut url, "release", Some(release));
        self.get(url).await
    }

    /// `POST /environments/{environment}/gates/votes`; answers with the gates as they are then.
    pub async fn vote(
        &self,
        environment: &str,
        request: &VoteRequest,
        key: &str,
    ) -> Result<Gates, ClientError> {
        self.post(self.at(&["environments", environment, "gates", "votes"]), request, key).await
    }

    /// `POST /environments/{environment}/gates/override`: through a freeze, or outside of the windows.
    pub async fn let_through(
        &self,
        environment: &str,
        request: &OverrideRequest,
        key: &str,
    ) -> Result<Gates, ClientError> {
        self.post(self.at(&["environments", environment, "gates", "override"]), request, key).await
    }

    /// `PUT /releases/{version}/change`: how much consent it needs.
    pub async fn set_change(
        &self,
        version: &str,
        change: ChangeType,
        key: &str,
    ) -> Result<Release, ClientError> {
        self.put(self.at(&["releases", version, "change"]), &ChangeRequest { change }, key).await
    }
}
