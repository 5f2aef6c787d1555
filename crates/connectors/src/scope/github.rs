//! GitHub's REST API: milestones, and issues with the pull requests among them.
//!
//! Invariant: an answer is taken whole or not at all. Source: GitHub REST API, version 2022-11-28, "List repository issues",
//! "List milestones".

use reqwest::Url;
use serde::Deserialize;
use tidegate_domain::scope_source::{TrackedItem, TrackedState};

use super::cursor::Cursor;
use super::item::{TITLE_CHARS_MAX, closes, hours, labels, line, link, word};
use super::labels::estimate;
use super::page::{Unread, instant, instant_ms, list};
use super::query::{Query, Tracker};
use super::refusal::ScopeRefusal;

pub(super) const PAGE: &str = "100";

#[derive(Deserialize)]
struct Milestone {
    number: u64,
    title: String,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
    title: String,
    state: String,
    html_url: Option<String>,
    #[serde(default)]
    labels: Vec<Label>,
    milestone: Option<Titled>,
    user: Option<User>,
    created_at: Option<String>,
    updated_at: String,
    closed_at: Option<String>,
    pull_request: Option<PullRequest>,
    /// Of a pull request in a webhook, which is none of the issues.
    merged_at: Option<String>,
    body: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Label {
    Named { name: Option<String> },
    Plain(String),
}

#[derive(Deserialize)]
struct Titled {
    title: String,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

#[derive(Deserialize)]
struct PullRequest {
    merged_at: Option<String>,
}

fn parts(query: &Query) -> (&str, &str) {
    query.project.split_once('/').unwrap_or((&query.project, ""))
}

pub(super) fn milestones_url(query: &Query) -> Result<Url, ScopeRefusal> {
    let (owner, name) = parts(query);
    query.url(&["repos", owner, name, "milestones"], &[("state", "all"), ("per_page", PAGE)])
}

pub(super) fn issues_url(query: &Query, cursor: &Cursor) -> Result<Url, ScopeRefusal> {
    let (owner, name) = parts(query);
    let mut pairs = vec![("state", "all"), ("sort", "updated"), ("direction", "asc"), ("per_page", PAGE)];
    let milestone = cursor.milestone.map(|number| number.to_string());
    pairs.extend(milestone.as_deref().map(|number| ("milestone", number)));
    let labels = query.labels.join(",");
    pairs.extend((!labels.is_empty()).then_some(("labels", labels.as_str())));
    let since = cursor.reading().since_ms.map(instant);
    pairs.extend(since.as_deref().map(|since| ("since", since)));
    query.url(&["repos", owner, name, "issues"], &pairs)
}

/// The number of the one with the title, where it is on this page.
pub(super) fn milestone(query: &Query, body: &[u8]) -> Result<Option<u64>, Unread> {
    let all: Vec<Milestone> = list(body)?;
    let wanted = query.milestone.as_deref().unwrap_or_default();
    Ok(all.into_iter().find(|milestone| milestone.title.trim() == wanted).map(|milestone| milestone.number))
}

pub(super) fn issues(query: &Query, body: &[u8]) -> Result<Vec<TrackedItem>, Unread> {
    let all: Vec<Issue> = list(body)?;
    Ok(all.into_iter().map(|issue| item(query, issue)).collect())
}

/// What a verified webhook tells of one issue or pull request, with its project; none where it tells of something else.
pub fn told(event: &str, body: &[u8]) -> Option<(String, TrackedItem)> {
    #[derive(Deserialize)]
    struct Repository {
        full_name: String,
    }
    #[derive(Deserialize)]
    struct Told {
        action: String,
        issue: Option<Issue>,
        pull_request: Option<Issue>,
        repository: Repository,
    }
    if !matches!(event, "issues" | "pull_request") {
        return None;
    }
    let told: Told = serde_json::from_slice(body).ok()?;
    if matches!(told.action.as_str(), "deleted" | "transferred") {
        return None;
    }
    let query = Query::new(Tracker::Github, None, &told.repository.full_name).ok()?;
    let issue = match (event, told.issue, told.pull_request) {
        ("issues", Some(issue), _) => issue,
        ("pull_request", _, Some(request)) => {
            let pull_request = Some(PullRequest { merged_at: request.merged_at.clone() });
            Issue { pull_request, ..request }
        }
        _ => return None,
    };
    let item = item(&query, issue);
    Some((told.repository.full_name, item))
}

fn item(query: &Query, issue: Issue) -> TrackedItem {
    let names = issue.labels.iter().filter_map(|label| match label {
        Label::Named { name } => name.as_deref(),
        Label::Plain(name) => Some(name.as_str()),
    });
    let labels = labels(names);
    let merged = issue.merged_at.is_some()
        || issue.pull_request.as_ref().is_some_and(|request| request.merged_at.is_some());
    let is_change = issue.pull_request.is_some();
    TrackedItem {
        key: format!("{}#{}", query.project, issue.number),
        url: issue.html_url.as_deref().and_then(link),
        title: line(&issue.title, TITLE_CHARS_MAX),
        kind: query.mapping.kind(&labels),
        state: match issue.state.as_str() {
            _ if merged => TrackedState::Merged,
            "closed" => TrackedState::Closed,
            _ => TrackedState::Open,
        },
        hours_hundredths: hours(estimate(&labels)),
        labels,
        milestone: issue.milestone.and_then(|milestone| word(&milestone.title)),
        author: issue.user.and_then(|user| word(&user.login)),
        created_ms: instant_ms(issue.created_at.as_deref()),
        updated_ms: instant_ms(Some(&issue.updated_at)),
        closed_ms: instant_ms(issue.closed_at.as_deref()),
        is_change,
        closes: closes(&query.project, issue.body.as_deref(), is_change),
        gone_ms: None,
    }
}
