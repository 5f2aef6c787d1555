//! One guarded request: built, sent, and the beginning of its answer read.
//!
//! Invariant: one call is one request to one address at most; it ends in time and keeps at most `body_limit_bytes` of the
//! answer. Deliberately not here: signatures, retries, and what an answer means.

use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Certificate, Client, Method, Response, Url, redirect};
use tidegate_ports::Fault;
use tidegate_traces::{TARGET, pass_on};
use tracing::Instrument;
use tracing::field::Empty;

use super::allowance::Allowance;
use super::refusal::{AddressRefused, UrlRefusal};
use super::resolve::{GuardedNames, LookUpFailed, Resolver, SystemResolver};
use super::url;

/// How long, and which authorities besides the system's.
#[derive(Debug, Clone)]
pub struct Limits {
    pub connect_timeout: Duration,
    /// From the beginning to the last byte that is read.
    pub timeout: Duration,
    /// PEM of an organisation's own certificate authorities.
    pub authorities_pem: Vec<Vec<u8>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(15),
            authorities_pem: Vec::new(),
        }
    }
}

/// What is sent.
#[derive(Clone)]
pub struct Outgoing {
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Of the answer; the rest is not read.
    pub body_limit_bytes: usize,
    /// Instead of the guard's own.
    pub timeout: Option<Duration>,
}

/// What came back, of any status.
#[derive(Debug, Clone)]
pub struct Answered {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// There was more than `body_limit_bytes`.
    pub cut: bool,
}

/// No answer. `Display` is for people and free of the URL.
#[derive(Debug, thiserror::Error)]
pub enum SendFailure {
    #[error(transparent)]
    Url(#[from] UrlRefusal),
    #[error(transparent)]
    Address(#[from] AddressRefused),
    #[error("{host} is not known")]
    UnknownHost {
        host: String,
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    #[error("{host} did not answer in time")]
    TooLate { host: String },
    #[error("{host} could not be reached, or broke off")]
    Broken {
        host: String,
        #[source]
        source: reqwest::Error,
    },
}

impl SendFailure {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Url(refusal) => refusal.code(),
            Self::Address(refused) => refused.code(),
            Self::UnknownHost { .. } => "host-not-found",
            Self::TooLate { .. } => "endpoint-too-slow",
            Self::Broken { .. } => "endpoint-unreachable",
        }
    }
    pub fn help(&self) -> &'static str {
        match self {
            Self::Url(refusal) => refusal.help(),
            Self::Address(refused) => refused.help(),
            Self::UnknownHost { .. } => "look at the host's name, and whether this machine can resolve it",
            Self::TooLate { .. } => "the endpoint should answer 2xx first and work afterwards",
            Self::Broken { .. } => "look at whether the endpoint listens, and at its certificate",
        }
    }
    /// The code, what happened, and the innermost cause.
    pub fn explained(&self) -> String {
        let mut cause: Option<&dyn Error> = self.source();
        let mut innermost = None;
        while let Some(inner) = cause {
            innermost = Some(inner.to_string());
            cause = inner.source();
        }
        innermost.map_or_else(|| self.to_string(), |cause| format!("{self}: {cause}"))
    }
}

/// The client; cheap to clone.
#[derive(Clone)]
pub struct Guard {
    names: GuardedNames,
    client: Client,
}

impl Guard {
    pub fn new(allowance: Allowance, limits: &Limits) -> Result<Self, Fault> {
        Self::with_resolver(allowance, limits, Arc::new(SystemResolver))
    }

    pub fn with_resolver(
        allowance: Allowance,
        limits: &Limits,
        resolver: Arc<dyn Resolver>,
    ) -> Result<Self, Fault> {
        let names = GuardedNames { allowance: Arc::new(allowance), resolver };
        let client = client(limits, names.clone()).map_err(|why| no_client().caused_by(why))?;
        if limits
            .authorities_pem
            .iter()
            .any(|pem| Certificate::from_pem_bundle(pem).is_ok_and(|all| all.is_empty()))
        {
            return Err(no_client().caused_by("a file of certificate authorities holds none"));
        }
        Ok(Self { names, client })
    }

    /// Before an endpoint is saved: its form, and where it leads now. Sending checks again.
    pub async fn check(&self, url: &str) -> Result<Vec<IpAddr>, SendFailure> {
        let url = url::check(url, &self.names.allowance)?;
        let host = host(&url);
        if let Some(address) = url::literal(&host) {
            return Ok(vec![address]);
        }
        self.names.addresses(&host).await.map_err(SendFailure::from)
    }

