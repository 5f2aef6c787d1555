//! Ring by ring: who is named comes first, then growing shares of everybody.
//!
//! Invariant: a ring only adds: whoever had the candidate keeps it in every later ring. Deliberately not here: the gates of
//! a ring (they stand among the stage's, and name it).

use serde::{Deserialize, Serialize};

use super::steps::{Judged, Leave, Step, share};
use super::{BadStrategy, few, nonzero, short};
use crate::matching::Match;
use crate::weight::Weight;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phased {
    pub rings: Vec<Ring<Match>>,
    /// Watched with everybody before stable goes.
    pub soak_seconds: u64,
    pub keep_stable_seconds: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring<Named> {
    pub name: String,
    pub reach: Reach<Named>,
    /// Before the next ring.
    pub soak_seconds: u64,
    /// A person lets the next ring in.
    pub confirm: bool,
    /// The analysis must have passed; otherwise nothing may speak against it.
    pub judge: bool,
}

/// Who is in a ring, beside those of the rings before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach<Named> {
    /// Whom one of these means: a segment, tenants, a region.
    Named(Vec<Named>),
    /// This share of everybody.
    Share(Weight),
}

const DAY_SECONDS: u64 = 24 * 3_600;
/// Shares of the days of a phased release in Apple's App Store, in percent
/// (App Store Connect Help, "Release a version update in phases").
const STORE_PERCENT: [u8; 7] = [1, 2, 5, 10, 20, 50, 100];

impl Default for Phased {
    /// The schedule of a mobile store.
    fn default() -> Self {
        let ring = |percent: u8| Ring {
            name: format!("{percent} %"),
            reach: Reach::Share(Weight::from_percent(percent)),
            soak_seconds: if percent == 100 { 0 } else { DAY_SECONDS },
            confirm: false,
            judge: false,
        };
        Self {
            rings: STORE_PERCENT.into_iter().map(ring).collect(),
            soak_seconds: 60,
            keep_stable_seconds: 0,
        }
    }
}

impl Phased {
    pub(super) fn validate(&self) -> Result<(), BadStrategy> {
        short("soak_seconds", self.soak_seconds)?;
        short("keep_stable_seconds", self.keep_stable_seconds)?;
        grow(&self.rings)
    }

    /// Nobody knows how many are named, so the candidate stands at full size from the first ring of them on.
    pub(super) fn steps(&self, replicas: u32) -> Vec<Step> {
        let (mut weight, mut named): (Weight, Vec<Match>) = (Weight::NONE, Vec::new());
        let mut steps: Vec<Step> = Vec::new();
        for ring in &self.rings {
            match &ring.reach {
                Reach::Named(more) => named.extend(more.iter().cloned()),
                Reach::Share(share) => weight = *share,
            }
            let plain = share(weight, replicas, ring.leave());
            let matches = Match::any(named.iter().cloned()).filter(|_| !weight.is_all());
            let candidate = if matches.is_some() { replicas } else { plain.candidate };
            steps.push(Step { name: ring.name.clone(), candidate, matches, ..plain });
        }
        if let Some(last) = steps.last_mut() {
            last.leave.dwell_seconds = last.leave.dwell_seconds.max(self.soak_seconds);
        }
        steps
    }
}

/// Rings only add, and the last of them is everybody.
pub(super) fn grow<Named>(rings: &[Ring<Named>]) -> Result<(), BadStrategy> {
    few(rings.len())?;
    let mut from = Weight::NONE;
    for (index, ring) in rings.iter().enumerate() {
        short("soak", ring.soak_seconds)?;
        if rings[..index].iter().any(|before| before.name == ring.name) {
            return Err(BadStrategy::DoubleRing { ring: ring.name.clone() });
        }
        match &ring.reach {
            Reach::Named(_) => {}
            Reach::Share(to) if *to < from => {
                return Err(BadStrategy::Shrinks { ring: ring.name.clone(), from, to: *to });
            }
            Reach::Share(to) => {
                nonzero("share", u64::from(to.basis_points()))?;
                from = *to;
            }
        }
    }
    if from.is_all() { Ok(()) } else { Err(BadStrategy::NotEverybody) }
}

impl<Named> Ring<Named> {
    pub(super) fn leave(&self) -> Leave {
        let judged = if self.judge { Judged::Pass } else { Judged::NotAgainst };
        Leave { dwell_seconds: self.soak_seconds, confirm: self.confirm, judged }
    }
}
