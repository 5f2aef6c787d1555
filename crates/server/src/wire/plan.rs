//! Plans.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidegate_api::{
    Plan, PlanCall, PlanCandidate, PlanCase, PlanChoice, PlanFile, PlanOutcome, PlanPhase, PlanReadiness,
    PlanReadyItem, PlanRun, PlanRunState, PlanRunbookStep, PlanSaid, PlanStranger, PlanSummary, PlanTriage,
    PlanUnbound, PlanVote,
};
use tidegate_domain::release_plan::{
    self as domain, Call, CaseFile, CaseOutcome, Choice, Phase, ReleasePlan, Run, Said, Triaged,
};
use tidegate_engine::{PlanView, Stranger, Unbound};
use tidegate_plan::document::RunbookStep;
use tidegate_plan::triage::advised;
use tidegate_ports::{Fault, Row};

use super::{read_row, unreadable};

/// What follows from a plan has the same members here and there; a test of each route holds that.
pub(crate) fn retold<T: DeserializeOwned>(told: &impl Serialize) -> Result<T, Fault> {
    serde_json::to_value(told).and_then(serde_json::from_value).map_err(unreadable)
}

pub(crate) fn plan_of_row(row: &Row) -> Result<PlanSummary, Fault> {
    let view: PlanView = read_row(row)?;
    let PlanView { version, title, kind, state, candidate, ready_on, created_ms, changed_ms, .. } = view;
    let (kind, candidate) = (kind.word().to_owned(), candidate.as_ref().map(self::candidate));
    Ok(PlanSummary { version, title, kind, state, candidate, ready_on, created_ms, changed_ms })
}

fn candidate(candidate: &domain::Candidate) -> PlanCandidate {
    PlanCandidate { number: candidate.number, release: candidate.release.to_string() }
}

pub(crate) fn plan_candidate(plan: &ReleasePlan) -> Option<PlanCandidate> {
    plan.candidate.as_ref().map(candidate)
}

pub(crate) fn plan_phase(phase: Phase) -> PlanPhase {
    match phase {
        Phase::Draft => PlanPhase::Draft,
        Phase::Planned => PlanPhase::Planned,
        Phase::Frozen => PlanPhase::Frozen,
        Phase::Candidate => PlanPhase::Candidate,
        Phase::Go => PlanPhase::Go,
        Phase::RollingOut => PlanPhase::RollingOut,
        Phase::Released => PlanPhase::Released,
        Phase::Cancelled => PlanPhase::Cancelled,
    }
}

pub(crate) fn plan_said(said: &Said) -> PlanSaid {
    let note = Some(said.note.clone()).filter(|note| !note.is_empty());
    PlanSaid { by: said.by.clone(), at_ms: said.at_ms, note }
}

fn choice(choice: Choice) -> PlanChoice {
    match choice {
        Choice::Go => PlanChoice::Go,
        Choice::NoGo => PlanChoice::NoGo,
        Choice::Withdrawn => PlanChoice::Withdrawn,
    }
}

pub(crate) fn plan_call(call: &Call) -> PlanCall {
    let Call { choice: called, candidate, seen, said: by } = call;
    PlanCall { choice: choice(*called), candidate: *candidate, digest: seen.to_string(), said: plan_said(by) }
}

fn outcome(outcome: CaseOutcome) -> PlanOutcome {
    match outcome {
        CaseOutcome::Passed => PlanOutcome::Passed,
        CaseOutcome::Failed => PlanOutcome::Failed,
        CaseOutcome::Blocked => PlanOutcome::Blocked,
    }
}

fn run(run: &Run, now: u32) -> PlanRun {
    let Run { outcome: seen, candidate, files, said: by } = run;
    let counts = *candidate == now && now > 0;
    let file = |file: &CaseFile| PlanFile {
        name: file.name.clone(),
        digest: file.digest.clone(),
        bytes: file.bytes,
    };
    let files = files.iter().map(file).collect();
    PlanRun { outcome: outcome(*seen), candidate: *candidate, counts, files, said: plan_said(by) }
}

fn triage(triaged: &Triaged) -> Result<PlanTriage, Fault> {
    let Triaged { decision, severity, fix_risk, late, said: by } = triaged;
    Ok(PlanTriage {
        decision: retold(decision)?,
        severity: retold(severity)?,
        fix_risk: retold(fix_risk)?,
        late: *late,
        said: plan_said(by),
    })
}

/// One line for each role, whether or not somebody has it.
pub(crate) fn plan_votes(plan: &ReleasePlan) -> Vec<PlanVote> {
    let roles = plan.document.roles.iter();
    let one = |role: &tidegate_plan::document::Role| {
        let vote = plan.votes.get(&role.id);
        PlanVote {
            role: role.id.clone(),
            name: role.name.clone(),
            person: role.person.clone(),
            decides: role.decides,
            choice: vote.map(|vote| choice(vote.choice)),
            said: vote.map(|vote| plan_said(&vote.said)),
        }
    };
    roles.map(one).collect()
}

