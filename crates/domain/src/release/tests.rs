//! A release never changes, comes stage by stage, and does not come back by itself where it was rolled back.

use proptest::prelude::*;

use super::*;
use crate::component::Source;
use crate::name::Version;
use crate::pipeline::StageSpec;
use crate::refusal::Refuse as _;
use crate::strategy::{Recreate, Strategy};

fn environment(name: &str) -> EnvironmentName {
    name.parse().unwrap()
}

fn rollout() -> RolloutId {
    RolloutId::from_bits(1)
}

fn create(kind: ReleaseKind) -> ReleaseCommand {
    let version = Version::new("1.0.0").unwrap();
    let artifact = Artifact { version: version.clone(), source: Source::Command, digest: None };
    let components = BTreeMap::from([("api".parse().unwrap(), artifact)]);
    ReleaseCommand::Create { version, kind, components, notes: Vec::new(), author: "ada".into() }
}

fn after(commands: Vec<ReleaseCommand>) -> Release {
    let fold =
        |state: Option<Release>, command| decide(state.as_ref(), command).unwrap().iter().fold(state, evolve);
    commands.into_iter().fold(None, fold).unwrap()
}

#[test]
fn a_release_never_changes() {
    let release = after(vec![create(ReleaseKind::Planned)]);
    assert_eq!(decide(Some(&release), create(ReleaseKind::Planned)), Ok(Vec::new()));
    assert!(matches!(
        decide(Some(&release), create(ReleaseKind::Hotfix)),
        Err(ReleaseRefusal::Exists { .. })
    ));
}

#[test]
fn a_component_without_an_artifact_gets_one_until_the_release_has_been_somewhere() {
    let with = |given: &[(&str, Option<&str>)], author: &str| {
        let artifact = |digest: Option<&str>| Artifact {
            version: Version::new("1.0.0").unwrap(),
            source: digest.map_or(Source::Command, |_| Source::Directory("/built".into())),
            digest: digest.map(str::to_owned),
        };
        let components = given.iter().map(|(name, digest)| (name.parse().unwrap(), artifact(*digest)));
        ReleaseCommand::Create {
            version: Version::new("1.0.0").unwrap(),
            kind: ReleaseKind::Planned,
            components: components.collect(),
            notes: Vec::new(),
            author: author.into(),
        }
    };
    let planned = after(vec![with(&[("api", None), ("web", None)], "ada")]);
    let completed = decide(Some(&planned), with(&[("api", Some("a"))], "ada")).unwrap();
    assert!(matches!(&completed[..], [ReleaseEvent::Completed { components }] if components.len() == 1));
    let release = evolve(Some(planned.clone()), &completed[0]).unwrap();
    assert_eq!(release.components.len(), 2);
    let refused = |release: &Release, given: &[(&str, Option<&str>)], author: &str| {
        matches!(decide(Some(release), with(given, author)), Err(ReleaseRefusal::Exists { .. }))
    };
    assert!(refused(&release, &[("api", Some("b"))], "ada"), "what has an artifact keeps it");
    assert!(refused(&release, &[("mobile", Some("a"))], "ada"), "nothing is added");
    assert!(refused(&release, &[("web", Some("w"))], "eve"), "nobody else, who could approve it then");
    assert!(refused(&release, &[("api", Some("a"))], "ada"), "less than it holds is other content");
    assert_eq!(decide(Some(&release), with(&[("api", Some("a")), ("web", None)], "eve")), Ok(Vec::new()));
    let enter =
        ReleaseCommand::Enter { environment: environment("production"), rollout: rollout(), by_person: true };
    let entered = decide(Some(&release), enter).unwrap().iter().fold(Some(release), evolve).unwrap();
    assert!(refused(&entered, &[("web", Some("w"))], "ada"), "it has been somewhere");
}

