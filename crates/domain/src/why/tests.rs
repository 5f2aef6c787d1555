//! One line for each thing that can keep a release, with the command that moves it.

use std::collections::BTreeMap;

use super::*;
use crate::component::{Artifact, Source};
use crate::gate::ChangeType;
use crate::name::Version;
use crate::pipeline::StageSpec;
use crate::release::ReleaseKind;
use crate::review::Owed;
use crate::strategy::{Recreate, Strategy};

fn name(text: &str) -> EnvironmentName {
    text.parse().unwrap()
}

fn rollout() -> RolloutId {
    RolloutId::from_bits(7)
}

fn release(standings: &[(&str, Standing)]) -> Release {
    let version = Version::new("2.1.0").unwrap();
    let artifact = Artifact { version: version.clone(), source: Source::Command, digest: None };
    Release {
        version,
        kind: ReleaseKind::Planned,
        components: BTreeMap::from([("api".parse().unwrap(), artifact)]),
        notes: Vec::new(),
        author: "ann".into(),
        commits: crate::release::Commits::default(),
        standings: standings.iter().map(|(place, standing)| (name(place), standing.clone())).collect(),
        change: ChangeType::Normal,
        votes: BTreeMap::new(),
        overrides: BTreeMap::new(),
        evidence: Vec::new(),
        waivers: Vec::new(),
        answers: BTreeMap::new(),
        emergencies: std::collections::BTreeSet::new(),
        reviews: Vec::new(),
        kept_notes: None,
    }
}

fn pipeline() -> PipelineSpec {
    let stage = |environment: &str, beside: &[&str], promotion| StageSpec {
        beside: beside.iter().map(|place| name(place)).collect(),
        promotion,
        ..StageSpec::new(name(environment), Strategy::Recreate(Recreate::default()))
    };
    let stages = vec![
        stage("staging", &[], Promotion::Manual),
        stage("eu", &["us"], Promotion::Automatic),
        stage("world", &[], Promotion::Manual),
    ];
    PipelineSpec::new("main", stages)
}

fn told(release: &Release, environment: &str, change: impl FnOnce(&mut WhyFacts<'_>)) -> String {
    behind(&[], (release, environment), change)
}

fn behind(
    gates: &[GateStatus],
    (release, environment): (&Release, &str),
    change: impl FnOnce(&mut WhyFacts<'_>),
) -> String {
    let (pipeline, environment) = (pipeline(), name(environment));
    let mut facts = WhyFacts {
        now_ms: 100 * 3_600_000,
        release,
        pipeline: Some(&pipeline),
        environment: &environment,
        under_way: None,
        live: false,
        gates,
        secrets_missing: Vec::new(),
        busy: None,
    };
    change(&mut facts);
    let Why { stands, why: text, command, .. } = why(&facts);
    format!("{stands:?}: {text}\n  {command}")
}

#[test]
fn every_answer_names_its_reason_and_the_next_step() {
    let verified = || Standing::Verified { rollout: rollout() };
    let gone =
        Standing::GoneBack { rollout: rollout(), reason: "errors".into(), barred: true, allowed: false };
    let closed = GateStatus {
        opens_ms: Some(5),
        ..GateStatus::closed(&"approval".parse().unwrap(), "approval", "0 of 2 signed")
            .opened_by("the role approver", "tidegate approve 2.1.0 --to world --gate approval")
    };
    let gates =
        [closed.clone(), closed.clone(), GateStatus::open(&"scan".parse().unwrap(), "evidence", "fine")];
    let under_way = |held: Option<(String, String)>, returning, closed: Vec<GateStatus>| UnderWay {
        rollout: rollout(),
        step: "2 of 5 (25 %)".into(),
        waits_for: "80 % of api in 40 s".into(),
        held,
        returning,
        closed,
    };
    let (fresh, one, both) = (
        release(&[]),
        release(&[("staging", verified()), ("eu", verified())]),
        release(&[("staging", verified()), ("eu", verified()), ("us", verified())]),
    );
    let moves = release(&[("staging", Standing::Underway { rollout: rollout() })]);
    let half = release(&[
        ("staging", verified()),
        ("eu", verified()),
        ("us", Standing::Underway { rollout: rollout() }),
    ]);
    let owes = |due_hours: u64| Release {
        reviews: vec![Owed {
            environment: name("staging"),
            rollout: rollout(),
            ended_ms: 0,
            due_ms: due_hours * 3_600_000,
            done: None,
        }],
        ..release(&[("staging", verified())])
    };
    let back = release(&[("staging", verified()), ("eu", gone)]);
    let busy = (SlotId { environment: name("staging"), component: "api".parse().unwrap() }, rollout());
    let held = Some(("bo".to_owned(), "lunch".to_owned()));
    let all = [
        told(&one, "eu", |facts| facts.live = true),
        told(&one, "eu", |_| {}),
        told(&fresh, "staging", |facts| facts.under_way = Some(under_way(None, false, Vec::new()))),
        told(&fresh, "staging", |facts| facts.under_way = Some(under_way(held, false, Vec::new()))),
        told(&fresh, "staging", |facts| facts.under_way = Some(under_way(None, false, vec![closed.clone()]))),
        told(&fresh, "staging", |facts| facts.under_way = Some(under_way(None, true, Vec::new()))),
        told(&fresh, "elsewhere", |_| {}),
        told(&fresh, "eu", |_| {}),
        told(&one, "world", |_| {}),
        told(&back, "eu", |_| {}),
        told(&fresh, "staging", |facts| facts.secrets_missing = vec!["DB_PASSWORD".parse().unwrap()]),
        behind(&gates, (&both, "world"), |_| {}),
        told(&fresh, "staging", |facts| facts.busy = Some(busy)),
        told(&fresh, "staging", |_| {}),
        told(&one, "us", |_| {}),
        told(&moves, "eu", |_| {}),
        told(&half, "world", |_| {}),
        told(&owes(200), "staging", |facts| facts.live = true),
        told(&owes(90), "staging", |_| {}),
    ];
    insta::assert_snapshot!("why", all.join("\n"));
}
