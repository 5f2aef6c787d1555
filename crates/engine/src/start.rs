//! Starting rollouts: plan, claim the slots, and begin or wait.
//!
//! Invariant: a rollout exists only together with its claims on every slot it needs; all in one transaction.

use std::collections::BTreeMap;

use tidegate_domain::gate::GateRefusal;
use tidegate_domain::id::{RolloutId, SlotId, StreamId};
use tidegate_domain::name::{ComponentName, EnvironmentName};
use tidegate_domain::planning::{Ground, outline, plan, plan_back};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::release::{Release, ReleaseCommand, ReleaseKind, ReleaseRefusal};
use tidegate_domain::rollout::{Phase, Plan, RolloutCommand, RolloutRefusal};
use tidegate_domain::slot::{Slot, SlotCommand, SlotRefusal};

use crate::Engine;
use crate::command::StartRollout;
use crate::draft::{Draft, Error};
use crate::gates::{Asked, digest, revisions};
use crate::secrets::secrets;

impl Engine {
    /// Plans and starts; answers the ids. `by_person` passes the bar that a rollback left.
    pub(crate) async fn start(
        &self,
        draft: &mut Draft<'_>,
        wish: &StartRollout,
        by_person: bool,
    ) -> Result<Vec<RolloutId>, Error> {
        let stream = StreamId::Release(wish.release.clone());
        let release = draft.state(&stream).await?.release().cloned();
        let release = release
            .ok_or_else(|| Refusal::from(ReleaseRefusal::Unknown { version: wish.release.clone() }))?;
        let mut ids = Vec::new();
        for part in parts(&release, wish.independent) {
            let planned = self.plan(draft, &part, wish).await;
            match planned {
                Ok(plan) => ids.push(self.begin(draft, plan, wish, (&release, by_person)).await?),
                // Of several that go independently, those that stand already are passed over.
                Err(Error::Refused(Refusal::Rollout(RolloutRefusal::NothingToDo { .. })))
                    if wish.independent => {}
                Err(other) => return Err(other),
            }
        }
        if ids.is_empty() {
            let (version, environment) = (wish.release.clone(), wish.environment.clone());
            return Err(Refusal::from(RolloutRefusal::NothingToDo { version, environment }).into());
        }
        Ok(ids)
    }

    async fn plan(
        &self,
        draft: &mut Draft<'_>,
        release: &Release,
        wish: &StartRollout,
    ) -> Result<Plan, Error> {
        let catalog = draft.state(&StreamId::Catalog).await?.catalog().clone();
        let names: Vec<_> = release.components.keys().cloned().collect();
        let slots = slots(draft, &wish.environment, &names).await?;
        let secrets = secrets(draft).await?;
        let flags = self.flags_of(draft, &wish.release, &wish.environment).await?;
        let ground = Ground { catalog: &catalog, slots: &slots, secrets: &secrets, flags: &flags };
        let planned = plan(&ground, release, &wish.environment, wish.strategy.as_ref())?;
        let pipeline = catalog.pipeline_for(release.kind);
        let stage = pipeline.and_then(|pipeline| pipeline.stage(&wish.environment));
        // People consent to the whole release, also where its parts go one by one.
        let whole = draft.state(&StreamId::Release(release.version.clone())).await?.release().cloned();
        let asked = (whole.as_ref().unwrap_or(release), &wish.environment);
        let digest = digest(asked, stage.map(|(_, stage)| stage), &revisions(&catalog, &secrets, asked.1));
        Ok(Plan { digest, ..planned })
    }

    /// The way of the whole release, also where something has nothing to run yet.
    pub(crate) async fn sketch(&self, draft: &mut Draft<'_>, wish: &StartRollout) -> Result<Plan, Error> {
        let release = draft.state(&StreamId::Release(wish.release.clone())).await?.release().cloned();
        let release = release
            .ok_or_else(|| Refusal::from(ReleaseRefusal::Unknown { version: wish.release.clone() }))?;
        let catalog = draft.state(&StreamId::Catalog).await?.catalog().clone();
        let names: Vec<_> = release.components.keys().cloned().collect();
        let slots = slots(draft, &wish.environment, &names).await?;
        let secrets = secrets(draft).await?;
        let flags = self.flags_of(draft, &wish.release, &wish.environment).await?;
        let ground = Ground { catalog: &catalog, slots: &slots, secrets: &secrets, flags: &flags };
        Ok(outline(&ground, &release, &wish.environment, wish.strategy.as_ref())?)
    }

    async fn begin(
        &self,
        draft: &mut Draft<'_>,
        plan: Plan,
        wish: &StartRollout,
        (release, by_person): (&Release, bool),
    ) -> Result<RolloutId, Error> {
        self.pass_gates(draft, release, &plan).await?;
        let id = RolloutId::from_bits((self.ids)());
        let environment = plan.environment.clone();
        let enter = ReleaseCommand::Enter { environment, rollout: id.clone(), by_person };
        draft.release(&release.version, enter).await?;
        let hotfix = release.kind == ReleaseKind::Hotfix;
        self.launch(draft, id.clone(), plan, Takeover { asked: wish.supersede, hotfix }).await?;
        Ok(id)
    }

