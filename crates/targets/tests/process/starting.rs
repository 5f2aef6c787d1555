//! Getting started: what a process is given, when it counts as ready, and why it cannot start.
//!
//! Invariant: each refusal names its next step. Deliberately not here: what happens after it was ready.

use std::os::unix::fs::PermissionsExt;

use tidegate_domain::component::{Probe, Source};
use tidegate_ports::{FaultKind, InstanceState, Target};
use tidegate_targets::{ProcessTarget, digest_of};

use crate::world::*;

#[tokio::test(flavor = "multi_thread")]
async fn instances_start_and_become_ready() {
    let world = World::new();
    let target = world.open();
    let wanted = service(2, &[]);
    let first = target.ensure(generation(1), &wanted).await.unwrap();
    assert_eq!(first.instances.len(), 2);
    let observed = until_ready(&target, &wanted).await;
    assert_eq!(observed.instances[1].name, "api-1.2.0-1");
    assert_ne!(observed.instances[0].address, observed.instances[1].address);
    assert_eq!(observed.restarts(), 0);
    // One whose port somebody took in the moment before has none yet; it is tried again with another.
    let (first, now) = (pids(&first), pids(&observed));
    assert!(
        first.iter().all(|pid| now.contains(pid)),
        "what had started was started again: {first:?}, {now:?}"
    );
    let again = target.ensure(generation(1), &wanted).await.unwrap();
    assert_eq!(pids(&again), now, "ensuring again started nothing");
    assert_eq!(target.observe(&slot()).await.unwrap()["1.2.0"], observed);
    assert_eq!(target.list()[0].replicas_wanted, 2);
    target.stop_all().await.unwrap();
    assert!(world.marked().is_empty());
    assert!(target.list().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_follows_the_answer_of_the_service() {
    let world = World::new();
    let target = world.open();
    let wanted = service(1, &[("FIXTURE_READY_AFTER_MS", "700")]);
    let says_503 = |observed: &tidegate_ports::Observed| {
        let instance = &observed.instances[0];
        instance.state == InstanceState::Starting && instance.reason == "GET /healthz answered 503"
    };
    until(&target, &wanted, says_503).await;
    let observed = until_ready(&target, &wanted).await;
    assert_eq!(observed.instances[0].reason, "");
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ready_for_the_asked_time_comes_before_ready() {
    let world = World::new();
    let target = world.open();
    let mut wanted = service(1, &[]);
    wanted.component.readiness.min_ready_seconds = 1;
    let counting = |observed: &tidegate_ports::Observed| observed.instances[0].reason.contains("of the 1 s");
    let seen = until(&target, &wanted, counting).await;
    assert_eq!(states(&seen), [InstanceState::Starting]);
    until_ready(&target, &wanted).await;
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_probe_finds_a_service_ready() {
    let world = World::new();
    let target = world.open();
    for probe in [Probe::Tcp, Probe::Alive] {
        let mut wanted = service(1, &[("FIXTURE_NEVER_READY", "1")]);
        wanted.component.readiness.probe = probe;
        until_ready(&target, &wanted).await;
        target.stop_all().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_never_listens_says_so() {
    let world = World::new();
    let target = world.open();
    let wanted = command(&["sleep", "600"], 1, &[]);
    let observed = until(&target, &wanted, |observed| {
        observed.instances[0].reason.starts_with("nothing listens on port")
    })
    .await;
    assert_eq!(states(&observed), [InstanceState::Starting]);
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_gets_what_was_declared_and_nothing_else() {
    let world = World::new();
    let target = world.open();
    let mut wanted = service(1, &[("COLOR", "blue"), ("SIZE", "small"), ("PORT", "1")]);
    wanted.variables.insert("SIZE".to_owned(), "large".to_owned());
    let observed = until_ready(&target, &wanted).await;
    let instance = &observed.instances[0];
    let text = get(instance, "/env").await;
    let port = instance.address.as_deref().unwrap().rsplit(':').next().unwrap();
    let port = format!("PORT={port}");
    let lines: Vec<&str> = text.lines().collect();
    for expect in [
        "COLOR=blue",
        "SIZE=large",
        &port,
        "TIDEGATE_ENVIRONMENT=production",
        "TIDEGATE_COMPONENT=api",
        "TIDEGATE_VERSION=1.2.0",
        "TIDEGATE_INSTANCE=api-1.2.0-0",
    ] {
        assert!(lines.contains(&expect), "{expect} in {text}");
    }
    let known = ["COLOR", "SIZE", "PORT", "PATH", "HOME", "LANG", "TZ"];
    let stranger = lines.iter().find(|line| {
        let name = line.split('=').next().unwrap();
        !known.contains(&name) && !name.starts_with("TIDEGATE_")
    });
    assert_eq!(stranger, None, "inherited: {text}");
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_is_copied_and_run_from_its_copy() {
    let world = World::new();
    let target = world.open();
    let source = world.folder.path().join("app");
    std::fs::create_dir_all(source.join("bin")).unwrap();
    std::fs::copy(FIXTURE, source.join("bin/service")).unwrap();
    let mut wanted = command(&["./bin/service"], 1, &[]);
    wanted.artifact.source = Source::Directory(source.display().to_string());
    wanted.artifact.digest = digest_of(&wanted.artifact.source).unwrap();
    let observed = until_ready(&target, &wanted).await;
    let place = get(&observed.instances[0], "/cwd").await;
    let digest = wanted.artifact.digest.unwrap().replace(':', "-");
    assert!(place.ends_with(&format!("data/artifacts/{digest}")), "{place}");
    let mode = std::fs::metadata(format!("{place}/bin/service")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o555, "shared, so nobody may write to it");
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_artifact_is_refused_with_both_digests() {
    let world = World::new();
    let target = world.open();
    let source = world.folder.path().join("app");
    std::fs::create_dir_all(&source).unwrap();
    std::fs::copy(FIXTURE, source.join("service")).unwrap();
    let mut wanted = command(&["./service"], 1, &[]);
    wanted.artifact.source = Source::Directory(source.display().to_string());
    wanted.artifact.digest = digest_of(&wanted.artifact.source).unwrap();
    std::fs::write(source.join("more"), "x").unwrap();
    let now = digest_of(&wanted.artifact.source).unwrap().unwrap();
    let fault = target.ensure(generation(1), &wanted).await.unwrap_err();
    assert_eq!((fault.code, fault.kind), ("artifact-digest-mismatch", FaultKind::Hold));
    assert!(fault.message.contains(&now) && fault.message.contains(&wanted.artifact.digest.clone().unwrap()));
    assert!(target.observe(&slot()).await.unwrap().is_empty());
    // Put right, it starts.
    std::fs::remove_file(source.join("more")).unwrap();
    until_ready(&target, &wanted).await;
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_start_says_why_and_what_to_do() {
    let world = World::new();
    let target = world.open();
    let folder = world.folder.path();
    let file = |name: &str, content: &str, mode: u32| {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    };
    let plain = file("plain", "#!/bin/sh\n", 0o644);
    let strange = file("strange", "neither program nor script", 0o755);
    let orphaned = file("orphaned", "#!/no/such/interpreter\n", 0o755);
    for (run, why) in [
        (vec!["no-such-program-anywhere"], "is not on the PATH"),
        (vec!["./server"], "is not there"),
        (vec![plain.as_str()], "is not executable"),
        (vec![strange.as_str()], "is no program for this machine"),
        (vec![orphaned.as_str()], "needs an interpreter"),
        (vec!["/tmp/"], "is not a file"),
        (vec![], "is empty"),
    ] {
        let fault = target.ensure(generation(1), &command(&run, 1, &[])).await.unwrap_err();
        assert_eq!((fault.code, fault.kind), ("program-not-found", FaultKind::Hold), "{run:?}: {fault}");
        assert!(fault.message.contains(why), "{run:?}: {fault}");
        assert!(fault.help.contains("tidegate.yaml"), "{}", fault.help);
    }
    assert!(world.marked().is_empty());
}

/// The small disk is mounted in a namespace of its own, so nobody needs to be root.
#[test]
fn a_full_disk_is_said_and_survived() {
    let world = World::new();
    let small = world.folder.path().join("small");
    std::fs::create_dir(&small).unwrap();
    let set = world.write_set(&service(1, &[]));
    let script = r#"mount -t tmpfs -o size=256k tmpfs "$0" && exec "$1" full "$0" "$2""#;
    let done = std::process::Command::new("unshare")
        .args(["-rm", "sh", "-c", script])
        .args([&small, std::path::Path::new(FIXTURE), &set])
        .output()
        .unwrap();
    let (said, errors) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    if said.is_empty() && (errors.contains("unshare failed") || errors.contains("permission denied")) {
        println!("not tried: this machine gives no namespaces: {errors}");
        return;
    }
    assert_eq!(said, "disk-full Retry\n0 running\nready\nstopped\n", "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_generation_is_refused_also_after_a_restart() {
    let world = World::new();
    let target = world.open();
    let wanted = service(1, &[]);
    target.ensure(generation(7), &wanted).await.unwrap();
    target.ensure(generation(7), &wanted).await.unwrap();
    let refused = |fault: tidegate_ports::Fault| {
        assert_eq!((fault.code, fault.kind), ("stale-generation", FaultKind::Drop));
        let says = format!("production/api follows generation {}; {} is older", generation(7), generation(6));
        assert_eq!(fault.message, says);
    };
    refused(target.ensure(generation(6), &service(0, &[])).await.unwrap_err());
    drop(target);
    let target = world.open();
    refused(target.ensure(generation(6), &service(0, &[])).await.unwrap_err());
    assert_eq!(target.observe(&slot()).await.unwrap()["1.2.0"].instances.len(), 1, "nothing was stopped");
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_target_on_the_same_directory_is_refused() {
    let world = World::new();
    let _first = world.open();
    let data = world.data();
    let second = tokio::task::spawn_blocking(move || ProcessTarget::open(data).map(drop)).await.unwrap();
    assert_eq!(second.unwrap_err().code, "data-directory-in-use");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_was_taken_meanwhile_is_changed_without_a_restart() {
    let world = World::new();
    let target = world.open();
    let folder = world.folder.path().join("thief");
    std::fs::create_dir(&folder).unwrap();
    let wanted = service(1, &[("FIXTURE_THIEF", folder.to_str().unwrap())]);
    target.ensure(generation(1), &wanted).await.unwrap();
    wait_for("the service asks for its port to be taken", || folder.join("take").exists()).await;
    let port: u16 = std::fs::read_to_string(folder.join("take")).unwrap().parse().unwrap();
    let _thief = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::fs::write(folder.join("taken"), "").unwrap();
    // The thief answers TCP but no HTTP, so only another port can make it ready.
    let observed = until_ready(&target, &wanted).await;
    assert_ne!(observed.instances[0].address, Some(format!("127.0.0.1:{port}")));
    assert_eq!(observed.restarts(), 0, "not the version's fault");
    target.stop_all().await.unwrap();
}
