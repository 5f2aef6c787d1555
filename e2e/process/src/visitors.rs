//! Visitors of the shop: requests at a steady rate, counted by the version that answered.
//!
//! Invariant: whatever the shop itself did not answer is counted as dropped, and so is a request that reached an
//! instance before it was ready. Deliberately not here: the gateway's own counters; these are an independent witness.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::MissedTickBehavior;

/// What one version answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answers {
    pub answered: u64,
    /// Of these, with a server error.
    pub failed: u64,
}

/// A request that the shop did not answer.
#[derive(Debug, Clone)]
pub struct Dropped {
    /// None where no answer came at all.
    pub status: Option<u16>,
    /// The gateway's code, or the error of the connection.
    pub why: String,
    /// What the answer said.
    pub body: String,
}

#[derive(Debug, Clone, Default)]
pub struct Book {
    pub by_version: BTreeMap<String, Answers>,
    pub dropped: Vec<Dropped>,
    /// The longest time in which the visitors themselves could not move: then the machine stood still.
    pub standstill: Duration,
}

impl Book {
    pub fn of(&self, version: &str) -> Answers {
        self.by_version.get(version).copied().unwrap_or_default()
    }

    pub fn answered(&self) -> u64 {
        self.by_version.values().map(|answers| answers.answered).sum()
    }

    /// Somebody was there, and nobody was dropped.
    #[track_caller]
    pub fn all_answered(&self) {
        assert!(self.answered() > 0, "nobody came: {self:?}");
        let dropped: Vec<&Dropped> = self.dropped.iter().filter(|dropped| !self.excuses(dropped)).collect();
        assert!(dropped.is_empty(), "{} dropped: {dropped:?}; {self:?}", dropped.len());
    }

    /// A gateway that wakes up after the time it gives to a service finds all of it gone, as it must.
    fn excuses(&self, dropped: &Dropped) -> bool {
        let given = match dropped.why.as_str() {
            "upstream-response-timeout" => Duration::from_mins(1),
            "request-timeout" => Duration::from_secs(10),
            "upstream-connect-timeout" => Duration::from_secs(2),
            _ => return false,
        };
        // Nobody falls asleep and wakes up at quite the same instant.
        self.standstill >= given / 2
    }
}

/// They keep coming until they are told to leave.
pub struct Visitors {
    book: Arc<Mutex<Book>>,
    stop: Arc<AtomicBool>,
    coming: JoinHandle<()>,
}

/// Longer than the machine ever stands still.
const TIMEOUT: Duration = Duration::from_secs(150);
/// Shorter than the gateway keeps an idle connection, so that neither closes what the other still uses.
const IDLE: Duration = Duration::from_secs(30);
const DROPPED_MAX: usize = 10_000;
/// The shop answers so only while it warms up.
const WARMING_UP: u16 = 503;

impl Visitors {
    /// Four of five look at products, one orders.
    pub fn of_api(port: u16, per_second: u32) -> Self {
        Self::arrive(per_second, move |client, number| match number % 5 {
            0 => {
                let order = serde_json::json!({"product": 1, "quantity": 1});
                client.post(format!("http://127.0.0.1:{port}/orders")).json(&order)
            }
            1 | 2 => client.get(format!("http://127.0.0.1:{port}/products/{}", number % 3 + 1)),
            _ => client.get(format!("http://127.0.0.1:{port}/products")),
        })
    }

    /// The page, for which web asks the api.
    pub fn of_web(port: u16, per_second: u32) -> Self {
        Self::arrive(per_second, move |client, _| client.get(format!("http://127.0.0.1:{port}/")))
    }

    pub fn arrive(
        per_second: u32,
        request: impl Fn(&Client, u64) -> RequestBuilder + Send + 'static,
    ) -> Self {
        let client = Client::builder().no_proxy().timeout(TIMEOUT).pool_idle_timeout(IDLE).build().unwrap();
        let (book, stop) = (Arc::<Mutex<Book>>::default(), Arc::<AtomicBool>::default());
        let (writing, stopped) = (Arc::clone(&book), Arc::clone(&stop));
        let coming = tokio::spawn(async move {
            let mut beat = tokio::time::interval(Duration::from_secs(1) / per_second);
            // After the machine stood still they come as before, not all at once.
            beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut under_way = JoinSet::new();
            let mut moved = Instant::now();
            for number in 0.. {
                beat.tick().await;
                let mut noted = writing.lock().unwrap_or_else(PoisonError::into_inner);
                noted.standstill = noted.standstill.max(moved.elapsed());
                drop(noted);
                moved = Instant::now();
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                under_way.spawn(visit(request(&client, number), Arc::clone(&writing)));
                while under_way.try_join_next().is_some() {}
            }
            while under_way.join_next().await.is_some() {}
        });
        Self { book, stop, coming }
    }

