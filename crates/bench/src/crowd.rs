//! Health and memory of a server with ten thousand idle streams and a thousand clients that never finish asking.
//!
//! Invariant: the streams are open and answered before anything is measured; the same server is measured alone first,
//! in the same run. Deliberately not here: whether they get their events (the server's tests).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::json;

use crate::measured::Times;
use crate::process::{self, Process};
use crate::result::{Row, Sheet, say};
use crate::startup::first_answer;
use crate::{machine, paths};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, default_value_t = 10_000)]
    streams: usize,
    /// Clients that send half a request and wait
    #[arg(long, default_value_t = 1_000)]
    slow: usize,
    #[arg(long, default_value_t = 1_000)]
    asks: usize,
}

/// Files of this program besides its connections.
const FILES_KEPT: u64 = 200;
const ANSWER_MAX: Duration = Duration::from_secs(30);

pub fn run(args: &Args) -> Result<()> {
    let (streams, slow) = (args.streams, args.slow);
    let mut sheet = Sheet::begin("crowd", &format!("{streams} idle event streams, {slow} slow clients"));
    allow_files(streams + slow)?;
    let scratch = paths::scratch()?;
    let [port] = process::free_ports::<1>()?;
    let mut command = Command::new(paths::tidegate()?);
    command.args(["up", "--stop-services-on-exit", "--listen", &format!("127.0.0.1:{port}"), "--data"]);
    command.arg(scratch.path().join("data")).stdout(Stdio::null()).stderr(Stdio::null());
    let mut server = Process::start("tidegate up", &mut command)?;
    first_answer(port, "/api/v1/health", &mut server)?;
    let alone = health(port, args.asks)?;
    let held = (0..streams).map(|_| stream(port)).collect::<Result<Vec<_>>>()?;
    let waiting = (0..slow).map(|_| half_asked(port)).collect::<Result<Vec<_>>>()?;
    let crowded = health(port, args.asks)?;
    let resident_mib = machine::resident_mib_max(server.id());
    say(&format!("    alone: p50 {:.2} ms, p99 {:.2} ms", alone.at_ms(0.5), alone.at_ms(0.99)));
    let (p50, p99) = (crowded.at_ms(0.5), crowded.at_ms(0.99));
    drop((held, waiting));
    sheet.row(Row::new("health in the crowd, p99 ms", format!("{p99:.2}")).aim("≤ 100 ms", p99 <= 100.0));
    sheet.row(Row::new("… p99 with the crowd to p99 alone", format!("{:.1}", p99 / alone.at_ms(0.99))));
    sheet.row(
        Row::new("memory of the server, MiB", format!("{resident_mib:.0}"))
            .aim("≤ 500 MiB", resident_mib <= 500.0),
    );
    sheet.end(json!({
        "streams": streams, "slow": slow, "p50_ms": p50, "p99_ms": p99,
        "alone_p99_ms": alone.at_ms(0.99), "resident_mib": resident_mib,
    }))
}

/// For this program and the server, which inherits it.
fn allow_files(connections: usize) -> Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = connections as u64 + FILES_KEPT + 256;
    if limit.maximum.is_some_and(|most| most < wanted) {
        bail!(
            "{wanted} open files are needed, and this user may have {:?}: ask for fewer streams",
            limit.maximum
        );
    }
    limit.current = limit.current.map(|now| now.max(wanted));
    setrlimit(Resource::Nofile, limit).context("the limit of open files cannot be raised")
}

fn health(port: u16, asks: usize) -> Result<Times> {
    let ask = |_| {
        let began = Instant::now();
        let mut stream = connect(port)?;
        write!(stream, "GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if !answer.starts_with("HTTP/1.1 200") {
            bail!("health was answered with {answer}");
        }
        Ok(began.elapsed())
    };
    Ok(Times::new((0..asks).map(ask).collect::<Result<_>>()?))
}

fn stream(port: u16) -> Result<TcpStream> {
    let mut stream = connect(port)?;
    write!(stream, "GET /api/v1/events/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    if head != *b"HTTP/1.1 200" {
        bail!("a stream was answered with {}", String::from_utf8_lossy(&head));
    }
    Ok(stream)
}

fn half_asked(port: u16) -> Result<TcpStream> {
    let mut stream = connect(port)?;
    write!(stream, "GET /api/v1/health HTTP/1.1\r\nHost: 127.")?;
    Ok(stream)
}

fn connect(port: u16) -> Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    Ok(stream)
}
