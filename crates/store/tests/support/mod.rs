//! A writer in a process of its own, which can be killed or made to fail, and the check of what it left behind.
//!
//! Invariant: the writer says a key only after the store has answered it. Deliberately not here: how it comes to fail.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;
use std::path::{Path, PathBuf};

use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::moment::{Moment, Steady};
use tidegate_ports::{
    AppendError, Batch, EventsAfter, Fault, FaultKind, Journal, NewEvent, Origin, Receipt, Row, StreamAppend,
    Wake,
};
use tidegate_store::audit::Chain;
use tidegate_store::sqlite::{SqliteSettings, SqliteStore};

pub const STREAMS: u64 = 4;

pub fn stream(number: u64) -> StreamId {
    StreamId::Rollout(RolloutId::from_bits(number))
}

pub fn key(stream: u64, version: u64) -> String {
    format!("{stream}/{version}")
}

/// Everything a decision writes, with a receipt to find it again.
pub fn change(number: u64, version: u64) -> Batch {
    let stream = stream(number);
    let key = key(number, version);
    let body = format!("{{\"key\":\"{key}\",\"padding\":\"{}\"}}", "x".repeat(300));
    let event = NewEvent { kind: "written".to_owned(), body: body.clone() };
    let row = Row {
        kind: "rollout".to_owned(),
        id: number.to_string(),
        scope: String::new(),
        state: key.clone(),
        body,
    };
    Batch {
        at: Moment { wall_ms: 1, steady: Steady(version) },
        actor: "writer".to_owned(),
        origin: Some(Origin { text: "127.0.0.1 cli".to_owned(), salt: [7; 16] }),
        appends: vec![StreamAppend {
            stream: stream.clone(),
            expected_version: version - 1,
            events: vec![event],
        }],
        rows: vec![row],
        wakes: vec![Wake { stream, at: Some(Steady(version)) }],
        receipt: Some(Receipt { key: key.clone(), command_digest: key.clone(), answer: key }),
        ..Batch::default()
    }
}

/// Past the capture of the test runner: the parent reads it.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}

/// What the children need, handed down by the environment.
pub fn database_from_environment() -> PathBuf {
    PathBuf::from(std::env::var_os("TIDEGATE_TEST_DATABASE").expect("started by its parent"))
}

/// What a child has said.
pub fn answered(output: &str) -> Vec<(u64, u64)> {
    let parse = |line: &str| {
        let (stream, version) = line.strip_prefix("answered ")?.split_once('/')?;
        Some((stream.parse().ok()?, version.parse().ok()?))
    };
    output.lines().filter_map(parse).collect()
}

pub fn small_log() -> SqliteSettings {
    SqliteSettings { checkpoint_frames: 20, ..SqliteSettings::default() }
}

/// Opens what was left behind and checks it whole: nothing that was answered is lost, nothing is half there, the log
/// is the one that was hashed, and it can be written on.
pub async fn check_what_is_left(database: &Path, answered: &[(u64, u64)]) {
    let store = SqliteStore::open(database).unwrap();
    for (number, version) in answered {
        let kept = store.receipt(&key(*number, *version)).await.unwrap();
        assert!(kept.is_some(), "{number}/{version} was answered and is lost");
    }
    let all = store.events(EventsAfter { limit: 10_000, ..EventsAfter::default() }).await.unwrap();
    let positions: Vec<u64> = all.iter().map(|entry| entry.position).collect();
    assert_eq!(positions, (1..=all.len() as u64).collect::<Vec<u64>>());
    for number in 0..STREAMS {
        let events = store.load(&stream(number), 0).await.unwrap();
        let versions: Vec<u64> = events.iter().map(|entry| entry.version).collect();
        assert_eq!(versions, (1..=events.len() as u64).collect::<Vec<u64>>());
        for entry in &events {
            assert!(store.receipt(&key(number, entry.version)).await.unwrap().is_some(), "half written");
        }
        let newest = store.row("rollout", &number.to_string()).await.unwrap().map(|row| row.state);
        assert_eq!(
            newest,
            events.last().map(|entry| key(number, entry.version)),
            "the row is behind the log"
        );
    }
    assert_eq!(store.audit().await.unwrap().chain, Chain::Ok);
    let next = store.load(&stream(0), 0).await.unwrap().len() as u64 + 1;
    store.append(change(0, next)).await.unwrap();
}

/// One stream after the other, `rounds` times; says what was answered and how it ended.
pub async fn write_until_it_fails(store: &SqliteStore, rounds: u64) {
    for round in 0..rounds {
        for number in 0..STREAMS {
            let version = store.load(&stream(number), 0).await.map_or(0, |events| events.len() as u64) + 1;
            match write_patiently(store, number, version).await {
                Ok(()) => say(&format!("answered {}", key(number, version))),
                Err(fault) => {
                    say(&format!("fault {} in round {round}: {fault}", fault.code));
                    assert_eq!(fault.kind, FaultKind::Hold);
                    say_that_it_stays_down(store, number, version).await;
                    return;
                }
            }
        }
    }
    say("done");
}

/// A disk that is full once has space again at the next try.
async fn write_patiently(store: &SqliteStore, number: u64, version: u64) -> Result<(), Fault> {
    for _ in 0..3 {
        match store.append(change(number, version)).await {
            Ok(_) => return Ok(()),
            Err(AppendError::Fault(fault)) if fault.kind == FaultKind::Retry => {
                say(&format!("retry {}", fault.code));
            }
            Err(AppendError::Fault(fault)) => return Err(fault),
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("no end of faults that pass by themselves");
}

async fn say_that_it_stays_down(store: &SqliteStore, number: u64, version: u64) {
    let again = store.append(change(number, version)).await;
    assert!(matches!(again, Err(AppendError::Fault(fault)) if fault.code == "store-failed"));
    assert_eq!(store.row("rollout", "0").await.unwrap_err().code, "store-failed");
    assert!(!store.failed().await.is_empty());
    say("stays down");
}
