//! What users say about a release, kept beside the log.
//!
//! Invariant: a token is answered once, whoever sends it how often at the same time; nothing that strangers write reaches the log,
//! which nobody can take anything out of. Deliberately not here: forms and routes.

use serde::{Deserialize, Serialize};
use tidegate_domain::name::Version;
use tidegate_ports::{Fault, Row, RowQuery};

use crate::app::App;
use crate::webhooks::write;

const KIND: &str = "feedback";
const PAGE: u32 = 1_000;
pub(crate) const TEXT_CHARS_MAX: usize = 2_000;
/// Of one release; more say nothing new.
const ANSWERS_MAX: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub id: String,
    pub release: String,
    /// None from a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announcement: Option<String>,
    /// 1 (bad) to 5 (good).
    pub rating: u8,
    pub text: String,
    pub at_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    New,
    /// This token was answered before.
    Again,
    Full,
}

/// One line of text after the other, without what a terminal or a page would obey.
pub(crate) fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let fits = |letter: &char| *letter == '\n' || !letter.is_control();
    text.trim().chars().filter(fits).take(TEXT_CHARS_MAX).collect()
}

pub(crate) async fn keep(app: &App, answer: &Answer) -> Result<Kept, Fault> {
    let mut last_ms = app.herald.answering.lock().await;
    if app.store.row(KIND, &answer.id).await?.is_some() {
        return Ok(Kept::Again);
    }
    if of(app, &answer.release).await?.len() >= ANSWERS_MAX {
        return Ok(Kept::Full);
    }
    // No two at the same moment, so that they have an order.
    let at_ms = answer.at_ms.max(*last_ms + 1);
    *last_ms = at_ms;
    let answer = Answer { at_ms, ..answer.clone() };
    let row = Row {
        kind: KIND.to_owned(),
        id: answer.id.clone(),
        scope: answer.release.clone(),
        state: answer.rating.to_string(),
        body: serde_json::to_string(&answer).unwrap_or_default(),
    };
    write(&*app.store, Vec::new(), vec![row], app.clock.now()).await?;
    Ok(Kept::New)
}

/// A page of answers, the newest first, and before when the next one begins. Answers make no event, so many rows may stand at one
/// position of the log: pages are cut by time instead.
pub(crate) async fn page(
    app: &App,
    (release, rating): (Option<Version>, Option<u8>),
    (before_ms, limit): (Option<u64>, u32),
) -> Result<(Vec<Answer>, Option<u64>), Fault> {
    let (scope, state) = (release.map(String::from), rating.map(|rating| rating.to_string()));
    let (mut found, mut before) = (Vec::<Answer>::new(), None);
    loop {
        let (scope, state) = (scope.clone(), state.clone());
        let query = RowQuery { kind: KIND.to_owned(), scope, state, before, limit: PAGE };
        let page = app.store.rows(query).await?;
        let is_last = page.len() < PAGE as usize;
        before = page.last().map(|(position, _)| *position);
        let answers = page.into_iter().filter_map(|(_, row)| serde_json::from_str::<Answer>(&row.body).ok());
        found.extend(answers.filter(|answer| before_ms.is_none_or(|before| answer.at_ms < before)));
        // What stands further back is older.
        if is_last || found.len() > limit as usize {
            break;
        }
    }
    newest_first(&mut found);
    // Those of one moment stand on one page.
    let last_ms = found.get((limit as usize).saturating_sub(1)).map(|answer| answer.at_ms);
    let end = last_ms.map_or(found.len(), |last| found.partition_point(|answer| answer.at_ms >= last));
    let next = last_ms.filter(|_| end < found.len());
    found.truncate(end);
    Ok((found, next))
}

fn newest_first(answers: &mut [Answer]) {
    answers.sort_by(|one, other| (other.at_ms, &other.id).cmp(&(one.at_ms, &one.id)));
}

/// Of a release, newest first.
pub(crate) async fn of(app: &App, release: &str) -> Result<Vec<Answer>, Fault> {
    let (mut found, mut before) = (Vec::<Answer>::new(), None);
    loop {
        let scope = Some(release.to_owned());
        let query = RowQuery { kind: KIND.to_owned(), scope, state: None, before, limit: PAGE };
        let page = app.store.rows(query).await?;
        let is_last = page.len() < PAGE as usize;
        before = page.last().map(|(position, _)| *position);
        found.extend(page.into_iter().filter_map(|(_, row)| serde_json::from_str::<Answer>(&row.body).ok()));
        if is_last {
            newest_first(&mut found);
            return Ok(found);
        }
    }
}
