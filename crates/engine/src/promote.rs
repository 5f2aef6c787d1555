//! A release's turn: bring it into the next stage where that goes by itself.
//!
//! Invariant: automation never brings a release where it has been rolled back, and asks again while a stage is busy.

use tidegate_domain::gate::GateRefusal;
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Moment;
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::slot::SlotRefusal;
use tidegate_ports::{Fault, Lease};

use crate::Engine;
use crate::command::StartRollout;
use crate::draft::{Draft, Error};
use crate::tick::{AUTOMATION, Round};

/// How long a busy stage is left alone before it is asked again.
const BUSY_MS: u64 = 2_000;
/// How long closed gates are left alone before they are asked again.
const GATES_MS: u64 = 5_000;

impl Engine {
    pub(crate) async fn release_round(
        &self,
        lease: &Lease,
        version: &Version,
        now: Moment,
    ) -> Result<Round, Fault> {
        let loaded = self.cache.load(&lease.stream).await?;
        let catalog = self.cache.load(&StreamId::Catalog).await?;
        let Some(release) = loaded.state.release() else { return Ok(Round::Quiet(None)) };
        let Some(pipeline) = catalog.state.catalog().pipeline_for(release.kind) else {
            return Ok(Round::Quiet(None));
        };
        let mut again = None;
        for environment in release.promotion_due(pipeline) {
            match self.enter(lease, (version, environment), now).await? {
                Round::Quiet(at) => again = again.into_iter().chain(at).min(),
                moved @ Round::Moved => return Ok(moved),
            }
        }
        Ok(Round::Quiet(again))
    }

    async fn enter(
        &self,
        lease: &Lease,
        (version, environment): (&Version, EnvironmentName),
        now: Moment,
    ) -> Result<Round, Fault> {
        let wish = StartRollout {
            release: version.clone(),
            environment,
            strategy: None,
            supersede: false,
            independent: false,
        };
        let environment = wish.environment.clone();
        let mut draft = Draft::new(self, AUTOMATION, now);
        let started = match self.start(&mut draft, &wish, false).await {
            Ok(_) => draft.settle().await,
            Err(error) => Err(error),
        };
        match started {
            Ok(()) => self.write(draft, lease).await.map(|_| Round::Moved),
            Err(Error::Refused(Refusal::Slot(SlotRefusal::Busy { .. }))) => {
                Ok(Round::Quiet(Some(now.steady.plus_ms(BUSY_MS))))
            }
            // A gate may open by itself: time passes, another release arrives, somebody else's system answers.
            Err(Error::Refused(Refusal::Gate(GateRefusal::Closed { closed, .. }))) => {
                self.want_entry((version, &environment), &closed, now).await?;
                Ok(Round::Quiet(Some(now.steady.plus_ms(GATES_MS))))
            }
            // Anything else needs a person, whose act wakes the release again.
            Err(Error::Refused(_)) => Ok(Round::Quiet(None)),
            Err(Error::Fault(fault)) => Err(fault),
        }
    }
}
