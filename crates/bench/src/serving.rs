//! Flags over OFREP: a hundred of them for one subject under wrk, and a kill switch on its way to connected clients.
//!
//! Invariant: the server has a core of its own and answers everything; a stream has heard of the switch when its event was
//! read whole. Beside each figure stands the same server's health, which evaluates nothing. Deliberately not here:
//! evaluation without a server (`crates/flags/rivals`).

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::floor::Floor;
use crate::measured::{Spread, Times};
use crate::process::{self, Process};
use crate::result::{Row, Sheet, remark, say};
use crate::startup::first_answer;
use crate::wrk::{Answered, Asked, drive, on_cores};
use crate::{machine, paths};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    #[arg(long, default_value_t = 2_000)]
    streams: usize,
    /// Switches, off and on in turn
    #[arg(long, default_value_t = 10)]
    switches: usize,
}

const FLAGS: usize = 100;
const CONFIGURATION: &str = "project: bench\ncomponents:\n  api: {run: [sleep, '1000']}\nenvironments:\n  \
    - {name: production, components: {api: {}}}\n";
/// As long as the answer with the hundred flags, nearly.
const ANSWER_BYTES: usize = 8 << 10;
const HEARD_MAX: Duration = Duration::from_secs(30);

pub async fn run(args: &Args) -> Result<()> {
    let heading = format!("{FLAGS} flags in one answer; {} streams", args.streams);
    let mut sheet = Sheet::begin("serving", &heading);
    let scratch = paths::scratch()?;
    let server = Server::start(&scratch.path().join("data"))?;
    let secret = server.furnish()?;
    if paths::installed("wrk").is_none() {
        remark("serving: wrk is not installed; the load is skipped");
    } else {
        load(args, (&server, &secret), (scratch.path(), &mut sheet)).await?;
    }
    let heard = switch(args, &server, &secret).await?;
    let (p50, p99) = (heard.at_ms(0.5), heard.at_ms(0.99));
    let what = format!("a switch reaches {} streams, p99 ms", args.streams);
    sheet.row(Row::new(what, format!("{p99:.1}")).aim("< 250 ms", p99 < 250.0));
    sheet.row(Row::new("… p50 and longest ms", format!("{p50:.1}, {:.1}", heard.most_ms())));
    let resident_mib = machine::resident_mib_max(server.process.id());
    sheet.row(Row::new("memory of the server at most, MiB", format!("{resident_mib:.0}")));
    sheet.end(json!({ "switch_p50_ms": p50, "switch_p99_ms": p99, "resident_mib": resident_mib }))
}

async fn load(
    args: &Args,
    (server, secret): (&Server, &str),
    (folder, sheet): (&Path, &mut Sheet),
) -> Result<()> {
    let bulk = format!(
        "wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\n\
         wrk.headers[\"Authorization\"] = \"Bearer {secret}\"\nwrk.body = [[{}]]\n",
        json!({ "context": { "targetingKey": "user-7", "country": "AT", "plan": "team" } })
    );
    let (other, same) = ("0".to_owned(), (machine::cores() - 1).to_string());
    let ask_at = async |port: u16, path: &str, request: &str, (connections, core): (u32, &String)| {
        let asked = Asked {
            url: format!("http://127.0.0.1:{port}{path}"),
            request,
            connections,
            threads: 1,
            seconds: args.seconds,
            cores: Some(core).filter(|_| machine::cores() > 1),
        };
        drive(folder, &asked).await
    };
    let ask =
        async |path: &str, request: &str, at: (u32, &String)| ask_at(server.port, path, request, at).await;
    let path = "/ofrep/v1/evaluate/flags";
    let (mut many, mut health) = (Vec::new(), Vec::new());
    // At one connection both sides mostly wait for each other's core to wake up, which the health of the same server shows.
    // On one core nobody waits for that: what an answer costs, which is not what the aim is about.
    let (mut together, mut apart, mut health_apart) = (Vec::new(), Vec::new(), Vec::new());
    let floor = Floor::start(ANSWER_BYTES)?;
    let (mut floor_many, mut floor_apart) = (Vec::new(), Vec::new());
    for _ in 0..args.rounds {
        many.push(ask(path, &bulk, (16, &other)).await?);
        health.push(ask("/api/v1/health", "", (16, &other)).await?);
        together.push(ask(path, &bulk, (1, &same)).await?);
        apart.push(ask(path, &bulk, (1, &other)).await?);
        health_apart.push(ask("/api/v1/health", "", (1, &other)).await?);
        floor_many.push(ask_at(floor.port, "/", &bulk, (16, &other)).await?);
        floor_apart.push(ask_at(floor.port, "/", &bulk, (1, &other)).await?);
    }
    let errors: u64 = many.iter().chain(&together).chain(&apart).map(|answered| answered.errors).sum();
    if errors > 0 {
        bail!("{errors} requests failed");
    }
    let of = |all: &[Answered], of: fn(&Answered) -> f64| Spread::of(&all.iter().map(of).collect::<Vec<_>>());
    let (rate, bare) = (of(&many, |a| a.per_second), of(&health, |a| a.per_second));
    let (alone, health_alone) = (of(&apart, |a| a.p50_ms), of(&health_apart, |a| a.p50_ms));
    let floor = of(&floor_many, |a| a.per_second);
    say(&format!("    health, which evaluates nothing: {} requests/s", bare.told(0)));
    say(&format!("    a program that only answers as many bytes: {} requests/s", floor.told(0)));
    let figure = format!("{}, {:.2} of health's", rate.told(0), rate.median / bare.median);
    sheet.row(
        Row::new("requests/s on one core, 16 connections", figure).aim("≥ 12 000", rate.median >= 12_000.0),
    );
    sheet.row(Row::new(
        "… p50, p99 ms",
        format!("{}, {}", of(&many, |a| a.p50_ms).told(3), of(&many, |a| a.p99_ms).told(3)),
    ));
    let met = alone.median <= 0.150;
    let machine = of(&floor_apart, |a| a.p50_ms);
    let figure = format!("{}; health {}", alone.told(3), health_alone.told(3));
    sheet.row(Row::new("p50 ms at one connection", figure).aim("≤ 0.150 ms", met));
    let figure = format!("{}; beyond it {:.3}", machine.told(3), alone.median - machine.median);
    sheet.row(Row::new("… of a program that only answers", figure));
    sheet.row(Row::new("… client on the server's core", of(&together, |a| a.p50_ms).told(3)));
    let resident_mib = machine::resident_mib(server.process.id());
    sheet.row(Row::new("memory of the server under load, MiB", format!("{resident_mib:.0}")));
    Ok(())
}

