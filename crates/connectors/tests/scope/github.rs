//! GitHub's shapes: a repository whose issues can be listed, with its limits and its accidents.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;
use tidegate_connectors::guard::Url;

pub const PROJECT: &str = "acme/shop";

#[derive(Debug, Clone)]
pub struct Issue {
    pub number: u64,
    pub updated_seconds: u64,
    pub milestone: u64,
    pub closed: bool,
    pub is_pull_request: bool,
}

/// What goes wrong at one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accident {
    /// 403, nothing remaining, until this many seconds later.
    RateLimit(u64),
    /// 429 with `Retry-After`.
    Secondary(u64),
    /// The connection ends in the middle of the body.
    Broken,
    /// Half of a body that says it is whole.
    Half,
    Status(u16),
}

pub struct Github {
    pub issues: Vec<Issue>,
    pub accidents: BTreeMap<usize, Accident>,
    pub requests: usize,
    pub now_seconds: u64,
    /// Whoever asks before that is out of order.
    pub not_before_seconds: u64,
    pub asked_too_early: usize,
    pub base: String,
}

pub struct Said {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    pub broken: bool,
}

impl Said {
    fn new(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.to_owned(), broken: false }
    }
    pub fn bytes(&self) -> Vec<u8> {
        let mut head = format!(
            "HTTP/1.1 {} .\r\nconnection: close\r\ncontent-length: {}\r\n",
            self.status,
            self.body.len()
        );
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let end = if self.broken { self.body.len() / 2 } else { self.body.len() };
        format!("{head}\r\n{}", &self.body[..end]).into_bytes()
    }
}

pub fn instant(seconds: u64) -> String {
    let at = jiff::Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap();
    at.to_string()
}

impl Github {
    pub fn new(issues: Vec<Issue>) -> Self {
        Self {
            issues,
            accidents: BTreeMap::new(),
            requests: 0,
            now_seconds: 1_795_000_000,
            not_before_seconds: 0,
            asked_too_early: 0,
            base: "http://127.0.0.1:1".to_owned(),
        }
    }

    /// `target` is path and query, as the first line of a request has it.
    pub fn answer(&mut self, target: &str, tag: Option<&str>) -> Said {
        let number = self.requests;
        self.requests += 1;
        self.asked_too_early += usize::from(self.now_seconds < self.not_before_seconds);
        match self.accidents.get(&number) {
            Some(Accident::RateLimit(seconds)) => return self.limited(*seconds),
            Some(Accident::Secondary(seconds)) => {
                self.not_before_seconds = self.now_seconds + seconds;
                let mut said = Said::new(429, r#"{"message": "You have exceeded a secondary rate limit"}"#);
                said.headers.push(("retry-after", seconds.to_string()));
                return said;
            }
            Some(Accident::Status(status)) => return Said::new(*status, "<html>unicorn</html>"),
            Some(Accident::Broken | Accident::Half) | None => {}
        }
        let url = Url::parse(&format!("http://here{target}")).unwrap();
        let mut said = match url.path() {
            "/repos/acme/shop/milestones" => milestones(),
            "/repos/acme/shop/issues" => self.list(&url, tag),
            _ => Said::new(404, r#"{"message": "Not Found"}"#),
        };
        match self.accidents.get(&number) {
            Some(Accident::Broken) => said.broken = true,
            Some(Accident::Half) => said.body.truncate(said.body.len() / 2),
            _ => {}
        }
        said
    }

    fn limited(&mut self, seconds: u64) -> Said {
        let reset = self.now_seconds + seconds;
        self.not_before_seconds = reset;
        let mut said = Said::new(403, r#"{"message": "API rate limit exceeded for user ID 1."}"#);
        said.headers.push(("x-ratelimit-remaining", "0".to_owned()));
        said.headers.push(("x-ratelimit-reset", reset.to_string()));
        said
    }

    fn list(&self, url: &Url, tag: Option<&str>) -> Said {
        let pairs: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(pairs["sort"], "updated");
        assert_eq!(pairs["direction"], "asc");
        assert_eq!(pairs["state"], "all");
        let number = |name: &str| pairs.get(name).map(|value| value.parse::<u64>().unwrap());
        let per_page = usize::try_from(number("per_page").unwrap()).unwrap().min(100);
        let page = usize::try_from(number("page").unwrap_or(1)).unwrap();
        let mut found: Vec<&Issue> = self
            .issues
            .iter()
            .filter(|issue| number("milestone").is_none_or(|wanted| wanted == issue.milestone))
            .filter(|issue| pairs.get("since").is_none_or(|since| instant(issue.updated_seconds) >= *since))
            .collect();
        found.sort_by_key(|issue| (issue.updated_seconds, issue.number));
        let all = found.len();
        let items: Vec<_> = found.into_iter().skip((page - 1) * per_page).take(per_page).map(issue).collect();
        let body = serde_json::Value::from(items).to_string();
        let etag = format!("W/\"{all}-{}\"", body.len());
        if tag == Some(etag.as_str()) {
            return Said::new(304, "");
        }
        let mut said = Said::new(200, &body);
        said.headers.push(("etag", etag));
        if page * per_page < all {
            let mut next = Url::parse(&self.base).unwrap();
            next.set_path(url.path());
            let others = pairs.iter().filter(|(name, _)| *name != "page");
            next.query_pairs_mut().extend_pairs(others).append_pair("page", &(page + 1).to_string());
            said.headers.push(("link", format!("<{next}>; rel=\"next\", <{next}>; rel=\"last\"")));
        }
        said
    }
}

fn milestones() -> Said {
    let all = [(1, "1.0"), (7, "2.0 Autumn"), (8, "2.1")];
    let all = all.map(|(number, title)| json!({ "number": number, "title": title, "state": "open" }));
    Said::new(200, &json!(all).to_string())
}

fn issue(issue: &Issue) -> serde_json::Value {
    let closed_at = issue.closed.then(|| instant(issue.updated_seconds));
    let part = if issue.is_pull_request { "pull" } else { "issues" };
    let mut value = json!({
        "id": 9_000_000 + issue.number,
        "number": issue.number,
        "html_url": format!("https://github.com/{PROJECT}/{part}/{}", issue.number),
        "title": format!("Thing {}\nof the shop", issue.number),
        "state": if issue.closed { "closed" } else { "open" },
        "labels": [{ "id": 1, "name": if issue.number.is_multiple_of(3) { "bug" } else { "enhancement" } }, { "name": "estimate: 2.5" }],
        "milestone": { "number": issue.milestone, "title": "2.0 Autumn" },
        "user": { "login": "ada" },
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": instant(issue.updated_seconds),
        "closed_at": closed_at,
        "body": "long text ".repeat(20),
    });
    if issue.is_pull_request {
        value["pull_request"] = json!({ "merged_at": closed_at });
    }
    value
}
