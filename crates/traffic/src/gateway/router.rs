//! Sets routes in the gateway and reads them back.
//!
//! Invariant: a route that already stands as it should is not written again; of two writes for the same intent (the
//! ready endpoints changed) the later one wins.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use tidegate_domain::id::SlotId;
use tidegate_gateway::report::{ChangeReport, RouteState};
use tidegate_gateway::table::{self, RouteUpdate};
use tidegate_ports::{Fault, Generation, RouteIntent, RouteSeen, TrafficRouter};

use super::http::Admin;
use super::wire;

pub struct GatewayRouter {
    admin: Admin,
    /// Counts the writes for one intent of a slot.
    attempts: Mutex<BTreeMap<SlotId, (Generation, u64)>>,
}

impl GatewayRouter {
    /// `base_url` is the admin address: `http://127.0.0.1:9091`.
    pub fn new(base_url: &str) -> Result<Self, Fault> {
        Ok(Self { admin: Admin::new(base_url)?, attempts: Mutex::default() })
    }

    async fn state(&self, slot: &SlotId) -> Result<Option<RouteState>, Fault> {
        self.admin.get(&format!("/v1/routes/{slot}")).await
    }

    fn next_attempt(&self, slot: &SlotId, generation: Generation) -> u64 {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = attempts.entry(slot.clone()).or_insert((generation, 0));
        if entry.0 != generation {
            *entry = (generation, 0);
        }
        entry.1 += 1;
        entry.1
    }
}

#[async_trait]
impl TrafficRouter for GatewayRouter {
    async fn apply(&self, generation: Generation, intent: &RouteIntent) -> Result<RouteSeen, Fault> {
        let route = wire::route(intent)?;
        let before = self.state(&intent.slot).await?;
        let stands = before.as_ref().is_some_and(|state| {
            let listens = state.listener.bound.is_some();
            let ours = (state.generation.position, state.generation.fence)
                == (generation.position, generation.fence);
            state.route == route && ours && listens
        });
        if !stands {
            let attempt = self.next_attempt(&intent.slot, generation);
            let Generation { position, fence } = generation;
            let generation = table::Generation { position, fence, attempt };
            let update = RouteUpdate { generation, route };
            let path = format!("/v1/routes/{}", intent.slot);
            let change: Option<ChangeReport> = self.admin.put(&path, &update).await?;
            if change.is_some_and(|change| !change.confirmed) {
                return Err(Fault::retry(
                    "gateway-busy",
                    "the gateway has not put the new route to work everywhere yet",
                )
                .with_help("it is asked again by itself; see gateway.log if this lasts"));
            }
        }
        let state = if stands { before } else { self.state(&intent.slot).await? };
        let state =
            state.ok_or_else(|| Fault::retry("route-lost", "the gateway forgot the route at once"))?;
        if let (None, Some(why)) = (state.listener.bound, &state.listener.failure) {
            let listen = &intent.route.listen;
            return Err(Fault::retry("port-in-use", format!("the gateway cannot listen on {listen}: {why}"))
                .with_help(format!("free the port, or give the route another `listen` than {listen}")));
        }
        if let Some(preview) = state.route.preview.as_ref().filter(|preview| preview.version.is_some())
            && let Some(why) = state.preview_listener.as_ref().and_then(|listener| listener.failure.as_ref())
        {
            let message = format!("the gateway cannot listen on {} for previews: {why}", preview.listen);
            let help = "free the port, or give the preview another `listen` in tidegate.yaml";
            return Err(Fault::retry("port-in-use", message).with_help(help));
        }
        wire::seen(&state)
    }

    async fn read(&self, slot: &SlotId) -> Result<Option<RouteSeen>, Fault> {
        self.state(slot).await?.as_ref().map(wire::seen).transpose()
    }
}