#[test]
fn what_was_rolled_back_comes_again_only_by_a_person() {
    let back = ReleaseCommand::GoBack {
        environment: environment("production"),
        rollout: rollout(),
        reason: "errors".into(),
        barred: true,
    };
    let release = after(vec![create(ReleaseKind::Planned), back]);
    let enter = |by_person| ReleaseCommand::Enter {
        environment: environment("production"),
        rollout: RolloutId::from_bits(2),
        by_person,
    };
    assert!(matches!(decide(Some(&release), enter(false)), Err(ReleaseRefusal::Barred { .. })));
    assert!(decide(Some(&release), enter(true)).is_ok());
    let allow = ReleaseCommand::Allow { environment: environment("production") };
    let allowed = decide(Some(&release), allow).unwrap().iter().fold(Some(release), evolve).unwrap();
    assert!(decide(Some(&allowed), enter(false)).is_ok());
}

#[test]
fn what_a_person_allows_automation_brings_again_and_once() {
    let stage = |name: &str| automatic(&[name], None);
    let pipeline = PipelineSpec::new("main", vec![stage("staging"), stage("production")]);
    let back = |barred| ReleaseCommand::GoBack {
        environment: environment("production"),
        rollout: rollout(),
        reason: "errors".into(),
        barred,
    };
    let verify = ReleaseCommand::Verify { environment: environment("staging"), rollout: rollout() };
    let allow = || ReleaseCommand::Allow { environment: environment("production") };
    for barred in [true, false] {
        let gone = [create(ReleaseKind::Planned), verify.clone(), back(barred)];
        let due = |more: &[ReleaseCommand]| after([&gone[..], more].concat()).promotion_due(&pipeline);
        assert_eq!(due(&[]), Vec::new(), "it went back, and stays away");
        assert_eq!(due(&[allow()]), vec![environment("production")]);
        assert_eq!(due(&[allow(), back(barred)]), Vec::new(), "allowed is allowed once");
        let allowed = after([&gone[..], &[allow()]].concat());
        assert_eq!(decide(Some(&allowed), allow()), Ok(Vec::new()), "allowing twice changes nothing");
    }
}

fn automatic(names: &[&str], succeed: Option<u32>) -> StageSpec {
    StageSpec {
        beside: names[1..].iter().map(|name| environment(name)).collect(),
        succeed,
        promotion: Promotion::Automatic,
        ..StageSpec::new(environment(names[0]), Strategy::Recreate(Recreate::default()))
    }
}

/// What can happen to a release in one environment.
#[derive(Debug, Clone, Copy)]
enum Happens {
    Enters,
    Verified,
    GoesBack,
}

fn happens((place, what): (&str, Happens)) -> ReleaseCommand {
    let (environment, rollout) = (environment(place), rollout());
    match what {
        Happens::Enters => ReleaseCommand::Enter { environment, rollout, by_person: true },
        Happens::Verified => ReleaseCommand::Verify { environment, rollout },
        Happens::GoesBack => {
            let reason = "errors".to_owned();
            ReleaseCommand::GoBack { environment, rollout, reason, barred: true }
        }
    }
}

proptest! {
    /// Whatever happens in whatever order: a stage is verified exactly when enough of its environments are, and nothing
    /// leads into a stage before the one before it is.
    #[test]
    fn a_stage_is_verified_when_enough_succeeded_and_nothing_passes_it_before(
        steps in prop::collection::vec(
            (prop::sample::select(vec!["staging", "eu", "us", "asia", "world"]),
             prop::sample::select(vec![Happens::Enters, Happens::Verified, Happens::GoesBack])),
            0..30,
        ),
        needed in 1..=3_u32,
    ) {
        let stages = vec![
            automatic(&["staging"], None),
            automatic(&["eu", "us", "asia"], Some(needed)),
            automatic(&["world"], None),
        ];
        let pipeline = PipelineSpec::new("main", stages);
        let mut last: BTreeMap<&str, Happens> = BTreeMap::new();
        last.extend(steps.iter().copied());
        let commands = steps.iter().copied().map(happens);
        let release = after(std::iter::once(create(ReleaseKind::Planned)).chain(commands).collect());
        let verified = |place: &str| matches!(last.get(place), Some(Happens::Verified));
        for (index, stage) in pipeline.stages.iter().enumerate() {
            let succeeded = stage.environments().filter(|name| verified(name.as_str())).count();
            prop_assert_eq!(release.verified_in_stage(stage), succeeded >= stage.needed());
            let Some(before) = index.checked_sub(1).map(|before| &pipeline.stages[before]) else { continue };
            for place in stage.environments() {
                let may = release.may_be_promoted(&pipeline, place).is_ok();
                prop_assert_eq!(may, release.verified_in_stage(before));
                if release.promotion_due(&pipeline).contains(place) {
                    prop_assert!(may, "automation leads to {} too early", place);
                }
            }
        }
        for place in release.next_stage(&pipeline).unwrap_or_default() {
            prop_assert!(release.may_be_promoted(&pipeline, &place).is_ok(), "{} is led to too early", place);
            prop_assert!(!release.verified_in(&place));
        }
    }
}

