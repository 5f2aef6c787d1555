//! Telling somebody: what is said, and who carries it.
//!
//! Invariant: a notice has an id made from what it is about, so that it is told once even across restarts.
//! Deliberately not here: wording for people (templates) and channels.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tidegate_domain::moment::Moment;

use crate::fault::Fault;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The same fact has the same id: `rol_…/rolled-back`.
    pub id: String,
    pub topic: String,
    pub at: Moment,
    pub text: String,
    /// JSON text.
    pub body: String,
}

#[async_trait]
pub trait Notifier: Send + Sync {
    /// May be called again with the same id after a crash; the receiver tells repeats by it.
    async fn notify(&self, notice: &Notice) -> Result<(), Fault>;
}
