//! How long it takes to verify a long log.
//!
//! Invariant: the log is written through the store itself, and verified by what `tidegate audit verify` uses.
//! Deliberately not here: finding changes (the store's tests do).

use std::time::Instant;

use anyhow::{Result, bail};
use serde_json::json;
use tidegate_domain::id::{RolloutId, StreamId};
use tidegate_domain::moment::{Moment, Steady};
use tidegate_ports::{Batch, Journal, NewEvent, StreamAppend};
use tidegate_store::audit::Chain;
use tidegate_store::sqlite::{SqliteStore, open_readonly_for_audit};

use crate::drive::told;
use crate::measured::Spread;
use crate::result::{Row, Sheet, say};
use crate::{machine, paths};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

const EVENTS_PER_STREAM: u64 = 500;
const BODY: &str = r#"{"step":3,"kind":"weight","weight":2500,"generation":"7.1234","soak_seconds":60,"why":"errors 0.1 % against 0.1 %, evidence 0.8 : 1 after 58 s and 231 requests"}"#;

pub async fn run(args: &Args) -> Result<()> {
    let mut sheet = Sheet::begin("audit", &format!("verify {} events", args.events));
    let scratch = paths::scratch()?;
    let path = scratch.path().join("tidegate.db");
    let store = SqliteStore::open(&path).map_err(told)?;
    for stream in 0..args.events / EVENTS_PER_STREAM {
        store.append(history(stream)).await?;
    }
    drop(store);
    let mebibytes = std::fs::metadata(&path)?.len() >> 20;
    let (mut seconds, mut processor) = (Vec::new(), Vec::new());
    for _ in 0..args.rounds {
        let (began, cpu) = (Instant::now(), machine::cpu_seconds(std::process::id()));
        let audit = open_readonly_for_audit(&path).map_err(told)?.verify().map_err(told)?;
        seconds.push(began.elapsed().as_secs_f64());
        processor.push(machine::cpu_seconds(std::process::id()) - cpu);
        if audit.chain != Chain::Ok || audit.events != args.events {
            bail!("the audit found {:?} in {} events", audit.chain, audit.events);
        }
    }
    let (seconds, processor) = (Spread::of(&seconds), Spread::of(&processor));
    say(&format!("    {mebibytes} MiB, {} s of processor time", processor.told(2)));
    sheet.row(
        Row::new(format!("audit of {} events, s", args.events), seconds.told(2))
            .aim("≤ 10 s", seconds.median <= 10.0),
    );
    sheet.end(
        json!({ "seconds": seconds.median, "processor_seconds": processor.median, "mebibytes": mebibytes }),
    )
}

fn history(stream: u64) -> Batch {
    let event = NewEvent { kind: "rollout.step-entered".to_owned(), body: BODY.to_owned() };
    let events = vec![event; EVENTS_PER_STREAM as usize];
    let stream = StreamId::Rollout(RolloutId::from_bits(stream));
    Batch {
        at: Moment { wall_ms: 1_763_714_604_123, steady: Steady(77) },
        actor: "tidegate".to_owned(),
        appends: vec![StreamAppend { stream, expected_version: 0, events }],
        ..Batch::default()
    }
}
