//! The next question of an import, and what its answer means: all of it without a socket or a clock.
//!
//! Invariant: whatever came back, there is a cursor to go on from; only a whole answer moves it. Deliberately not here:
//! sending (`send`), and waiting.

use reqwest::Url;
use reqwest::header::{HeaderMap, LOCATION};
use tidegate_domain::scope_source::TrackedItem;

use super::cursor::{Cursor, Stage};
use super::page::{Page, Unread, next_link, same_place, tag, text};
use super::query::{Query, Tracker};
use super::refusal::ScopeRefusal;
use super::{github, gitlab, limits};

/// In a row, before a person has to look.
const FAILURES_MAX: u32 = 8;
const REDIRECTS_MAX: u32 = 3;
const PAUSES_MAX: u32 = 50;

/// What is asked next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub url: String,
    /// For `If-None-Match`.
    pub tag: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub enum Reply {
    Answer {
        status: u16,
        headers: HeaderMap,
        body: Vec<u8>,
        /// There was more than is read of one answer.
        cut: bool,
    },
    /// Not connected, broken off, too late: what is said of it.
    Nothing(String),
}

/// What an answer means. The cursor is what to keep with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    Items {
        items: Vec<TrackedItem>,
        cursor: Cursor,
        /// The tracker answers nothing before that.
        wait_until_ms: Option<u64>,
    },
    Wait {
        cursor: Cursor,
        until_ms: u64,
        why: String,
    },
    /// A person has to do something; the cursor goes on from there when they have.
    Refused {
        cursor: Cursor,
        refusal: ScopeRefusal,
    },
}

/// None when all was read.
pub fn next(query: &Query, cursor: &Cursor) -> Result<Option<Ask>, ScopeRefusal> {
    cursor.fits(query)?;
    if let Some(url) = &cursor.following {
        // It may have been kept by somebody else.
        return Ok(Some(Ask { url: same_place(query, url)?, tag: None }));
    }
    let url = match (cursor.stage, query.tracker) {
        (Stage::Done, _) => return Ok(None),
        (Stage::Milestone, _) => github::milestones_url(query)?,
        (_, Tracker::Github) => github::issues_url(query, cursor)?,
        (_, Tracker::Gitlab) => gitlab::url(query, cursor)?,
    };
    let known = cursor.reading().tag.as_ref().filter(|(asked, _)| asked == url.as_str());
    Ok(Some(Ask { tag: known.map(|(_, tag)| tag.clone()), url: url.into() }))
}

/// `now_ms` since 1970.
pub fn take(query: &Query, cursor: &Cursor, reply: Reply, now_ms: u64) -> Taken {
    let refused = |refusal| Taken::Refused { cursor: cursor.clone(), refusal };
    let (status, headers, body) = match reply {
        Reply::Nothing(why) => return failed(cursor, why, 0, now_ms),
        Reply::Answer { cut: true, status: 200, .. } => {
            return refused(ScopeRefusal::TooMany {
                most: super::send::ANSWER_BYTES_MAX,
                what: "bytes in one answer",
            });
        }
        Reply::Answer { status, headers, body, .. } => (status, headers, body),
    };
    if let Some(until_ms) = limits::refused_until_ms(status, &headers, &body, now_ms) {
        return paused(cursor, status, until_ms);
    }
    match status {
        200 => match read(query, cursor, &headers, &body) {
            Ok((items, after)) => {
                let wait_until_ms = limits::spent_until_ms(&headers, now_ms).filter(|_| !after.is_done());
                Taken::Items { items, cursor: after, wait_until_ms }
            }
            Err(Stopped::Refused(refusal)) => refused(refusal),
            Err(Stopped::CutOff) => failed(cursor, "the answer broke off in its middle".into(), 200, now_ms),
        },
        304 => unchanged(query, cursor),
        301 | 302 | 307 | 308 => redirected(query, cursor, &headers),
        401 => refused(ScopeRefusal::Unauthorised),
        403 => refused(ScopeRefusal::Forbidden),
        404 => refused(ScopeRefusal::Unknown { project: query.project.clone() }),
        408 | 425 | 500..=599 => failed(cursor, format!("the tracker answered {status}"), status, now_ms),
        _ => refused(ScopeRefusal::Asked { status }),
    }
}

enum Stopped {
    Refused(ScopeRefusal),
    CutOff,
}

