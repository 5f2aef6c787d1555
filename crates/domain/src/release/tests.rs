//! A release never changes, comes stage by stage, and does not come back by itself where it was rolled back.

use super::*;
use crate::component::Source;
use crate::name::Version;

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
fn nothing_happens_to_a_release_that_is_not_there() {
    let verify = ReleaseCommand::Verify { environment: environment("staging"), rollout: rollout() };
    assert_eq!(decide(None, verify), Err(ReleaseRefusal::NotCreated));
}
