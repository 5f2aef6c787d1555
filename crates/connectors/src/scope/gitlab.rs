//! GitLab's REST API, version 4: issues, and merge requests, which are a list of their own.
//!
//! Invariant: an answer is taken whole or not at all. Source: GitLab docs, "Issues API", "Merge requests API",
//! "REST API: pagination".

use reqwest::Url;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use tidegate_domain::scope_source::{TrackedItem, TrackedKind, TrackedState};

use super::cursor::{Cursor, Stage};
use super::item::{Estimate, EstimateUnit, TITLE_CHARS_MAX, closes, hours, labels, line, link, word};
use super::labels::estimate;
use super::page::{Unread, instant, instant_ms, list, text};
use super::query::Query;
use super::refusal::ScopeRefusal;

#[derive(Deserialize)]
struct Listed {
    iid: u64,
    title: String,
    state: String,
    web_url: Option<String>,
    references: Option<References>,
    #[serde(default)]
    labels: Vec<String>,
    milestone: Option<Titled>,
    author: Option<User>,
    created_at: Option<String>,
    updated_at: String,
    closed_at: Option<String>,
    merged_at: Option<String>,
    weight: Option<u32>,
    time_stats: Option<TimeStats>,
    issue_type: Option<String>,
    description: Option<String>,
}

#[derive(Deserialize)]
struct References {
    full: Option<String>,
}

#[derive(Deserialize)]
struct Titled {
    title: String,
}

#[derive(Deserialize)]
struct User {
    username: String,
}

#[derive(Deserialize)]
struct TimeStats {
    /// In seconds.
    #[serde(default)]
    time_estimate: u64,
}

pub(super) fn url(query: &Query, cursor: &Cursor) -> Result<Url, ScopeRefusal> {
    let requests = cursor.stage == Stage::Requests;
    let mut pairs = vec![("scope", "all"), ("order_by", "updated_at"), ("sort", "asc"), ("per_page", "100")];
    // Issues of every state are what is listed unless a state is named, and `all` is one of merge requests only.
    pairs.extend(requests.then_some(("state", "all")));
    pairs.extend(query.milestone.as_deref().map(|title| ("milestone", title)));
    let labels = query.labels.join(",");
    pairs.extend((!labels.is_empty()).then_some(("labels", labels.as_str())));
    let since = cursor.reading().since_ms.map(instant);
    pairs.extend(since.as_deref().map(|since| ("updated_after", since)));
    query.url(&["projects", &query.project, if requests { "merge_requests" } else { "issues" }], &pairs)
}

/// `X-Next-Page`, where there is no `Link`.
pub(super) fn next_page(
    query: &Query,
    cursor: &Cursor,
    headers: &HeaderMap,
) -> Result<Option<String>, ScopeRefusal> {
    let Some(page) = text(headers, "x-next-page").filter(|page| !page.is_empty()) else { return Ok(None) };
    let number: u32 =
        page.parse().map_err(|_| ScopeRefusal::Unreadable { why: "its next page is no number".into() })?;
    let mut url = url(query, cursor)?;
    url.query_pairs_mut().append_pair("page", &number.to_string());
    Ok(Some(url.into()))
}

pub(super) fn items(query: &Query, cursor: &Cursor, body: &[u8]) -> Result<Vec<TrackedItem>, Unread> {
    let all = list::<Listed>(body)?;
    let requests = cursor.stage == Stage::Requests;
    Ok(all.into_iter().map(|listed| item(query, requests, listed)).collect())
}

fn item(query: &Query, is_change: bool, listed: Listed) -> TrackedItem {
    let labels = labels(listed.labels.iter().map(String::as_str));
    let sign = if is_change { '!' } else { '#' };
    let full = listed.references.as_ref().and_then(|references| references.full.as_deref());
    let said = query.mapping.kind(&labels);
    let incident = said == TrackedKind::Task && listed.issue_type.as_deref() == Some("incident");
    let kind = if incident { TrackedKind::Bug } else { said };
    TrackedItem {
        key: full.and_then(word).unwrap_or_else(|| format!("{}{sign}{}", query.project, listed.iid)),
        url: listed.web_url.as_deref().and_then(link),
        title: line(&listed.title, TITLE_CHARS_MAX),
        kind,
        state: match listed.state.as_str() {
            "merged" => TrackedState::Merged,
            "closed" => TrackedState::Closed,
            _ => TrackedState::Open,
        },
        hours_hundredths: hours(effort(&listed).or_else(|| estimate(&labels))),
        labels,
        milestone: listed.milestone.and_then(|milestone| word(&milestone.title)),
        author: listed.author.and_then(|user| word(&user.username)),
        created_ms: instant_ms(listed.created_at.as_deref()),
        updated_ms: instant_ms(Some(&listed.updated_at)),
        closed_ms: instant_ms(listed.merged_at.as_deref().or(listed.closed_at.as_deref())),
        is_change,
        closes: closes(&query.project, listed.description.as_deref(), is_change),
        gone_ms: None,
    }
}

/// A time estimate says more than a weight.
fn effort(listed: &Listed) -> Option<Estimate> {
    let seconds = listed.time_stats.as_ref().map_or(0, |stats| stats.time_estimate);
    if seconds > 0 {
        let hundredths = u32::try_from(seconds / 36).ok()?;
        return Some(Estimate { hundredths, unit: EstimateUnit::Hours });
    }
    let hundredths = listed.weight?.checked_mul(100)?;
    Some(Estimate { hundredths, unit: EstimateUnit::Points })
}
