//! One source: asks for the page at its cursor, keeps what came, and waits as the tracker wishes.
//!
//! Invariant: what is asked for next follows from what is kept, but for failures in a row, which only make it wait longer. A half
//! answer keeps nothing. Deliberately not here: which sources there are.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tidegate_connectors::scope::{Cursor, Query, Reply, ScopeRefusal, Taken, Token, fetch, next, take};
use tidegate_domain::name::ScopeSourceName;
use tidegate_domain::scope_source::{Pause, ScopeCommand, ScopeSource, Stop};
use tidegate_engine::{Command, ForScope, Request, SubmitError};
use tidegate_ports::Fault;

use super::{LOOK, PAUSE_AFTER_FAULT, items, next_ms};
use crate::app::App;

/// A pause that is shorter is no news.
const PAUSE_KEPT_MS: u64 = 3_000;
/// Looked at this often while nothing is due: somebody may have asked.
const SLEEP_MAX: Duration = Duration::from_mins(1);

struct Walk {
    app: Arc<App>,
    name: ScopeSourceName,
    /// The last look that found nothing, which the log does not hold.
    looked_ms: Option<u64>,
    /// Where a walk stands that has kept nothing yet, with what it began from.
    ahead: Option<(Option<String>, Cursor)>,
    wait_until_ms: u64,
    /// Every key of the list that is read now; none where it was not read from its first page by this process.
    seen: Option<BTreeSet<String>>,
    /// What the list lacked that was read last. Lists move while they are read: it is gone once the next one lacks it too.
    lacking: BTreeSet<String>,
}

pub(super) async fn follow(app: Arc<App>, name: ScopeSourceName) {
    let mut written = app.written.clone();
    let mut walk = Walk {
        app,
        name,
        looked_ms: None,
        ahead: None,
        wait_until_ms: 0,
        seen: None,
        lacking: BTreeSet::new(),
    };
    loop {
        written.mark_unchanged();
        let pause = match walk.turn().await {
            Ok(Some(pause)) => pause,
            Ok(None) => return,
            Err(fault) => {
                tracing::warn!(source = %walk.name, code = fault.code, %fault, "scope waits");
                PAUSE_AFTER_FAULT
            }
        };
        if pause.is_zero() {
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(pause.min(SLEEP_MAX)) => {}
            changed = written.changed() => {
                if changed.is_err() {
                    return;
                }
                tokio::time::sleep(LOOK.min(pause)).await;
            }
        }
    }
}

impl Walk {
    /// How long nothing is to be done; none once the source is gone.
    async fn turn(&mut self) -> Result<Option<Duration>, Fault> {
        let Some(source) = self.app.engine.scope_source(&self.name).await? else { return Ok(None) };
        let now_ms = self.now_ms();
        if source.stop.is_some() {
            return Ok(Some(SLEEP_MAX));
        }
        let paused_ms = source.pause.as_ref().map_or(0, |pause| pause.until_ms).max(self.wait_until_ms);
        // Of a list that is under way nothing may be written yet.
        if source.whole && self.ahead.is_none() && self.lacking.is_empty() {
            let Some(due_ms) = next_ms(&source, self.looked_ms) else { return Ok(Some(SLEEP_MAX)) };
            if due_ms > now_ms {
                return Ok(Some(Duration::from_millis(due_ms - now_ms)));
            }
        }
        if paused_ms > now_ms {
            return Ok(Some(Duration::from_millis(paused_ms - now_ms)));
        }
        let (query, cursor) = match self.standing(&source) {
            Ok(standing) => standing,
            Err(refusal) => {
                self.stop(&source, source.cursor.clone().unwrap_or_default(), &refusal).await?;
                return Ok(Some(Duration::ZERO));
            }
        };
        self.page(&source, &query, cursor).await?;
        Ok(Some(Duration::ZERO))
    }

    fn now_ms(&self) -> u64 {
        self.app.clock.now().wall_ms
    }

