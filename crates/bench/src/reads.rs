//! Requests that read, by a caller who is known and whose rights are looked up, against a server that knows nobody.
//!
//! Invariant: both servers hold the same configuration and are asked the same in turn, over connections that stay open;
//! every answer is a 200. Deliberately not here: what is answered.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::measured::{Spread, Times};
use crate::paths;
use crate::process::{self, Process};
use crate::result::{Row, Sheet, say};
use crate::startup::first_answer;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// Connections at once, each asking again as soon as it was answered
    #[arg(long, default_value_t = 16)]
    connections: usize,
}

const PATH: &str = "/api/v1/environments";
const ANSWER_MAX: Duration = Duration::from_secs(30);
const PASSWORD: &str = "a sentence that nobody guesses";
const CONFIGURATION: &str = "project: bench\ncomponents:\n  api: {run: [sleep, '1000']}\nenvironments:\n  - {name: staging, components: {api: {}}}\n  \
    - {name: production, components: {api: {}}}\npipeline:\n  stages: [{environment: staging, strategy: recreate}, \
    {environment: production, strategy: recreate}]\n";

pub fn run(args: &Args) -> Result<()> {
    let heading = format!(
        "GET {PATH}, {} connections, {} rounds of {} s each",
        args.connections, args.rounds, args.seconds
    );
    let mut sheet = Sheet::begin("reads", &heading);
    let scratch = paths::scratch()?;
    let open = Server::start(&scratch.path().join("open"), &[])?;
    open.furnish(None)?;
    let known = Server::start(&scratch.path().join("known"), &["--require-login", "--rate-limit", "off"])?;
    let token = known.sign_up()?;
    known.furnish(Some(&token))?;
    let (mut by_name, mut by_token, mut slow) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..args.rounds {
        by_name.push(ask(args, open.port, None)?.0);
        let (per_second, times) = ask(args, known.port, Some(&token))?;
        by_token.push(per_second);
        slow.push(times.at_ms(0.99));
    }
    let (open, known, slow) = (Spread::of(&by_name), Spread::of(&by_token), Spread::of(&slow));
    say(&format!("    nobody known: {} requests/s", open.told(0)));
    sheet.row(Row::new("authorised reads per second", known.told(0)));
    sheet.row(Row::new("… p99 ms", slow.told(2)));
    sheet.row(Row::new("… to a server that knows nobody", format!("{:.2}", known.median / open.median)));
    sheet.end(json!({
        "per_second": known.median, "p99_ms": slow.median, "open_per_second": open.median,
    }))
}

struct Server {
    port: u16,
    data: PathBuf,
    _process: Process,
}

impl Server {
    fn start(data: &Path, options: &[&str]) -> Result<Self> {
        let [port] = process::free_ports::<1>()?;
        let mut command = Command::new(paths::tidegate()?);
        command.args(["up", "--stop-services-on-exit", "--listen", &format!("127.0.0.1:{port}"), "--data"]);
        command.arg(data).args(options).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = Process::start("tidegate up", &mut command)?;
        first_answer(port, "/api/v1/health", &mut process)?;
        Ok(Self { port, data: data.to_owned(), _process: process })
    }

    /// The command line, in a home of its own, with this on its stdin.
    fn tidegate(&self, words: &[&str], token: Option<&str>, input: &str) -> Result<String> {
        let mut command = Command::new(paths::tidegate()?);
        command.current_dir(&self.data).env("XDG_CONFIG_HOME", self.data.join("home"));
        command
            .env("TIDEGATE_SERVER", format!("http://127.0.0.1:{}", self.port))
            .env_remove("TIDEGATE_TOKEN");
        command.envs(token.map(|token| ("TIDEGATE_TOKEN", token)));
        process::told(words, &mut command, input)
    }

    fn furnish(&self, token: Option<&str>) -> Result<()> {
        self.tidegate(&["apply", "--file", "-"], token, CONFIGURATION).map(drop)
    }

    /// An administrator's token.
    fn sign_up(&self) -> Result<String> {
        let secret = std::fs::read_to_string(self.data.join("setup"))?;
        let create = ["user", "create", "ann", "--admin", "--setup-token", secret.trim(), "--password-stdin"];
        self.tidegate(&create, None, PASSWORD)?;
        self.tidegate(&["login", "ann", "--password-stdin"], None, PASSWORD)?;
        let told = self.tidegate(&["token", "create", "--label", "bench", "--expires", "1d"], None, "")?;
        told.lines().last().map(str::to_owned).context("no token was told")
    }
}

/// How many were answered per second, and how long each took.
fn ask(args: &Args, port: u16, token: Option<&str>) -> Result<(f64, Times)> {
    let proof = token.map_or(String::new(), |token| format!("Authorization: Bearer {token}\r\n"));
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{proof}\r\n");
    let began = Instant::now();
    let deadline = began + Duration::from_secs(args.seconds);
    let times = std::thread::scope(|scope| {
        let askers: Vec<_> =
            (0..args.connections).map(|_| scope.spawn(|| ask_until(deadline, port, &request))).collect();
        let joined =
            askers.into_iter().map(|asker| asker.join().map_err(|_| anyhow::anyhow!("an asker died"))?);
        joined.collect::<Result<Vec<_>>>()
    })?;
    let times = times.concat();
    Ok((times.len() as f64 / began.elapsed().as_secs_f64(), Times::new(times)))
}

fn ask_until(deadline: Instant, port: u16, request: &str) -> Result<Vec<Duration>> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let mut times = Vec::new();
    while Instant::now() < deadline {
        let began = Instant::now();
        writer.write_all(request.as_bytes())?;
        read_answer(&mut reader)?;
        times.push(began.elapsed());
    }
    Ok(times)
}

fn read_answer(reader: &mut impl BufRead) -> Result<()> {
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line)?;
    if !line.starts_with("HTTP/1.1 200") {
        bail!("answered with {line}");
    }
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line)?;
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink())?;
    Ok(())
}
