//! Ways to break the world or the store on purpose, to show that a checker notices.
//!
//! Invariant: each breaks one thing, and only where asked; no ordinary run has any.

use tidegate_domain::environment::RouteSpec;
use tidegate_ports::{Generation, RouteIntent, Serving, TrafficRouter as _};

use crate::env::Env;
use crate::ports::Reach;
use crate::process::Site;
use crate::store::Defects;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    RouterAcceptsStale,
    TargetAcceptsStale,
    /// Instances are called ready as soon as they start.
    ReadyTooEarly,
    /// Instances that should stop run on.
    NeverStops,
    /// The router answers what it was asked and does nothing.
    RouterLies,
    /// Weights sum to less than the whole.
    RouterRoundsBadly,
    /// Instances that stop are not told of.
    HidesInstances,
    ForgetsReceipts,
    LosesNotices,
    /// A control plane that starts takes the kept timeline's word, without a look at the log.
    ForgetsTime,
    /// Smoke tests are called passed, whatever came of them.
    LiesAboutSmoke,
    /// Somebody takes routes offline and stops instances on nobody's behalf.
    Rogue,
}

impl Sabotage {
    pub(crate) fn defects(self) -> Defects {
        Defects {
            forgets_receipts: self == Self::ForgetsReceipts,
            loses_notices: self == Self::LosesNotices,
            forgets_time: self == Self::ForgetsTime,
            lies_about_smoke: self == Self::LiesAboutSmoke,
        }
    }

    pub(crate) fn break_world(self, site: &Site) {
        site.env.with(|inner| {
            let world = &mut inner.world;
            world.router.accepts_stale = self == Self::RouterAcceptsStale;
            world.router.lies = self == Self::RouterLies;
            world.router.rounds_badly = self == Self::RouterRoundsBadly;
            world.target.accepts_stale = self == Self::TargetAcceptsStale;
            world.target.ready_too_early = self == Self::ReadyTooEarly;
            world.target.never_stops = self == Self::NeverStops;
            world.target.hides_stopping = self == Self::HidesInstances;
        });
    }
}

/// Calls with a generation that names no event.
pub(crate) async fn rogue(env: Env) {
    let reach = Reach { env: env.clone(), by: 0 };
    loop {
        env.pause(5_000).await;
        let routes = env.with(|inner| inner.world.router.routes.clone());
        for slot in routes.into_keys() {
            let generation = Generation { position: u64::MAX, fence: 0 };
            let serving = Serving::Offline { reason: "because".to_owned() };
            let intent = RouteIntent { slot, route: no_route(), serving, matches: None, mirror: None };
            drop(reach.apply(generation, &intent).await);
        }
    }
}

fn no_route() -> RouteSpec {
    RouteSpec {
        listen: String::new(),
        hosts: Vec::new(),
        path_prefix: "/".to_owned(),
        strip_prefix: false,
        sticky: None,
        preview: None,
    }
}
