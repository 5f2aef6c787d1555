//! What is asked for: where, which project, and which of its items.
//!
//! Invariant: a query that was made is one that can be asked: its words go into a URL as values, never as parts of one.
//! Deliberately not here: tokens (`send`), and which addresses may be reached (`guard`).

use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::labels::LabelMapping;
use super::refusal::ScopeRefusal;

const WORDS_CHARS_MAX: usize = 200;
const LABELS_MAX: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tracker {
    Github,
    Gitlab,
}

/// Items of one project; a milestone and labels make them fewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    pub tracker: Tracker,
    /// Of the API: `https://api.github.com`, `https://ghe.example/api/v3`, `https://gitlab.com/api/v4`.
    pub base: String,
    /// `owner/repository` at GitHub; the whole path, or the number, at GitLab.
    pub project: String,
    /// By its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<String>,
    /// An item has all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    #[serde(default)]
    pub mapping: LabelMapping,
}

impl Query {
    pub fn new(tracker: Tracker, base: Option<&str>, project: &str) -> Result<Self, ScopeRefusal> {
        let base = base.unwrap_or(match tracker {
            Tracker::Github => "https://api.github.com",
            Tracker::Gitlab => "https://gitlab.com/api/v4",
        });
        let base = base.trim_end_matches('/').to_owned();
        let query = Self {
            tracker,
            base,
            project: project.to_owned(),
            milestone: None,
            labels: Vec::new(),
            mapping: LabelMapping::default(),
        };
        query.root()?;
        let parts: Vec<&str> = project.split('/').collect();
        let right = match tracker {
            Tracker::Github => parts.len() == 2,
            Tracker::Gitlab => parts.len() >= 2 || project.bytes().all(|byte| byte.is_ascii_digit()),
        };
        let plain = |part: &&str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
            !part.is_empty() && *part != "." && *part != ".." && part.bytes().all(allowed)
        };
        if right && project.len() <= WORDS_CHARS_MAX && parts.iter().all(plain) {
            Ok(query)
        } else {
            Err(ScopeRefusal::Project { tracker })
        }
    }

    pub fn of_milestone(self, title: &str) -> Result<Self, ScopeRefusal> {
        let title = checked(title, "milestone")?;
        Ok(Self { milestone: Some(title), ..self })
    }

    pub fn with_labels<'a>(self, labels: impl IntoIterator<Item = &'a str>) -> Result<Self, ScopeRefusal> {
        let labels = labels.into_iter().map(|label| checked(label, "label"));
        let labels = labels.collect::<Result<Vec<_>, _>>()?;
        if labels.len() > LABELS_MAX || labels.iter().any(|label| label.contains(',')) {
            return Err(ScopeRefusal::Word { what: "label" });
        }
        Ok(Self { labels, ..self })
    }

    /// `github:github.com`: the same for everything that this host tracks.
    pub fn source(&self) -> String {
        let host = self.root().ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        match self.tracker {
            Tracker::Github if host == "api.github.com" => "github:github.com".to_owned(),
            Tracker::Github => format!("github:{host}"),
            Tracker::Gitlab => format!("gitlab:{host}"),
        }
    }

    pub(super) fn root(&self) -> Result<Url, ScopeRefusal> {
        let url = Url::parse(&self.base).map_err(|_| ScopeRefusal::Base)?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if plain { Ok(url) } else { Err(ScopeRefusal::Base) }
    }

    /// Below the base: each of `parts` is one segment, whatever it holds.
    pub(super) fn url(&self, parts: &[&str], pairs: &[(&str, &str)]) -> Result<Url, ScopeRefusal> {
        let mut url = self.root()?;
        url.path_segments_mut().map_err(|()| ScopeRefusal::Base)?.pop_if_empty().extend(parts);
        url.query_pairs_mut().extend_pairs(pairs);
        Ok(url)
    }
}

fn checked(text: &str, what: &'static str) -> Result<String, ScopeRefusal> {
    let text = text.trim();
    let fits =
        !text.is_empty() && text.chars().count() <= WORDS_CHARS_MAX && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(ScopeRefusal::Word { what }) }
}
