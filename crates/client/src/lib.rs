//! A typed client of the HTTP API: one method for each route.
//!
//! Invariant: whatever comes back, a method answers its type or one of three errors: the server said no (`Problem`),
//! could not be reached (`Unreachable`), or something else answered (`Unexpected`). A POST takes an idempotency key, so
//! that it can be sent again after `Unreachable`. Deliberately not here: retrying, printing, finding the server.

mod announcements;
mod bundles;
mod calendar;
mod environments;
mod error;
mod evidence;
mod flags;
mod follow;
mod gates;
mod inbound;
mod lines;
mod measures;
mod notes;
mod people;
mod plan_book;
mod plans;
mod projects;
mod releases;
mod retrospective;
mod reviews;
mod rollouts;
mod scope;
mod secrets;
mod send;
mod sse;
mod system;
mod webhooks;

use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;

pub use calendar::FeedReading;
pub use error::ClientError;
pub use evidence::ReportPurpose;
pub use flags::FlagsQuery;
pub use follow::{EventsFrom, EventsQuery, Followed};
pub use measures::MeasuresQuery;
pub use plans::WindowWish;
pub use rollouts::RolloutsQuery;
pub use system::{LogsQuery, SearchQuery};
pub use tidegate_api as api;

/// The one that an installation begins with.
const FIRST_PROJECT: &str = "default";

const CONNECT: Duration = Duration::from_secs(3);
/// Shorter than a server keeps an idle connection (10 s), so that nothing is sent on one that it is just closing.
const IDLE: Duration = Duration::from_secs(5);

fn builder() -> reqwest::ClientBuilder {
    let http = reqwest::Client::builder().no_proxy().connect_timeout(CONNECT).pool_idle_timeout(IDLE);
    http.user_agent(concat!("tidegate/", env!("CARGO_PKG_VERSION")))
}

/// One server. Clones share their connections. `Debug` shows no bearer: it is marked as sensitive.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    actor: Option<String>,
    bearer: Option<HeaderValue>,
    /// Of an installation with several; the first one where absent.
    project: Option<String>,
}

impl Client {
    /// `url` is where the server listens: `http://127.0.0.1:7070`.
    pub fn new(url: &str) -> Result<Self, ClientError> {
        let base = Url::parse(url).ok().filter(|url| !url.cannot_be_a_base());
        let base = base.ok_or_else(|| ClientError::unexpected(url, "this is not the URL of a server"))?;
        let http = builder().build();
        let http = http.map_err(|source| ClientError::Unreachable { url: url.to_owned(), source })?;
        Ok(Self { http, base, actor: None, bearer: None, project: None })
    }

    /// As [`Client::new`], trusting the certificates in this PEM text as well as those of the system.
    pub fn trusting(url: &str, pem: &[u8]) -> Result<Self, ClientError> {
        let client = Self::new(url)?;
        let found = reqwest::Certificate::from_pem_bundle(pem);
        let found = found.map_err(|source| ClientError::Unreachable { url: url.to_owned(), source })?;
        let http = builder().tls_certs_merge(found).build();
        let http = http.map_err(|source| ClientError::Unreachable { url: url.to_owned(), source })?;
        Ok(Self { http, ..client })
    }

    /// The same one who asks, of another server.
    pub fn at_url(self, url: &str) -> Result<Self, ClientError> {
        Ok(Self { actor: self.actor, bearer: self.bearer, project: self.project, ..Self::new(url)? })
    }

    /// Who asks; the server takes `operator@local` where nobody is named.
    #[must_use]
    pub fn with_actor(self, actor: impl Into<String>) -> Self {
        Self { actor: Some(actor.into()), ..self }
    }

    /// Proves who asks: a token (`tdg_…`), or a session that was answered at sign-in. One that no header can hold proves
    /// nothing, and is refused like any other that does not hold.
    #[must_use]
    pub fn with_bearer(self, bearer: &str) -> Self {
        let value = HeaderValue::from_str(&format!("Bearer {}", bearer.trim()));
        let mut value = value.unwrap_or(HeaderValue::from_static("Bearer"));
        value.set_sensitive(true);
        Self { bearer: Some(value), ..self }
    }

    /// Asks of this project; `default` is the first.
    #[must_use]
    pub fn with_project(self, project: impl Into<String>) -> Self {
        Self { project: Some(project.into()).filter(|name| name != FIRST_PROJECT), ..self }
    }

    pub fn url(&self) -> &str {
        self.base.as_str()
    }
}
