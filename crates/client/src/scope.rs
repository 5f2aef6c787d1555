//! Sources of scope, and what they hold.

use tidegate_api::{EmptyRequest, Page, ScopeImported, ScopeSource, SetScopeSourceRequest, TrackedItems};

use crate::send::ask;
use crate::{Client, ClientError};

impl Client {
    /// `GET /scope/sources`
    pub async fn scope_sources(&self) -> Result<Page<ScopeSource>, ClientError> {
        self.get(self.at(&["scope", "sources"])).await
    }

    /// `GET /scope/sources/{source}`
    pub async fn scope_source(&self, source: &str) -> Result<ScopeSource, ClientError> {
        self.get(self.at(&["scope", "sources", source])).await
    }

    /// `PUT /scope/sources/{source}`
    pub async fn set_scope_source(
        &self,
        source: &str,
        (request, edition): (&SetScopeSourceRequest, Option<u64>),
        key: &str,
    ) -> Result<ScopeSource, ClientError> {
        self.put_over(self.at(&["scope", "sources", source]), (request, edition), key).await
    }

    /// `DELETE /scope/sources/{source}`
    pub async fn remove_scope_source(&self, source: &str, key: &str) -> Result<ScopeSource, ClientError> {
        self.delete(self.at(&["scope", "sources", source]), key).await
    }

    /// `POST /scope/sources/{source}/refresh`
    pub async fn refresh_scope_source(&self, source: &str, key: &str) -> Result<ScopeSource, ClientError> {
        self.post(self.at(&["scope", "sources", source, "refresh"]), &EmptyRequest::default(), key).await
    }

    /// `POST /scope/sources/{source}/import`: a table as CSV.
    pub async fn import_scope(
        &self,
        source: &str,
        csv: Vec<u8>,
        key: &str,
    ) -> Result<ScopeImported, ClientError> {
        self.upload(self.at(&["scope", "sources", source, "import"]), ("text/csv", csv), key).await
    }

    /// `GET /scope/sources/{source}/items`
    pub async fn tracked_items(
        &self,
        source: &str,
        (after, limit): (Option<&str>, Option<u32>),
    ) -> Result<TrackedItems, ClientError> {
        let mut url = self.at(&["scope", "sources", source, "items"]);
        ask(&mut url, "after", after);
        ask(&mut url, "limit", limit);
        self.get(url).await
    }
}
