//! Why a release stands where it stands, and what would move it: one answer for each environment.
//!
//! Invariant: every answer that is not "live" or "verified" names the next step, as somebody would type it; the statuses of
//! gates are those that the gates themselves gave. Deliberately not here: gathering the facts (the engine).

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::gate::GateStatus;
use crate::id::{RolloutId, SlotId};
use crate::name::{EnvironmentName, SecretName};
use crate::pipeline::{PipelineSpec, Promotion};
use crate::release::{Release, ReleaseRefusal, Standing};

/// In one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stands {
    /// Verified, and what users get.
    Live,
    /// Verified, and replaced by another since.
    Verified,
    UnderWay,
    /// Under way, and a person holds it.
    Held,
    /// Under way, on its way back.
    Returning,
    /// Its pipeline does not lead there.
    NotInPipeline,
    /// Not verified in the stage before.
    NotYet,
    /// Rolled back from there, and not allowed again.
    Barred,
    /// A secret has no value.
    SecretMissing,
    GatesClosed,
    /// Another rollout is there.
    Busy,
    /// Nothing keeps it.
    Ready,
}

/// A rollout of the release there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    pub rollout: RolloutId,
    /// `2 of 5 (25 %)`
    pub step: String,
    /// What it waits for: the clock, a person, the analysis, gates.
    pub waits_for: String,
    pub held: Option<(String, String)>,
    pub returning: bool,
    pub closed: Vec<GateStatus>,
}

/// Everything that is looked at, as it is now.
#[derive(Debug, Clone)]
pub struct WhyFacts<'a> {
    pub now_ms: u64,
    pub release: &'a Release,
    /// The one for its kind.
    pub pipeline: Option<&'a PipelineSpec>,
    pub environment: &'a EnvironmentName,
    pub under_way: Option<UnderWay>,
    /// Whether its versions are what stands there now.
    pub live: bool,
    pub gates: &'a [GateStatus],
    pub secrets_missing: Vec<SecretName>,
    /// Another rollout in a slot that it needs.
    pub busy: Option<(SlotId, RolloutId)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    pub stands: Stands,
    /// In a sentence.
    pub why: String,
    /// What moves it; empty where nothing has to.
    pub command: String,
    pub rollout: Option<RolloutId>,
    /// When it moves by itself, where that is known.
    pub opens_ms: Option<u64>,
    /// Those that are closed.
    pub gates: Vec<GateStatus>,
}

impl Why {
    fn new(stands: Stands, why: impl Into<String>, command: impl Into<String>) -> Self {
        let (why, command) = (why.into(), command.into());
        Self { stands, why, command, rollout: None, opens_ms: None, gates: Vec::new() }
    }
}

pub fn why(facts: &WhyFacts<'_>) -> Why {
    if let Some(under_way) = &facts.under_way {
        return moving(under_way);
    }
    stands(facts).or_else(|| comes(facts)).or_else(|| kept(facts)).unwrap_or_else(|| ready(facts))
}

fn moving(under_way: &UnderWay) -> Why {
    let UnderWay { rollout, step, waits_for, held, returning, closed } = under_way;
    let watch = format!("tidegate rollout watch {rollout}");
    let at = |stands, why, command| Why {
        rollout: Some(rollout.clone()),
        gates: closed.clone(),
        opens_ms: closed.iter().filter_map(|gate| gate.opens_ms).max(),
        ..Why::new(stands, why, command)
    };
    if *returning {
        return at(Stands::Returning, format!("on its way back: {waits_for}"), watch);
    }
    if let Some((by, reason)) = held {
        let why = format!("at step {step}, held by {by}: {reason}");
        return at(Stands::Held, why, format!("tidegate rollout resume {rollout}"));
    }
    if let Some(gate) = closed.first() {
        let why = format!("at step {step}; the gate `{}` is closed: {}", gate.gate, gate.why);
        return at(Stands::UnderWay, why, gate.command.clone());
    }
    at(Stands::UnderWay, format!("at step {step}, {waits_for}"), watch)
}

fn stands(facts: &WhyFacts<'_>) -> Option<Why> {
    let Some(Standing::Verified { rollout }) = facts.release.standings.get(facts.environment) else {
        return None;
    };
    let (stands, text) = if facts.live {
        (Stands::Live, "verified, and it serves")
    } else {
        (Stands::Verified, "verified, and another release serves now")
    };
    let (owes, command) = owed(facts).unwrap_or_default();
    Some(Why { rollout: Some(rollout.clone()), ..Why::new(stands, format!("{text}{owes}"), command) })
}

