//! Ways to break the world or the store on purpose, to show that a checker notices.
//!
//! Invariant: each breaks one thing, and only where asked; no ordinary run has any.

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
    ForgetsReceipts,
    LosesNotices,
}

impl Sabotage {
    pub(crate) fn defects(self) -> Defects {
        Defects { forgets_receipts: self == Self::ForgetsReceipts, loses_notices: self == Self::LosesNotices }
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
        });
    }
}