#[test]
fn a_promotion_enters_all_of_a_stage_and_leaves_out_what_was_rolled_back() {
    let stages = vec![automatic(&["staging"], None), automatic(&["eu", "us", "asia"], Some(2))];
    let pipeline = PipelineSpec::new("main", stages);
    let led = |steps: &[(&str, Happens)]| {
        let all = steps.iter().copied().map(happens);
        let release = after(std::iter::once(create(ReleaseKind::Planned)).chain(all).collect());
        release.next_stage(&pipeline).map(|places| places.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let staged = ("staging", Happens::Verified);
    assert_eq!(led(&[]).unwrap(), ["staging"]);
    assert_eq!(led(&[staged]).unwrap(), ["eu", "us", "asia"]);
    assert_eq!(led(&[staged, ("us", Happens::GoesBack)]).unwrap(), ["eu", "asia"]);
    let rest = [staged, ("eu", Happens::Enters), ("asia", Happens::Verified), ("us", Happens::GoesBack)];
    assert_eq!(led(&rest).unwrap(), ["us"], "a person may ask; the bar is lifted by another word");
    let moving = led(&[staged, ("eu", Happens::Enters), ("us", Happens::Enters), ("asia", Happens::Enters)]);
    assert!(matches!(moving, Err(ReleaseRefusal::OnItsWay { .. })));
    let enough =
        led(&[staged, ("eu", Happens::Verified), ("us", Happens::Verified), ("asia", Happens::GoesBack)]);
    assert!(matches!(enough, Err(ReleaseRefusal::NothingLeft { .. })));
}

#[test]
fn nothing_happens_to_a_release_that_is_not_there() {
    let verify = ReleaseCommand::Verify { environment: environment("staging"), rollout: rollout() };
    assert_eq!(decide(None, verify), Err(ReleaseRefusal::NotCreated));
}

fn vote(person: &str, choice: Choice) -> ReleaseCommand {
    let vote = Vote {
        gate: "approval".parse().unwrap(),
        person: person.parse().unwrap(),
        choice,
        reason: String::new(),
        digest: "d".into(),
        at_ms: 1,
    };
    ReleaseCommand::Vote { environment: environment("staging"), vote }
}

fn emergency(said: &[(&str, Choice)]) -> Release {
    let (place, rollout) = (environment("staging"), rollout());
    let votes = said.iter().map(|(person, choice)| vote(person, *choice));
    let before = [create(ReleaseKind::Planned), ReleaseCommand::SetChange { change: ChangeType::Emergency }];
    let way = [
        ReleaseCommand::Enter { environment: place.clone(), rollout: rollout.clone(), by_person: true },
        // Whoever calls it a normal one afterwards still owes the review.
        ReleaseCommand::SetChange { change: ChangeType::Normal },
        ReleaseCommand::Verify { environment: place.clone(), rollout: rollout.clone() },
        ReleaseCommand::OweReview { environment: place, rollout, ended_ms: 10, due_ms: 20 },
    ];
    after(before.into_iter().chain(votes).chain(way).collect())
}

fn review(by: &str, place: &str) -> ReleaseCommand {
    let review = Review {
        by: by.parse().unwrap(),
        outcome: crate::review::Outcome::Justified,
        note: "seen".into(),
        at_ms: 15,
    };
    ReleaseCommand::Review { environment: environment(place), review }
}

#[test]
fn an_emergency_is_reviewed_once_and_by_somebody_who_neither_made_it_nor_let_it_through_alone() {
    let code = |release: &Release, by: &str, place: &str| {
        decide(Some(release), review(by, place)).map(|events| events.len()).map_err(|no| no.code())
    };
    let one = emergency(&[("ben", Choice::Yes), ("cleo", Choice::Yes), ("cleo", Choice::Withdrawn)]);
    assert!(!one.reviews[0].is_overdue(19) && one.reviews[0].is_overdue(20));
    assert_eq!(code(&one, "ada", "staging"), Err("may-not-review"), "the author");
    assert_eq!(code(&one, "ben", "staging"), Err("may-not-review"), "let it through alone");
    assert_eq!(code(&one, "cleo", "staging"), Ok(1));
    assert_eq!(code(&one, "cleo", "production"), Err("no-review-owed"));
    let two = emergency(&[("ben", Choice::Yes), ("cleo", Choice::Yes)]);
    assert_eq!(code(&two, "ben", "staging"), Ok(1), "not alone");
    let done = decide(Some(&two), review("ben", "staging")).unwrap().iter().fold(Some(two), evolve).unwrap();
    assert_eq!(code(&done, "cleo", "staging"), Err("reviewed-already"));
    assert!(!done.reviews[0].is_overdue(99));
    let again = ReleaseCommand::OweReview {
        environment: environment("staging"),
        rollout: rollout(),
        ended_ms: 30,
        due_ms: 40,
    };
    assert_eq!(decide(Some(&done), again), Ok(Vec::new()), "one rollout owes one review");
}

#[test]
fn only_an_emergency_where_people_approve_owes_a_review() {
    use crate::consequences::{Consequence, of_release};
    use crate::gate::{GateRule, GateSpec, SignAct, SignRule};
    let rule = |act| {
        GateRule::Sign(SignRule {
            act,
            from: Vec::new(),
            count: 2,
            emergency_count: 1,
            author_counts: false,
            expires_seconds: 1,
        })
    };
    let owes = |change, gates: Vec<GateRule>| {
        let gates = gates.into_iter().map(|rule| GateSpec::new("gate".parse().unwrap(), rule)).collect();
        let stage = StageSpec { gates, ..automatic(&["staging"], None) };
        let (place, rollout) = (environment("staging"), rollout());
        let release = after(vec![
            create(ReleaseKind::Planned),
            ReleaseCommand::SetChange { change },
            ReleaseCommand::Enter { environment: place.clone(), rollout: rollout.clone(), by_person: true },
        ]);
        let event = ReleaseEvent::Verified { environment: place, rollout };
        let release = evolve(Some(release), &event).unwrap();
        let all = of_release(&release, &event, &PipelineSpec::new("main", vec![stage]), 1_000);
        let due = |consequence: &Consequence| {
            let Consequence::Release(_, ReleaseCommand::OweReview { due_ms, .. }) = consequence else {
                return None;
            };
            Some(*due_ms)
        };
        all.iter().find_map(due)
    };
    let approval = || vec![rule(SignAct::Approval)];
    assert_eq!(owes(ChangeType::Emergency, approval()), Some(72 * 3_600_000 + 1_000));
    assert_eq!(owes(ChangeType::Normal, approval()), None);
    assert_eq!(owes(ChangeType::Standard, approval()), None);
    assert_eq!(owes(ChangeType::Emergency, vec![rule(SignAct::ManualTest)]), None);
    assert_eq!(owes(ChangeType::Emergency, Vec::new()), None);
}
