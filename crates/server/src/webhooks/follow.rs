//! One subscription: reads the log from where it stands, sends, and comes back to what did not arrive.
//!
//! Invariant: the position is kept only after each message up to it arrived or has a row of its own, so a crash sends
//! some again and leaves none out; memory is bounded by one page and the rows that wait. Deliberately not here: rows.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tidegate_api::{Delivery, DeliveryState};
use tidegate_connectors::deliver::{Message, Outcome};
use tidegate_connectors::schedule::{self, Next};
use tidegate_domain::id::StreamId;
use tidegate_domain::name::WebhookName;
use tidegate_domain::webhook::{Webhook, WebhookCommand};
use tidegate_engine::{Command, Request};
use tidegate_ports::{Entry, EventsAfter, Fault};

use super::{Desk, kept, noted, telling};
use crate::app::{App, count};

/// Events read at once.
const PAGE: u32 = 100;
/// Messages to one receiver under way at once.
const SENDING_MAX: usize = 8;
/// So many wait for their next attempt; then the log waits.
const WAITING_MAX: usize = 900;
/// A position that only passed by what nobody wants is kept this often.
const KEEP_EVERY: u64 = 500;
const LOOK: Duration = Duration::from_secs(1);
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(2);

pub(super) async fn follow(app: Arc<App>, desk: Arc<Desk>, name: WebhookName, webhook: Webhook) {
    // One for all turns: a copy made anew would remember nothing as seen, and never wait.
    let mut written = app.written.clone();
    let mut following = Following { app, desk, name, webhook, position: None, kept: 0 };
    loop {
        written.mark_unchanged();
        count(&following.app.counts.webhook_turns);
        match following.turn().await {
            Ok(Turn::Over) => return,
            Ok(Turn::More) => {}
            Ok(Turn::Quiet) => {
                tokio::select! {
                    changed = written.changed() => if changed.is_err() { return },
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
            Err(fault) => {
                tracing::warn!(webhook = %following.name, code = fault.code, %fault, "messages wait");
                tokio::time::sleep(PAUSE_AFTER_FAULT).await;
            }
        }
    }
}

enum Turn {
    More,
    Quiet,
    /// It was switched off.
    Over,
}

struct Following {
    app: Arc<App>,
    desk: Arc<Desk>,
    name: WebhookName,
    webhook: Webhook,
    position: Option<u64>,
    kept: u64,
}

/// A message with what is known of its delivery.
struct Letter {
    delivery: Delivery,
    message: Message,
}

impl Following {
    async fn turn(&mut self) -> Result<Turn, Fault> {
        let position = if let Some(position) = self.position {
            position
        } else {
            self.kept = kept::position(&*self.app.store, &self.name).await?;
            *self.position.insert(self.kept)
        };
        let waiting = kept::waiting(&*self.app.store, &self.name).await?;
        let now_ms = self.app.clock.now().wall_ms;
        let room = waiting.len() < WAITING_MAX;
        let mut due = Vec::new();
        for delivery in waiting.into_iter().filter(|it| it.next_ms.is_none_or(|next| next <= now_ms)) {
            match self.again(&delivery).await? {
                Some(message) => due.push(Letter { delivery, message }),
                None => self.give_up(delivery).await?,
            }
        }
        let retried = !due.is_empty();
        if retried && self.deliver(due, None).await? {
            return Ok(Turn::Over);
        }
        if position >= *self.app.written.borrow() || !room {
            return Ok(if retried { Turn::More } else { Turn::Quiet });
        }
        let query = EventsAfter { position, stream: None, limit: PAGE };
        let entries = self.app.store.events(query).await?;
        let Some(newest) = entries.last().map(|entry| entry.position) else { return Ok(Turn::Quiet) };
        let mut letters = Vec::new();
        for entry in &entries {
            letters.extend(self.letters(entry).await?);
        }
        let over = self.deliver(letters, Some(newest)).await?;
        self.position = Some(newest);
        Ok(if over { Turn::Over } else { Turn::More })
    }

    /// What is to be said of an event; nothing where the receiver does not want it.
    async fn letters(&self, entry: &Entry) -> Result<Vec<Letter>, Fault> {
        // People and their sign-ins are for who may see the audit trail, whatever the pattern.
        let private = matches!(
            entry.stream,
            StreamId::Person(_) | StreamId::Groups | StreamId::Projects | StreamId::FlagKeys
        );
        if private || !self.webhook.wants(&entry.kind) {
            return Ok(Vec::new());
        }
        let messages = telling::messages(&self.app, &self.desk, (&self.name, &self.webhook), entry).await?;
        let delivery = |message: &Message| Delivery {
            id: message.id.as_str().to_owned(),
            webhook: self.name.to_string(),
            position: entry.position,
            kind: entry.kind.clone(),
            state: DeliveryState::Waiting,
            attempts: 0,
            attempted_ms: None,
            next_ms: None,
            status: None,
            said: None,
            failure: None,
            duration_ms: None,
        };
        Ok(messages.into_iter().map(|message| Letter { delivery: delivery(&message), message }).collect())
    }

    /// The message of a row, made anew.
    async fn again(&self, delivery: &Delivery) -> Result<Option<Message>, Fault> {
        let query = EventsAfter { position: delivery.position.saturating_sub(1), stream: None, limit: 1 };
        let entries = self.app.store.events(query).await?;
        let Some(entry) = entries.first().filter(|entry| entry.position == delivery.position) else {
            return Ok(None);
        };
        let messages = telling::messages(&self.app, &self.desk, (&self.name, &self.webhook), entry).await?;
        Ok(messages.into_iter().find(|message| message.id.as_str() == delivery.id))
    }

    async fn give_up(&self, delivery: Delivery) -> Result<(), Fault> {
        let dead = Delivery { state: DeliveryState::Dead, next_ms: None, ..delivery };
        kept::keep(&*self.app.store, &self.name, None, (&[dead], self.app.clock.now())).await
    }

    /// Sends them, then keeps what came of it, together with the position. Whether the receiver wants nothing more.
    async fn deliver(&mut self, letters: Vec<Letter>, position: Option<u64>) -> Result<bool, Fault> {
        let any = !letters.is_empty();
        let sent: Vec<Result<(Delivery, Outcome), Fault>> = {
            let this = &*self;
            let send = |letter: Letter| async move {
                let now_ms = this.app.clock.now().wall_ms;
                let outcome = this.desk.send(&this.name, &letter.message, now_ms).await?;
                Ok((letter.delivery, outcome))
            };
            futures_util::stream::iter(letters.into_iter().map(send)).buffered(SENDING_MAX).collect().await
        };
        let (now, mut over, mut rows) = (self.app.clock.now(), false, Vec::new());
        for result in sent {
            let (before, outcome) = result?;
            let (had_row, attempt) = (before.attempts > 0 || position.is_none(), before.attempts + 1);
            let after = noted(before, &outcome, now.wall_ms);
            let next = schedule::next(attempt, outcome.answer, rand::random());
            over |= next == Next::Disable;
            match next {
                Next::Delivered if had_row => rows.push(after.clone()),
                Next::Delivered => {}
                Next::Retry { wait_ms } => rows.push(Delivery {
                    state: DeliveryState::Waiting,
                    next_ms: Some(now.wall_ms.saturating_add(wait_ms)),
                    ..after.clone()
                }),
                Next::Disable | Next::DeadLetter => {
                    rows.push(Delivery { state: DeliveryState::Dead, ..after.clone() });
                }
            }
            if next == Next::Delivered {
                self.desk.note(&self.name, after);
            }
        }
        let worth = any || position.is_some_and(|position| position >= self.kept + KEEP_EVERY);
        if worth {
            kept::keep(&*self.app.store, &self.name, position, (&rows, now)).await?;
            self.kept = position.unwrap_or(self.kept);
        }
        if over {
            self.switch_off().await?;
        }
        Ok(over)
    }

    async fn switch_off(&self) -> Result<(), Fault> {
        let why = "the receiver answered 410: it wants nothing more".to_owned();
        let command = Command::Webhook(WebhookCommand::Disable { name: self.name.clone(), why });
        let request = Request {
            actor: "tidegate".to_owned(),
            origin: None,
            by_person: false,
            key: None,
            command,
            seen: None,
            dry_run: false,
        };
        match self.app.engine.submit(&request, self.app.clock.now()).await {
            Err(tidegate_engine::SubmitError::Fault(fault)) => Err(fault),
            // Somebody removed it meanwhile.
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
