//! Following a server, or an edge: its stream of changes, and what there is whenever something changed.
//!
//! Invariant: the stream is connected before what there is is fetched, so that nothing between the two is missed; as long
//! as either fails, whoever learns is told that what they have may be old. Whatever is received, waited for or kept has a
//! limit. Deliberately not here: what is learnt from an answer (`Learner`).

mod events;
mod kept;
mod report;
mod source;
mod trouble;

use std::convert::Infallible;
use std::time::Duration;

use reqwest::header::{ETAG, IF_NONE_MATCH, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use crate::outcomes;
use crate::usage::News;
use events::has_data;
use kept::Kept;
use report::Report;
pub use source::{BadSources, Key, Sources};
pub use trouble::Trouble;

const CONNECT: Duration = Duration::from_secs(3);
/// Shorter than a server keeps an idle connection (10 s), so that nothing is sent on one that it is just closing.
const IDLE: Duration = Duration::from_secs(5);
/// Beyond two heartbeats of the stream nobody is there any more.
pub(crate) const SILENCE: Duration = Duration::from_secs(40);
const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// Where a key opens nothing any more, or something else answers there.
const PAUSE_REFUSED_MAX: Duration = Duration::from_secs(30);
/// Of what a server asks for by `Retry-After`.
const PAUSE_ASKED_MAX: Duration = Duration::from_mins(1);
/// However many changes a stream tells of.
const FETCHES_APART: Duration = Duration::from_millis(100);
/// How often what was given is reported, and what there is asked for without being told.
const LOOK_EVERY: Duration = Duration::from_mins(1);
const LAST_REPORT: Duration = Duration::from_secs(2);
/// How often it is told how requests went, and what may be told at once by whoever passes reports on.
const OUTCOMES_EVERY: Duration = Duration::from_secs(5);
const OUTCOMES_AT_ONCE: usize = 200;
const OUTCOMES_WITHIN: Duration = Duration::from_secs(5);
/// Seconds since the answers were last known to be the newest ones.
const STALE: &str = "tidegate-flags-stale";

/// Whoever makes something of what is learnt.
pub trait Learner: Send + 'static {
    /// What there is, whole; why it cannot be taken, where what was known stays.
    fn learn(&mut self, answer: &[u8]) -> Result<Learnt, String>;
    /// The same of what an earlier start kept.
    fn remember(&mut self, answer: &[u8]) -> Result<(), String> {
        self.learn(answer).map(|_| ())
    }
    /// What was learnt last is the newest there is.
    fn newest(&mut self);
    /// What was learnt last was the newest so long ago.
    fn stale(&mut self, since: Duration);
    /// Nothing can be learnt now, wherever it was tried.
    fn cut_off(&mut self, why: &Trouble);
    /// How flags were used since this was last asked, at most so many.
    fn given(&mut self, most: usize) -> Vec<News>;
    /// How requests went, of at most so many instances of which something is new.
    fn outcomes(&mut self, most: usize) -> Vec<outcomes::Report>;
    /// Nobody took this one; it is told again later, with what was counted by then.
    fn unheard(&mut self, report: &outcomes::Report);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learnt {
    News,
    /// What is known is as new, or newer.
    Known,
}

pub struct Follower<L> {
    http: Client,
    sources: Vec<Source>,
    /// Which of them is followed.
    at: usize,
    /// How many of them failed, or were behind, since one was well.
    failed: usize,
    key: Key,
    path: &'static str,
    answer_bytes_max: usize,
    answer_within: Duration,
    kept: Option<Kept>,
    report: Option<Report>,
    /// Whether the source itself may be behind.
    behind: bool,
    fetched: Option<Instant>,
    pause: Duration,
    was_well: bool,
    learner: L,
}

struct Source {
    address: String,
    tag: Option<String>,
}

impl<L: Learner> Follower<L> {
    pub fn new(sources: Sources, learner: L) -> Result<Self, BadSources> {
        let addresses = sources.checked()?;
        // A key goes to the addresses that were named, and nowhere else.
        let http = Client::builder().no_proxy().redirect(Policy::none()).connect_timeout(CONNECT);
        let http = http.pool_idle_timeout(IDLE);
        Ok(Self {
            http: http.build().map_err(|_| BadSources::Http)?,
            sources: addresses.into_iter().map(|address| Source { address, tag: None }).collect(),
            at: 0,
            failed: 0,
            key: sources.key,
            path: sources.path,
            answer_bytes_max: sources.answer_bytes_max,
            answer_within: sources.answer_within,
            kept: sources.file.map(Kept::at),
            report: sources.reports.then(Report::default),
            behind: false,
            fetched: None,
            pause: PAUSE_FIRST,
            was_well: true,
            learner,
        })
    }

    /// What an earlier start kept is known until something newer is.
    pub fn remember(&mut self) {
        let Some((bytes, since)) = self.kept.as_ref().and_then(|kept| kept.read(self.answer_bytes_max))
        else {
            return;
        };
        match self.learner.remember(&bytes) {
            Ok(()) => self.learner.stale(since),
            Err(why) => tracing::warn!(%why, "the kept copy of the flags cannot be read"),
        }
    }

    /// Until `stop` is ready; then what was given is reported a last time.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let began = Instant::now();
            let trouble = tokio::select! {
                () = &mut stop => break,
                followed = self.follow() => {
                    let Err(trouble) = followed;
                    trouble
                }
            };
            let pause = self.after(&trouble, began.elapsed());
            tokio::select! {
                () = &mut stop => break,
                () = sleep(pause) => {}
            }
        }
        let last = async {
            self.tell_outcomes().await;
            self.tell().await;
        };
        let _in_time = timeout(LAST_REPORT, last).await;
    }

    /// How long to wait before the next of them is tried.
    fn after(&mut self, trouble: &Trouble, lasted: Duration) -> Duration {
        let address = &self.sources[self.at].address;
        // Said once, until all is well again.
        if std::mem::take(&mut self.was_well) {
            tracing::warn!(%address, %trouble, "nothing can be learnt about flags there now");
        } else {
            tracing::debug!(%address, %trouble, "nothing can be learnt about flags there now");
        }
        // Whoever was connected for a while comes back quickly.
        if lasted > PAUSE_MAX {
            (self.pause, self.failed) = (PAUSE_FIRST, 0);
        }
        self.at = (self.at + 1) % self.sources.len();
        self.failed = self.failed.saturating_add(1);
        if self.failed < self.sources.len() {
            return Duration::ZERO;
        }
        if !matches!(trouble, Trouble::Behind) {
            self.learner.cut_off(trouble);
        }
        let pause = self.pause.max(trouble.asks_for().min(PAUSE_ASKED_MAX));
        let most = if trouble.is_refusal() { PAUSE_REFUSED_MAX } else { PAUSE_MAX };
        self.pause = (self.pause * 2).min(most);
        // Between half and whole, so that many do not come back at once.
        pause.mul_f64(rand::random_range(0.5..=1.0))
    }

    /// Until something fails.
    async fn follow(&mut self) -> Result<Infallible, Trouble> {
        let mut stream = self.connect().await?;
        self.fetch().await?;
        // Another one may know more; where all were tried, one that is behind is better than none.
        if self.behind && self.failed + 1 < self.sources.len() {
            return Err(Trouble::Behind);
        }
        let mut line = Vec::new();
        let mut look = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut outcomes = interval_at(Instant::now() + OUTCOMES_EVERY, OUTCOMES_EVERY);
        outcomes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                piece = timeout(SILENCE, stream.chunk()) => {
                    let piece = piece.map_err(|_| Trouble::Silent)??.ok_or(Trouble::Silent)?;
                    if has_data(&mut line, &piece) {
                        self.fetch().await?;
                    } else if !self.behind {
                        self.newest();
                    }
                }
                _ = outcomes.tick() => self.tell_outcomes().await,
                _ = look.tick() => {
                    self.tell().await;
                    self.fetch().await?;
                    if self.behind && self.sources.len() > 1 {
                        self.failed = 0;
                        return Err(Trouble::Behind);
                    }
                }
            }
        }
    }

    async fn connect(&self) -> Result<Response, Trouble> {
        let url = format!("{}/ofrep/v1/events", self.sources[self.at].address);
        let sent = self.http.get(url).bearer_auth(self.key.expose()).send();
        let response = timeout(self.answer_within, sent).await.map_err(|_| Trouble::Silent)??;
        if response.status().is_success() { Ok(response) } else { Err(refused(&response)) }
    }

    async fn fetch(&mut self) -> Result<(), Trouble> {
        if let Some(before) = self.fetched {
            tokio::time::sleep_until(before + FETCHES_APART).await;
        }
        self.fetched = Some(Instant::now());
        let source = &self.sources[self.at];
        let mut request = self.http.get(format!("{}{}", source.address, self.path));
        if let Some(tag) = &source.tag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        let response = request.bearer_auth(self.key.expose()).timeout(self.answer_within).send().await?;
        let status = response.status();
        if status != StatusCode::NOT_MODIFIED && !status.is_success() {
            return Err(refused(&response));
        }
        let header = |name: &str| response.headers().get(name)?.to_str().ok().map(str::to_owned);
        let (since, tag) = (header(STALE), header(ETAG.as_str()));
        if status != StatusCode::NOT_MODIFIED {
            let body = whole(response, self.answer_bytes_max).await?;
            self.learn(&body)?;
            self.sources[self.at].tag = tag;
        }
        // An edge may be cut off itself.
        self.behind = since.is_some();
        match since {
            None => self.newest(),
            Some(seconds) => self.learner.stale(Duration::from_secs(seconds.parse().unwrap_or(0))),
        }
        Ok(())
    }

    fn learn(&mut self, body: &[u8]) -> Result<(), Trouble> {
        let learnt = self.learner.learn(body).map_err(Trouble::Unreadable)?;
        if let (Learnt::News, Some(kept)) = (learnt, &self.kept) {
            kept.write(body);
        }
        Ok(())
    }

    fn newest(&mut self) {
        self.learner.newest();
        if let Some(kept) = &self.kept {
            kept.confirm();
        }
        if !std::mem::replace(&mut self.was_well, true) {
            tracing::info!(address = %self.sources[self.at].address, "flags are followed there again");
        }
        self.failed = 0;
        self.pause = PAUSE_FIRST;
    }

    /// For whoever compares variants.
    async fn tell_outcomes(&mut self) {
        let url = format!("{}/ofrep/v1/outcomes", self.sources[self.at].address);
        let mut unheard = false;
        for report in self.learner.outcomes(OUTCOMES_AT_ONCE) {
            // Where one was not heard the others are not either, for now.
            if !unheard {
                let post = self.http.post(&url).bearer_auth(self.key.expose()).timeout(OUTCOMES_WITHIN);
                let sent = post.json(&report).send().await;
                unheard = !sent.is_ok_and(|response| report::is_settled(response.status()));
            }
            if unheard {
                self.learner.unheard(&report);
            }
        }
    }

    /// So that flags which are used here alone do not look unused there.
    async fn tell(&mut self) {
        let Some(report) = &mut self.report else { return };
        report.gather(|most| self.learner.given(most));
        let url = format!("{}/ofrep/v1/usage", self.sources[self.at].address);
        report.send(|| self.http.post(&url).bearer_auth(self.key.expose()).timeout(self.answer_within)).await;
    }
}

fn refused(response: &Response) -> Trouble {
    let asked = response.headers().get(RETRY_AFTER).and_then(|seconds| seconds.to_str().ok()?.parse().ok());
    Trouble::Refused { status: response.status().as_u16(), retry_after: asked.map(Duration::from_secs) }
}

async fn whole(mut response: Response, most: usize) -> Result<Vec<u8>, Trouble> {
    if response.content_length().is_some_and(|length| length > most as u64) {
        return Err(Trouble::TooLong { most });
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await? {
        if body.len() + piece.len() > most {
            return Err(Trouble::TooLong { most });
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}
