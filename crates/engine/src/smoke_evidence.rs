//! What the smoke tests of a component saw in a rollout, as evidence of its release.
//!
//! Invariant: it is written in the transaction of the last outcome, so that a rollout whose tests are over has it, also after a crash;
//! what is kept of outputs is bounded. A release that takes no more evidence goes on without. Deliberately not here: what it proves
//! (`tidegate-evidence`, by the kind `smoke_tests`).

use tidegate_domain::id::StreamId;
use tidegate_domain::release::{EvidenceRecord, KeptFile, ReleaseCommand};
use tidegate_domain::rollout::{Leg, Rollout, Smoked};
use tidegate_domain::smoke::{SmokePhase, SmokeTest, SmokeVerdict};
use tidegate_evidence::{Format, GateKind, JunitCase, JunitOutcome, Limits, Report, Tool, junit_file, parse};
use tidegate_ports::{Fault, Note};

use crate::Engine;
use crate::command::NewSmoke;
use crate::draft::{Draft, Error};
use crate::gates::hex_digest;
use crate::reports;
use crate::smoke::note;

/// Of all outputs together, in one report.
const OUTPUTS_BYTES_MAX: usize = 1 << 20;
const OUTPUT_BYTES_MIN: usize = 1 << 10;

impl Engine {
    /// After an outcome: nothing while the component's tests go on.
    pub(crate) async fn add_smoke_evidence(
        &self,
        draft: &mut Draft<'_>,
        wish: &NewSmoke,
    ) -> Result<(), Error> {
        if wish.phase.is_of_database() {
            return Ok(());
        }
        let stream = StreamId::Rollout(wish.rollout.clone());
        let Some(rollout) = draft.state(&stream).await?.rollout().cloned() else { return Ok(()) };
        let Some(leg) = rollout.legs.get(wish.leg).filter(|leg| is_over(&rollout, wish.leg, leg)) else {
            return Ok(());
        };
        let mut outputs = Vec::new();
        for done in tests(leg) {
            let is_new = done.phase == wish.phase && done.test == wish.test;
            let kept = if is_new {
                wish.output.clone()
            } else {
                self.store.note(&stream, &note(wish.leg, done.phase, &done.test)).await?.unwrap_or_default()
            };
            outputs.push(kept);
        }
        let Some((record, report, file)) = report(&rollout, (wish.leg, leg), &outputs, draft.at().wall_ms)?
        else {
            return Ok(());
        };
        let (release, id) = (rollout.plan.release.clone(), record.id.clone());
        let added = draft.release(&release, ReleaseCommand::AddEvidence { evidence: record }).await;
        match added {
            Ok(()) => {}
            // Five hundred are there already; the outcomes stay with the rollout.
            Err(Error::Refused(_)) => return Ok(()),
            Err(fault) => return Err(fault),
        }
        let stream = StreamId::Release(release);
        draft.notes.push(Note { stream: stream.clone(), name: reports::note(&id), body: Some(report) });
        draft.notes.push(Note { stream, name: reports::file_note(&id), body: Some(file) });
        Ok(())
    }
}

/// One did not pass, or all have passed twice.
fn is_over(rollout: &Rollout, index: usize, leg: &Leg) -> bool {
    let Some(plan) = rollout.plan.legs.get(index) else { return false };
    let missed = tests(leg).any(|done| done.result.verdict != SmokeVerdict::Passed);
    let after =
        |test: &SmokeTest| tests(leg).any(|done| done.phase == SmokePhase::After && done.test == test.name);
    missed || plan.smoke.iter().all(after)
}

/// What was run on its database proves nothing of the version.
fn tests(leg: &Leg) -> impl Iterator<Item = &Smoked> {
    leg.smoke.iter().filter(|done| !done.phase.is_of_database())
}

type Kept = (EvidenceRecord, Vec<u8>, Vec<u8>);

/// The record, the report as it is decided by, and the file as it is offered.
fn report(
    rollout: &Rollout,
    (index, leg): (usize, &Leg),
    outputs: &[Vec<u8>],
    at_ms: u64,
) -> Result<Option<Kept>, Fault> {
    let Some(plan) = rollout.plan.legs.get(index) else { return Ok(None) };
    let (component, environment) = (&plan.candidate.component.name, &rollout.plan.environment);
    let most = (OUTPUTS_BYTES_MAX / outputs.len().max(1)).max(OUTPUT_BYTES_MIN);
    let cases: Vec<JunitCase> =
        tests(leg).zip(outputs).map(|(done, output)| case(done, output, most)).collect();
    let file = junit_file(&format!("{environment}/{component}"), &cases).into_bytes();
    let Ok(read) = parse(Format::JUnit, &file, Limits::default()) else { return Ok(None) };
    let digest = plan.candidate.artifact.digest.as_deref();
    let report = Report {
        name: Some(format!("smoke tests of {component} in {environment}")),
        gate: Some(GateKind::SmokeTests),
        bound_to: digest.and_then(|digest| digest.parse().ok()),
        tool: Tool { name: "tidegate".to_owned(), version: None },
        ..read
    };
    let purpose = format!("{}\n{index}\n{}", rollout.id, hex_digest(&file));
    let (record, kept) = reports::record(&report, &hex_digest(purpose.as_bytes()), at_ms)?;
    let of_file =
        KeptFile { digest: hex_digest(&file), bytes: file.len() as u64, environment: environment.clone() };
    let record = EvidenceRecord { file: Some(of_file), ..record };
    Ok(Some((record, kept, file)))
}

fn case(done: &Smoked, output: &[u8], most: usize) -> JunitCase {
    let result = &done.result;
    let why = format!("expected {}, saw {}", result.expected, result.seen);
    // The end of it says what went wrong.
    let end = output.get(output.len().saturating_sub(most)..).unwrap_or_default();
    JunitCase {
        name: format!("{} {}", done.test, done.phase.word()),
        outcome: match result.verdict {
            SmokeVerdict::Passed => JunitOutcome::Passed,
            SmokeVerdict::Failed => JunitOutcome::Failed(why),
            SmokeVerdict::Faulted => JunitOutcome::Errored(why),
        },
        took_ms: result.took_ms,
        output: String::from_utf8_lossy(end).into_owned(),
    }
}
