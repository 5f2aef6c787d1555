//! Sources of deliveries: add, look, change the secret, remove.

use tidegate_api::{AddInboundRequest, EmptyRequest, Inbound, InboundSecret, Page};

use crate::{Client, ClientError};

impl Client {
    /// `GET /inbound`
    pub async fn inbound(&self) -> Result<Page<Inbound>, ClientError> {
        self.get(self.at(&["inbound"])).await
    }

    /// `POST /inbound`; the answer holds its secret.
    pub async fn add_inbound(
        &self,
        request: &AddInboundRequest,
        key: &str,
    ) -> Result<InboundSecret, ClientError> {
        self.post(self.at(&["inbound"]), request, key).await
    }

    /// `GET /inbound/{name}`
    pub async fn inbound_source(&self, name: &str) -> Result<Inbound, ClientError> {
        self.get(self.at(&["inbound", name])).await
    }

    /// `POST /inbound/{name}/rotate`; the answer holds its new secret.
    pub async fn rotate_inbound(&self, name: &str, key: &str) -> Result<InboundSecret, ClientError> {
        self.post(self.at(&["inbound", name, "rotate"]), &EmptyRequest {}, key).await
    }

    /// `DELETE /inbound/{name}`
    pub async fn remove_inbound(&self, name: &str, key: &str) -> Result<Inbound, ClientError> {
        self.delete(self.at(&["inbound", name]), key).await
    }
}
