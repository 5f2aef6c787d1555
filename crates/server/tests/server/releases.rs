//! `/releases`.

use tidegate_client::api::{NewArtifact, PromoteRequest, ReleaseKind, StandingState};

use crate::support::{World, bad, key};

#[tokio::test]
async fn a_release_keeps_what_its_artifact_was() {
    let world = World::applied().await;
    let release = world.release("1.0.0").await;
    let digest = release.components["web"].digest.clone().unwrap();
    assert!(digest.starts_with("sha256:") && release.kind == ReleaseKind::Planned, "{release:?}");
    assert_eq!(
        (release.author.as_str(), release.notes.as_slice()),
        ("operator@local", &["A note".to_owned()][..])
    );
    assert_eq!(world.client.release("1.0.0").await.unwrap(), release);
    assert_eq!(world.release("1.0.0").await, release, "the same again changes nothing");
    // The directory changes and goes; the release does not.
    std::fs::remove_dir_all(world.data.path().join("built")).unwrap();
    let id = world.deploy("1.0.0", "development").await;
    world.ended(&id).await;
    assert_eq!(world.visit(world.ports[0]).await, (200, "1.0.0".to_owned()));
    let standing = &world.client.release("1.0.0").await.unwrap().standings["development"];
    assert_eq!((standing.state, &standing.rollout), (StandingState::Verified, &id));
}

#[tokio::test]
async fn releases_come_in_pages_newest_change_first() {
    let world = World::applied().await;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        world.release(version).await;
    }
    let first = world.client.releases(None, Some(2)).await.unwrap();
    let rest = world.client.releases(first.next, Some(2)).await.unwrap();
    let versions: Vec<_> = first.items.iter().chain(&rest.items).map(|found| found.version.clone()).collect();
    assert_eq!(versions, ["1.2.0", "1.1.0", "1.0.0"]);
    assert_eq!(rest.next, None);
}

#[tokio::test]
async fn what_a_release_is_made_of_is_checked() {
    let world = World::applied().await;
    let path = world.artifact("1.0.0").display().to_string();
    let wrong_digest = format!("sha256:{}", "0".repeat(64));
    let of = |path: Option<&str>, command: bool, digest: Option<&str>| NewArtifact {
        path: path.map(str::to_owned),
        command,
        digest: digest.map(str::to_owned),
        version: None,
    };
    for (component, artifact, expected) in [
        ("web", of(Some(&path), false, Some(&wrong_digest)), (422, "artifact-digest-mismatch")),
        ("web", of(Some("/nowhere/at/all"), false, None), (422, "artifact-missing")),
        ("web", of(Some("relative"), false, None), (422, "artifact-unclear")),
        ("web", of(Some(&path), true, None), (422, "artifact-unclear")),
        ("web", of(None, false, None), (422, "artifact-unclear")),
        ("web", of(None, true, Some(&wrong_digest)), (422, "artifact-unclear")),
        ("db", of(None, true, None), (404, "unknown-component")),
        ("Web!", of(None, true, None), (422, "bad-name")),
    ] {
        let mut wish = world.wish("1.0.0");
        wish.components = [(component.to_owned(), artifact.clone())].into();
        let error = world.client.create_release(&wish, &key()).await.unwrap_err();
        let problem = error.problem().unwrap();
        assert_eq!((problem.status, &*problem.code), expected, "{component} {artifact:?}: {problem:?}");
        assert!(!problem.help.is_empty());
    }
    assert!(world.client.releases(None, None).await.unwrap().items.is_empty(), "nothing is half made");
}

#[tokio::test]
async fn an_archive_that_climbs_out_is_refused() {
    let world = World::applied().await;
    let path = world.data.path().join("bad.tar.gz");
    std::fs::write(&path, b"this is no archive").unwrap();
    let mut wish = world.wish("1.0.0");
    let artifact = NewArtifact { path: Some(path.display().to_string()), ..NewArtifact::default() };
    wish.components = [("web".to_owned(), artifact)].into();
    let error = world.client.create_release(&wish, &key()).await.unwrap_err();
    assert_eq!((error.problem().unwrap().status, error.code()), (422, "artifact-damaged"));
}

#[tokio::test]
async fn a_release_goes_to_the_next_stage_once_it_is_verified() {
    let world = World::applied().await;
    world.release("1.0.0").await;
    let to_production = PromoteRequest { to: Some("production".to_owned()), supersede: false };
    let early = world.client.promote_release("1.0.0", &to_production, &key()).await.unwrap_err();
    assert_eq!((early.problem().unwrap().status, early.code()), (409, "not-verified"));
    for environment in ["development", "production"] {
        let started =
            world.client.promote_release("1.0.0", &PromoteRequest::default(), &key()).await.unwrap();
        let rollout = world.ended(&started.rollouts[0]).await;
        assert_eq!(rollout.environment, environment);
    }
    let done = world.client.promote_release("1.0.0", &PromoteRequest::default(), &key()).await.unwrap_err();
    assert_eq!(done.code(), "nothing-to-promote");
}

#[tokio::test]
async fn a_bar_is_lifted_by_a_person() {
    let (world, id) = World::held().await;
    world.client.roll_back(&id, &bad(), &key()).await.unwrap();
    world.ended(&id).await;
    let barred = &world.client.release("1.1.0").await.unwrap().standings["production"];
    assert_eq!((barred.state, barred.barred), (StandingState::GoneBack, true));
    let allowed = world.client.allow_release("1.1.0", "production", &key()).await.unwrap();
    assert!(!allowed.standings["production"].barred);
    let error = world.client.allow_release("9.9.9", "development", &key()).await.unwrap_err();
    assert_eq!((error.problem().unwrap().status, error.code()), (404, "unknown-release"));
}