    /// Where a connection that is no HTTP may go to: what was looked up just now, all of it checked.
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, SendFailure> {
        if let Some(address) = url::literal(host) {
            let refused = |reach| AddressRefused { host: host.to_owned(), address, reach };
            self.names.allowance.permits(host, address).map_err(refused)?;
            return Ok(vec![address]);
        }
        self.names.addresses(host).await.map_err(SendFailure::from)
    }

    /// Whoever is asked learns which span of a trace asks, where traces are taken.
    pub async fn send(&self, outgoing: Outgoing) -> Result<Answered, SendFailure> {
        let url = url::check(&outgoing.url, &self.names.allowance)?;
        let host = host(&url);
        let span = tracing::info_span!(
            target: TARGET,
            "ask",
            otel.name = outgoing.method.as_str(),
            otel.kind = "client",
            http.request.method = outgoing.method.as_str(),
            // Not the path, which may be a secret.
            server.address = host,
            http.response.status_code = Empty,
            error.type = Empty,
            otel.status_code = Empty,
        );
        let answered = self.ask((url, &host), outgoing).instrument(span.clone()).await;
        match &answered {
            Ok(answered) => _ = span.record("http.response.status_code", answered.status),
            Err(failure) => _ = span.record("error.type", failure.code()).record("otel.status_code", "ERROR"),
        }
        answered
    }

    async fn ask(&self, (url, host): (Url, &str), mut outgoing: Outgoing) -> Result<Answered, SendFailure> {
        pass_on(&mut outgoing.headers);
        let request = self.client.request(outgoing.method, url).headers(outgoing.headers).body(outgoing.body);
        let request = match outgoing.timeout {
            Some(timeout) => request.timeout(timeout),
            None => request,
        };
        let answer = request.send().await.map_err(|why| failure(host, why))?;
        read(answer, outgoing.body_limit_bytes).await.map_err(|why| failure(host, why))
    }
}

fn no_client() -> Fault {
    Fault::hold("http-client", "no HTTP client could be made")
        .with_help("look at the certificate authorities in the settings, and at the system's own")
}

fn client(limits: &Limits, names: GuardedNames) -> Result<Client, reqwest::Error> {
    let mut authorities = Vec::new();
    for pem in &limits.authorities_pem {
        authorities.extend(Certificate::from_pem_bundle(pem)?);
    }
    Client::builder()
        .user_agent(concat!("tidegate/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .retry(reqwest::retry::never())
        // A connection that is kept would go on to an address that the name no longer has.
        .pool_max_idle_per_host(0)
        .connect_timeout(limits.connect_timeout)
        .timeout(limits.timeout)
        .tls_certs_merge(authorities)
        .dns_resolver(Arc::new(names))
        .build()
}

async fn read(mut answer: Response, limit: usize) -> Result<Answered, reqwest::Error> {
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let mut body = Vec::new();
    let mut cut = false;
    while let Some(chunk) = answer.chunk().await? {
        let room = limit - body.len();
        cut = chunk.len() > room;
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if cut {
            break;
        }
    }
    Ok(Answered { status, headers, body, cut })
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

impl From<LookUpFailed> for SendFailure {
    fn from(failed: LookUpFailed) -> Self {
        match failed {
            LookUpFailed::Refused(refused) => Self::Address(refused),
            LookUpFailed::Unknown { host, source } => {
                Self::UnknownHost { host, source: source.map(Into::into) }
            }
        }
    }
}

/// Finds what the resolver said among the causes; the URL is taken out, since its path may be a secret.
fn failure(host: &str, why: reqwest::Error) -> SendFailure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&why);
    while let Some(inner) = cause {
        match inner.downcast_ref::<LookUpFailed>() {
            Some(LookUpFailed::Refused(refused)) => return SendFailure::Address(refused.clone()),
            Some(LookUpFailed::Unknown { host, source }) => {
                let source = source.as_ref().map(|why| why.to_string().into());
                return SendFailure::UnknownHost { host: host.clone(), source };
            }
            None => cause = inner.source(),
        }
    }
    let host = host.to_owned();
    if why.is_timeout() {
        return SendFailure::TooLate { host };
    }
    SendFailure::Broken { host, source: why.without_url() }
}
