//! Measure, judge, and say it as a command: the analysis between the metrics source and the domain.
//!
//! Invariant: evidence is neither lost nor counted twice; the judge's state is written in the same transaction as what
//! follows from it, and counters are cumulative, so a crash in between only makes the next interval longer.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use tidegate_analysis::{
    Action as Said, ArmCounters, Finding, HoldReason, Instance, Judge, NoData, Reading, Sample, Schedule,
};
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::{Moment, Steady};
use tidegate_domain::rollout::{
    Action, Arms, Effect, Judgement, Rollout, RolloutCommand, RolloutEvent, Stage, decide, effects,
};
use tidegate_domain::weight::Weight;
use tidegate_ports::{
    Arm, Counted, Fault, Measured, MetricsQuery, Note, OfVariants, OfVersions, Sample as Row,
};

use crate::Engine;
use crate::perform::words;
use crate::tick::AUTOMATION;
use crate::views::RolloutView;

/// What stands for evidence beyond all numbers: JSON has no infinity.
const EVIDENCE_MAX: f64 = 1e12;

/// Codes of a source that answered, and not with numbers.
const ANSWERED: [&str; 3] = ["metrics-unreadable", "metrics-empty", "metrics-query-refused"];

/// What is kept of a leg's analysis between two scrapes.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    judge: Judge,
    /// The judge's clock starts here.
    began: Steady,
    sampled: Steady,
}

/// One leg, judged now, with what is to be written together with what follows from it.
pub(crate) struct Judged {
    pub leg: usize,
    pub judgement: Judgement,
    pub note: Note,
    pub sample: Row,
}

impl Judged {
    pub(crate) fn command(&self) -> RolloutCommand {
        RolloutCommand::Judge { leg: self.leg, judgement: self.judgement.clone() }
    }

    /// Whether the rollout goes back, or to another rung, by this word.
    pub(crate) fn moves(&self, rollout: &Rollout, now: Steady) -> bool {
        let events = decide(Some(rollout), self.command(), AUTOMATION, now).unwrap_or_default();
        let moves = |event: &RolloutEvent| {
            matches!(
                event,
                RolloutEvent::Returning { .. }
                    | RolloutEvent::StepEntered { .. }
                    | RolloutEvent::Paced { .. }
            )
        };
        events.iter().any(moves)
    }
}

/// One measurement as it is kept for people to look at.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SampleBody {
    leg: usize,
    weight: Weight,
    edges_ms: Vec<f64>,
    stable: ArmBody,
    candidate: ArmBody,
    finding: Finding,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct ArmBody {
    requests: u64,
    errors: u64,
    buckets: Vec<u64>,
}

impl Engine {
    /// Judges every leg whose scrape is due.
    pub(crate) async fn judge(&self, rollout: &Rollout, now: Moment) -> Result<Vec<Judged>, Fault> {
        let mut judged = Vec::new();
        for effect in effects(rollout).legs {
            if effect.measure.is_some() {
                judged.extend(self.judge_leg(rollout, &effect, now).await?);
            }
        }
        Ok(judged)
    }

    async fn judge_leg(
        &self,
        rollout: &Rollout,
        effect: &Effect<'_>,
        now: Moment,
    ) -> Result<Option<Judged>, Fault> {
        let stream = StreamId::Rollout(rollout.id.clone());
        let Some(arms) = effect.measure else { return Ok(None) };
        let name = note_of(effect.leg, arms);
        let kept = self.store.note(&stream, &name).await?.and_then(|body| serde_json::from_slice(&body).ok());
        let kept: Option<Kept> = kept;
        let leg = &rollout.legs[effect.leg];
        let shifts = matches!(leg.stage, Stage::Shifting | Stage::ShiftingBack)
            && leg.traffic != Some(effect.wanted.traffic);
        let due = kept
            .as_ref()
            .is_none_or(|kept| now.steady.since_ms(kept.sampled) >= rollout.plan.scrape_interval_ms);
        if !due && !shifts {
            return Ok(None);
        }
        let query = query(rollout, effect.leg, arms);
        let measured = self.world.metrics.measure(&query).await;
        let edges = measured.as_ref().map(|measured| measured.edges_ms.clone()).unwrap_or_default();
        let (mut judge, began) = match kept {
            Some(kept) => (kept.judge, kept.began),
            // The edges come with the first answer; until then there is nothing to judge by. Prometheus has none.
            None if measured.is_err() && !is_prometheus(&query) => return Ok(None),
            None => (new_judge(rollout, arms, edges.clone())?, now.steady),
        };
        let at_ms = now.steady.since_ms(began);
        let weight = rollout.observed_share(effect.leg);
        let sample = sample(&measured, weight, at_ms);
        if let Some(shown) = shown_since(rollout, effect.leg, &query) {
            judge.weight_changed(shown.min(now.steady).since_ms(began));
        }
        let mut finding = judge.observe(&sample);
        if let Err(fault) = &measured {
            let _ = write!(finding.explanation, ": {}", words(fault)); // a String takes everything
        }
        if shifts {
            judge.weight_changed(at_ms);
        }
        let free = Free {
            ladder: matches!(judge.parameters().schedule, Schedule::Ladder(_)),
            alone: weight.is_all(),
            preview: rollout.is_preview(effect.leg),
        };
        let judgement = judgement(&finding, free);
        let body = serde_json::to_vec(&Kept { judge, began, sampled: now.steady }).map_err(unwritable)?;
        Ok(Some(Judged {
            leg: effect.leg,
            judgement,
            note: Note { stream: stream.clone(), name, body: Some(body) },
            sample: row(
                stream,
                now,
                &SampleBody {
                    leg: effect.leg,
                    weight,
                    edges_ms: edges,
                    stable: total(measured.as_ref().map_or(&[][..], |m| &m.stable)),
                    candidate: total(measured.as_ref().map_or(&[][..], |m| &m.candidate)),
                    finding,
                },
            )?,
        }))
    }
}