/// As it stands at this time.
pub(crate) fn plan((plan, now_ms): (&ReleasePlan, u64), edition: u64) -> Result<Plan, Fault> {
    let now = plan.candidate_number();
    let late = plan.late_since_ms(now_ms).is_some();
    let triaged = plan.triage.iter().map(|(item, triaged)| Ok((item.clone(), triage(triaged)?)));
    Ok(Plan {
        version: plan.version.to_string(),
        edition,
        state: plan.word().to_owned(),
        phase: plan_phase(plan.phase),
        runbook: runbook(plan),
        steps: plan.phase.steps().iter().copied().map(plan_phase).collect(),
        written: plan_said(&plan.written),
        moved: plan_said(&plan.moved),
        held: plan.hold.as_ref().map(plan_said),
        candidate: plan_candidate(plan),
        call: plan.call.as_ref().map(plan_call),
        votes: plan_votes(plan),
        marks: plan.marks.iter().map(|(key, by)| (key.clone(), plan_said(by))).collect(),
        runs: plan.runs.iter().map(|(case, seen)| (case.clone(), run(seen, now))).collect(),
        triage: triaged.collect::<Result<_, Fault>>()?,
        matrix: Some(retold(&plan.document.matrix())?),
        advice: Some(retold(&advised(&plan.document.matrix(), late))?),
        document: serde_json::to_value(&*plan.document).map_err(unreadable)?,
    })
}

/// Every step of a risk's contingency and of the deployment, and how far it is.
fn runbook(plan: &ReleasePlan) -> Vec<PlanRunbookStep> {
    let one = |risk: Option<&str>, list: &str, step: &RunbookStep| {
        let run = plan.steps.get(&format!("step/{}/{}", risk.unwrap_or_default(), step.id));
        let (started, done) = run.map_or((None, None), |run| (run.started.as_ref(), run.done.as_ref()));
        let state = match (started, done) {
            (_, Some(_)) => PlanRunState::Done,
            (Some(_), None) => PlanRunState::Started,
            (None, None) => PlanRunState::Open,
        };
        PlanRunbookStep {
            risk: risk.map(str::to_owned),
            list: list.to_owned(),
            id: step.id.clone(),
            text: step.text.clone(),
            command: step.command.clone(),
            state,
            started: started.map(plan_said),
            done: done.map(plan_said),
        }
    };
    let deployment = &plan.document.deployment;
    let lists = [
        ("steps", &deployment.steps),
        ("database_steps", &deployment.database_steps),
        ("rollback", &deployment.rollback),
        ("contingency", &deployment.contingency),
    ];
    let own = lists.into_iter().flat_map(|(list, steps)| steps.iter().map(move |step| one(None, list, step)));
    let risks = plan
        .document
        .risks
        .iter()
        .flat_map(|risk| risk.contingency.iter().map(|step| one(Some(&risk.id), "contingency", step)));
    own.chain(risks).collect()
}

pub(crate) fn plan_readiness(
    plan: &ReleasePlan,
    (unbound, strangers): (Vec<Unbound>, Vec<Stranger>),
) -> Result<PlanReadiness, Fault> {
    let now = plan.candidate_number();
    let items = plan.document.readiness.iter().map(|item| PlanReadyItem {
        id: item.id.clone(),
        text: item.text.clone(),
        area: item.area.clone(),
        audience: item.audience.clone(),
        owner: item.owner.clone(),
        done: item.done,
        said: plan.marks.get(&format!("item/{}", item.id)).map(plan_said),
    });
    let cases = plan.document.test_cases.iter().map(|case| {
        let last = plan.runs.get(&case.id).map(|last| run(last, now));
        PlanCase {
            id: case.id.clone(),
            title: case.title.clone(),
            assignee: case.assignee.clone(),
            acceptance: case.acceptance,
            regression: case.regression,
            outcome: last.as_ref().map(|last| last.outcome),
            counts: last.as_ref().is_some_and(|last| last.counts),
            said: last.map(|last| last.said),
        }
    });
    let (items, cases): (Vec<_>, Vec<_>) = (items.collect(), cases.collect());
    let (untriaged, stopping) = (plan.untriaged(), plan.stopping());
    let tested = plan.document.test_cases.iter().all(|case| plan.has_passed(&case.id));
    let whole = tidegate_plan::readiness::readiness(&plan.document);
    let ready = whole.ready
        && items.iter().all(|item| item.done)
        && tested
        && untriaged.is_empty()
        && stopping.is_empty()
        && unbound.is_empty();
    let (areas, audiences) = (retold(&whole.areas)?, retold(&whole.audiences)?);
    let unbound = unbound.into_iter().map(|it| PlanUnbound {
        risk: it.risk,
        kind: it.bound.kind.word().to_owned(),
        name: it.bound.name,
        known: it.known,
    });
    let unbound = unbound.collect();
    let strangers = strangers.into_iter().map(stranger).collect();
    Ok(PlanReadiness { ready, items, cases, areas, audiences, untriaged, stopping, unbound, strangers })
}

pub(crate) fn stranger(Stranger { name, named_as }: Stranger) -> PlanStranger {
    PlanStranger { name, named_as }
}
