//! A real HTTP server on a port of its own that answers as it is told and keeps what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tidegate_connectors::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

#[derive(Debug, Clone)]
pub struct Asked {
    pub head: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

type Answers = Arc<dyn Fn(usize, &Asked) -> Vec<u8> + Send + Sync>;

pub struct Receiver {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// `answers` gets the number of the request (from 0) and the request.
    pub async fn new(answers: impl Fn(usize, &Asked) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, answers): (_, Answers) = (asked.clone(), Arc::new(answers));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kept.clone(), answers.clone()));
            }
        });
        Self { address, asked, task }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, kept: Arc<Mutex<Vec<Asked>>>, answers: Answers) {
    while let Some(asked) = request(&mut stream).await {
        let number = {
            let mut kept = kept.lock().unwrap();
            kept.push(asked.clone());
            kept.len() - 1
        };
        let answer = answers(number, &asked);
        // A client that has enough closes early.
        let written = stream.write_all(&answer).await;
        if written.is_err() || !answer.windows(10).any(|window| window == b"keep-alive") {
            break;
        }
    }
    let _ = stream.shutdown().await;
}

/// None at the end of the connection.
async fn request(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let headers: HeaderMap = head.lines().skip(1).filter_map(header).collect();
            let length =
                headers.get("content-length").and_then(|length| length.to_str().unwrap().parse().ok());
            if bytes.len() >= end + 4 + length.unwrap_or(0) {
                return Some(Asked { head, headers, body: bytes[end + 4..].to_vec() });
            }
        }
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        if read == 0 {
            return None;
        }
        bytes.extend_from_slice(&buffer[..read]);
        if bytes[0] == 0x16 {
            // TLS: the bytes are all there is to say.
            return Some(Asked { head: String::new(), headers: HeaderMap::new(), body: bytes });
        }
    }
}

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(": ")?;
    Some((name.parse().ok()?, value.parse().ok()?))
}

pub fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
        .into_bytes()
}
