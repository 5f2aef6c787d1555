//! A collector of traces of a test's own: takes OTLP over HTTP, keeps the spans, and can be told to hang.
//!
//! Invariant: what it keeps it has decoded from the protobuf that was sent; every other request is kept with its headers, so
//! that it can stand for a system that is told something. Deliberately not here: TLS and gRPC.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// As far as tests look at it; ids in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub name: String,
    pub trace: String,
    pub id: String,
    /// Empty for the first of a trace.
    pub parent: String,
    /// By the numbers of OTLP: 1 internal, 2 server, 3 client.
    pub kind: i32,
    pub failed: bool,
    pub attributes: BTreeMap<String, String>,
    /// Of what sent it.
    pub resource: BTreeMap<String, String>,
}

/// A request that brought no spans.
#[derive(Debug, Clone)]
pub struct Told {
    pub line: String,
    /// By names in lower case.
    pub headers: BTreeMap<String, String>,
}

#[derive(Default)]
struct Book {
    spans: Vec<Span>,
    told: Vec<Told>,
    /// Connections that were taken.
    calls: usize,
}

pub struct Collector {
    pub url: String,
    book: Arc<Mutex<Book>>,
    task: JoinHandle<()>,
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Collector {
    pub async fn start() -> Self {
        Self::open(false).await
    }

    /// Takes connections and says nothing.
    pub async fn that_hangs() -> Self {
        Self::open(true).await
    }

    async fn open(hangs: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let book = Arc::<Mutex<Book>>::default();
        let task = tokio::spawn(take(listener, Arc::clone(&book), hangs));
        Self { url, book, task }
    }

    pub fn spans(&self) -> Vec<Span> {
        lock(&self.book).spans.clone()
    }
    pub fn told(&self) -> Vec<Told> {
        lock(&self.book).told.clone()
    }
    pub fn calls(&self) -> usize {
        lock(&self.book).calls
    }
}

fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn take(listener: TcpListener, book: Arc<Mutex<Book>>, hangs: bool) {
    let mut kept = Vec::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        lock(&book).calls += 1;
        if hangs {
            kept.push(stream);
        } else {
            let book = Arc::clone(&book);
            // What a client breaks off is no fault of the collector.
            tokio::spawn(async move { converse(stream, &book).await.ok() });
        }
    }
}

/// One connection, with as many requests as come.
async fn converse(stream: TcpStream, book: &Mutex<Book>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut line, mut headers) = (String::new(), BTreeMap::new());
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        loop {
            let mut header = String::new();
            stream.read_line(&mut header).await?;
            let Some((name, value)) = header.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        if line.starts_with("POST /v1/traces ") {
            let sent = ExportTraceServiceRequest::decode(body.as_slice()).expect("no protobuf of spans");
            lock(book).spans.extend(spans(sent));
        } else {
            lock(book).told.push(Told { line: line.trim_end().to_owned(), headers });
        }
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer.as_bytes()).await?;
    }
}

fn spans(sent: ExportTraceServiceRequest) -> Vec<Span> {
    let mut all = Vec::new();
    for of_resource in sent.resource_spans {
        let resource =
            attributes(&of_resource.resource.map(|resource| resource.attributes).unwrap_or_default());
        for span in of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            assert!(
                span.end_time_unix_nano >= span.start_time_unix_nano,
                "{} ends before it begins",
                span.name
            );
            all.push(Span {
                name: span.name,
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                kind: span.kind,
                // 2 is an error.
                failed: span.status.is_some_and(|status| status.code == 2),
                attributes: attributes(&span.attributes),
                resource: resource.clone(),
            });
        }
    }
    all
}

fn attributes(all: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |one: &KeyValue| match one.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(yes)) => yes.to_string(),
        other => format!("{other:?}"),
    };
    all.iter().map(|one| (one.key.clone(), text(one))).collect()
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
