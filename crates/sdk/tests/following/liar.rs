//! A server that says what a test wants it to, also what no server should: for the ways in which following goes wrong.
//!
//! Real servers are asked in `e2e/process/tests/flags_sdk.rs`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

pub const KEY: &str = "tdk_0f1e2d3c4b5a6978_5ec2e75ec2e75ec2e75ec2e75ec2e7";
/// This machine may stand still for a minute.
pub const DEADLINE: Duration = Duration::from_mins(3);

/// What is answered to whoever fetches.
#[derive(Clone)]
pub enum Says {
    /// The flag `f` of this default, at this version.
    Flag(&'static str, u64),
    Body(String),
    /// So many bytes, said beforehand or not.
    Giant {
        bytes: usize,
        said: bool,
    },
    /// A byte now and then, for ever.
    Drip,
    Status(u16),
    /// The same, from an edge that is cut off itself for so many seconds.
    Stale(&'static str, u64, u64),
}

#[derive(Clone)]
pub enum Streams {
    /// An event whenever something else is said.
    Honest,
    /// Events without end.
    Flood,
    /// One byte after the other.
    Drip,
    Status(u16),
}

struct Told {
    says: Says,
    streams: Streams,
    fetched: usize,
    usage: Vec<Value>,
    /// What it says to reports of outcomes, and those that came.
    takes: u16,
    outcomes: Vec<Value>,
}

pub struct Liar {
    pub address: SocketAddr,
    told: Arc<Mutex<Told>>,
    news: watch::Sender<u64>,
    runtime: Option<Runtime>,
}

impl Drop for Liar {
    fn drop(&mut self) {
        // Also within a runtime, where nothing may wait.
        self.runtime.take().unwrap().shutdown_background();
    }
}

impl Liar {
    pub fn start(says: Says) -> Self {
        Self::streaming(says, Streams::Honest)
    }

    pub fn streaming(says: Says, streams: Streams) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let told = Arc::new(Mutex::new(Told {
            says,
            streams,
            fetched: 0,
            usage: Vec::new(),
            takes: 200,
            outcomes: Vec::new(),
        }));
        let news = watch::Sender::new(0);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (heard, changes) = (Arc::clone(&told), news.subscribe());
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&heard), changes.clone()));
            }
        });
        Self { address, told, news, runtime: Some(runtime) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn says(&self, says: Says) {
        self.told.lock().unwrap().says = says;
        self.news.send_modify(|times| *times += 1);
    }

    pub fn fetched(&self) -> usize {
        self.told.lock().unwrap().fetched
    }

    pub fn takes_outcomes(&self, status: u16) {
        self.told.lock().unwrap().takes = status;
    }

    pub fn outcomes(&self) -> Vec<Value> {
        self.told.lock().unwrap().outcomes.clone()
    }

    pub fn usage(&self) -> Vec<Value> {
        self.told.lock().unwrap().usage.clone()
    }
}

/// Asks again until it holds.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < DEADLINE, "waited until {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

pub fn flags(default: &str, version: u64) -> String {
    let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": default});
    let definitions = json!({"flags": {"f": flag}});
    json!({"project": "shop", "environment": "production", "version": version, "changed_ms": version, "definitions": definitions}).to_string()
}

async fn serve(socket: TcpStream, told: Arc<Mutex<Told>>, news: watch::Receiver<u64>) -> std::io::Result<()> {
    let mut socket = BufReader::new(socket);
    loop {
        let (mut line, mut head, mut length) = (String::new(), String::new(), 0);
        if socket.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        loop {
            head.clear();
            socket.read_line(&mut head).await?;
            if let Some(value) = head.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if head.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        socket.read_exact(&mut body).await?;
        if line.contains("/ofrep/v1/events") {
            return stream(socket.into_inner(), &told, news).await;
        }
        if line.contains("/ofrep/v1/usage") {
            told.lock().unwrap().usage.push(serde_json::from_slice(&body).unwrap());
            socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await?;
            continue;
        }
        if line.contains("/ofrep/v1/outcomes") {
            let status = {
                let mut told = told.lock().unwrap();
                told.outcomes.push(serde_json::from_slice(&body).unwrap());
                told.takes
            };
            let text = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\n{{}}");
            socket.write_all(text.as_bytes()).await?;
            continue;
        }
        let says = {
            let mut told = told.lock().unwrap();
            told.fetched += 1;
            told.says.clone()
        };
        answer(&mut socket, says).await?;
    }
}

async fn answer(socket: &mut BufReader<TcpStream>, says: Says) -> std::io::Result<()> {
    let whole = |body: &str, more: &str| {
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n{more}\r\n{body}", body.len())
    };
    match says {
        Says::Flag(default, version) => {
            socket.write_all(whole(&flags(default, version), "").as_bytes()).await
        }
        Says::Stale(default, version, seconds) => {
            let stale = format!("tidegate-flags-stale: {seconds}\r\n");
            socket.write_all(whole(&flags(default, version), &stale).as_bytes()).await
        }
        Says::Body(body) => socket.write_all(whole(&body, "").as_bytes()).await,
        Says::Status(status) => {
            let text =
                format!("HTTP/1.1 {status} No\r\ncontent-length: 2\r\nlocation: /elsewhere\r\n\r\n{{}}");
            socket.write_all(text.as_bytes()).await
        }
        Says::Giant { bytes, said: true } => {
            socket.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\n\r\n").as_bytes()).await
        }
        Says::Giant { bytes, said: false } => {
            socket.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
            for _ in 0..bytes / 1_000 {
                socket.write_all(format!("3e8\r\n{}\r\n", " ".repeat(1_000)).as_bytes()).await?;
            }
            Ok(())
        }
        Says::Drip => {
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 50000\r\n\r\n").await?;
            drip(socket.get_mut(), b" ").await
        }
    }
}

async fn stream(
    mut socket: TcpStream,
    told: &Mutex<Told>,
    mut news: watch::Receiver<u64>,
) -> std::io::Result<()> {
    let streams = told.lock().unwrap().streams.clone();
    if let Streams::Status(status) = streams {
        return socket
            .write_all(format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n").as_bytes())
            .await;
    }
    socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: hello\n\n").await?;
    let event = b"event: message\ndata: {}\n\n";
    match streams {
        Streams::Flood => loop {
            socket.write_all(event).await?;
        },
        Streams::Drip => drip(&mut socket, event).await,
        Streams::Honest | Streams::Status(_) => {
            while news.changed().await.is_ok() {
                socket.write_all(event).await?;
            }
            Ok(())
        }
    }
}

async fn drip(socket: &mut TcpStream, text: &[u8]) -> std::io::Result<()> {
    for byte in text.iter().cycle() {
        socket.write_all(&[*byte]).await?;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}