impl From<ScopeRefusal> for Stopped {
    fn from(refusal: ScopeRefusal) -> Self {
        Self::Refused(refusal)
    }
}
impl From<Unread> for Stopped {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::CutOff => Self::CutOff,
            Unread::Other(why) => Self::Refused(ScopeRefusal::Unreadable { why }),
        }
    }
}

fn read(
    query: &Query,
    cursor: &Cursor,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(Vec<TrackedItem>, Cursor), Stopped> {
    if cursor.stage == Stage::Milestone {
        return read_milestones(query, cursor, headers, body).map(|after| (Vec::new(), after));
    }
    let items = match query.tracker {
        Tracker::Github => github::issues(query, body)?,
        Tracker::Gitlab => gitlab::items(query, cursor, body)?,
    };
    let next = match next_link(query, headers)? {
        None if query.tracker == Tracker::Gitlab => gitlab::next_page(query, cursor, headers)?,
        next => next,
    };
    let asked = asked(query, cursor)?;
    Ok(cursor.clone().after(query, Page { items, next, tag: tag(headers) }, &asked)?)
}

fn asked(query: &Query, cursor: &Cursor) -> Result<String, ScopeRefusal> {
    Ok(next(query, cursor)?.map(|ask| ask.url).unwrap_or_default())
}

fn read_milestones(
    query: &Query,
    cursor: &Cursor,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Cursor, Stopped> {
    let found = github::milestone(query, body)?;
    let after = cursor.clone().counted()?;
    if let Some(number) = found {
        return Ok(after.found_milestone(number));
    }
    let (project, title) = (query.project.clone(), query.milestone.clone().unwrap_or_default());
    let next = next_link(query, headers)?.ok_or(ScopeRefusal::NoMilestone { project, title })?;
    Ok(Cursor { following: Some(next), ..after })
}

fn unchanged(query: &Query, cursor: &Cursor) -> Taken {
    let tag = cursor.reading().tag.clone();
    let after = asked(query, cursor)
        .and_then(|asked| cursor.clone().after(query, Page::empty(tag.map(|(_, tag)| tag)), &asked));
    match after {
        Ok((items, cursor)) => Taken::Items { items, cursor, wait_until_ms: None },
        Err(refusal) => Taken::Refused { cursor: cursor.clone(), refusal },
    }
}

/// A renamed project is still the same server's; a token goes nowhere else.
fn redirected(query: &Query, cursor: &Cursor, headers: &HeaderMap) -> Taken {
    let target = text(headers, LOCATION.as_str()).ok_or(ScopeRefusal::Redirect);
    let asked = asked(query, cursor).ok().and_then(|asked| Url::parse(&asked).ok());
    let absolute = target.and_then(|target| {
        let base = asked.ok_or(ScopeRefusal::Redirect)?;
        base.join(target).map_err(|_| ScopeRefusal::Redirect)
    });
    let followed = absolute.and_then(|url| same_place(query, url.as_str()));
    match followed {
        Ok(next) if cursor.redirects < REDIRECTS_MAX => {
            let redirects = cursor.redirects + 1;
            let cursor = Cursor { following: Some(next), redirects, ..cursor.clone() };
            Taken::Items { items: Vec::new(), cursor, wait_until_ms: None }
        }
        _ => Taken::Refused { cursor: cursor.clone(), refusal: ScopeRefusal::Redirect },
    }
}

fn paused(cursor: &Cursor, status: u16, until_ms: u64) -> Taken {
    let pauses = cursor.pauses + 1;
    let cursor = Cursor { pauses, ..cursor.clone() };
    if pauses < PAUSES_MAX {
        return Taken::Wait { cursor, until_ms, why: format!("the tracker asks for a pause ({status})") };
    }
    Taken::Refused { cursor: cursor.tried_again(), refusal: ScopeRefusal::Failing { times: pauses, status } }
}

fn failed(cursor: &Cursor, why: String, status: u16, now_ms: u64) -> Taken {
    let failures = cursor.failures + 1;
    let cursor = Cursor { failures, ..cursor.clone() };
    if failures < FAILURES_MAX {
        return Taken::Wait { cursor, until_ms: limits::backoff_until_ms(failures, now_ms), why };
    }
    let refusal = if status == 200 {
        ScopeRefusal::CutOff { times: failures }
    } else {
        ScopeRefusal::Failing { times: failures, status }
    };
    Taken::Refused { cursor: cursor.tried_again(), refusal }
}