    /// What to ask, and from where.
    fn standing(&mut self, source: &ScopeSource) -> Result<(Query, Cursor), ScopeRefusal> {
        let query = items::query(&source.definition)?;
        if let Some((from, cursor)) = &self.ahead
            && *from == source.cursor
        {
            return Ok((query, cursor.clone()));
        }
        self.ahead = None;
        let kept = source.cursor.as_deref().and_then(|text| serde_json::from_str::<Cursor>(text).ok());
        let cursor = kept.unwrap_or_else(|| Cursor::new(&query));
        // One that has come to its end begins again with what changed since; what left a milestone shows in the whole list alone.
        let is_narrow = source.definition.is_narrow();
        let begins = source.cursor.is_none() || cursor.is_done();
        if is_narrow && begins {
            self.seen = Some(BTreeSet::new());
            let cursor = Cursor::new(&query);
            return Ok((query, cursor));
        }
        Ok((query, if cursor.is_done() { cursor.refreshed() } else { cursor }))
    }

    async fn page(&mut self, source: &ScopeSource, query: &Query, cursor: Cursor) -> Result<(), Fault> {
        let from = source.cursor.clone();
        let asked = match next(query, &cursor) {
            Ok(Some(asked)) => asked,
            Ok(None) => return self.keep(source, Vec::new(), &cursor).await,
            // Of another version, or of what the source was before.
            Err(ScopeRefusal::Cursor) => {
                self.ahead = Some((from, Cursor::new(query)));
                return Ok(());
            }
            Err(refusal) => return self.stop(source, text(&cursor), &refusal).await,
        };
        let token = match self.token(source).await {
            // Somebody has to set it; asking again changes nothing.
            Err(fault) if fault.code == "secret-missing" => {
                let (code, why, help) = (fault.code.to_owned(), fault.to_string(), fault.help.clone());
                let stop = Stop { code, why, help, at_ms: self.now_ms() };
                return self.submit(ScopeCommand::Stop { from, cursor: text(&cursor), stop }).await;
            }
            token => token?,
        };
        let token = match token {
            Ok(token) => token,
            Err(refusal) => return self.stop(source, text(&cursor), &refusal).await,
        };
        let reply = match fetch(self.app.herald.guard(), query, &asked, &token).await {
            Ok(reply) => reply,
            Err(failure) => {
                let stop = Stop {
                    code: failure.code().to_owned(),
                    why: failure.explained(),
                    help: failure.help().to_owned(),
                    at_ms: self.now_ms(),
                };
                let command = ScopeCommand::Stop { from, cursor: text(&cursor), stop };
                return self.submit(command).await;
            }
        };
        if let Reply::Nothing(why) = &reply {
            tracing::info!(source = %self.name, why, "a page of scope did not come");
        }
        let now_ms = self.now_ms();
        match take(query, &cursor, reply, now_ms) {
            Taken::Items { items: mut news, cursor, wait_until_ms } => {
                if let Some(seen) = &mut self.seen {
                    seen.extend(news.iter().map(|item| item.key.clone()));
                    // A list that was read before is not written again.
                    news.retain(|item| source.items.get(&item.key).is_none_or(|known| **known != *item));
                }
                let moved = news.is_empty() && !cursor.is_done();
                if moved {
                    // Looked up or sent on, with nothing to keep.
                    self.ahead = Some((from, cursor));
                } else {
                    self.keep(source, news, &cursor).await?;
                }
                if let Some(until_ms) = wait_until_ms {
                    self.wait(until_ms, "the tracker's limit is used up", now_ms).await?;
                }
                Ok(())
            }
            Taken::Wait { cursor, until_ms, why } => {
                tracing::info!(source = %self.name, why, "scope waits");
                self.ahead = Some((from, cursor));
                self.wait(until_ms, &why, now_ms).await
            }
            Taken::Refused { cursor, refusal } => self.stop(source, text(&cursor), &refusal).await,
        }
    }

