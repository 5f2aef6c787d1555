//! Looking back at releases.

use reqwest::Method;
use tidegate_api::{Retrospective, WriteRetrospectiveRequest};

use crate::{Client, ClientError};

impl Client {
    /// `GET /plans/{version}/retrospective`
    pub async fn retrospective(&self, version: &str) -> Result<Retrospective, ClientError> {
        self.get(self.at(&["plans", version, "retrospective"])).await
    }

    /// The same as Markdown.
    pub async fn retrospective_text(&self, version: &str) -> Result<String, ClientError> {
        let mut url = self.at(&["plans", version, "retrospective"]);
        url.query_pairs_mut().append_pair("format", "markdown");
        let response = self.send(self.request(Method::GET, &url), &url).await?;
        Ok(String::from_utf8_lossy(&self.body(response, &url).await?).into_owned())
    }

    /// `PUT /plans/{version}/retrospective`: what people say, whole, in the place of the edition that was seen.
    pub async fn write_retrospective(
        &self,
        version: &str,
        (request, edition): (&WriteRetrospectiveRequest, Option<u64>),
        key: &str,
    ) -> Result<Retrospective, ClientError> {
        self.put_over(self.at(&["plans", version, "retrospective"]), (request, edition), key).await
    }
}
