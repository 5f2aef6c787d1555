//! Who outside is told of events.

use tidegate_api::{
    AddWebhookRequest, Delivery, EmptyRequest, Page, ReplayRequest, Replayed, SwitchWebhookRequest, Webhook,
    WebhookSecret, WebhookTested,
};

use crate::send::ask;
use crate::{Client, ClientError};

impl Client {
    /// `GET /webhooks`, by name.
    pub async fn webhooks(&self) -> Result<Page<Webhook>, ClientError> {
        self.get(self.at(&["webhooks"])).await
    }

    /// `POST /webhooks`; the answer holds its secret.
    pub async fn add_webhook(
        &self,
        request: &AddWebhookRequest,
        key: &str,
    ) -> Result<WebhookSecret, ClientError> {
        self.post(self.at(&["webhooks"]), request, key).await
    }

    /// `GET /webhooks/{name}`
    pub async fn webhook(&self, name: &str) -> Result<Webhook, ClientError> {
        self.get(self.at(&["webhooks", name])).await
    }

    /// `DELETE /webhooks/{name}`
    pub async fn remove_webhook(&self, name: &str, key: &str) -> Result<Webhook, ClientError> {
        self.delete(self.at(&["webhooks", name]), key).await
    }

    /// `POST /webhooks/{name}/enable`
    pub async fn enable_webhook(&self, name: &str, key: &str) -> Result<Webhook, ClientError> {
        self.post(self.at(&["webhooks", name, "enable"]), &EmptyRequest {}, key).await
    }

    /// `POST /webhooks/{name}/disable`
    pub async fn disable_webhook(
        &self,
        name: &str,
        reason: Option<&str>,
        key: &str,
    ) -> Result<Webhook, ClientError> {
        let request = SwitchWebhookRequest { reason: reason.map(str::to_owned) };
        self.post(self.at(&["webhooks", name, "disable"]), &request, key).await
    }

    /// `POST /webhooks/{name}/rotate`; the answer holds the new secret.
    pub async fn rotate_webhook_secret(&self, name: &str, key: &str) -> Result<WebhookSecret, ClientError> {
        self.post(self.at(&["webhooks", name, "rotate"]), &EmptyRequest {}, key).await
    }

    /// `POST /webhooks/{name}/test`: one message, now.
    pub async fn test_webhook(&self, name: &str, key: &str) -> Result<WebhookTested, ClientError> {
        self.post(self.at(&["webhooks", name, "test"]), &EmptyRequest {}, key).await
    }

    /// `GET /webhooks/{name}/deliveries`: `waiting`, `delivered`, `dead`, or all.
    pub async fn deliveries(&self, name: &str, state: Option<&str>) -> Result<Page<Delivery>, ClientError> {
        let mut url = self.at(&["webhooks", name, "deliveries"]);
        ask(&mut url, "state", state);
        self.get(url).await
    }

    /// `POST /webhooks/{name}/replay`: one delivery, or all that were given up.
    pub async fn replay_deliveries(
        &self,
        name: &str,
        id: Option<&str>,
        key: &str,
    ) -> Result<Replayed, ClientError> {
        let request = ReplayRequest { delivery: id.map(str::to_owned) };
        self.post(self.at(&["webhooks", name, "replay"]), &request, key).await
    }
}
