//! What an edge makes of what it learns: it serves it.
//!
//! Invariant: as long as nothing can be learnt, that is known to be stale which is served, and whoever follows this edge is
//! told. Deliberately not here: following (`tidegate_sdk::follow`).

use std::sync::Arc;
use std::time::Duration;

use tidegate_ports::Fault;
use tidegate_sdk::follow::{BadSources, Follower, Key, Learner, Learnt, Sources, Trouble};
use tidegate_sdk::outcomes::Report;
use tidegate_sdk::usage::News;

use super::EdgeOptions;
use crate::flags::{Bundle, Serving, Where, now_ms};

const BUNDLE_BYTES_MAX: usize = 256 << 20;
const BUNDLE_WITHIN: Duration = Duration::from_secs(30);

pub(super) fn follower(options: &EdgeOptions, serving: Arc<Serving>) -> Result<Follower<Learning>, Fault> {
    let sources = Sources {
        addresses: vec![options.upstream.clone()],
        key: Key::new(options.key.as_str()),
        path: "/ofrep/v1/relay",
        file: options.state.clone(),
        answer_bytes_max: BUNDLE_BYTES_MAX,
        answer_within: BUNDLE_WITHIN,
        reports: true,
    };
    Follower::new(sources, Learning { serving, at: None }).map_err(|why| match why {
        BadSources::Key => super::no_key(),
        BadSources::Address(_) | BadSources::NoAddress | BadSources::TooManyAddresses => {
            let detail = format!("`{}` is not the URL of a server", options.upstream);
            Fault::hold("edge-upstream-malformed", detail)
                .with_help("pass where the control plane listens: --upstream http://127.0.0.1:7070")
        }
        BadSources::Http | BadSources::Thread => {
            Fault::hold("http-client-unusable", "no HTTP client could be made").caused_by(why)
        }
    })
}

pub(super) struct Learning {
    serving: Arc<Serving>,
    at: Option<Where>,
}

impl Learning {
    /// Whoever follows this edge looks, too, where that was otherwise; 0 where all is well.
    fn since(&self, since_ms: u64) {
        let was_well = self.serving.stale_seconds().is_none();
        self.serving.cut_off(since_ms);
        if was_well != (since_ms == 0)
            && let Some(at) = &self.at
        {
            self.serving.place(at).tell_keys_changed();
        }
    }
}

impl Learner for Learning {
    fn learn(&mut self, answer: &[u8]) -> Result<Learnt, String> {
        // Without what was read: this goes into logs.
        let place = |why: &serde_json::Error| format!("line {}, column {}", why.line(), why.column());
        let bundle: Bundle = serde_json::from_slice(answer).map_err(|why| place(&why))?;
        if !bundle.is_whole() {
            return Err("it has no `flags`".to_owned());
        }
        let at = bundle.at().ok_or_else(|| "it names no environment".to_owned())?;
        self.serving.place(&at).outcomes.pass_on();
        self.serving.place(&at).replace(&bundle.definitions, (bundle.version, bundle.changed_ms));
        let keys = bundle.key_facts().into_iter().map(|facts| (at.clone(), facts));
        self.serving.set_keys(keys.collect());
        self.serving.now_ready();
        self.at = Some(at);
        Ok(Learnt::News)
    }

    fn newest(&mut self) {
        self.since(0);
    }

    fn stale(&mut self, since: Duration) {
        let since_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        self.since(now_ms().saturating_sub(since_ms).max(1));
    }

    fn cut_off(&mut self, _: &Trouble) {
        self.since(now_ms());
    }

    fn given(&mut self, most: usize) -> Vec<News> {
        self.at.as_ref().map_or_else(Vec::new, |at| self.serving.place(at).uses.news(most))
    }

    fn outcomes(&mut self, most: usize) -> Vec<Report> {
        let unheard = |at| self.serving.place(at).outcomes.unheard(most, now_ms());
        self.at.as_ref().map_or_else(Vec::new, unheard)
    }

    fn unheard(&mut self, report: &Report) {
        if let Some(at) = &self.at {
            self.serving.place(at).outcomes.again(&report.instance);
        }
    }
}