/// The review that it owes there as an emergency, and how that is done.
fn owed(facts: &WhyFacts<'_>) -> Option<(String, String)> {
    const HOUR_MS: u64 = 3_600_000;
    let (release, environment) = (facts.release, facts.environment);
    let owed = release.reviews.iter().find(|owed| owed.environment == *environment && owed.done.is_none())?;
    let when = if owed.is_overdue(facts.now_ms) {
        format!("for {} h overdue", (facts.now_ms - owed.due_ms) / HOUR_MS)
    } else {
        format!("due in {} h", (owed.due_ms - facts.now_ms).div_ceil(HOUR_MS))
    };
    let version = &release.version;
    let command =
        format!("tidegate review done {version} --in {environment} --outcome justified --note \"…\"");
    Some((format!("; as an emergency it owes a review, {when}"), command))
}

/// What lies before its way there.
fn comes(facts: &WhyFacts<'_>) -> Option<Why> {
    let (version, environment) = (&facts.release.version, facts.environment);
    let found = facts.pipeline.and_then(|pipeline| Some((pipeline, pipeline.stage(environment)?)));
    let Some((pipeline, (index, _))) = found else {
        let why = format!("the pipeline of a {} release does not lead there", facts.release.kind.word());
        let command = "add a stage for it in tidegate.yaml, and run `tidegate apply`";
        return Some(Why::new(Stands::NotInPipeline, why, command));
    };
    let before = index.checked_sub(1).and_then(|before| pipeline.stages.get(before));
    if let Some(before) = before.filter(|before| !facts.release.verified_in_stage(before)) {
        let (done, needed) = (facts.release.verified_count(before), before.needed());
        let names = before.environments().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let why = if before.beside.is_empty() {
            format!("not verified in {names}, the stage before")
        } else {
            format!("verified in {done} of the {needed} it needs among {names}, the stage before")
        };
        let command = match facts.release.next_stage(pipeline) {
            Err(ReleaseRefusal::OnItsWay { rollout, .. }) => format!("tidegate rollout watch {rollout}"),
            Ok(_) | Err(_) => format!("tidegate promote {version}"),
        };
        return Some(Why::new(Stands::NotYet, why, command));
    }
    let Some(Standing::GoneBack { reason, barred: true, .. }) = facts.release.standings.get(environment)
    else {
        return None;
    };
    let why = format!("rolled back from there: {reason}");
    Some(Why::new(Stands::Barred, why, format!("tidegate allow {version} --in {environment}")))
}

/// What keeps it from entering now.
fn kept(facts: &WhyFacts<'_>) -> Option<Why> {
    let environment = facts.environment;
    if let Some(name) = facts.secrets_missing.first() {
        let names = facts.secrets_missing.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let command = format!("tidegate secret set {name} --env {environment}");
        return Some(Why::new(Stands::SecretMissing, format!("no value is set for {names}"), command));
    }
    let closed: Vec<GateStatus> = facts.gates.iter().filter(|gate| !gate.open).cloned().collect();
    if let Some(gate) = closed.first() {
        let others = match closed.len() - 1 {
            0 => String::new(),
            1 => ", and one more gate".to_owned(),
            more => format!(", and {more} more gates"),
        };
        let why =
            format!("the gate `{}` is closed: {} (opened by {}){others}", gate.gate, gate.why, gate.who);
        let opens_ms = closed.iter().map(|gate| gate.opens_ms).collect::<Option<Vec<_>>>();
        let opens_ms = opens_ms.and_then(|all| all.into_iter().max());
        let command = gate.command.clone();
        return Some(Why { opens_ms, gates: closed, ..Why::new(Stands::GatesClosed, why, command) });
    }
    let (slot, rollout) = facts.busy.as_ref()?;
    let why = format!("{slot} is being changed by {rollout}");
    let busy = Why::new(Stands::Busy, why, format!("tidegate rollout watch {rollout}"));
    Some(Why { rollout: Some(rollout.clone()), ..busy })
}

fn ready(facts: &WhyFacts<'_>) -> Why {
    let (version, environment) = (&facts.release.version, facts.environment);
    let stage = facts.pipeline.and_then(|pipeline| pipeline.stage(environment));
    let fresh = !facts.release.standings.contains_key(environment);
    let by_itself = stage.is_some_and(|(index, stage)| index > 0 && stage.promotion == Promotion::Automatic);
    let why = if by_itself && fresh {
        "nothing keeps it: it enters by itself"
    } else {
        "nothing keeps it: somebody has to send it"
    };
    Why::new(Stands::Ready, why, format!("tidegate promote {version} --to {environment}"))
}
