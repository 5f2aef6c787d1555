//! Smoke tests of real instances: what passes, what fails and how that is told, and that nothing of a command is left.
//!
//! Invariant: whatever an attempt started is gone when it is over. Deliberately not here: when a test is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use tidegate_domain::component::{Artifact, Source};
use tidegate_domain::id::RolloutId;
use tidegate_domain::name::Version;
use tidegate_domain::smoke::{SmokeAsk, SmokePhase, SmokeTest, SmokeVerdict};
use tidegate_ports::{SmokeGround, SmokeOutcome, SmokeQuestion};
use tidegate_targets::ProcessTarget;

use crate::world::*;

fn question(ask: SmokeAsk, timeout_ms: u64, retries: u32) -> SmokeQuestion {
    let test =
        SmokeTest { name: "works".parse().unwrap(), ask, timeout_ms, retries, environments: BTreeSet::new() };
    SmokeQuestion {
        rollout: RolloutId::from_bits(7),
        leg: 0,
        phase: SmokePhase::Before,
        test,
        slot: slot(),
        version: "1.2.0".parse().unwrap(),
        variables: BTreeMap::from([("LEVEL".to_owned(), "info".to_owned())]),
        with: None,
    }
}

/// Of a version that does not run here.
fn step(phase: SmokePhase, script: &str, artifact: Artifact) -> SmokeQuestion {
    let with = Some(SmokeGround { artifact, secrets: BTreeSet::new() });
    SmokeQuestion { phase, version: "9.9.9".parse().unwrap(), with, ..question(shell(script), 10_000, 0) }
}

fn get(path: &str, contains: Option<&str>) -> SmokeAsk {
    let (path, contains) = (path.to_owned(), contains.map(str::to_owned));
    SmokeAsk::Http { path, status: None, contains, headers: BTreeMap::new() }
}

fn shell(script: &str) -> SmokeAsk {
    SmokeAsk::Run { command: ["sh", "-c", script].map(str::to_owned).to_vec() }
}

fn text(outcome: &SmokeOutcome) -> String {
    String::from_utf8_lossy(&outcome.output).into_owned()
}

