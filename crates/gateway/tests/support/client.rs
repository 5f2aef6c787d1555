//! A plain HTTP/1.1 client over a real socket, that says exactly what it is told to say.
//!
//! Invariant: a response is read to its end by its own framing, so that a connection can be used again.
//! Not here: HTTP/2 (the test that needs it uses hyper).

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Client {
    pub tcp: TcpStream,
    pub buffer: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }

    pub fn headers(&self, name: &str) -> Vec<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v).collect()
    }
}

pub async fn get(address: SocketAddr, path: &str) -> Answer {
    Client::connect(address).await.get(path).await
}

pub async fn admin(address: SocketAddr, method: &str, path: &str, body: &str) -> Answer {
    let mut client = Client::connect(address).await;
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n\r\n");
    client.say(&format!("{head}{body}")).await;
    client.answer().await
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Client {
        Client { tcp: TcpStream::connect(address).await.unwrap(), buffer: Vec::new() }
    }

    pub async fn say(&mut self, text: &str) {
        self.tcp.write_all(text.as_bytes()).await.unwrap();
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.get_with(path, "").await
    }

    /// `fields` are whole lines, each with its line end.
    pub async fn get_with(&mut self, path: &str, fields: &str) -> Answer {
        self.say(&format!("GET {path} HTTP/1.1\r\nhost: shop.example\r\n{fields}\r\n")).await;
        self.answer().await
    }

    pub async fn post(&mut self, path: &str, body: &str) -> Answer {
        let length = body.len();
        self.say(&format!(
            "POST {path} HTTP/1.1\r\nhost: shop.example\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
        .await;
        self.answer().await
    }

    /// The next response; panics when the connection ends before it does.
    pub async fn answer(&mut self) -> Answer {
        self.try_answer().await.expect("a whole response")
    }

    pub async fn try_answer(&mut self) -> Option<Answer> {
        let head = self.head().await?;
        let status: u16 = head.split(' ').nth(1)?.parse().ok()?;
        let answer = Answer { status, head, body: String::new() };
        let chunked = answer.header("transfer-encoding") == Some("chunked");
        let length = answer.header("content-length").map(|length| length.parse::<usize>().unwrap());
        let body = match (chunked, length) {
            (true, _) => self.chunks().await?,
            (false, Some(length)) => self.take(length).await?,
            (false, None) if status == 204 || status == 304 || status == 101 => Vec::new(),
            (false, None) => self.rest().await,
        };
        Some(Answer { body: String::from_utf8_lossy(&body).into_owned(), ..answer })
    }

    pub async fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
                return Some(String::from_utf8_lossy(&head).replace("\r\n", "\n"));
            }
            self.more().await?;
        }
    }

    pub async fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < count {
            self.more().await?;
        }
        Some(self.buffer.drain(..count).collect())
    }

    /// One chunk's data; empty at the end.
    pub async fn chunk(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|window| window == b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..end + 2).collect();
                let size = usize::from_str_radix(std::str::from_utf8(&line[..end]).ok()?, 16).ok()?;
                let data = self.take(size + 2).await?;
                return Some(data[..size].to_vec());
            }
            self.more().await?;
        }
    }

    async fn chunks(&mut self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let chunk = self.chunk().await?;
            if chunk.is_empty() {
                return Some(body);
            }
            body.extend(chunk);
        }
    }

    /// Everything until the other side ends.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.more().await.is_some() {}
        std::mem::take(&mut self.buffer)
    }

    async fn more(&mut self) -> Option<()> {
        let read = tokio::time::timeout(super::LIMIT, self.tcp.read_buf(&mut self.buffer)).await;
        match read.expect("bytes within the limit") {
            Ok(count) if count > 0 => Some(()),
            Ok(_) | Err(_) => None,
        }
    }
}
