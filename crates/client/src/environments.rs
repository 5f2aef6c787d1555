//! What stands where.

use tidegate_api::{Environment, Page};

use crate::{Client, ClientError};

impl Client {
    /// `GET /environments`, in their order.
    pub async fn environments(&self) -> Result<Page<Environment>, ClientError> {
        self.get(self.at(&["environments"])).await
    }

    /// `GET /environments/{environment}`
    pub async fn environment(&self, name: &str) -> Result<Environment, ClientError> {
        self.get(self.at(&["environments", name])).await
    }
}