async fn two() -> (World, ProcessTarget, Vec<String>) {
    let world = World::new();
    let target = world.open();
    let observed = until_ready(&target, &service(2, &[("GREETING", "hello")])).await;
    let addresses = observed.ready().filter_map(|instance| instance.address.clone()).collect();
    (world, target, addresses)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_instance_is_asked_itself() {
    let (_world, target, addresses) = two().await;
    let passed = target.smoke(&question(get("/env", Some("GREETING=hello")), 5_000, 0)).await;
    assert_eq!(passed.result.verdict, SmokeVerdict::Passed, "{passed:?}");
    assert_eq!(passed.result.seen, "HTTP/1.1 200 OK from 2 instances");
    assert!(addresses.iter().all(|address| text(&passed).contains(&format!("GET http://{address}/env"))));
    assert_eq!(passed.result.output_digest.len(), 64);

    let began = Instant::now();
    let failed = target.smoke(&question(get("/nothing", None), 5_000, 1)).await;
    assert_eq!((failed.result.verdict, failed.result.attempts), (SmokeVerdict::Failed, 2));
    assert_eq!(failed.result.seen, format!("{} answered 404 Not Found: no body", addresses[0]));
    assert!(began.elapsed().as_millis() >= 1_000, "there was no pause between the attempts");

    let slow = target.smoke(&question(get("/slow?60000", None), 300, 0)).await;
    assert_eq!(slow.result.verdict, SmokeVerdict::Failed);
    assert_eq!(slow.result.seen, format!("{} did not answer GET /slow?60000 in time", addresses[0]));
    target.stop_all().await.unwrap();

    let gone = target.smoke(&question(get("/env", None), 300, 0)).await;
    assert_eq!(gone.result.verdict, SmokeVerdict::Failed);
    assert_eq!(gone.result.seen, "no instance is ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_told_where_to_ask_and_what_it_writes_is_kept() {
    let (world, target, addresses) = two().await;
    let script = "echo $TIDEGATE_VERSION at $TIDEGATE_ADDRESS of $TIDEGATE_ADDRESSES, $TIDEGATE_SMOKE_PHASE $LEVEL; echo oops >&2; exit $0";
    let run = |status: &str| {
        let mut ask = shell(script);
        if let SmokeAsk::Run { command } = &mut ask {
            command.push(status.to_owned());
        }
        question(ask, 5_000, 0)
    };
    let passed = target.smoke(&run("0")).await;
    assert_eq!((passed.result.verdict, passed.result.seen.as_str()), (SmokeVerdict::Passed, "exit status 0"));
    let (first, all) = (&addresses[0], addresses.join(" "));
    assert_eq!(text(&passed), format!("1.2.0 at {first} of {all}, before-traffic info\noops\n"));
    let failed = target.smoke(&run("3")).await;
    assert_eq!(failed.result.seen, "exit status 3: oops");
    assert_eq!(failed.result.verdict, SmokeVerdict::Failed);

    let missing = SmokeAsk::Run { command: vec!["./smoke/buy".to_owned()] };
    let missing = target.smoke(&question(missing, 5_000, 5)).await;
    assert_eq!((missing.result.verdict, missing.result.attempts), (SmokeVerdict::Faulted, 1));
    assert!(
        missing
            .result
            .seen
            .starts_with("its program `./smoke/buy` is not there; correct `smoke` of component api")
    );
    target.stop_all().await.unwrap();
    assert!(world.marked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_hangs_is_ended_with_its_children() {
    let (world, target, _) = two().await;
    let services = world.marked().len();
    let hangs = "echo before; (sleep 600) & (setsid sleep 600) & sleep 600";
    let began = Instant::now();
    let outcome = target.smoke(&question(shell(hangs), 700, 0)).await;
    assert!(began.elapsed() < DEADLINE);
    assert_eq!(outcome.result.verdict, SmokeVerdict::Failed);
    assert_eq!(outcome.result.seen, "it had not ended at its deadline, and was killed: before");
    assert_eq!(world.marked().len(), services, "something of it is left");

    // One whose children hold its output open has ended all the same.
    let leaves = target.smoke(&question(shell("sleep 600 & echo done"), 20_000, 0)).await;
    assert_eq!((leaves.result.verdict, text(&leaves).as_str()), (SmokeVerdict::Passed, "done\n"));
    assert_eq!(world.marked().len(), services, "something of it is left");

    // Nobody waits for it any more.
    let asked = question(shell(hangs), 60_000, 0);
    let waited = tokio::time::timeout(std::time::Duration::from_millis(500), target.smoke(&asked)).await;
    assert!(waited.is_err());
    wait_for("what nobody waits for has ended", || world.marked().len() == services).await;
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_starts_anew_is_waited_for() {
    let world = World::new();
    let target = world.open();
    let wanted = service(1, &[("FIXTURE_READY_AFTER_MS", "1200")]);
    tidegate_ports::Target::ensure(&target, generation(1), &wanted).await.unwrap();
    let outcome = target.smoke(&question(get("/env", Some("LAUNCH")), 20_000, 0)).await;
    assert_eq!((outcome.result.verdict, outcome.result.attempts), (SmokeVerdict::Passed, 1), "{outcome:?}");
    target.stop_all().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_run_on_a_database_needs_nothing_of_its_version_to_run() {
    let world = World::new();
    let target = world.open();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("0001_people.sql"), "CREATE TABLE people (id INTEGER);").unwrap();
    let version: Version = "9.9.9".parse().unwrap();
    let source = Source::Directory(folder.path().display().to_string());
    let there = Artifact { version: version.clone(), source, digest: None };
    let command = Artifact { version, source: Source::Command, digest: None };

    let listed = "echo $TIDEGATE_VERSION $TIDEGATE_DATABASE_STEP $LEVEL$TIDEGATE_SMOKE_TEST; ls";
    let outcome = target.smoke(&step(SmokePhase::Expand, listed, there)).await;
    assert_eq!(text(&outcome), "9.9.9 expand info\n0001_people.sql\n");
    assert_eq!(outcome.result.verdict, SmokeVerdict::Passed);
    let outcome = target.smoke(&step(SmokePhase::Contract, "exit 3", command.clone())).await;
    assert_eq!(
        (outcome.result.verdict, outcome.result.seen.as_str()),
        (SmokeVerdict::Failed, "exit status 3")
    );

    // Only 0 and 1 say whether anything is left to contract.
    for (script, verdict) in [
        ("exit 0", SmokeVerdict::Passed),
        ("exit 1", SmokeVerdict::Failed),
        ("exit 3", SmokeVerdict::Faulted),
        ("kill -9 $$", SmokeVerdict::Faulted),
        ("exec sleep 60", SmokeVerdict::Faulted),
    ] {
        let mut question = step(SmokePhase::Contracted, script, command.clone());
        question.test.timeout_ms = if script.contains("sleep") { 300 } else { 10_000 };
        assert_eq!(target.smoke(&question).await.result.verdict, verdict, "{script}");
    }

    let nowhere =
        Artifact { source: Source::Directory(folder.path().join("gone").display().to_string()), ..command };
    let outcome = target.smoke(&step(SmokePhase::Expand, "true", nowhere)).await;
    assert_eq!(outcome.result.verdict, SmokeVerdict::Faulted, "{outcome:?}");
    assert!(outcome.result.seen.contains("correct `database` of component api"), "{outcome:?}");
}
