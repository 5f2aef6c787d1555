//! A mail server of a test's own on a real socket, which keeps what it is given and can be told to misbehave.
//!
//! Invariant: what it said yes to is in its book; what is wrong with a client's words is there too. It is included by the server's
//! tests as well, so it names nothing but tokio. Deliberately not here: TLS and signing in (the tests of `connectors`).

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinHandle;

/// How it behaves from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    Takes,
    /// Takes the connection and says nothing.
    Hangs,
    /// Closes the connection at once.
    Cuts,
    /// Answers so to this recipient.
    Says {
        to: String,
        reply: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub to: String,
    /// Lines end in CR LF; dots are taken out again.
    pub letter: String,
}

impl Taken {
    /// The value of a header that is not folded.
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.letter.split("\r\n\r\n").next().unwrap_or_default();
        head.split("\r\n").find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
    pub fn message_id(&self) -> &str {
        self.header("Message-ID").unwrap_or_default()
    }
    /// The part in plain text, its soft line breaks taken out.
    pub fn text(&self) -> String {
        let start = self.letter.find("text/plain").unwrap_or(0);
        let body = self.letter[start..].split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let end = body.find("\r\n--").unwrap_or(body.len());
        body[..end].replace("=\r\n", "").replace("=3D", "=")
    }
}

#[derive(Default)]
struct Book {
    taken: Vec<Taken>,
    wrong: Vec<String>,
    /// Letters that were taken and not answered yet.
    unanswered: usize,
}

/// More letters than any test sends.
const MANY: usize = 1 << 20;

pub struct Mailbox {
    pub address: SocketAddr,
    book: Arc<Mutex<Book>>,
    manner: Arc<Mutex<Manner>>,
    /// One for each letter that is answered after it was taken.
    answers: Arc<Semaphore>,
    task: JoinHandle<()>,
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Mailbox {
    pub async fn new(manner: Manner) -> Self {
        Self::answering(manner, MANY).await
    }

    /// Takes letters, and says nothing to them until it is told to.
    pub async fn silent() -> Self {
        Self::answering(Manner::Takes, 0).await
    }

    /// So many more letters are answered.
    pub fn answer(&self, more: usize) {
        self.answers.add_permits(more);
    }
    pub fn answer_all(&self) {
        self.answers.add_permits(MANY);
    }

    async fn answering(manner: Manner, answers: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port for mail");
        let address = listener.local_addr().expect("its address");
        let (book, manner) = (Arc::<Mutex<Book>>::default(), Arc::new(Mutex::new(manner)));
        let (kept, behaves) = (Arc::clone(&book), Arc::clone(&manner));
        let answers = Arc::new(Semaphore::new(answers));
        let answering = Arc::clone(&answers);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (book, manner) = (Arc::clone(&kept), Arc::clone(&behaves));
                tokio::spawn(talk(stream, (book, manner), Arc::clone(&answering)));
            }
        });
        Self { address, book, manner, answers, task }
    }

    pub fn behave(&self, manner: Manner) {
        *locked(&self.manner) = manner;
    }
    /// A letter waits for an answer, and none is left.
    pub fn keeps_waiting(&self) -> bool {
        locked(&self.book).unanswered > 0 && self.answers.available_permits() == 0
    }
    /// In the order in which they came, copies too.
    pub fn taken(&self) -> Vec<Taken> {
        locked(&self.book).taken.clone()
    }
    pub fn count(&self) -> usize {
        locked(&self.book).taken.len()
    }
    /// What no client may say.
    pub fn wrong(&self) -> Vec<String> {
        locked(&self.book).wrong.clone()
    }
    /// The ids of the letters that each recipient got.
    pub fn ids(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for taken in self.taken() {
            ids.entry(taken.to.clone()).or_default().insert(taken.message_id().to_owned());
        }
        ids
    }
}

struct Talk {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
}

impl Talk {
    async fn say(&mut self, reply: &str) -> bool {
        self.write.write_all(format!("{reply}\r\n").as_bytes()).await.is_ok()
    }

    /// One line without its end; none once the other side is gone.
    async fn line(&mut self, book: &Mutex<Book>) -> Option<String> {
        let mut line = Vec::new();
        let read = self.read.read_until(b'\n', &mut line).await.ok()?;
        if read == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&line).into_owned();
        let Some(text) = text.strip_suffix("\r\n") else {
            locked(book).wrong.push(format!("a line without its end: {text:?}"));
            return None;
        };
        Some(text.to_owned())
    }
}

async fn talk(
    stream: TcpStream,
    (book, manner): (Arc<Mutex<Book>>, Arc<Mutex<Manner>>),
    answers: Arc<Semaphore>,
) {
    let (read, write) = stream.into_split();
    let mut talk = Talk { read: BufReader::new(read), write };
    let begins = locked(&manner).clone();
    match begins {
        Manner::Cuts => return,
        Manner::Hangs => {
            // Until the other side gives up.
            while talk.line(&book).await.is_some() {}
            return;
        }
        Manner::Takes | Manner::Says { .. } => {}
    }
    if !talk.say("220 mailbox.example ESMTP").await {
        return;
    }
    let (mut from, mut to) = (false, None);
    while let Some(line) = talk.line(&book).await {
        let upper = line.to_ascii_uppercase();
        let goes_on = if upper.starts_with("EHLO ") {
            talk.say("250-mailbox.example\r\n250 SIZE 10000000").await
        } else if upper.starts_with("MAIL FROM:<") {
            from = true;
            talk.say("250 ok").await
        } else if upper.starts_with("RCPT TO:<") && from {
            let who = path(&line);
            let now = locked(&manner).clone();
            match now {
                Manner::Says { to: refused, reply } if refused == who => talk.say(&reply).await,
                Manner::Takes | Manner::Hangs | Manner::Cuts | Manner::Says { .. } => {
                    to = Some(who);
                    talk.say("250 ok").await
                }
            }
        } else if upper == "DATA" && to.is_some() {
            if !talk.say("354 go ahead").await {
                return;
            }
            let Some(letter) = letter(&mut talk, &book).await else { return };
            from = false;
            // It has it, whether or not the other side lives to hear so.
            locked(&book).taken.push(Taken { to: to.take().unwrap_or_default(), letter });
            locked(&book).unanswered += 1;
            let answered = tokio::select! {
                answer = answers.acquire() => answer.map(SemaphorePermit::forget).is_ok(),
                // It waits for an answer and says nothing, so it is gone.
                _ = talk.read.fill_buf() => false,
            };
            locked(&book).unanswered -= 1;
            if !answered {
                return;
            }
            talk.say("250 2.0.0 queued").await
        } else if upper == "RSET" {
            (from, to) = (false, None);
            talk.say("250 ok").await
        } else if upper == "QUIT" {
            talk.say("221 bye").await;
            return;
        } else {
            locked(&book).wrong.push(line);
            talk.say("503 not now").await
        };
        if !goes_on {
            return;
        }
    }
}

async fn letter(talk: &mut Talk, book: &Mutex<Book>) -> Option<String> {
    let mut letter = String::new();
    loop {
        let line = talk.line(book).await?;
        if line == "." {
            return Some(letter);
        }
        letter.push_str(line.strip_prefix('.').unwrap_or(&line));
        letter.push_str("\r\n");
    }
}

fn path(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(path, _)| path.to_owned()).unwrap_or_default()
}