fn row(stream: StreamId, at: Moment, body: &SampleBody) -> Result<Row, Fault> {
    let body = serde_json::to_string(body).map_err(unwritable)?;
    Ok(Row { stream, at, body })
}

fn unwritable(why: serde_json::Error) -> Fault {
    Fault::hold("analysis-unwritable", "the state of the analysis could not be written").caused_by(why)
}

/// What is known of versions says nothing of variants.
fn note_of(leg: usize, arms: Arms<'_>) -> String {
    match arms {
        Arms::Versions { .. } => format!("judge/{leg}"),
        Arms::Variants { .. } => format!("judge/{leg}/variants"),
    }
}

fn query(rollout: &Rollout, leg: usize, arms: Arms<'_>) -> MetricsQuery {
    match arms {
        Arms::Versions { stable, candidate } => MetricsQuery::Versions(OfVersions {
            slot: rollout.slot(leg),
            stable: Some(stable.clone()),
            candidate: candidate.clone(),
            counted: match (rollout.is_shadowed(leg), rollout.is_compared(leg)) {
                (false, _) => Counted::Requests,
                (true, false) => Counted::Copies,
                (true, true) => Counted::Compared,
            },
        }),
        Arms::Variants { flag, variant } => MetricsQuery::Variants(OfVariants {
            environment: rollout.plan.environment.clone(),
            flag: flag.clone(),
            variant: variant.to_owned(),
            prometheus: rollout.plan.prometheus().cloned(),
        }),
    }
}

fn is_prometheus(query: &MetricsQuery) -> bool {
    matches!(query, MetricsQuery::Variants(OfVariants { prometheus: Some(_), .. }))
}

/// From when on what is counted is of those alone whom the flag is shown now. A flag shows more from the moment at which
/// that is written; whatever was counted around it, or is on its way, is of both shares.
fn shown_since(rollout: &Rollout, leg: usize, query: &MetricsQuery) -> Option<Steady> {
    let MetricsQuery::Variants(OfVariants { prometheus, .. }) = query else { return None };
    let leg = &rollout.legs[leg];
    let delay_seconds = prometheus.as_ref().map_or(0, |prometheus| prometheus.delay_seconds);
    let stands = matches!(leg.stage, Stage::Dwelling | Stage::Promoted);
    stands.then(|| leg.since.plus_seconds(delay_seconds))
}

fn new_judge(rollout: &Rollout, arms: Arms<'_>, edges: Vec<f64>) -> Result<Judge, Fault> {
    let mut parameters = rollout.plan.analysis.clone().unwrap_or_default();
    // The plan's shares are those of the flag; the code goes without.
    if rollout.plan.shown().is_some() && matches!(arms, Arms::Versions { .. }) {
        parameters.schedule = Schedule::Plan { weights_basis_points: Vec::new() };
    }
    Judge::new(parameters, edges).map_err(|why| {
        Fault::hold("bad-analysis", format!("the analysis cannot run: {why}"))
            .with_help("correct `analysis:` in tidegate.yaml and start the rollout anew")
    })
}

