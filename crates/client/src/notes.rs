//! Notes of releases.

use reqwest::Method;
use tidegate_api::{ReleaseNotes, ReleaseNotesRenewed, RenewReleaseNotesRequest, WriteReleaseNotesRequest};

use crate::send::ask;
use crate::{Client, ClientError};

impl Client {
    /// `GET /releases/{version}/notes`
    pub async fn release_notes(&self, version: &str) -> Result<ReleaseNotes, ClientError> {
        self.get(self.at(&["releases", version, "notes"])).await
    }

    /// The same to be read: `markdown` or `text`, for `users`, `operators`, `support` or all.
    pub async fn release_notes_text(
        &self,
        version: &str,
        (format, audience): (&str, Option<&str>),
    ) -> Result<String, ClientError> {
        let mut url = self.at(&["releases", version, "notes"]);
        ask(&mut url, "format", Some(format));
        ask(&mut url, "audience", audience);
        let response = self.send(self.request(Method::GET, &url), &url).await?;
        Ok(String::from_utf8_lossy(&self.body(response, &url).await?).into_owned())
    }

    /// `PUT /releases/{version}/notes`
    pub async fn write_release_notes(
        &self,
        version: &str,
        request: &WriteReleaseNotesRequest,
        key: &str,
    ) -> Result<ReleaseNotes, ClientError> {
        self.put_over(self.at(&["releases", version, "notes"]), (request, None), key).await
    }

    /// `POST /releases/{version}/notes/renew`: told again from their source.
    pub async fn renew_release_notes(
        &self,
        version: &str,
        request: &RenewReleaseNotesRequest,
        key: &str,
    ) -> Result<ReleaseNotesRenewed, ClientError> {
        self.post(self.at(&["releases", version, "notes", "renew"]), request, key).await
    }
}
