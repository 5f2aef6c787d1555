//! Ten thousand rollouts in flight: memory, what a tick costs, timers due together, recovery from SIGKILL.
//!
//! The engine and its SQLite store run in a process of their own on a world that does everything at once; the HTTP
//! server, which cannot be given such a world, is started on the same data with nothing due. Invariant: times are taken
//! here, from the start of the child to the line it prints. Deliberately not here: making the rollouts (`seed`).

pub mod child;
mod seed;
mod virtual_clock;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::measured::Spread;
use crate::process::{self, Process};
use crate::result::{Row, Sheet, say};
use crate::startup::first_answer;
use crate::{machine, paths};
use child::Phase;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, default_value_t = 10_000)]
    rollouts: usize,
    #[arg(long, default_value_t = 100_000)]
    wakes: usize,
    /// How often the recovery is measured
    #[arg(long, default_value_t = 3)]
    recoveries: usize,
    /// How long quiet times are watched
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

pub fn run(args: &Args) -> Result<()> {
    let heading = format!("{} rollouts in flight, {} wake-ups pending", args.rollouts, args.wakes);
    let mut sheet = Sheet::begin("inflight", &heading);
    let scratch = paths::scratch()?;
    let data = scratch.path().join("data");
    std::fs::create_dir(&data)?;
    let mut child = Child::start(&data, Phase::Seed, args)?;
    let seeded = child.line("seeded")?;
    child.process.end();
    say(&format!("    seeded in {} ms: {seeded}", child.elapsed_ms()));
    let mut detail = json!({ "seeded": seeded });
    detail["server"] = server(&mut sheet, &data, args)?;
    detail["timers"] = timers(&mut sheet, &data, args)?;
    detail["recovery"] = recovery(&mut sheet, &data, args)?;
    detail["pending"] = pending(&mut sheet, &scratch.path().join("pending"), args)?;
    sheet.end(detail)
}

/// The child, and the lines it has said.
struct Child {
    process: Process,
    began: Instant,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Child {
    fn start(data: &Path, phase: Phase, args: &Args) -> Result<Self> {
        let mut command = Command::new(paths::own()?);
        command.arg("serve-inflight").arg("--data").arg(data).arg("--phase").arg(phase.to_string());
        command.args(["--rollouts", &args.rollouts.to_string(), "--wakes", &args.wakes.to_string()]);
        command.stdout(Stdio::piped());
        let began = Instant::now();
        let mut process = Process::start("the engine", &mut command)?;
        let lines = BufReader::new(process.take_stdout().context("no stdout")?).lines();
        Ok(Self { process, began, lines })
    }

    /// What follows on the line that begins with this word; lines before it are passed over.
    fn line(&mut self, word: &str) -> Result<Value> {
        for line in self.lines.by_ref() {
            let line = line?;
            if let Some(rest) = line.strip_prefix(word) {
                return Ok(serde_json::from_str(rest.trim()).unwrap_or(Value::Null));
            }
        }
        bail!("the engine ended before it said `{word}`")
    }

    fn elapsed_ms(&self) -> u128 {
        self.began.elapsed().as_millis()
    }

    /// Processor time as a share of one core, and ticks, while nothing is asked of it.
    fn watch(&mut self, seconds: u64) -> Result<Value> {
        let id = self.process.id();
        self.line("ticks")?;
        let (began, cpu) = (Instant::now(), machine::cpu_seconds(id));
        let first = self.line("ticks")?.as_u64().unwrap_or(0);
        let mut last = first;
        let counted = Instant::now();
        while began.elapsed() < Duration::from_secs(seconds) {
            last = self.line("ticks")?.as_u64().unwrap_or(0);
        }
        let took = began.elapsed().as_secs_f64();
        let cpu = machine::cpu_seconds(id) - cpu;
        let per_second = (last - first) as f64 / counted.elapsed().as_secs_f64();
        Ok(json!({
            "cpu_percent": 100.0 * cpu / took, "ticks_per_second": per_second,
            "tick_cpu_micros": if per_second > 0.0 { cpu / took * 1e6 / per_second } else { 0.0 },
            "resident_mib": machine::resident_mib(id), "resident_mib_max": machine::resident_mib_max(id),
        }))
    }
}

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or(f64::NAN)
}

