//! Disks that fill up and disks that fail, at every point where the store touches them.
//!
//! Invariant: at every point it is a clean error or success; after a failed write or sync the store stays down; what
//! was answered is there afterwards. Deliberately not here: kills (`sqlite_kill.rs`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use support::{
    STREAMS, answered, change, check_what_is_left, database_from_environment, key, say, small_log, stream,
    write_until_it_fails,
};
use tidegate_ports::{AppendError, FaultKind, Journal};
use tidegate_store::sqlite::{SqliteSettings, SqliteStore};

/// Enough for openings, commits and checkpoints; every further round would meet the same points again.
const ROUNDS: u64 = 6;

#[tokio::test]
#[ignore = "the child that the tests below let fail"]
async fn child_that_writes_on_a_failing_disk() {
    match SqliteStore::open_with(database_from_environment(), &small_log()) {
        Ok(store) => write_until_it_fails(&store, ROUNDS).await,
        Err(fault) => say(&format!("fault {} at open: {fault}", fault.code)),
    }
}

/// This test binary as the child, behind a command that prepares its surroundings.
fn child(name: &str, database: &Path, prefix: &[&str]) -> Command {
    let me = std::env::current_exe().unwrap();
    let mut words = prefix.iter().copied().map(std::ffi::OsStr::new).chain([me.as_os_str()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args(["--ignored", "--exact", name, "--nocapture"]);
    command.env("TIDEGATE_TEST_DATABASE", database);
    command
}

#[derive(Debug, PartialEq, Eq)]
enum Ending {
    /// No fault was met: nothing more to fail.
    Untouched,
    /// A fault that passed by itself, then success.
    Recovered,
    StaysDown,
    DidNotOpen,
}

/// Every child ends in one of four ways, and never by a panic.
fn ending(output: &Output) -> (Ending, Vec<(u64, u64)>) {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let why = || format!("{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}", why());
    let has = |word: &str| said.lines().any(|line| line.starts_with(word));
    let ending = match (has("done"), has("retry"), has("stays down")) {
        (true, false, false) => Ending::Untouched,
        (true, true, false) => Ending::Recovered,
        (false, _, true) => Ending::StaysDown,
        (false, false, false) if said.contains(" at open: ") => Ending::DidNotOpen,
        _ => panic!("{}", why()),
    };
    (ending, answered(&said))
}

/// Files may not grow past a limit, which is raised step by step until nothing fails: every write that makes a file
/// longer fails once (EFBIG, which SQLite reports as a failed write).
#[tokio::test]
async fn every_growth_of_a_file_may_fail() {
    let mut endings = Vec::new();
    for blocks in (0..).step_by(23) {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("tidegate.db");
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let output = child("child_that_writes_on_a_failing_disk", &database, &["sh", "-c", &limit]);
        let (ending, answers) = ending(&{ output }.output().unwrap());
        check_what_is_left(&database, &answers).await;
        let is_last = ending == Ending::Untouched;
        endings.push(ending);
        if is_last {
            break;
        }
    }
    assert!(endings.contains(&Ending::DidNotOpen), "{endings:?}");
    assert!(endings.contains(&Ending::StaysDown), "{endings:?}");
}

/// The Nth call fails, with greater and greater N until none does. Needs strace, which can answer a system call
/// itself. The quick form takes every `stride`th N; with `TIDEGATE_FAULTS=all` (`make soak`) it is every one.
async fn every_nth_call_may_fail(calls: &str, error: &str, stride: usize) -> Vec<Ending> {
    let stride = if std::env::var_os("TIDEGATE_FAULTS").is_some() { 1 } else { stride };
    let mut endings = Vec::new();
    for n in (1..).step_by(stride) {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("tidegate.db");
        let inject = format!("inject={calls}:error={error}:when={n}");
        let only = format!("trace={calls}");
        let log = directory.path().join("strace");
        // Only calls on files of the database: what the test runner writes is not meant.
        let (log, wal) = (log.to_str().unwrap(), database.with_extension("db-wal"));
        let files = [database.to_str().unwrap(), wal.to_str().unwrap()];
        let prefix =
            ["strace", "-f", "-qq", "-o", log, "-P", files[0], "-P", files[1], "-e", &only, "-e", &inject];
        let output = child("child_that_writes_on_a_failing_disk", &database, &prefix).output().unwrap();
        let (ending, answers) = ending(&output);
        let failed = std::fs::read_to_string(log).unwrap().contains("(INJECTED)");
        assert!(failed || ending == Ending::Untouched, "call {n}: {ending:?}");
        check_what_is_left(&database, &answers).await;
        endings.push(ending);
        if !failed {
            break;
        }
    }
    println!("{calls} {error}: {} calls failed in turn", endings.len() - 1);
    endings
}

fn has_strace() -> bool {
    let works = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).output();
    let works = works.is_ok_and(|output| output.status.success());
    if !works {
        println!(
            "not run: strace is missing or may not trace here (every_growth_of_a_file_may_fail still runs)"
        );
    }
    works
}

#[tokio::test]
async fn every_sync_may_fail_and_none_is_tried_again() {
    if has_strace() {
        let endings = every_nth_call_may_fail("fsync,fdatasync", "EIO", 2).await;
        assert!(endings.contains(&Ending::StaysDown), "{endings:?}");
    }
}

#[tokio::test]
async fn every_write_may_fail() {
    if has_strace() {
        let endings = every_nth_call_may_fail("pwrite64", "EIO", 29).await;
        assert!(endings.contains(&Ending::StaysDown), "{endings:?}");
    }
}

#[tokio::test]
async fn every_write_may_find_the_disk_full() {
    if has_strace() {
        let endings = every_nth_call_may_fail("pwrite64", "ENOSPC", 31).await;
        assert!(endings.contains(&Ending::Recovered), "{endings:?}");
        assert!(!endings.contains(&Ending::StaysDown), "{endings:?}");
    }
}

/// Runs in a mount namespace of its own, where a small file system stands at the database's directory.
#[tokio::test]
#[ignore = "the child that the test below gives a small disk"]
async fn child_on_a_small_disk() {
    let database = database_from_environment();
    let ballast = database.with_file_name("ballast");
    for kib in (64..400).step_by(29) {
        std::fs::write(&ballast, vec![7_u8; kib << 10]).unwrap();
        // What opening the file again needs is kept free until then.
        let reserve = database.with_file_name("reserve");
        std::fs::write(&reserve, vec![7_u8; 300 << 10]).unwrap();
        let answers = fill_then_make_room(&database, &ballast).await;
        std::fs::remove_file(&reserve).unwrap();
        check_what_is_left(&database, &answers).await;
        std::fs::remove_file(&database).unwrap();
    }
    say("done");
}

async fn fill_then_make_room(database: &Path, ballast: &Path) -> Vec<(u64, u64)> {
    let store = SqliteStore::open_with(database, &small_log()).unwrap();
    let mut answers = Vec::new();
    let full = loop {
        let (number, version) = (answers.len() as u64 % STREAMS, answers.len() as u64 / STREAMS + 1);
        match store.append(change(number, version)).await {
            Ok(_) => answers.push((number, version)),
            Err(AppendError::Fault(fault)) => break fault,
            Err(other) => panic!("{other:?}"),
        }
    };
    assert_eq!((full.code, full.kind), ("disk-full", FaultKind::Retry), "{full:?}");
    assert!(!full.help.is_empty());
    // Reading goes on, and nothing of the refused change is there.
    let (number, version) = (answers.len() as u64 % STREAMS, answers.len() as u64 / STREAMS + 1);
    assert_eq!(store.receipt(&key(number, version)).await.unwrap(), None);
    assert_eq!(store.load(&stream(number), 0).await.unwrap().len() as u64, version - 1);
    // With space again the same handle writes again, without being opened anew.
    std::fs::remove_file(ballast).unwrap();
    let deadline = Instant::now() + Duration::from_secs(5);
    while let Err(error) = store.append(change(number, version)).await {
        assert!(matches!(&error, AppendError::Fault(fault) if fault.code == "disk-full"), "{error:?}");
        assert!(Instant::now() < deadline, "does not resume: {error:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    answers.push((number, version));
    answers
}

#[test]
fn a_full_disk_refuses_cleanly_and_writing_resumes_with_space() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let mount = "mount -t tmpfs -o size=1200k tmpfs \"$1\" || exit 77; shift; exec \"$@\"";
    let run = |unshare: &[&str]| {
        let mut prefix = vec!["unshare"];
        prefix.extend_from_slice(unshare);
        prefix.extend_from_slice(&["sh", "-c", mount, "sh", path]);
        child("child_on_a_small_disk", &directory.path().join("tidegate.db"), &prefix).output()
    };
    // As root, else in a user namespace of our own; where neither may mount, the page limit below is all there is.
    let may_mount = |output: &Output| {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        output.status.code() != Some(77) && !said.contains("unshare:")
    };
    for unshare in [["-m"].as_slice(), &["-U", "-r", "-m"]] {
        let Ok(output) = run(unshare) else { continue };
        if may_mount(&output) {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(said.contains("done"), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
            return;
        }
    }
    println!("not run: no small file system can be mounted here (the_page_limit_is_a_full_disk still runs)");
}

#[tokio::test]
async fn the_page_limit_is_a_full_disk() {
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join("tidegate.db");
    let store =
        SqliteStore::open_with(&database, &SqliteSettings { pages_max: Some(60), ..small_log() }).unwrap();
    let mut version = 0;
    let full = loop {
        version += 1;
        match store.append(change(0, version)).await {
            Ok(_) => assert!(version < 10_000),
            Err(AppendError::Fault(fault)) => break fault,
            Err(other) => panic!("{other:?}"),
        }
    };
    assert_eq!((full.code, full.kind), ("disk-full", FaultKind::Retry));
    assert_eq!(store.load(&stream(0), 0).await.unwrap().len() as u64, version - 1);
    assert_eq!(store.receipt(&key(0, version)).await.unwrap(), None);
    drop(store);
    let answers: Vec<(u64, u64)> = (1..version).map(|version| (0, version)).collect();
    check_what_is_left(&database, &answers).await;
}
