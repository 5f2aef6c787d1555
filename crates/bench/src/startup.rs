//! `tidegate up` until something is answered over HTTP.
//!
//! Invariant: measured from before the process is started to the first byte of an answer of status 200 on
//! `/api/v1/health`; each start is ended before the next. Deliberately not here: what is answered.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::json;

use crate::measured::Times;
use crate::paths;
use crate::process::{self, Process};
use crate::result::{Row, Sheet, say};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Starts of each kind
    #[arg(long, default_value_t = 30)]
    starts: usize,
}

const ANSWER_MAX: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_micros(500);

pub fn run(args: &Args) -> Result<()> {
    let mut sheet =
        Sheet::begin("startup", &format!("`tidegate up` to its first answer, {} starts each", args.starts));
    let scratch = paths::scratch()?;
    let existing = scratch.path().join("existing");
    start(&existing)?;
    let (mut empty, mut again) = (Vec::new(), Vec::new());
    for number in 0..args.starts {
        empty.push(start(&scratch.path().join(number.to_string()))?);
        again.push(start(&existing)?);
    }
    let mut detail = json!({});
    for (name, times) in [("an empty directory", empty), ("an existing one", again)] {
        let times = Times::new(times);
        let (p50, p99) = (times.at_ms(0.5), times.most_ms());
        say(&format!("    {name:<24} p50 {p50:>6.1} ms, most {p99:>6.1} ms"));
        sheet.row(
            Row::new(format!("first answer on {name}, ms (median, most)"), format!("{p50:.1}, {p99:.1}"))
                .aim("< 100 ms", p50 < 100.0),
        );
        detail[name] = json!({ "p50_ms": p50, "most_ms": p99 });
    }
    sheet.end(detail)
}

/// Services and gateway stop with the server, so that nothing is left.
fn start(data: &Path) -> Result<Duration> {
    let [port] = process::free_ports::<1>()?;
    let mut command = Command::new(paths::tidegate()?);
    command.args(["up", "--stop-services-on-exit", "--listen", &format!("127.0.0.1:{port}"), "--data"]);
    command.arg(data).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let mut process = Process::start("tidegate up", &mut command)?;
    first_answer(port, "/api/v1/health", &mut process)?;
    Ok(began.elapsed())
}

/// Asks until there is an answer. Plain sockets: a client library would have to be warm.
pub fn first_answer(port: u16, path: &str, process: &mut Process) -> Result<()> {
    let deadline = Instant::now() + ANSWER_MAX;
    while Instant::now() < deadline {
        if let Ok(true) = ask(port, path) {
            return Ok(());
        }
        process.check()?;
        std::thread::sleep(POLL);
    }
    bail!("no answer from port {port}")
}

fn ask(port: u16, path: &str) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    Ok(head == *b"HTTP/1.1 200")
}