    pub fn book(&self) -> Book {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Until `version` has answered `count` more requests.
    pub async fn see(&self, version: &str, count: u64) {
        let before = self.book().of(version).answered;
        crate::until(&format!("{version} answers {count} visitors"), async || {
            (self.book().of(version).answered >= before + count).then_some(())
        })
        .await;
    }

    /// Waits for the requests under way, too.
    pub async fn leave(self) -> Book {
        self.stop.store(true, Ordering::Relaxed);
        self.coming.await.unwrap();
        Arc::into_inner(self.book).unwrap().into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn visit(request: RequestBuilder, book: Arc<Mutex<Book>>) {
    let outcome = answer(request).await;
    let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
    match outcome {
        Ok((version, status)) => {
            let answers = book.by_version.entry(version).or_default();
            answers.answered += 1;
            answers.failed += u64::from(status >= 500);
        }
        Err(dropped) if book.dropped.len() < DROPPED_MAX => book.dropped.push(dropped),
        Err(_) => {}
    }
}

/// The version that answered, and the status.
async fn answer(request: RequestBuilder) -> Result<(String, u16), Dropped> {
    let broken = |error: reqwest::Error| Dropped { status: None, why: chain(&error), body: String::new() };
    let response = request.send().await.map_err(broken)?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.text().await.map_err(broken)?;
    match (text(&headers, "x-shop-version"), status) {
        (Some(version), WARMING_UP) => {
            Err(Dropped { status: Some(status), why: format!("{version} was not ready"), body })
        }
        (Some(version), _) => Ok((version, status)),
        (None, _) => {
            let why =
                text(&headers, "x-tidegate-gateway").unwrap_or_else(|| "answered by nobody known".to_owned());
            Err(Dropped { status: Some(status), why, body })
        }
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The outermost error alone never says what really happened.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// What a visitor makes of one answer, sent as it is.
    async fn made_of(head: &'static str) -> Result<(String, u16), Dropped> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let serving = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            assert!(stream.read(&mut request).unwrap() > 0);
            stream.write_all(format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\n\r\n").as_bytes()).unwrap();
        });
        let made = answer(Client::builder().no_proxy().build().unwrap().get(url)).await;
        serving.join().unwrap();
        made
    }

    #[tokio::test]
    async fn only_what_the_ready_shop_answers_counts_as_answered() {
        assert_eq!(made_of("200 OK\r\nx-shop-version: 1.0.0").await.unwrap(), ("1.0.0".to_owned(), 200));
        assert_eq!(made_of("500 No\r\nx-shop-version: 1.0.0").await.unwrap(), ("1.0.0".to_owned(), 500));
        for (head, why) in [
            ("503 No\r\nx-shop-version: 1.0.0", "1.0.0 was not ready"),
            ("502 No\r\nx-tidegate-gateway: upstream-closed", "upstream-closed"),
            ("200 OK", "answered by nobody known"),
        ] {
            assert_eq!(made_of(head).await.unwrap_err().why, why);
        }
    }

    #[tokio::test]
    async fn nobody_there_is_dropped_and_not_excused() {
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let visitors = Visitors::of_api(nobody, 50);
        crate::until("some are dropped", async || (visitors.book().dropped.len() > 3).then_some(())).await;
        let mut book = visitors.leave().await;
        book.standstill = Duration::from_mins(5);
        assert!(
            book.dropped.iter().all(|dropped| dropped.status.is_none() && !book.excuses(dropped)),
            "{book:?}"
        );
    }

    #[test]
    fn a_timeout_is_excused_only_by_a_standstill_as_long() {
        let dropped = |why: &str| Dropped { status: Some(504), why: why.to_owned(), body: String::new() };
        for (seconds, why, expected) in [
            (0, "upstream-response-timeout", false),
            (29, "upstream-response-timeout", false),
            (61, "upstream-response-timeout", true),
            (2, "upstream-connect-timeout", true),
            (61, "upstream-closed", false),
            (61, "route-offline", false),
        ] {
            let book = Book { standstill: Duration::from_secs(seconds), ..Book::default() };
            assert_eq!(book.excuses(&dropped(why)), expected, "{seconds} s, {why}");
        }
    }
}
