//! A tracker of a test's own on a real socket, which answers as GitHub's REST API does: lists in pages with `Link`, `since`, limits.
//!
//! Invariant: whoever asks before the time that it named, or without the token, is in its book as wrong. Deliberately not here: anything
//! but the lists of issues.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What it does with one request, by how many it has had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Half of the answer, and then the connection is closed.
    Cut,
    /// 403, with the time from which on it answers again.
    Limited,
    /// 429, with seconds to wait.
    TooMany,
    /// A whole answer that is the last one before a pause.
    LastOne,
    /// No answer until it is let go on.
    Hang,
}

/// How long its pauses are, in seconds.
const PAUSE: u64 = 3;

#[derive(Default)]
struct Book {
    issues: Vec<Value>,
    turns: BTreeMap<usize, Turn>,
    asked: usize,
    /// The addresses that were answered whole, in their order.
    whole: Vec<String>,
    wrong: Vec<String>,
    /// By the wall clock, in milliseconds.
    closed_until_ms: u64,
    pauses: usize,
    cuts: usize,
    is_hanging: bool,
}

pub struct Tracker {
    pub address: SocketAddr,
    book: Arc<Mutex<Book>>,
    goes_on: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for Tracker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub const TOKEN: &str = "ghp_of_a_test";

fn locked(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Tracker {
    /// With issues as GitHub writes them, in the order of `updated_at`.
    pub async fn holding(issues: Vec<Value>, turns: &[(usize, Turn)]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port for the tracker");
        let address = listener.local_addr().expect("its address");
        let book = Book { issues, turns: turns.iter().copied().collect(), ..Book::default() };
        let (book, goes_on) = (Arc::new(Mutex::new(book)), Arc::new(Notify::new()));
        let (kept, waits) = (Arc::clone(&book), Arc::clone(&goes_on));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, address, Arc::clone(&kept), Arc::clone(&waits)));
            }
        });
        Self { address, book, goes_on, task }
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }
    pub fn is_hanging(&self) -> bool {
        locked(&self.book).is_hanging
    }
    pub fn go_on(&self) {
        locked(&self.book).is_hanging = false;
        self.goes_on.notify_waiters();
    }
    pub fn whole(&self) -> Vec<String> {
        locked(&self.book).whole.clone()
    }
    pub fn asked(&self) -> usize {
        locked(&self.book).asked
    }
    pub fn wrong(&self) -> Vec<String> {
        locked(&self.book).wrong.clone()
    }
    /// How often it asked for a pause, and how often it cut an answer.
    pub fn breaks(&self) -> (usize, usize) {
        let book = locked(&self.book);
        (book.pauses, book.cuts)
    }
    /// An issue in a newer state; the newest of all.
    pub fn change(&self, issue: Value) {
        let mut book = locked(&self.book);
        book.issues.retain(|known| known["number"] != issue["number"]);
        book.issues.push(issue);
    }
}

struct Answer {
    status: &'static str,
    headers: String,
    body: String,
    cut: bool,
}

async fn talk(stream: TcpStream, address: SocketAddr, book: Arc<Mutex<Book>>, goes_on: Arc<Notify>) {
    let (from, mut to) = stream.into_split();
    let mut lines = BufReader::new(from).lines();
    loop {
        let Ok(Some(first)) = lines.next_line().await else { return };
        let mut authorised = false;
        while let Ok(Some(line)) = lines.next_line().await {
            if line.is_empty() {
                break;
            }
            authorised |= line.eq_ignore_ascii_case(&format!("authorization: Bearer {TOKEN}"));
        }
        let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let Some(answer) = answer(&book, address, &target, authorised) else {
            goes_on.notified().await;
            return;
        };
        let length = answer.body.len();
        let head = format!(
            "HTTP/1.1 {}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{}\r\n",
            answer.status, answer.headers
        );
        let sent = if answer.cut { length / 2 } else { length };
        let written = to.write_all(head.as_bytes()).await.is_ok()
            && to.write_all(&answer.body.as_bytes()[..sent]).await.is_ok();
        if answer.cut || !written {
            return;
        }
    }
}

/// None where it hangs.
fn answer(book: &Mutex<Book>, address: SocketAddr, target: &str, authorised: bool) -> Option<Answer> {
    let mut book = locked(book);
    let book = &mut *book;
    book.asked += 1;
    let now = now_ms();
    if now < book.closed_until_ms {
        book.wrong.push(format!("{target} was asked {} ms too early", book.closed_until_ms - now));
    }
    if !authorised {
        book.wrong.push(format!("{target} was asked without the token"));
    }
    let reset = now / 1_000 + PAUSE;
    let used_up =
        format!("x-ratelimit-limit: 5000\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: {reset}\r\n");
    let refuse = |status, headers| {
        let body = r#"{"message": "API rate limit exceeded"}"#.to_owned();
        Some(Answer { status, headers, body, cut: false })
    };
    let number = book.asked;
    let turn = book.turns.remove(&number);
    if matches!(turn, Some(Turn::Limited | Turn::TooMany | Turn::LastOne)) {
        book.pauses += 1;
        book.closed_until_ms = reset * 1_000;
    }
    match turn {
        Some(Turn::Hang) => {
            book.is_hanging = true;
            return None;
        }
        Some(Turn::Limited) => return refuse("403 Forbidden", used_up),
        Some(Turn::TooMany) => {
            book.closed_until_ms = now + PAUSE * 1_000;
            return refuse("429 Too Many Requests", format!("retry-after: {PAUSE}\r\n"));
        }
        Some(Turn::Cut) => book.cuts += 1,
        Some(Turn::LastOne) | None => {}
    }
    let (body, next) = page(&book.issues, target);
    let mut headers = next.map_or_else(String::new, |next| {
        format!("link: <http://{address}{next}>; rel=\"next\", <http://{address}{target}>; rel=\"first\"\r\n")
    });
    if turn == Some(Turn::LastOne) {
        headers.push_str(&used_up);
    }
    let cut = turn == Some(Turn::Cut);
    if !cut {
        book.whole.push(target.to_owned());
    }
    Some(Answer { status: "200 OK", headers, body, cut })
}

/// A page of what changed since, and where the next one is.
fn page(issues: &[Value], target: &str) -> (String, Option<String>) {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let asked: BTreeMap<&str, String> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name, value.replace("%3A", ":")))
        .collect();
    let since = asked.get("since").cloned().unwrap_or_default();
    let number: usize = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    let size: usize = asked.get("per_page").and_then(|size| size.parse().ok()).unwrap_or(30).min(100);
    // RFC 3339 in UTC sorts as it stands.
    let found: Vec<&Value> = issues
        .iter()
        .filter(|issue| issue["updated_at"].as_str().unwrap_or_default() >= since.as_str())
        .filter(|issue| {
            let wanted = asked.get("labels").map_or("", String::as_str);
            let its =
                issue["labels"].as_array().into_iter().flatten().filter_map(|label| label["name"].as_str());
            let its: Vec<&str> = its.collect();
            wanted.split(',').all(|label| label.is_empty() || its.contains(&label))
        })
        .collect();
    let from = (number - 1) * size;
    let here: Vec<&Value> = found.iter().skip(from).take(size).copied().collect();
    let rest: Vec<&str> = target.split('&').filter(|part| !part.starts_with("page=")).collect();
    let next = (found.len() > from + size).then(|| format!("{}&page={}", rest.join("&"), number + 1));
    (serde_json::to_string(&here).unwrap_or_default(), next)
}
