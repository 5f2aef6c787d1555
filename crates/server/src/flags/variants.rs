//! How requests went by variant: from what programs reported here, or from the Prometheus that a rollout names.
//!
//! Invariant: a measurement is of one source; where that one cannot be asked nothing takes its place. Deliberately not
//! here: what is reported (`outcomes`), and asking a Prometheus (`connectors`).

use std::collections::BTreeSet;
use std::sync::Arc;

use secrecy::SecretString;
use tidegate_connectors::guard::Guard;
use tidegate_connectors::prometheus::{Question, measure};
use tidegate_domain::name::{EnvironmentName, ProjectName, SecretName};
use tidegate_ports::{Fault, Measured, OfVariants, SecretSource};
use tokio::sync::Semaphore;

use super::Serving;

pub(crate) struct VariantsMeasured {
    pub flags: Arc<Serving>,
    pub project: ProjectName,
    pub guard: Guard,
    pub secrets: Arc<dyn SecretSource>,
    /// To ask a Prometheus.
    pub room: Semaphore,
}

impl VariantsMeasured {
    pub async fn measure(&self, query: &OfVariants) -> Result<Measured, Fault> {
        let OfVariants { environment, flag, variant, prometheus } = query;
        let Some(at) = prometheus else {
            let place = self.flags.place(&(self.project.clone(), environment.clone()));
            return Ok(place.outcomes.measured(flag.as_str(), variant));
        };
        let _room = self.room.acquire().await;
        let token = match &at.token {
            Some(name) => Some(self.token(environment, name).await?),
            None => None,
        };
        measure(&self.guard, &Question { at, variant, token: token.as_ref() }).await
    }

    async fn token(&self, place: &EnvironmentName, name: &SecretName) -> Result<SecretString, Fault> {
        let mut found = self.secrets.reveal(place, &BTreeSet::from([name.clone()])).await?;
        Ok(found.remove(name).map(|revealed| revealed.value).unwrap_or_default())
    }
}