    /// Every gate is open, or the release does not start on its way.
    async fn pass_gates(&self, draft: &mut Draft<'_>, release: &Release, plan: &Plan) -> Result<(), Error> {
        let (environment, digest) = (&plan.environment, &plan.digest);
        let asked = Asked { release, environment, gates: &plan.gates, digest, enters: true };
        let statuses = self.gate_statuses(draft, asked).await?;
        let closed: Vec<_> = statuses.into_iter().filter(|gate| !gate.open).collect();
        if closed.is_empty() {
            return Ok(());
        }
        let (version, environment) = (release.version.clone(), environment.clone());
        Err(Refusal::from(GateRefusal::Closed { version, environment, closed }).into())
    }

    /// Brings back what stood before a rollout that has ended.
    pub(crate) async fn start_back(
        &self,
        draft: &mut Draft<'_>,
        of: &RolloutId,
        over_seconds: Option<u64>,
    ) -> Result<RolloutId, Error> {
        let stream = StreamId::Rollout(of.clone());
        let rollout = draft.state(&stream).await?.rollout();
        let rollout = rollout.ok_or_else(|| Refusal::from(RolloutRefusal::Unknown { id: of.clone() }))?;
        if rollout.past_return {
            return Err(Refusal::from(rollout.no_return()).into());
        }
        let done = rollout.plan.clone();
        let catalog = draft.state(&StreamId::Catalog).await?.catalog().clone();
        let names: Vec<_> = done.slots().map(|slot| slot.component).collect();
        let slots = slots(draft, &done.environment, &names).await?;
        let secrets = secrets(draft).await?;
        let ground = Ground { catalog: &catalog, slots: &slots, secrets: &secrets, flags: &[] };
        let plan = plan_back(&ground, of, &done, over_seconds)?;
        let id = RolloutId::from_bits((self.ids)());
        // Whoever takes it back says that it is bad: automation does not bring it there again.
        let back = ReleaseCommand::GoBack {
            environment: done.environment.clone(),
            rollout: id.clone(),
            reason: format!("rolled back after it had been live, by {id}"),
            barred: true,
        };
        draft.release(&done.release, back).await?;
        self.launch(draft, id.clone(), plan, Takeover { asked: true, hotfix: false }).await?;
        Ok(id)
    }

    async fn launch(
        &self,
        draft: &mut Draft<'_>,
        id: RolloutId,
        plan: Plan,
        takeover: Takeover,
    ) -> Result<(), Error> {
        let mut waiting_for = Vec::new();
        let mut holders = Vec::new();
        for slot in plan.slots() {
            if let Some(holder) = draft.slot(&slot).await?.rollout {
                self.may_take_over(draft, &slot, &holder, takeover).await?;
                waiting_for.push(slot.clone());
                holders.push(holder);
            }
            draft.claim(&slot, SlotCommand::Claim { rollout: id.clone(), supersede: true }).await?;
        }
        let start = RolloutCommand::Start { id: id.clone(), plan: Box::new(plan), waiting_for };
        draft.rollout(&id, start).await?;
        holders.sort();
        holders.dedup();
        for holder in holders {
            draft.rollout(&holder, RolloutCommand::Supersede { by: id.clone() }).await?;
        }
        Ok(())
    }

    /// A rollout in progress gives way when asked to, or when it waits for a person and a hotfix comes.
    async fn may_take_over(
        &self,
        draft: &mut Draft<'_>,
        slot: &SlotId,
        holder: &RolloutId,
        takeover: Takeover,
    ) -> Result<(), Error> {
        let stream = StreamId::Rollout(holder.clone());
        let rollout = draft.state(&stream).await?.rollout();
        if let Some(rollout) = rollout.filter(|rollout| rollout.past_return && takeover.asked) {
            return Err(Refusal::from(rollout.no_return()).into());
        }
        let past = rollout.is_some_and(|rollout| rollout.past_return);
        let idle = rollout.is_some_and(|rollout| match rollout.phase {
            Phase::Advancing => rollout.waits_for_person(),
            Phase::Waiting { .. } | Phase::Returning { .. } | Phase::Done(_) => false,
        });
        if takeover.asked || (takeover.hotfix && idle && !past) {
            return Ok(());
        }
        let (slot, holder) = (slot.clone(), holder.clone());
        Err(Refusal::from(SlotRefusal::Busy { slot, holder }).into())
    }
}

#[derive(Clone, Copy)]
struct Takeover {
    asked: bool,
    hotfix: bool,
}

/// The release as it is, or one part of it for each component.
fn parts(release: &Release, independent: bool) -> Vec<Release> {
    if !independent {
        return vec![release.clone()];
    }
    let part = |(name, artifact): (&ComponentName, &_)| Release {
        components: BTreeMap::from([(name.clone(), Clone::clone(artifact))]),
        ..release.clone()
    };
    release.components.iter().map(part).collect()
}

async fn slots(
    draft: &mut Draft<'_>,
    environment: &EnvironmentName,
    names: &[ComponentName],
) -> Result<BTreeMap<ComponentName, Slot>, Error> {
    let mut slots = BTreeMap::new();
    for name in names {
        let id = SlotId { environment: environment.clone(), component: name.clone() };
        slots.insert(name.clone(), draft.slot(&id).await?);
    }
    Ok(slots)
}
