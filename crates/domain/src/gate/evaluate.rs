//! Each gate of a stage, open or closed.
//!
//! Invariant: as many answers as gates, in their order, after the calendar's; the same facts give the same answers.
//! Deliberately not here: what a closed gate stops.

use tidegate_calendar::Status;

use super::answer::Said;
use super::facts::{Facts, OverdueReview};
use super::sign::{Ballot, Tally, tally};
use super::spec::{ChangeType, Dependency, GateRule, GateSpec, SignAct, SignRule, WebhookRule};
use super::status::{FREEZE, GateStatus, REVIEW, Signing, WINDOW};
use crate::name::GateName;

pub fn evaluate(gates: &[GateSpec], facts: &Facts<'_>) -> Vec<GateStatus> {
    let calendar = calendar(facts);
    let before = calendar.into_iter().chain(facts.overdue.map(review));
    before.chain(gates.iter().map(|gate| one(gate, facts))).collect()
}

/// It speaks only where it closes.
fn review(overdue: &OverdueReview) -> GateStatus {
    let OverdueReview { release, environment, due_ms } = overdue;
    let why = format!("the review of {release} in {environment}, an emergency before this one, is overdue");
    let command =
        format!("tidegate review done {release} --in {environment} --outcome justified --note \"…\"");
    let who = "somebody who may sign there and did not make or alone let through that release";
    let status = GateStatus::closed(&GateName::of_calendar(REVIEW), REVIEW, why).opened_by(who, command);
    GateStatus { since_ms: Some(*due_ms), ..status }
}

fn one(gate: &GateSpec, facts: &Facts<'_>) -> GateStatus {
    match &gate.rule {
        GateRule::Sign(rule) => signed(&gate.name, rule, facts),
        GateRule::Soak { seconds } => soaked(&gate.name, *seconds, facts),
        GateRule::Dependency(dependency) => depends(&gate.name, dependency, facts),
        GateRule::Evidence(_) | GateRule::Expression { .. } | GateRule::Plan(_) => found(gate, facts),
        GateRule::Webhook(rule) => asked(&gate.name, rule, facts),
    }
}

/// The calendar speaks only where it forbids: an open one has nothing to say.
fn calendar(facts: &Facts<'_>) -> Option<GateStatus> {
    let let_through = |name: &str| {
        let of = |pass: &&super::facts::Override| pass.name == name && pass.digest == facts.digest;
        facts
            .overrides
            .iter()
            .filter(of)
            .find(|pass| pass.at_ms <= facts.now_ms && facts.now_ms < pass.until_ms)
    };
    let (named, kind, why, since_ms, opens_ms) = match facts.calendar {
        Status::Open { .. } => return None,
        Status::Frozen { name, reason, since_ms, opens_ms } => {
            (name.clone(), FREEZE, format!("the freeze `{name}` holds: {reason}"), Some(*since_ms), *opens_ms)
        }
        Status::Outside { windows, opens_ms } => (
            WINDOW.to_owned(),
            WINDOW,
            format!("outside of its windows ({})", windows.join(", ")),
            None,
            *opens_ms,
        ),
    };
    let gate = GateName::of_calendar(kind);
    if let Some(pass) = let_through(&named) {
        return Some(GateStatus::open(
            &gate,
            kind,
            format!("{why}; {} let it through: {}", pass.by, pass.reason),
        ));
    }
    let command = format!(
        "tidegate override {} --to {} --name {named} --reason \"…\"",
        facts.release, facts.environment
    );
    let status = GateStatus::closed(&gate, kind, why).opened_by("time, or a release manager", command);
    Some(GateStatus { since_ms, opens_ms, ..status })
}

