//! How an edge learns: it follows the stream of changes, and fetches what there is whenever something changed.
//!
//! Invariant: the stream is connected before what there is is fetched, so that nothing between the two is missed; as long
//! as either fails, that is known to be stale which is served. Deliberately not here: the file (`kept`).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ETAG, IF_NONE_MATCH};
use reqwest::{Client, Response, StatusCode};
use tidegate_ports::Fault;
use tokio::time::{Instant, timeout};

use super::{EdgeOptions, kept};
use crate::flags::reply::STALE;
use crate::flags::{Bundle, News, Serving, UseSeen, VariantSeen, Where, now_ms};

const CONNECT: Duration = Duration::from_secs(3);
const FETCH: Duration = Duration::from_secs(30);
/// Beyond two heartbeats of the stream nobody is there any more.
const SILENCE: Duration = Duration::from_secs(40);
const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How often what was given is reported, and the copy confirmed.
const REPORT_EVERY: Duration = Duration::from_mins(1);
const BUNDLE_BYTES_MAX: usize = 256 << 20;
/// Flags whose use is reported at once.
const REPORTED_MAX: usize = 5_000;

pub(super) struct Follower {
    http: Client,
    upstream: String,
    key: String,
    state: Option<PathBuf>,
    serving: Arc<Serving>,
    tag: Option<String>,
    at: Option<Where>,
    /// What was given and could not be reported yet.
    unreported: BTreeMap<String, UseSeen>,
}

/// Why nothing could be learnt.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("it cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    #[error("it answers {0}")]
    Refused(StatusCode),
    #[error("it says nothing any more")]
    Silent,
    #[error("its answer cannot be read: {0}")]
    Unreadable(String),
}

impl Follower {
    pub fn new(options: &EdgeOptions, serving: Arc<Serving>) -> Result<Self, Fault> {
        let http = Client::builder().no_proxy().connect_timeout(CONNECT).build().map_err(|why| {
            Fault::hold("http-client-unusable", "no HTTP client could be made").caused_by(why)
        })?;
        let upstream = options.upstream.trim_end_matches('/').to_owned();
        if reqwest::Url::parse(&upstream).is_err() {
            return Err(Fault::hold(
                "edge-upstream-malformed",
                format!("`{upstream}` is not the URL of a server"),
            )
            .with_help("pass where the control plane listens: --upstream http://127.0.0.1:7070"));
        }
        Ok(Self {
            http,
            upstream,
            key: options.key.trim().to_owned(),
            state: options.state.clone(),
            serving,
            tag: None,
            at: None,
            unreported: BTreeMap::new(),
        })
    }

    /// What an earlier start kept is served until something newer is known.
    pub fn remember(&mut self) {
        let Some((bundle, at_ms)) = self.state.as_deref().and_then(kept::read) else { return };
        self.at = apply(&self.serving, &bundle);
        if self.at.is_some() {
            self.serving.cut_off(at_ms.max(1));
        }
    }

