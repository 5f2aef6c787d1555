//! A release: a named, frozen set of component versions, and how far it has come.
//!
//! Invariant: its artifacts never change after it was created; an environment it was rolled back from stays barred to
//! automation until a person allows it. Deliberately not here: plans, notes and gates (they come with governance).

mod refusal;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use refusal::ReleaseRefusal;

use crate::component::Artifact;
use crate::id::RolloutId;
use crate::name::{ComponentName, EnvironmentName, Version};
use crate::pipeline::{PipelineSpec, Promotion};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ReleaseKind {
    #[default]
    Planned,
    /// An urgent fix: it may take over from a rollout that waits for a person.
    Hotfix,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Release {
    pub version: Version,
    pub kind: ReleaseKind,
    pub components: BTreeMap<ComponentName, Artifact>,
    pub notes: Vec<String>,
    pub author: String,
    pub standings: BTreeMap<EnvironmentName, Standing>,
}

/// How a release stands in one environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Standing {
    Underway {
        rollout: RolloutId,
    },
    Verified {
        rollout: RolloutId,
    },
    /// Gone back, by whatever cause. Automation does not bring it here again until a person has allowed it; where it is
    /// barred, a promotion does not either.
    GoneBack {
        rollout: RolloutId,
        reason: String,
        barred: bool,
        allowed: bool,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ReleaseEvent {
    Created {
        version: Version,
        kind: ReleaseKind,
        components: BTreeMap<ComponentName, Artifact>,
        notes: Vec<String>,
        author: String,
    },
    Entered {
        environment: EnvironmentName,
        rollout: RolloutId,
    },
    Verified {
        environment: EnvironmentName,
        rollout: RolloutId,
    },
    WentBack {
        environment: EnvironmentName,
        rollout: RolloutId,
        reason: String,
        barred: bool,
    },
    Allowed {
        environment: EnvironmentName,
    },
}

impl ReleaseEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Created { .. } => "release.created",
            Self::Entered { .. } => "release.entered",
            Self::Verified { .. } => "release.verified",
            Self::WentBack { .. } => "release.went-back",
            Self::Allowed { .. } => "release.allowed",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum ReleaseCommand {
    Create {
        version: Version,
        kind: ReleaseKind,
        components: BTreeMap<ComponentName, Artifact>,
        notes: Vec<String>,
        author: String,
    },
    /// A rollout of it begins; `by_person` passes the bar.
    Enter {
        environment: EnvironmentName,
        rollout: RolloutId,
        by_person: bool,
    },
    Verify {
        environment: EnvironmentName,
        rollout: RolloutId,
    },
    GoBack {
        environment: EnvironmentName,
        rollout: RolloutId,
        reason: String,
        barred: bool,
    },
    /// A person lifts the bar: automation may bring it there again, once.
    Allow {
        environment: EnvironmentName,
    },
}

const COMPONENTS_MAX: usize = 200;

pub fn decide(state: Option<&Release>, command: ReleaseCommand) -> Result<Vec<ReleaseEvent>, ReleaseRefusal> {
    match (state, command) {
        (None, ReleaseCommand::Create { version, kind, components, notes, author }) => {
            if components.is_empty() {
                return Err(ReleaseRefusal::Empty { version });
            }
            if components.len() > COMPONENTS_MAX {
                return Err(ReleaseRefusal::TooLarge { version, most: COMPONENTS_MAX });
            }
            Ok(vec![ReleaseEvent::Created { version, kind, components, notes, author }])
        }
        (Some(release), ReleaseCommand::Create { version, kind, components, notes, .. }) => {
            let same = release.components == components && release.kind == kind && release.notes == notes;
            if same { Ok(Vec::new()) } else { Err(ReleaseRefusal::Exists { version }) }
        }
        (None, _) => Err(ReleaseRefusal::NotCreated),
        (Some(release), ReleaseCommand::Enter { environment, rollout, by_person }) => {
            release.may_enter(&environment, by_person)?;
            Ok(vec![ReleaseEvent::Entered { environment, rollout }])
        }
        (Some(_), ReleaseCommand::Verify { environment, rollout }) => {
            Ok(vec![ReleaseEvent::Verified { environment, rollout }])
        }
        (Some(_), ReleaseCommand::GoBack { environment, rollout, reason, barred }) => {
            Ok(vec![ReleaseEvent::WentBack { environment, rollout, reason, barred }])
        }
        (Some(release), ReleaseCommand::Allow { environment }) => match release.standings.get(&environment) {
            Some(Standing::GoneBack { allowed: false, .. }) => {
                Ok(vec![ReleaseEvent::Allowed { environment }])
            }
            _ => Ok(Vec::new()),
        },
    }
}

pub fn evolve(state: Option<Release>, event: &ReleaseEvent) -> Option<Release> {
    if let ReleaseEvent::Created { version, kind, components, notes, author } = event {
        return Some(Release {
            version: version.clone(),
            kind: *kind,
            components: components.clone(),
            notes: notes.clone(),
            author: author.clone(),
            standings: BTreeMap::new(),
        });
    }
    let mut release = state?;
    match event {
        ReleaseEvent::Created { .. } => {}
        ReleaseEvent::Entered { environment, rollout } => {
            release.standings.insert(environment.clone(), Standing::Underway { rollout: rollout.clone() });
        }
        ReleaseEvent::Verified { environment, rollout } => {
            release.standings.insert(environment.clone(), Standing::Verified { rollout: rollout.clone() });
        }
        ReleaseEvent::WentBack { environment, rollout, reason, barred } => {
            let (rollout, reason, barred) = (rollout.clone(), reason.clone(), *barred);
            let standing = Standing::GoneBack { rollout, reason, barred, allowed: false };
            release.standings.insert(environment.clone(), standing);
        }
        ReleaseEvent::Allowed { environment } => {
            if let Some(Standing::GoneBack { barred, allowed, .. }) = release.standings.get_mut(environment) {
                (*barred, *allowed) = (false, true);
            }
        }
    }
    Some(release)
}

impl Release {
    pub fn verified_in(&self, environment: &EnvironmentName) -> bool {
        matches!(self.standings.get(environment), Some(Standing::Verified { .. }))
    }

    fn may_enter(&self, environment: &EnvironmentName, by_person: bool) -> Result<(), ReleaseRefusal> {
        match self.standings.get(environment) {
            Some(Standing::GoneBack { reason, barred: true, .. }) if !by_person => {
                Err(ReleaseRefusal::Barred {
                    version: self.version.clone(),
                    environment: environment.clone(),
                    reason: reason.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Only what was verified in the stage before may enter a stage.
    pub fn may_be_promoted(
        &self,
        pipeline: &PipelineSpec,
        environment: &EnvironmentName,
    ) -> Result<(), ReleaseRefusal> {
        let Some((index, _)) = pipeline.stage(environment) else { return Ok(()) };
        match index.checked_sub(1).and_then(|before| pipeline.stages.get(before)) {
            Some(before) if !self.verified_in(&before.environment) => Err(ReleaseRefusal::NotVerified {
                version: self.version.clone(),
                environment: environment.clone(),
                before: before.environment.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Where a promotion leads: the first stage that it has not been verified in.
    pub fn next_stage(&self, pipeline: &PipelineSpec) -> Result<EnvironmentName, ReleaseRefusal> {
        let version = self.version.clone();
        let open = pipeline.stages.iter().find(|stage| !self.verified_in(&stage.environment));
        let environment = open.map(|stage| stage.environment.clone());
        let Some(environment) = environment else { return Err(ReleaseRefusal::NothingLeft { version }) };
        match self.standings.get(&environment) {
            Some(Standing::Underway { rollout }) => {
                Err(ReleaseRefusal::OnItsWay { version, environment, rollout: rollout.clone() })
            }
            Some(Standing::Verified { .. } | Standing::GoneBack { .. }) | None => Ok(environment),
        }
    }

    /// The environment that automation should bring it to now, if any: the stage after a verified one, when that
    /// stage takes releases by itself and this one has not been there, or was allowed again.
    pub fn promotion_due(&self, pipeline: &PipelineSpec) -> Option<EnvironmentName> {
        let verified = |index: usize| self.verified_in(&pipeline.stages[index].environment);
        let due = |index: usize| {
            let stage = pipeline.after(index)?;
            let standing = self.standings.get(&stage.environment);
            let fresh = matches!(standing, None | Some(Standing::GoneBack { allowed: true, .. }));
            (stage.promotion == Promotion::Automatic && fresh).then(|| stage.environment.clone())
        };
        (0..pipeline.stages.len()).filter(|index| verified(*index)).find_map(due)
    }
}