fn signed(gate: &GateName, rule: &SignRule, facts: &Facts<'_>) -> GateStatus {
    let ballot = Ballot {
        voters: facts.voters,
        author: facts.author,
        digest: facts.digest,
        change: facts.change,
        now_ms: facts.now_ms,
    };
    let tally = tally(rule, gate, facts.votes, &ballot);
    let signing = Some(Signing {
        needed: rule.needed(facts.change),
        yes: tally.yes.clone(),
        no: tally.no.as_ref().map(|no| no.person.clone()),
        from: rule.from.clone(),
        author_counts: rule.author_counts,
    });
    GateStatus { signing, ..said(gate, rule, (&tally, facts)) }
}

fn said(gate: &GateName, rule: &SignRule, (tally, facts): (&Tally, &Facts<'_>)) -> GateStatus {
    let kind = GateRule::Sign(rule.clone()).kind();
    let command =
        |verb: &str| format!("tidegate {verb} {} --to {} --gate {gate}", facts.release, facts.environment);
    if let Some(no) = &tally.no {
        let why = format!(
            "{} said no: {}",
            no.person,
            if no.reason.is_empty() { "no reason given" } else { &no.reason }
        );
        let who = format!("{}, by taking the no back", no.person);
        return GateStatus {
            since_ms: Some(no.at_ms),
            ..GateStatus::closed(gate, kind, why).opened_by(who, command("approve"))
        };
    }
    if tally.missing == 0 {
        return GateStatus::open(gate, kind, agreed(rule, facts.change, tally));
    }
    let verb = match rule.act {
        SignAct::Approval => "approve",
        SignAct::ManualTest | SignAct::Uat => "sign",
    };
    GateStatus::closed(gate, kind, wanting(rule, facts.change, tally)).opened_by(signers(rule), command(verb))
}

fn agreed(rule: &SignRule, change: ChangeType, tally: &Tally) -> String {
    let names = names(tally.yes.iter());
    match (change, names.is_empty()) {
        (ChangeType::Standard, true) if rule.act == SignAct::Approval => {
            "a standard change: agreed once for all".to_owned()
        }
        (ChangeType::Emergency, false) if rule.act == SignAct::Approval => {
            format!("signed by {names}; an emergency, to be reviewed afterwards")
        }
        (_, true) => "nobody needs to sign it".to_owned(),
        (_, false) => format!("signed by {names}"),
    }
}

fn wanting(rule: &SignRule, change: ChangeType, tally: &Tally) -> String {
    let mut why = format!("{} of {} signed", tally.yes.len(), rule.needed(change));
    if !tally.yes.is_empty() {
        why = format!("{why} ({})", names(tally.yes.iter()));
    }
    for (person, void) in &tally.void {
        why = format!("{why}; the word of {person} does not count: {}", void.words());
    }
    why
}

fn signers(rule: &SignRule) -> String {
    let who = rule.from.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    let who = if who.is_empty() { "anybody who may sign here".to_owned() } else { who };
    if rule.author_counts { who } else { format!("{who}, but not the author") }
}

fn names<'a>(people: impl Iterator<Item = &'a crate::name::PersonName>) -> String {
    people.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn soaked(gate: &GateName, seconds: u64, facts: &Facts<'_>) -> GateStatus {
    let Some(since) = facts.verified_before_ms else {
        let command = format!("tidegate promote {}", facts.release);
        return GateStatus::closed(gate, "soak", "it is not verified in the stage before")
            .opened_by("whoever may promote it there", command);
    };
    let opens = since.saturating_add(seconds.saturating_mul(1000));
    if facts.now_ms >= opens {
        return GateStatus {
            since_ms: Some(opens),
            ..GateStatus::open(gate, "soak", format!("it has stood {seconds} s in the stage before"))
        };
    }
    let left = (opens - facts.now_ms).div_ceil(1000);
    let status =
        GateStatus::closed(gate, "soak", format!("{left} s of {seconds} s are left in the stage before"));
    let command = format!("tidegate gate why {} --to {}", facts.release, facts.environment);
    GateStatus { since_ms: Some(since), opens_ms: Some(opens), ..status.opened_by("time", command) }
}

fn depends(gate: &GateName, dependency: &Dependency, facts: &Facts<'_>) -> GateStatus {
    let (met, what, command) = match dependency {
        Dependency::Release { release, environment } => {
            let met =
                facts.dues.verified.iter().any(|(version, place)| version == release && place == environment);
            (
                met,
                format!("the release {release} verified in {environment}"),
                format!("tidegate promote {release} --to {environment}"),
            )
        }
        Dependency::Component { component, version, environment } => {
            let met =
                facts.dues.serving.iter().any(|(name, serves, place)| {
                    name == component && serves == version && place == environment
                });
            (
                met,
                format!("{component} {version} serving in {environment}"),
                format!("tidegate env show {environment}"),
            )
        }
    };
    if met {
        return GateStatus::open(gate, "dependency", what);
    }
    GateStatus::closed(gate, "dependency", format!("it needs {what}"))
        .opened_by("whoever ships that", command)
}

fn found(gate: &GateSpec, facts: &Facts<'_>) -> GateStatus {
    let kind = gate.rule.kind();
    let Some(finding) = facts.findings.get(&gate.name) else {
        let command = format!("tidegate gate why {} --to {}", facts.release, facts.environment);
        return GateStatus::closed(&gate.name, kind, "nothing is known of it yet")
            .opened_by("whoever provides it", command);
    };
    if finding.open {
        return GateStatus {
            since_ms: finding.since_ms,
            ..GateStatus::open(&gate.name, kind, finding.why.clone())
        };
    }
    let closed = GateStatus::closed(&gate.name, kind, finding.why.clone());
    let who = if finding.who.is_empty() { "whoever provides it" } else { &finding.who };
    GateStatus { since_ms: finding.since_ms, ..closed.opened_by(who, finding.command.clone()) }
}

fn asked(gate: &GateName, rule: &WebhookRule, facts: &Facts<'_>) -> GateStatus {
    const KIND: &str = "webhook";
    let inquiry = facts.inquiries.get(gate).and_then(|known| known.about(facts.digest));
    let host = rule.host();
    let said = |said: &Said| {
        if said.reason.is_empty() { "no reason given".to_owned() } else { said.reason.clone() }
    };
    let holds = inquiry.and_then(|inquiry| inquiry.holds(rule, facts.now_ms));
    if let Some(yes) = holds.filter(|said| said.open) {
        let why = format!("{host} says yes: {}", said(yes));
        return GateStatus { since_ms: Some(yes.since_ms), ..GateStatus::open(gate, KIND, why) };
    }
    let failed = inquiry.and_then(|inquiry| inquiry.failed.as_ref());
    let again = inquiry.map(|inquiry| in_words(inquiry.next_ms(rule), facts.now_ms)).unwrap_or_default();
    let (why, since_ms) = match (holds, failed) {
        (Some(no), _) => (format!("{host} says no: {}{again}", said(no)), Some(no.since_ms)),
        (None, Some(failed)) => {
            (format!("no answer: {} ({}){again}", failed.message, failed.code), Some(failed.since_ms))
        }
        (None, None) if inquiry.is_some() => {
            (format!("what {host} said has expired, and it is asked again"), None)
        }
        (None, None) => (format!("{host} has not been asked about this yet"), None),
    };
    let command = match failed.filter(|_| holds.is_none()).map(|failed| failed.code.as_str()) {
        Some("secret-missing" | "webhook-key-malformed") => {
            format!("tidegate secret set {} --env {}", rule.secret, facts.environment)
        }
        Some(_) | None => format!("tidegate gate why {} --to {}", facts.release, facts.environment),
    };
    let status = GateStatus::closed(gate, KIND, why);
    GateStatus { since_ms, ..status.opened_by(format!("{host}, which is asked anew"), command) }
}

fn in_words(next_ms: u64, now_ms: u64) -> String {
    match next_ms.saturating_sub(now_ms).div_ceil(1000) {
        0 => "; asked again now".to_owned(),
        seconds => format!("; asked again in {seconds} s, or when somebody looks"),
    }
}
