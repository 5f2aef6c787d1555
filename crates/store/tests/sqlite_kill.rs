//! A writer is killed at random moments: nothing that it was answered may be lost, nothing half written may be found.
//!
//! Invariant: every round opens what the round before left behind. The kills are random; the checks are not.
//! Deliberately not here: failing disks (`sqlite_faults.rs`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng, rngs::SmallRng};
use support::{
    STREAMS, answered, change, check_what_is_left, database_from_environment, key, say, small_log, stream,
};
use tidegate_ports::Journal;
use tidegate_store::sqlite::SqliteStore;

/// The long form is 1 000 (`make soak`).
const ROUNDS: u64 = 20;

/// One writer for each stream, all at once, so that kills hit groups.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child that the test below kills"]
async fn child_that_writes_until_it_is_killed() {
    let store = SqliteStore::open_with(database_from_environment(), &small_log()).unwrap();
    let writers: Vec<_> = (0..STREAMS)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let written = store.load(&stream(number), 0).await.unwrap().len() as u64;
                for version in written + 1..=written + 1_000 {
                    store.append(change(number, version)).await.unwrap();
                    say(&format!("answered {}", key(number, version)));
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

fn start(database: &std::path::Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "child_that_writes_until_it_is_killed", "--nocapture"])
        .env("TIDEGATE_TEST_DATABASE", database)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads until so many answers came, kills a moment later, and reads what had still been said.
fn kill_after(child: &mut Child, answers: usize, moment: Duration) -> String {
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while answered(&said).len() < answers && reader.read_line(&mut said).unwrap() > 0 {}
    // A busy wait: the moment is shorter than what a sleep can tell apart.
    let until = Instant::now() + moment;
    while Instant::now() < until {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    reader.read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    said
}

#[tokio::test]
async fn nothing_answered_is_lost_when_the_writer_is_killed() {
    let rounds = std::env::var("TIDEGATE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let seed = std::env::var("TIDEGATE_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| rand::rng().random());
    println!("TIDEGATE_SEED={seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    let directory = tempfile::tempdir().unwrap();
    let mut total = 0;
    for round in 0..rounds {
        // A new file now and then, so that kills also hit the opening and the first commits.
        let database = directory.path().join(format!("tidegate-{}.db", round / 7));
        let mut child = start(&database);
        let moment = Duration::from_micros(random.random_range(0..4_000));
        let said = kill_after(&mut child, random.random_range(0..120), moment);
        let answers = answered(&said);
        total += answers.len();
        check_what_is_left(&database, &answers).await;
    }
    assert!(total > 0, "no round came to an answer");
}