/// The real server on the same data. Nothing is due by its clock, and the artifacts do not exist, so nothing is run.
fn server(sheet: &mut Sheet, data: &Path, args: &Args) -> Result<Value> {
    let mut times = Vec::new();
    let [port] = process::free_ports::<1>()?;
    for left in (0..=args.recoveries).rev() {
        let mut command = Command::new(paths::tidegate()?);
        command.args(["up", "--stop-services-on-exit", "--listen", &format!("127.0.0.1:{port}"), "--data"]);
        command.arg(data).stdout(Stdio::null()).stderr(Stdio::null());
        let began = Instant::now();
        let mut process = Process::start("tidegate up", &mut command)?;
        first_answer(port, "/api/v1/rollouts?limit=50", &mut process)?;
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
        if left == 0 {
            // The last one takes the gateway down with it.
            process.end();
        } else {
            process.kill()?;
        }
    }
    // The first start came after no kill.
    let spread = Spread::of(&times[1..]);
    sheet.row(
        Row::new("API: first page of rollouts after SIGKILL, ms", spread.told(0))
            .aim("≤ 1 s", spread.median <= 1_000.0),
    );
    Ok(json!({ "first_page_ms": times }))
}

/// From the installation's start after a pause: a look at everything, then every timer within one second.
fn timers(sheet: &mut Sheet, data: &Path, args: &Args) -> Result<Value> {
    let mut child = Child::start(data, Phase::Timers, args)?;
    child.line("ready")?;
    let fired = child.line("fired")?;
    let last = number(&fired, "last_ms");
    sheet.row(
        Row::new(
            format!("{} timers due within 1 s: the last fired after, ms", args.rollouts),
            format!("{last:.0}"),
        )
        .aim("≤ 3 s", last <= 3_000.0),
    );
    say(&format!("    timers: {fired}"));
    child.line("settled")?;
    let quiet = child.watch(args.seconds)?;
    sheet.row(Row::new(
        format!("{} in flight: resident memory, MiB (most)", args.rollouts),
        format!("{:.0} ({:.0})", number(&quiet, "resident_mib"), number(&quiet, "resident_mib_max")),
    ));
    sheet.row(Row::new(
        "… each looked after every 5 s: of one core",
        format!("{:.0} % ({:.0} ticks/s)", number(&quiet, "cpu_percent"), number(&quiet, "ticks_per_second")),
    ));
    sheet
        .row(Row::new("… processor time of a tick, µs", format!("{:.0}", number(&quiet, "tick_cpu_micros"))));
    // As hard as can be: in the middle of its work.
    child.process.kill()?;
    Ok(json!({ "fired": fired, "quiet": quiet }))
}

fn recovery(sheet: &mut Sheet, data: &Path, args: &Args) -> Result<Value> {
    let (mut ready, mut looked, mut moved) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..args.recoveries {
        // Each phase begins where every timer of the one before is over.
        let mut child = Child::start(data, Phase::Recovery { number }, args)?;
        child.line("ready")?;
        ready.push(child.elapsed_ms() as f64);
        child.line("looked")?;
        looked.push(child.elapsed_ms() as f64);
        child.line("moved")?;
        moved.push(child.elapsed_ms() as f64);
        child.process.kill()?;
    }
    let (ready, looked, moved) = (Spread::of(&ready), Spread::of(&looked), Spread::of(&moved));
    sheet.row(
        Row::new("engine after SIGKILL: first answer, ms", ready.told(0))
            .aim("≤ 1 s", ready.median <= 1_000.0),
    );
    sheet.row(
        Row::new("… every rollout's world asked for again, ms", looked.told(0))
            .aim("≤ 3 s", looked.median <= 3_000.0),
    );
    sheet.row(
        Row::new("… every rollout's next decision written, ms", moved.told(0))
            .aim("≤ 3 s", moved.median <= 3_000.0),
    );
    Ok(json!({ "ready_ms": ready.median, "looked_ms": looked.median, "moved_ms": moved.median }))
}

fn pending(sheet: &mut Sheet, data: &Path, args: &Args) -> Result<Value> {
    std::fs::create_dir(data)?;
    let mut child = Child::start(data, Phase::Pending, args)?;
    child.line("ready")?;
    let quiet = child.watch(args.seconds)?;
    let percent = number(&quiet, "cpu_percent");
    sheet.row(
        Row::new(
            format!("{} wake-ups pending, none due: of one core", args.wakes),
            format!("{percent:.1} %"),
        )
        .aim("≤ 2 %", percent <= 2.0),
    );
    Ok(quiet)
}
