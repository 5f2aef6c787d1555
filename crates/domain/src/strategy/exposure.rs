//! The code for everybody and in the dark first; then a feature flag shows it, ring by ring.
//!
//! Invariant: nobody is shown anything before all of the code is there, and an exposure only adds. Deliberately not here:
//! what an exposure makes of a flag's definition (`flag`).

use serde::{Deserialize, Serialize};

use super::phased::grow;
use super::steps::{Leave, Step, full};
use super::{BadStrategy, Prometheus, Reach, Recreate, Ring, Rolling, short};
use crate::name::FlagKey;
use crate::weight::Weight;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flagged {
    pub flag: FlagKey,
    /// What they get whom it is shown; before, and after a way back, they get the flag's default.
    pub variant: String,
    /// How the code gets there.
    pub code: Code,
    pub rings: Vec<Ring<Who>>,
    /// Watched with everybody before the rollout counts as done.
    pub soak_seconds: u64,
    /// Where the counters of the variants are; with Tidegate, to which programs report, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<Prometheus>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Code {
    Recreate(Recreate),
    Rolling(Rolling),
}

/// Subjects by an attribute of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// `targetingKey` is the subject itself.
    pub attribute: String,
    pub values: Vec<String>,
}

/// Who is shown the flag's variant, beside those whom its own rules name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<Who>,
    /// Of all subjects.
    pub share: Weight,
}

/// Of the rings without a list of their own.
const PERCENT: [u8; 4] = [5, 25, 50, 100];
const SOAK_SECONDS: u64 = 60;

impl Flagged {
    /// Shown to growing shares, a minute each.
    pub fn of(flag: FlagKey) -> Self {
        let ring = |percent: u8| Ring {
            name: format!("{percent} %"),
            reach: Reach::Share(Weight::from_percent(percent)),
            soak_seconds: SOAK_SECONDS,
            confirm: false,
            judge: false,
        };
        Self {
            flag,
            variant: "on".to_owned(),
            code: Code::Rolling(Rolling::default()),
            rings: PERCENT.into_iter().map(ring).collect(),
            soak_seconds: SOAK_SECONDS,
            prometheus: None,
        }
    }

    pub(super) fn validate(&self) -> Result<(), BadStrategy> {
        short("soak", self.soak_seconds)?;
        self.prometheus.as_ref().map_or(Ok(()), Prometheus::validate)?;
        match &self.code {
            Code::Recreate(knobs) => short("soak", knobs.soak_seconds)?,
            Code::Rolling(knobs) => {
                short("min_ready", knobs.min_ready_seconds)?;
                short("soak", knobs.soak_seconds)?;
            }
        }
        grow(&self.rings)
    }

    /// Behind the code of the last component.
    pub fn exposures(&self, replicas: u32) -> Vec<Step> {
        let (mut share, mut named): (Weight, Vec<Who>) = (Weight::NONE, Vec::new());
        let mut steps: Vec<Step> = Vec::new();
        for ring in &self.rings {
            match &ring.reach {
                Reach::Named(more) => named.extend(more.iter().cloned()),
                Reach::Share(of) => share = *of,
            }
            let exposure = Exposure { named: named.clone(), share };
            steps.push(Step { exposure: Some(exposure), ..full(&ring.name, replicas, ring.leave()) });
        }
        if let Some(Step { leave: Leave { dwell_seconds, .. }, .. }) = steps.last_mut() {
            *dwell_seconds = (*dwell_seconds).max(self.soak_seconds);
        }
        steps
    }
}
