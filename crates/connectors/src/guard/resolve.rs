//! Names to addresses, with the check in between.
//!
//! Invariant: of the addresses of a name either all are allowed or none is given out; there is no second look-up between
//! the check and the connection. Deliberately not here: a cache, because a name may change at any time.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::allowance::Allowance;
use super::refusal::AddressRefused;

/// Tried in turn; a name with more is no receiver of messages.
const ADDRESSES: usize = 32;

/// Who answers for names; the system's own outside of tests.
#[async_trait]
pub trait Resolver: Send + Sync {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|found| found.ip()).collect())
    }
}

#[derive(Debug, thiserror::Error)]
pub(super) enum LookUpFailed {
    #[error(transparent)]
    Refused(#[from] AddressRefused),
    #[error("{host} is not known")]
    Unknown {
        host: String,
        #[source]
        source: Option<std::io::Error>,
    },
}

/// Looks up, then checks all that came.
#[derive(Clone)]
pub(super) struct GuardedNames {
    pub allowance: Arc<Allowance>,
    pub resolver: Arc<dyn Resolver>,
}

impl GuardedNames {
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LookUpFailed> {
        let unknown = |source| LookUpFailed::Unknown { host: host.to_owned(), source };
        let mut found = self.resolver.addresses(host).await.map_err(|why| unknown(Some(why)))?;
        if found.is_empty() {
            return Err(unknown(None));
        }
        for address in &found {
            let refused = |reach| AddressRefused { host: host.to_owned(), address: *address, reach };
            self.allowance.permits(host, *address).map_err(refused)?;
        }
        found.truncate(ADDRESSES);
        Ok(found)
    }
}

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.clone();
        Box::pin(async move {
            let found = names.addresses(name.as_str()).await?;
            // Port 0: that of the URL.
            Ok(Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}