    /// A page, with where it goes on.
    async fn keep(
        &mut self,
        source: &ScopeSource,
        items: Vec<tidegate_plan::tracked::TrackedItem>,
        cursor: &Cursor,
    ) -> Result<(), Fault> {
        (self.ahead, self.wait_until_ms) = (None, 0);
        let (from, whole) = (source.cursor.clone(), cursor.is_done());
        let mut gone = Vec::new();
        if whole {
            self.looked_ms = Some(self.now_ms());
            gone = self.gone(source);
        }
        self.submit(ScopeCommand::Import { from, items, gone, cursor: text(cursor), whole }).await
    }

    /// What two lists in a row lack; what this one lacked first is looked for in another one at once.
    fn gone(&mut self, source: &ScopeSource) -> Vec<String> {
        let Some(seen) = self.seen.take() else {
            self.lacking.clear();
            return Vec::new();
        };
        let listed = source.items.values().filter(|item| item.gone_ms.is_none());
        let lacking: BTreeSet<String> =
            listed.map(|item| item.key.clone()).filter(|key| !seen.contains(key)).collect();
        let gone = lacking.intersection(&self.lacking).cloned().collect();
        self.lacking = lacking.difference(&self.lacking).cloned().collect();
        gone
    }

    async fn wait(&mut self, until_ms: u64, why: &str, now_ms: u64) -> Result<(), Fault> {
        self.wait_until_ms = until_ms;
        if until_ms < now_ms + PAUSE_KEPT_MS {
            return Ok(());
        }
        let Some(source) = self.app.engine.scope_source(&self.name).await? else { return Ok(()) };
        let from = source.cursor.clone();
        let ahead = self.ahead.take().filter(|(began, _)| *began == from).map(|(_, cursor)| text(&cursor));
        let Some(cursor) = ahead.or_else(|| from.clone()) else { return Ok(()) };
        let pause = Pause { until_ms, why: why.to_owned() };
        self.submit(ScopeCommand::Pause { from, cursor, pause }).await
    }

    async fn stop(
        &mut self,
        source: &ScopeSource,
        cursor: String,
        refusal: &ScopeRefusal,
    ) -> Result<(), Fault> {
        (self.ahead, self.wait_until_ms) = (None, 0);
        let stop = Stop {
            code: refusal.code().to_owned(),
            why: refusal.to_string(),
            help: refusal.help(),
            at_ms: self.now_ms(),
        };
        self.submit(ScopeCommand::Stop { from: source.cursor.clone(), cursor, stop }).await
    }

    async fn token(&self, source: &ScopeSource) -> Result<Result<Token, ScopeRefusal>, Fault> {
        let Some(place) = &source.definition.token else { return Ok(Ok(Token::none())) };
        let names = std::iter::once(place.name.clone()).collect();
        let mut revealed = self.app.scope.secrets.reveal(&place.environment, &names).await?;
        Ok(match revealed.remove(&place.name) {
            Some(secret) => Token::new(secret.value),
            None => Err(ScopeRefusal::Token),
        })
    }

    async fn submit(&self, command: ScopeCommand) -> Result<(), Fault> {
        let wish = ForScope { name: self.name.clone(), command };
        let request = Request {
            actor: "tidegate".to_owned(),
            origin: None,
            by_person: false,
            key: None,
            command: Command::Scope(Box::new(wish)),
            seen: None,
            dry_run: false,
        };
        match self.app.engine.submit(&request, self.app.clock.now()).await {
            Ok(_) => Ok(()),
            Err(SubmitError::Fault(fault)) => Err(fault),
            Err(SubmitError::Refused(refusal)) => {
                use tidegate_domain::refusal::Refuse as _;
                Err(Fault::hold(refusal.code(), refusal.to_string()).with_help(refusal.help()))
            }
            Err(SubmitError::ChangedMeanwhile | SubmitError::KeyReused) => Ok(()),
        }
    }
}

fn text(cursor: &Cursor) -> String {
    serde_json::to_string(cursor).unwrap_or_default()
}
