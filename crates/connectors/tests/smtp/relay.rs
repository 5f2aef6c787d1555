//! A mail server by RFC 5321 that takes nothing that is not said right, and can be told to misbehave at any step.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// Where it hangs, drops or refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    Greeting,
    Hello,
    StartTls,
    Auth,
    Mail,
    Recipient,
    Data,
    /// After the whole letter.
    Letter,
    Quit,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    Nothing,
    /// Says no more, and keeps the connection.
    Hangs(At),
    Drops(At),
    /// Answers so.
    Says(At, &'static str),
    /// Answers so to this recipient alone.
    RefusesRecipient(&'static str, &'static str),
    /// More than was asked, in the clear, together with its agreement to TLS.
    Injects,
    NoStartTls,
    /// Half a reply line, then nothing.
    HalfReply(At),
    /// A reply without an end.
    Endless(At),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    /// Dots taken out again.
    pub letter: String,
    pub secured: bool,
    pub signed_in: bool,
}

#[derive(Clone, Default)]
pub struct Book {
    pub taken: Arc<Mutex<Vec<Taken>>>,
    /// What a client said that no client may.
    pub wrong: Arc<Mutex<Vec<String>>>,
    pub connections: Arc<Mutex<usize>>,
    pub farewells: Arc<Mutex<usize>>,
}

pub struct Relay {
    pub address: SocketAddr,
    pub book: Book,
    task: JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
pub struct Manner {
    pub does: Does,
    pub tls: Option<TlsAcceptor>,
    /// TLS from the first byte.
    pub at_once: bool,
    /// user NUL password, as PLAIN says it after its first NUL.
    pub credentials: Option<&'static str>,
}

impl Relay {
    pub async fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (address, book) = (listener.local_addr().unwrap(), Book::default());
        let kept = book.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *kept.connections.lock().unwrap() += 1;
                tokio::spawn(connection(stream, manner.clone(), kept.clone()));
            }
        });
        Self { address, book, task }
    }
    pub fn taken(&self) -> Vec<Taken> {
        self.book.taken.lock().unwrap().clone()
    }
}

async fn connection(stream: TcpStream, manner: Manner, book: Book) {
    if manner.at_once {
        let Ok(stream) = manner.tls.clone().unwrap().accept(stream).await else { return };
        let mut talk = Talk::new(stream, manner, book, true);
        talk.run(true).await;
        return;
    }
    let mut talk = Talk::new(stream, manner.clone(), book.clone(), false);
    if talk.run(true).await == End::Upgrade {
        let Ok(stream) = manner.tls.clone().unwrap().accept(talk.stream).await else { return };
        let mut talk = Talk::new(stream, manner, book, true);
        talk.run(false).await;
    }
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    Over,
    Upgrade,
}

struct Talk<S> {
    stream: S,
    manner: Manner,
    book: Book,
    secured: bool,
    signed_in: bool,
    hello: bool,
    from: Option<String>,
    to: Vec<String>,
    unread: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    fn new(stream: S, manner: Manner, book: Book, secured: bool) -> Self {
        Self {
            stream,
            manner,
            book,
            secured,
            signed_in: false,
            hello: false,
            from: None,
            to: Vec::new(),
            unread: Vec::new(),
        }
    }

    async fn run(&mut self, greets: bool) -> End {
        if greets && !self.say(At::Greeting, "220 relay.example ESMTP").await {
            return End::Over;
        }
        loop {
            let Some(line) = self.line().await else { return End::Over };
            let upper = line.to_ascii_uppercase();
            let goes_on = if upper.starts_with("EHLO ") {
                self.hello = true;
                self.greet().await
            } else if upper == "STARTTLS" {
                return self.upgrade().await;
            } else if upper.starts_with("AUTH ") {
                self.auth(&line).await
            } else if upper.starts_with("MAIL FROM:<") {
                self.mail(&line).await
            } else if upper.starts_with("RCPT TO:<") {
                self.recipient(&line).await
            } else if upper == "DATA" {
                self.data().await
            } else if upper == "RSET" {
                (self.from, self.to) = (None, Vec::new());
                self.raw("250 ok").await
            } else if upper == "QUIT" {
                *self.book.farewells.lock().unwrap() += 1;
                self.say(At::Quit, "221 bye").await;
                return End::Over;
            } else {
                self.wrong(&line);
                self.raw("500 what?").await
            };
            if !goes_on {
                return End::Over;
            }
        }
    }

    fn wrong(&self, what: &str) {
        self.book.wrong.lock().unwrap().push(what.to_owned());
    }

