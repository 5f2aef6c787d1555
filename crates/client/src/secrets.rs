//! Secrets: set, list, remove. No answer holds a value.

use tidegate_api::{EmptyRequest, Page, Secret, SecretsRotated};

use crate::{Client, ClientError};

impl Client {
    /// `GET /environments/{environment}/secrets`, by name.
    pub async fn secrets(&self, environment: &str) -> Result<Page<Secret>, ClientError> {
        self.get(self.at(&["environments", environment, "secrets"])).await
    }

    /// `PUT /environments/{environment}/secrets/{name}`
    pub async fn set_secret(
        &self,
        (environment, name): (&str, &str),
        value: Vec<u8>,
        key: &str,
    ) -> Result<Secret, ClientError> {
        let url = self.at(&["environments", environment, "secrets", name]);
        self.upload_by(reqwest::Method::PUT, url, ("application/octet-stream", value), key).await
    }

    /// `DELETE /environments/{environment}/secrets/{name}`; answers with what is left.
    pub async fn remove_secret(
        &self,
        (environment, name): (&str, &str),
        key: &str,
    ) -> Result<Page<Secret>, ClientError> {
        self.delete(self.at(&["environments", environment, "secrets", name]), key).await
    }

    /// `POST /secrets/rotation`: everything under a new key.
    pub async fn rotate_secrets_key(&self, key: &str) -> Result<SecretsRotated, ClientError> {
        self.post(self.at(&["secrets", "rotation"]), &EmptyRequest {}, key).await
    }
}
