//! The measures of a project: its log as rows, kept in an index that every answer is read from.
//!
//! Invariant: an answer holds everything that was written before it was asked for, or is refused for now; writers wait for
//! nothing here. Deliberately not here: what a row is (`engine::Gather`), what a figure is (`tidegate-measures`).

mod asking;
mod compared;
mod filling;
mod keeping;
mod table;

pub(crate) use asking::{Asking, Asks, asking};
pub(crate) use compared::compared;
pub(crate) use filling::run;
pub(crate) use table::csv;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tidegate_domain::name::EnvironmentName;
use tidegate_measures::{Answer, Counted, Filter, Index, Question, RowsQuestion, Unanswerable, Unit, Zone};
use tidegate_ports::Fault;
use tokio::sync::{Mutex, watch};

use crate::app::App;
use crate::problem::Trouble;

/// How long somebody who asks waits for what was written just before.
const WAIT: Duration = Duration::from_secs(5);

pub(crate) struct Measured {
    index: Arc<Mutex<Index>>,
    read: watch::Sender<Read>,
}

/// How far the log was read.
#[derive(Debug, Clone, Default)]
struct Read {
    position: u64,
    production: BTreeSet<EnvironmentName>,
    /// Why it is read no further, in a sentence.
    broken: Option<Arc<str>>,
}

impl Default for Measured {
    fn default() -> Self {
        Self { index: Arc::default(), read: watch::Sender::new(Read::default()) }
    }
}

impl Measured {
    /// Once everything is in that was written until now; the environments that count.
    async fn caught_up(&self, app: &App) -> Result<BTreeSet<EnvironmentName>, Fault> {
        let newest = *app.written.borrow();
        let mut read = self.read.subscribe();
        let there = read.wait_for(|read| read.position >= newest || read.broken.is_some());
        let read = match tokio::time::timeout(WAIT, there).await {
            Ok(Ok(read)) => read.clone(),
            Ok(Err(_)) | Err(_) => self.read.borrow().clone(),
        };
        if let Some(why) = read.broken {
            return Err(Fault::hold("event-unreadable", why.to_string())
                .with_help("run `tidegate audit verify`; if the log is whole, start a newer Tidegate"));
        }
        if read.position < newest {
            let message =
                format!("the log is still being read for measures: {} of {newest} events", read.position);
            return Err(Fault::retry("measures-behind", message).with_help("ask again in a moment"));
        }
        Ok(read.production)
    }

    pub async fn answer(&self, question: Question) -> Result<Answer, Trouble> {
        self.ask(move |index| index.answer(&question)).await?.map_err(|no| unanswerable(&no))
    }

    /// What `/metrics` tells: how many events are not known yet, and the last 30 days of what is, in UTC.
    pub async fn lately(&self, app: &App) -> Result<(u64, Answer), Trouble> {
        const DAYS: i64 = 30;
        let behind = app.written.borrow().saturating_sub(self.read.borrow().position);
        let now_ms = app.clock.now().wall_ms;
        let zone = Zone::named("UTC").map_err(|no| unanswerable(&no))?;
        let to = zone.day_at(now_ms).ok_or_else(Trouble::bug)?;
        let from = Unit::Day.after(to, 1 - DAYS).ok_or_else(Trouble::bug)?;
        let question = Question { filter: Filter::default(), zone, unit: Unit::Day, from, to, now_ms };
        Ok((behind, self.answer(question).await?))
    }

    pub async fn rows(&self, question: RowsQuestion) -> Result<Vec<Counted>, Trouble> {
        self.ask(move |index| index.rows(&question)).await?.map_err(|no| unanswerable(&no))
    }

    /// The newest deployments of a release, where the filter lets one look.
    pub async fn of_release(
        &self,
        release: String,
        filter: Filter,
        limit: usize,
    ) -> Result<Vec<Counted>, Trouble> {
        self.ask(move |index| index.of_release(&release, &filter, limit)).await
    }

    /// On a thread of its own: the first answer to a question about a million rows takes its time.
    async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Index) -> T + Send + 'static,
    ) -> Result<T, Trouble> {
        let index = Arc::clone(&self.index);
        let asked = tokio::task::spawn_blocking(move || ask(&mut index.blocking_lock()));
        asked.await.map_err(|_| Trouble::bug())
    }
}

fn unanswerable(no: &Unanswerable) -> Trouble {
    Trouble::new(http::StatusCode::UNPROCESSABLE_ENTITY, no.code(), no.to_string()).help(no.help())
}