fn sample(measured: &Result<Measured, Fault>, weight: Weight, at_ms: u64) -> Sample {
    let (stable, candidate) = match measured {
        Ok(measured) if measured.stable.is_empty() => {
            (reading(&silent(&measured.candidate)), reading(&measured.candidate))
        }
        Ok(measured) => (reading(&measured.stable), reading(&measured.candidate)),
        Err(fault) => {
            let answered = ANSWERED.contains(&fault.code);
            let why = if answered { NoData::NotANumber } else { NoData::SourceUnreachable };
            (Reading::Missing(why), Reading::Missing(why))
        }
    };
    Sample { at_ms, weight_basis_points: weight.basis_points(), stable, candidate }
}

fn reading(arms: &[Arm]) -> Reading {
    let counters =
        |arm: &Arm| ArmCounters { requests: arm.requests, errors: arm.errors, buckets: arm.buckets.clone() };
    Reading::instances(arms.iter().map(|arm| (Instance(arm.instance.clone()), counters(arm))))
}

/// Whoever counts the candidate and knows nothing of stable has sent stable nobody: a gateway that was started again
/// after all traffic had moved. That is no traffic, and no reason to wait for a sample that will never come.
fn silent(candidate: &[Arm]) -> Vec<Arm> {
    let none = |arm: &Arm| Arm { requests: 0, errors: 0, buckets: vec![0; arm.buckets.len()], ..arm.clone() };
    candidate.iter().map(none).collect()
}

fn total(arms: &[Arm]) -> ArmBody {
    let mut sum = ArmBody::default();
    for arm in arms {
        sum.requests += arm.requests;
        sum.errors += arm.errors;
        sum.buckets.resize(sum.buckets.len().max(arm.buckets.len()), 0);
        for (into, from) in sum.buckets.iter_mut().zip(&arm.buckets) {
            *into += from;
        }
    }
    sum
}

/// Why a rung may be left without evidence that allows the next share.
#[derive(Clone, Copy)]
struct Free {
    /// The analysis owns the shares, and says by them what it allows.
    ladder: bool,
    /// All requests are on the candidate: stable serves nobody, which is no lack of data, and no shared blame.
    alone: bool,
    /// Only who asks for it reaches the candidate: few requests or none are no reason to wait, harm is one to go back.
    preview: bool,
}

/// What the finding means for a rollout.
fn judgement(finding: &Finding, Free { ladder, alone, preview }: Free) -> Judgement {
    let free = ladder || alone || preview;
    let action = match finding.action {
        Said::Rollback { .. } => Action::RollBack,
        Said::Inconclusive { .. } => Action::StepDown,
        Said::Promote => Action::Promote,
        Said::MayAdvance => Action::Continue,
        Said::Continue if free => Action::Continue,
        Said::Continue => Action::Stay,
        Said::Hold { why: HoldReason::SharedBreach { .. } } if alone => Action::RollBack,
        Said::Hold { why: HoldReason::NoData { kind: NoData::NoTraffic, .. } } if alone => Action::Continue,
        Said::Hold { why: HoldReason::NoData { .. } } if preview => Action::Continue,
        Said::Hold { why: HoldReason::NoData { needs_person: true, .. } } => Action::Hold,
        Said::Hold { .. } => Action::Stay,
    };
    Judgement {
        verdict: finding.verdict,
        action,
        allowed: Weight::from_basis_points(finding.weight_basis_points).unwrap_or(Weight::NONE),
        evidence: if finding.evidence.harm.is_finite() { finding.evidence.harm } else { EVIDENCE_MAX },
        explanation: said(finding, free),
    }
}

/// A plan that waits for evidence says what it waits for.
fn said(finding: &Finding, free: bool) -> String {
    let text = finding.explanation.clone();
    if free || finding.action != Said::Continue {
        return text;
    }
    let allowed = Weight::from_basis_points(finding.weight_basis_points).unwrap_or(Weight::NONE);
    format!("the next share waits for evidence, which allows {allowed} so far; {text}")
}

/// Puts the newest numbers into a view: events are only written when the meaning changes.
pub(crate) fn newest(samples: &[Row], view: &mut RolloutView) {
    for sample in samples {
        let Ok(body) = serde_json::from_str::<SampleBody>(&sample.body) else { continue };
        let judgement = view.legs.get_mut(body.leg).and_then(|leg| leg.judgement.as_mut());
        if let Some(judgement) = judgement {
            judgement.evidence = body.finding.evidence.harm;
            judgement.allowed_weight = body.finding.weight_basis_points;
            judgement.explanation = body.finding.explanation;
        }
    }
}
