//! Reviews of emergencies: look, and say what was found.

use tidegate_api::{Page, Review, ReviewRequest, ReviewState};

use crate::send::ask;
use crate::{Client, ClientError};

impl Client {
    /// `GET /reviews`: of every release, those whose time ends first; only of this state where one is given.
    pub async fn reviews(&self, state: Option<ReviewState>) -> Result<Page<Review>, ClientError> {
        let mut url = self.at(&["reviews"]);
        let word = state.map(|state| match state {
            ReviewState::Due => "due",
            ReviewState::Overdue => "overdue",
            ReviewState::Done => "done",
        });
        ask(&mut url, "state", word);
        self.get(url).await
    }

    /// `GET /releases/{version}/reviews`
    pub async fn reviews_of(&self, version: &str) -> Result<Page<Review>, ClientError> {
        self.get(self.at(&["releases", version, "reviews"])).await
    }

    /// `POST /releases/{version}/reviews`; answers with all of the release.
    pub async fn review(
        &self,
        version: &str,
        request: &ReviewRequest,
        key: &str,
    ) -> Result<Page<Review>, ClientError> {
        self.post(self.at(&["releases", version, "reviews"]), request, key).await
    }
}
