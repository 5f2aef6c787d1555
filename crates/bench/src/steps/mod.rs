//! Engine steps a second under many active rollouts, against a bare SQLite program that writes the same things.
//!
//! A step is one committed decision: compare-and-set of stream version and fence, events, read row, wake-up and outbox
//! row, durable (write-ahead log, synchronous = FULL). Invariant: disk, bare program and engine take turns on the same
//! disk; what the bare program writes was recorded from the engine. Deliberately not here: the drive loop.

mod bare;
mod disk;
mod whole;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::measured::{Spread, Times};
use crate::paths;
use crate::result::{Row, Sheet, say};
use bare::Template;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of each side in each round
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    #[arg(long, default_value_t = 64)]
    rollouts: usize,
    /// Only the engine, for a profiler
    #[arg(long)]
    engine_only: bool,
}

/// One side of one round.
pub struct Side {
    pub per_second: f64,
    pub times: Times,
    /// Processor time of this process for each step, in microseconds.
    pub cpu_micros: f64,
    pub events_per_step: f64,
}

#[derive(Default)]
struct Rounds {
    disk: Vec<Side>,
    bare: Vec<Side>,
    plain: Vec<Side>,
    engine: Vec<Side>,
}

pub async fn run(args: &Args) -> Result<()> {
    let heading = format!(
        "{} active rollouts, {} rounds of {} s a side, in turn",
        args.rollouts, args.rounds, args.seconds
    );
    let mut sheet = Sheet::begin("steps", &heading);
    if args.engine_only {
        let scratch = paths::scratch()?;
        let side = whole::round(scratch.path(), args.rollouts, args.seconds).await?;
        say(&line("engine", &[side]));
        return Ok(());
    }
    let many = rounds(args, args.rollouts).await?;
    tell(args.rollouts, &many);
    let one = rounds(args, 1).await?;
    tell(1, &one);
    rows(&mut sheet, args.rollouts, &many, &one);
    sheet.end(json!({ "many": detail(&many), "one": detail(&one), "rollouts": args.rollouts }))
}

async fn rounds(args: &Args, rollouts: usize) -> Result<Rounds> {
    let scratch = paths::scratch()?;
    let templates = whole::record(scratch.path(), rollouts).await?;
    let plain = [Template::plain()];
    let mut all = Rounds::default();
    for round in 0..args.rounds {
        let folder = scratch.path().join(round.to_string());
        std::fs::create_dir(&folder).context("no scratch directory")?;
        all.disk.push(disk::round(&folder, args.seconds.min(1.0))?);
        all.bare.push(bare::round(&folder.join("bare.db"), &templates, rollouts, args.seconds).await?);
        all.plain.push(bare::round(&folder.join("plain.db"), &plain, rollouts, args.seconds).await?);
        all.engine.push(whole::round(&folder, rollouts, args.seconds).await?);
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(all)
}

fn tell(rollouts: usize, all: &Rounds) {
    say(&format!("  {rollouts} active"));
    say(&line("disk: append 4 KiB, fdatasync", &all.disk));
    say(&line("bare SQLite, the engine's own rows", &all.bare));
    say(&line("bare SQLite, one small row each", &all.plain));
    say(&line("tidegate engine on its store", &all.engine));
}

fn line(name: &str, sides: &[Side]) -> String {
    let spread = |of: fn(&Side) -> f64| Spread::of(&sides.iter().map(of).collect::<Vec<_>>());
    format!(
        "    {name:<36} {:>24}/s  p50 {:>6.2} ms  p99 {:>6.2} ms  {:>5.0} µs cpu  {:.1} events",
        per_second(sides).told(0),
        spread(|side| side.times.at_ms(0.5)).median,
        spread(|side| side.times.at_ms(0.99)).median,
        spread(|side| side.cpu_micros).median,
        spread(|side| side.events_per_step).median,
    )
}

fn per_second(sides: &[Side]) -> Spread {
    Spread::of(&sides.iter().map(|side| side.per_second).collect::<Vec<_>>())
}

/// Of each round's own pair, so that a slow minute of the machine slows both.
fn ratio(these: &[Side], those: &[Side]) -> Spread {
    let pairs = these.iter().zip(those).map(|(this, that)| this.per_second / that.per_second);
    Spread::of(&pairs.collect::<Vec<_>>())
}

fn rows(sheet: &mut Sheet, rollouts: usize, many: &Rounds, one: &Rounds) {
    let rate = per_second(&many.engine);
    let of_bare = ratio(&many.engine, &many.bare);
    let of_plain = ratio(&many.engine, &many.plain);
    let p99 = Spread::of(&many.engine.iter().map(|side| side.times.at_ms(0.99)).collect::<Vec<_>>());
    let over = one
        .engine
        .iter()
        .zip(&one.disk)
        .map(|(engine, disk)| 1_000.0 / engine.per_second - disk.times.mean_ms());
    let over = Spread::of(&over.collect::<Vec<_>>());
    let each = Spread::of(&one.engine.iter().map(|side| 1_000.0 / side.per_second).collect::<Vec<_>>());
    let sync = Spread::of(&one.disk.iter().map(|side| side.times.mean_ms()).collect::<Vec<_>>());
    sheet.row(
        Row::new(format!("engine steps a second, {rollouts} active rollouts"), rate.told(0))
            .aim("≥ 5 000/s", rate.median >= 5_000.0),
    );
    sheet.row(
        Row::new("… of bare SQLite writing the same rows", of_bare.told(2))
            .aim("≥ 0.50", of_bare.median >= 0.5),
    );
    sheet.row(Row::new("… of bare SQLite writing one small row each", of_plain.told(2)));
    sheet.row(Row::new("… p99 of a commit, ms", p99.told(1)).aim("≤ 40 ms", p99.median <= 40.0));
    sheet.row(Row::new("one rollout, ms a step", each.told(2)));
    sheet.row(Row::new("… fdatasync of 4 KiB, ms", sync.told(2)));
    sheet.row(Row::new("… over fdatasync, ms a step", over.told(2)).aim("≤ 1 ms", over.median <= 1.0));
}

fn detail(all: &Rounds) -> Value {
    let sides = |sides: &[Side]| {
        let side = |side: &Side| {
            json!({
                "per_second": side.per_second.round(), "p50_ms": side.times.at_ms(0.5),
                "p99_ms": side.times.at_ms(0.99), "cpu_micros": side.cpu_micros.round(),
            })
        };
        sides.iter().map(side).collect::<Vec<_>>()
    };
    json!({
        "disk": sides(&all.disk), "bare": sides(&all.bare), "plain": sides(&all.plain),
        "engine": sides(&all.engine),
    })
}
