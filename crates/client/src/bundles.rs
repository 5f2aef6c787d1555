//! Bundles on the server, and whose are taken.

use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use tidegate_api::{Bundle, BundleKey, BundleShown, Page, TrustBundleKeyRequest};

use crate::send::LONG_TIMEOUT;
use crate::{Client, ClientError};

const SLOWEST_BYTES_PER_SECOND: u64 = 64 << 10;
const MEDIA_TYPE: &str = "application/vnd.tidegate.bundle";

impl Client {
    /// `GET /bundles`, the newest first.
    pub async fn bundles(&self) -> Result<Page<Bundle>, ClientError> {
        self.get(self.at(&["bundles"])).await
    }

    /// `POST /bundles`: read from the disk while it is sent. Sent again, it changes nothing, so it takes no key. The outer
    /// error is the file's.
    pub async fn upload_bundle(&self, file: &Path) -> std::io::Result<Result<Bundle, ClientError>> {
        let file = tokio::fs::File::open(file).await?;
        let bytes = file.metadata().await?.len();
        let url = self.at(&["bundles"]);
        let request = self.request(Method::POST, &url).header(CONTENT_TYPE, MEDIA_TYPE);
        // The server ends a silence by itself; a slow line is waited for.
        let patience = LONG_TIMEOUT + Duration::from_secs(bytes / SLOWEST_BYTES_PER_SECOND);
        let request = request.header(CONTENT_LENGTH, bytes).body(file).timeout(patience);
        Ok(self.answer(request, &url).await)
    }

    /// `GET /bundles/{digest}`
    pub async fn bundle(&self, digest: &str) -> Result<BundleShown, ClientError> {
        self.get(self.at(&["bundles", digest])).await
    }

    /// `DELETE /bundles/{digest}`; answers with what is left.
    pub async fn remove_bundle(&self, digest: &str, key: &str) -> Result<Page<Bundle>, ClientError> {
        self.delete(self.at(&["bundles", digest]), key).await
    }

    /// `GET /bundle-keys`, by name.
    pub async fn bundle_keys(&self) -> Result<Page<BundleKey>, ClientError> {
        self.get(self.at(&["bundle-keys"])).await
    }

    /// `PUT /bundle-keys/{name}`
    pub async fn trust_bundle_key(
        &self,
        name: &str,
        request: &TrustBundleKeyRequest,
        key: &str,
    ) -> Result<BundleKey, ClientError> {
        self.put(self.at(&["bundle-keys", name]), request, key).await
    }

    /// `DELETE /bundle-keys/{name}`; answers with what is left.
    pub async fn distrust_bundle_key(&self, name: &str, key: &str) -> Result<Page<BundleKey>, ClientError> {
        self.delete(self.at(&["bundle-keys", name]), key).await
    }
}