struct Server {
    port: u16,
    data: PathBuf,
    process: Process,
}

impl Server {
    fn start(data: &Path) -> Result<Self> {
        let [port] = process::free_ports::<1>()?;
        let last = (machine::cores() - 1).to_string();
        let mut command = on_cores(Some(&last).filter(|_| machine::cores() > 1), &paths::tidegate()?);
        command.args(["up", "--stop-services-on-exit", "--rate-limit", "off", "--rate-limit-address", "off"]);
        command.args(["--rate-limit-flag-key", "off", "--listen", &format!("127.0.0.1:{port}"), "--data"]);
        command.arg(data).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = Process::start("tidegate up", &mut command)?;
        first_answer(port, "/api/v1/health", &mut process)?;
        Ok(Self { port, data: data.to_owned(), process })
    }

    fn tidegate(&self, words: &[&str], input: &str) -> Result<String> {
        let mut command = Command::new(paths::tidegate()?);
        command.current_dir(&self.data).env("TIDEGATE_SERVER", format!("http://127.0.0.1:{}", self.port));
        process::told(words, &mut command, input)
    }

    /// A hundred flags, and the secret of a key.
    fn furnish(&self) -> Result<String> {
        self.tidegate(&["apply", "--file", "-"], CONFIGURATION)?;
        let file = self.data.join("flags.json");
        std::fs::write(&file, flags().to_string())?;
        let file = file.display().to_string();
        self.tidegate(&["flag", "import", &file, "--env", "production"], "")?;
        let told =
            self.tidegate(&["flag", "keys", "create", "--env", "production", "--kind", "server"], "")?;
        let secret = told.split_whitespace().find(|word| word.starts_with("tdk_"));
        secret.map(str::to_owned).context("no key was told")
    }
}

/// In equal parts: one value for all; a share; a list of countries, then a share.
fn flags() -> Value {
    let countries = ["AT", "BE", "CH", "DE", "ES", "FR", "IT", "LU", "NL", "PT"];
    let share = json!({ "fractional": [["on", 25], ["off", 75]] });
    let flag = |index: usize| {
        let rules = match index % 3 {
            0 => Value::Null,
            1 => share.clone(),
            _ => json!({ "if": [{ "in": [{ "var": "country" }, countries] }, share, "off"] }),
        };
        let mut flag =
            json!({ "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off" });
        if !rules.is_null() {
            flag["targeting"] = rules;
        }
        (format!("flag-{index:03}"), flag)
    };
    json!({ "flags": (0..FLAGS).map(flag).collect::<Map<_, _>>() })
}

/// From before the switch is asked for until each stream has read of it.
async fn switch(args: &Args, server: &Server, secret: &str) -> Result<Times> {
    let (said, mut heard) = mpsc::unbounded_channel();
    let mut following = tokio::task::JoinSet::new();
    for _ in 0..args.streams {
        let stream = follow(server.port, secret).await?;
        following.spawn(listen(stream, said.clone()));
    }
    let client = tidegate_client::Client::new(&format!("http://127.0.0.1:{}", server.port))?;
    let mut times = Vec::with_capacity(args.streams * args.switches);
    for round in 0..args.switches {
        let request = tidegate_api::SwitchFlagRequest { on: round % 2 == 1, reason: None };
        let began = Instant::now();
        client.switch_flag(("flag-000", "production"), &request, &format!("switch-{round}")).await?;
        for _ in 0..args.streams {
            let at = tokio::time::timeout(HEARD_MAX, heard.recv()).await;
            let at: Instant = at.context("a stream heard nothing")?.context("a stream ended")?;
            times.push(at.duration_since(began));
        }
    }
    following.abort_all();
    Ok(Times::new(times))
}

async fn follow(port: u16, secret: &str) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!(
        "GET /ofrep/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {secret}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await?;
    if head != *b"HTTP/1.1 200" {
        bail!("a stream was answered with {}", String::from_utf8_lossy(&head));
    }
    Ok(stream)
}

/// Says when each event was read whole.
async fn listen(mut stream: TcpStream, said: mpsc::UnboundedSender<Instant>) -> Result<()> {
    let (mut read, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        read.extend_from_slice(&buffer[..count]);
        while let Some(end) = read.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = read.drain(..end + 2).collect();
            if String::from_utf8_lossy(&event).contains("refetchEvaluation") {
                said.send(Instant::now())?;
            }
        }
    }
}
