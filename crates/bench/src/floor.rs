//! What the machine itself takes for a question and an answer over loopback: a program that reads what came and writes bytes
//! it was given, with nothing in between.
//!
//! Invariant: it waits in the system's `read`, like any server that is asked now and then; it never spins. Deliberately not
//! here: HTTP beyond finding the end of a request that came whole, which wrk's always do.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

use anyhow::{Result, bail};

use crate::process::{self, Process};
use crate::startup::first_answer;
use crate::wrk::on_cores;
use crate::{machine, paths};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long)]
    port: u16,
    /// How many bytes an answer has, beside its head
    #[arg(long)]
    bytes: usize,
}

/// The program, started on the last core, where the measured server is too.
pub struct Floor {
    pub port: u16,
    _process: Process,
}

impl Floor {
    pub fn start(bytes: usize) -> Result<Self> {
        let [port] = process::free_ports::<1>()?;
        let last = (machine::cores() - 1).to_string();
        let mut command = on_cores(Some(&last).filter(|_| machine::cores() > 1), &paths::own()?);
        command.args(["serve-floor", "--port", &port.to_string(), "--bytes", &bytes.to_string()]);
        let mut process = Process::start("the floor", command.stdout(Stdio::null()))?;
        first_answer(port, "/", &mut process)?;
        Ok(Self { port, _process: process })
    }
}

pub fn serve(args: &Args) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", args.port))?;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", args.bytes);
    let mut answer = head.into_bytes();
    answer.resize(answer.len() + args.bytes, b' ');
    loop {
        let (stream, _) = listener.accept()?;
        let answer = answer.clone();
        // Whoever goes away in the middle is no trouble of the others'.
        std::thread::spawn(move || converse(stream, &answer));
    }
}

fn converse(mut stream: TcpStream, answer: &[u8]) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            full if full == buffer.len() => bail!("a request longer than expected"),
            _ => stream.write_all(answer)?,
        }
    }
}