    /// One line that ends in CR LF, of at most 512 bytes; nothing may come before it was asked for.
    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.unread.drain(..end + 2).collect();
                if line.len() > 512
                    || line[..end].iter().any(|byte| matches!(byte, b'\r' | b'\n'))
                    || !line.is_ascii()
                {
                    self.wrong(&format!("a line that is none: {line:?}"));
                }
                if !self.unread.is_empty() {
                    self.wrong("it speaks before it is answered");
                }
                return Some(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            let mut part = [0; 4096];
            let read = self.stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
            self.unread.extend_from_slice(&part[..read]);
        }
    }

    async fn raw(&mut self, reply: &str) -> bool {
        self.stream.write_all(format!("{reply}\r\n").as_bytes()).await.is_ok()
            && self.stream.flush().await.is_ok()
    }

    /// As it is told to; whether the talk goes on.
    async fn say(&mut self, at: At, reply: &str) -> bool {
        match self.manner.does.clone() {
            Does::Hangs(where_) if where_ == at => {
                // Until the client gives up.
                while self.stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
                false
            }
            Does::Drops(where_) if where_ == at => false,
            Does::Says(where_, other) if where_ == at => self.raw(other).await && !other.starts_with("421"),
            Does::HalfReply(where_) if where_ == at => {
                let _ = self.stream.write_all(b"250-ha").await;
                false
            }
            Does::Endless(where_) if where_ == at => {
                while self.raw(&format!("250-{}", "x".repeat(100))).await {}
                false
            }
            _ => self.raw(reply).await,
        }
    }

    async fn greet(&mut self) -> bool {
        let tls = if self.secured || self.manner.tls.is_none() || self.manner.does == Does::NoStartTls {
            ""
        } else {
            "250-STARTTLS\r\n"
        };
        let auth = if self.manner.credentials.is_some() { "250-AUTH PLAIN\r\n" } else { "" };
        self.say(At::Hello, &format!("250-relay.example\r\n{tls}{auth}250 SIZE 10000000")).await
    }

    async fn upgrade(&mut self) -> End {
        if self.manner.does == Does::Injects {
            self.raw("220 go ahead\r\n250-relay.example\r\n250 AUTH PLAIN").await;
            return End::Upgrade;
        }
        if self.say(At::StartTls, "220 go ahead").await { End::Upgrade } else { End::Over }
    }

    async fn auth(&mut self, line: &str) -> bool {
        use base64::Engine as _;
        if !self.secured {
            self.wrong("a password in the clear");
        }
        let given =
            line.strip_prefix("AUTH PLAIN ").and_then(|it| base64::prelude::BASE64_STANDARD.decode(it).ok());
        let expected = self.manner.credentials.map(|it| format!("\0{it}").into_bytes());
        self.signed_in = given.is_some() && given == expected;
        let reply = if self.signed_in { "235 welcome" } else { "535 5.7.8 who are you?" };
        self.say(At::Auth, reply).await
    }

    async fn mail(&mut self, line: &str) -> bool {
        if !self.hello || self.from.is_some() {
            self.wrong("a sender out of order");
        }
        if self.manner.credentials.is_some() && !self.signed_in {
            return self.raw("530 5.7.0 sign in first").await;
        }
        self.from = Some(path(line));
        self.say(At::Mail, "250 ok").await
    }

    async fn recipient(&mut self, line: &str) -> bool {
        if self.from.is_none() {
            self.wrong("a recipient out of order");
        }
        let to = path(line);
        if let Does::RefusesRecipient(who, reply) = self.manner.does
            && who == to
        {
            return self.raw(reply).await;
        }
        self.to.push(to);
        self.say(At::Recipient, "250 ok").await
    }

    async fn data(&mut self) -> bool {
        if self.to.is_empty() {
            self.wrong("a letter to nobody");
        }
        if !self.say(At::Data, "354 go ahead").await {
            return false;
        }
        if matches!(self.manner.does, Does::Says(At::Data, _)) {
            return true;
        }
        let Some(letter) = self.letter().await else { return false };
        let (from, to) = (self.from.take().unwrap_or_default(), std::mem::take(&mut self.to));
        let taken = Taken { from, to, letter, secured: self.secured, signed_in: self.signed_in };
        let refuses = matches!(self.manner.does, Does::Says(At::Letter, _));
        if !refuses {
            // It has it, whether or not it lives to say so.
            self.book.taken.lock().unwrap().push(taken);
        }
        self.say(At::Letter, "250 2.0.0 queued as 4711").await
    }

    /// To the line that is a dot alone; lines end in CR LF and have at most 1 000 bytes.
    async fn letter(&mut self) -> Option<String> {
        let mut letter = String::new();
        loop {
            let Some(end) = self.unread.windows(2).position(|pair| pair == b"\r\n") else {
                let mut part = [0; 4096];
                let read = self.stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
                self.unread.extend_from_slice(&part[..read]);
                continue;
            };
            let line: Vec<u8> = self.unread.drain(..end + 2).collect();
            let line = String::from_utf8_lossy(&line[..end]).into_owned();
            if line.len() > 998 || line.contains(['\r', '\n']) {
                self.wrong(&format!("a line of {} bytes in the letter", line.len()));
            }
            if line == "." {
                return Some(letter);
            }
            letter.push_str(line.strip_prefix('.').unwrap_or(&line));
            letter.push_str("\r\n");
        }
    }
}

fn path(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(path, _)| path.to_owned()).unwrap_or_default()
}