    pub async fn run(mut self) {
        let mut pause = PAUSE_FIRST;
        loop {
            let began = Instant::now();
            let Err(trouble) = self.follow().await;
            self.cut_off(now_ms());
            tracing::warn!(upstream = %self.upstream, %trouble, "nothing can be learnt from the control plane now");
            // Whoever was connected for a while comes back quickly.
            if began.elapsed() > PAUSE_MAX {
                pause = PAUSE_FIRST;
            }
            let jitter = Duration::from_millis(u64::from(rand::random::<u8>()));
            tokio::time::sleep(pause + jitter).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Until something fails.
    async fn follow(&mut self) -> Result<std::convert::Infallible, Trouble> {
        let mut stream = self.connect().await?;
        self.fetch().await?;
        let (mut line, mut reported) = (Vec::new(), Instant::now());
        loop {
            let piece = timeout(SILENCE, stream.chunk()).await.map_err(|_| Trouble::Silent)??;
            let piece = piece.ok_or(Trouble::Silent)?;
            if has_data(&mut line, &piece) {
                self.fetch().await?;
            }
            if reported.elapsed() >= REPORT_EVERY {
                reported = Instant::now();
                self.report().await;
                self.fetch().await?;
            }
        }
    }

    async fn connect(&self) -> Result<Response, Trouble> {
        let request = self.http.get(format!("{}/ofrep/v1/events", self.upstream)).bearer_auth(&self.key);
        let response = timeout(FETCH, request.send()).await.map_err(|_| Trouble::Silent)??;
        if response.status().is_success() { Ok(response) } else { Err(Trouble::Refused(response.status())) }
    }

    async fn fetch(&mut self) -> Result<(), Trouble> {
        let mut request = self.http.get(format!("{}/ofrep/v1/relay", self.upstream)).bearer_auth(&self.key);
        if let Some(tag) = &self.tag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        let mut response = request.timeout(FETCH).send().await?;
        let status = response.status();
        if status != StatusCode::NOT_MODIFIED && !status.is_success() {
            return Err(Trouble::Refused(status));
        }
        // Another edge may be cut off itself.
        let stale =
            response.headers().get(STALE).and_then(|seconds| seconds.to_str().ok()?.parse::<u64>().ok());
        let since_ms =
            stale.map_or(0, |seconds| now_ms().saturating_sub(seconds.saturating_mul(1_000)).max(1));
        if status == StatusCode::NOT_MODIFIED {
            self.cut_off(since_ms);
            return Ok(());
        }
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await? {
            if body.len() + piece.len() > BUNDLE_BYTES_MAX {
                return Err(Trouble::Unreadable(format!("more than {BUNDLE_BYTES_MAX} bytes")));
            }
            body.extend_from_slice(&piece);
        }
        let bundle: Bundle =
            serde_json::from_slice(&body).map_err(|why| Trouble::Unreadable(why.to_string()))?;
        let at = apply(&self.serving, &bundle);
        self.at = Some(at.ok_or_else(|| Trouble::Unreadable("it names no environment".to_owned()))?);
        self.tag = tag;
        self.keep(&bundle);
        self.cut_off(since_ms);
        Ok(())
    }

    /// Whoever follows this edge looks, too; 0 where all is well.
    fn cut_off(&self, since_ms: u64) {
        let was_well = self.serving.stale_seconds().is_none();
        self.serving.cut_off(since_ms);
        if since_ms == 0 {
            self.confirm();
        }
        if was_well != (since_ms == 0)
            && let Some(at) = &self.at
        {
            self.serving.place(at).tell_keys_changed();
        }
    }

    fn keep(&self, bundle: &Bundle) {
        let Some(path) = &self.state else { return };
        if let Err(error) = kept::write(path, bundle) {
            tracing::warn!(path = %path.display(), %error, "the copy of the flags could not be written");
        }
    }

    fn confirm(&self) {
        let Some(path) = &self.state else { return };
        if let Err(error) = kept::confirm(path) {
            tracing::warn!(path = %path.display(), %error, "the copy of the flags could not be confirmed");
        }
    }

    /// So that flags which are asked for here alone do not look unused there.
    async fn report(&mut self) {
        let Some(at) = &self.at else { return };
        for News { key, seen, given } in self.serving.place(at).uses.news(REPORTED_MAX) {
            gather(&mut self.unreported, key, &seen, &given);
        }
        if self.unreported.is_empty() {
            return;
        }
        let request = self.http.post(format!("{}/ofrep/v1/usage", self.upstream)).bearer_auth(&self.key);
        let sent = request.timeout(FETCH).json(&self.unreported).send().await;
        if sent.is_ok_and(|response| response.status().is_success()) {
            self.unreported.clear();
        }
    }
}

/// Where it belongs; none where it cannot be served.
fn apply(serving: &Serving, bundle: &Bundle) -> Option<Where> {
    let at = bundle.at()?;
    serving.place(&at).replace(&bundle.definitions, (bundle.version, bundle.changed_ms));
    serving.set_keys(bundle.key_facts().into_iter().map(|facts| (at.clone(), facts)).collect());
    serving.now_ready();
    Some(at)
}

/// Only what was given since it was last told.
fn gather(all: &mut BTreeMap<String, UseSeen>, key: String, seen: &UseSeen, given: &[(String, u64)]) {
    let told = all.entry(key).or_default();
    told.last_ms = told.last_ms.max(seen.last_ms);
    for (variant, count) in given {
        let last_ms =
            seen.variants.iter().find(|known| known.variant == *variant).map_or(0, |known| known.last_ms);
        match told.variants.iter_mut().find(|known| known.variant == *variant) {
            Some(known) => {
                known.count += count;
                known.last_ms = known.last_ms.max(last_ms);
            }
            None => told.variants.push(VariantSeen { variant: variant.clone(), count: *count, last_ms }),
        }
    }
}

/// Whether any event with data came; what is in it does not matter. Comments keep the connection alive.
fn has_data(line: &mut Vec<u8>, piece: &[u8]) -> bool {
    const BEGIN: &[u8] = b"data:";
    let mut found = false;
    for byte in piece {
        match byte {
            b'\n' | b'\r' => line.clear(),
            byte if line.len() < BEGIN.len() => {
                line.push(*byte);
                found |= line == BEGIN;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_with_data_are_seen_however_they_are_cut() {
        let check = |text: &str, expect: usize| {
            for size in 1..=text.len() {
                let (mut line, mut seen) = (Vec::new(), 0);
                for piece in text.as_bytes().chunks(size) {
                    seen += usize::from(has_data(&mut line, piece));
                }
                assert_eq!(seen > 0, expect > 0, "{text:?} in pieces of {size}");
            }
        };
        check(": alive\n\n", 0);
        check("retry: 2000\nid: 7.0\n\n", 0);
        check("event: message\ndata: {}\n\n", 1);
        check(": data: no\n\nid: data:\n\n", 0);
    }

    #[test]
    fn what_could_not_be_reported_adds_up() {
        let seen = |last_ms| UseSeen {
            since_ms: 0,
            last_ms,
            variants: vec![VariantSeen { variant: "on".to_owned(), count: 100, last_ms }],
        };
        let mut all = BTreeMap::new();
        gather(&mut all, "f".to_owned(), &seen(5), &[("on".to_owned(), 2)]);
        gather(&mut all, "f".to_owned(), &seen(9), &[("on".to_owned(), 3)]);
        let told = &all["f"];
        assert_eq!((told.last_ms, told.variants[0].count, told.variants[0].last_ms), (9, 5, 9));
    }
}
