//! A release never changes, comes stage by stage, and does not come back by itself where it was rolled back.

use super::*;
use crate::component::Source;
use crate::name::Version;
use crate::pipeline::StageSpec;
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
        let artifact = |digest: &Option<&str>| Artifact {
            version: Version::new("1.0.0").unwrap(),
            source: digest.map_or(Source::Command, |_| Source::Directory("/built".into())),
            digest: digest.map(str::to_owned),
        };
        let components = given.iter().map(|(name, digest)| (name.parse().unwrap(), artifact(digest)));
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
    let stage = |name: &str| StageSpec {
        environment: environment(name),
        strategy: Strategy::Recreate(Recreate::default()),
        analysis: None,
        analysis_off: false,
        scrape_interval_ms: 1_000,
        progress_deadline_seconds: 60,
        promotion: Promotion::Automatic,
        gates: Vec::new(),
    };
    let pipeline = PipelineSpec { name: "main".into(), stages: vec![stage("staging"), stage("production")] };
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
        assert_eq!(due(&[]), None, "it went back, and stays away");
        assert_eq!(due(&[allow()]), Some(environment("production")));
        assert_eq!(due(&[allow(), back(barred)]), None, "allowed is allowed once");
        let allowed = after([&gone[..], &[allow()]].concat());
        assert_eq!(decide(Some(&allowed), allow()), Ok(Vec::new()), "allowing twice changes nothing");
    }
}

#[test]
fn nothing_happens_to_a_release_that_is_not_there() {
    let verify = ReleaseCommand::Verify { environment: environment("staging"), rollout: rollout() };
    assert_eq!(decide(None, verify), Err(ReleaseRefusal::NotCreated));
}
