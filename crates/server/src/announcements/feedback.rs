//! What users say about a release, kept beside the log.
//!
//! Invariant: a token is answered once, whoever sends it how often at the same time; nothing that strangers write reaches the log,
//! which nobody can take anything out of. Deliberately not here: forms and routes.

use serde::{Deserialize, Serialize};
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
    let _alone = app.herald.answering.lock().await;
    if app.store.row(KIND, &answer.id).await?.is_some() {
        return Ok(Kept::Again);
    }
    if of(app, &answer.release).await?.len() >= ANSWERS_MAX {
        return Ok(Kept::Full);
    }
    let row = Row {
        kind: KIND.to_owned(),
        id: answer.id.clone(),
        scope: answer.release.clone(),
        state: answer.rating.to_string(),
        body: serde_json::to_string(answer).unwrap_or_default(),
    };
    write(&*app.store, Vec::new(), vec![row], app.clock.now()).await?;
    Ok(Kept::New)
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
            found.sort_by(|one, other| (other.at_ms, &other.id).cmp(&(one.at_ms, &one.id)));
            return Ok(found);
        }
    }
}
