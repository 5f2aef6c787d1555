//! What stands where.

use tidegate_api::{Environment, EnvironmentDiff, EnvironmentDrift, Page};

use crate::send::ask;
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

    /// `GET /environments/{environment}/drift`: the server reads the artifacts that run there for this.
    pub async fn environment_drift(&self, name: &str) -> Result<EnvironmentDrift, ClientError> {
        self.get_slowly(self.at(&["environments", name, "drift"])).await
    }

    /// `GET /environments/{environment}/diff`: how it differs from another one.
    pub async fn environment_diff(&self, name: &str, with: &str) -> Result<EnvironmentDiff, ClientError> {
        let mut url = self.at(&["environments", name, "diff"]);
        ask(&mut url, "with", Some(with));
        self.get(url).await
    }
}
