//! Calls to the gateway's admin API, with faults that say what to do.
//!
//! Invariant: an older generation is told apart from every other failure, because it means "stop".

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use tidegate_ports::Fault;
use tidegate_traces::pass_on;

const TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than the gateway keeps an idle connection (10 s), so that nothing is sent on one that it is just closing.
const IDLE: Duration = Duration::from_secs(4);

#[derive(Debug, Clone)]
pub(super) struct Admin {
    client: Client,
    base_url: String,
}

#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct Problem {
    code: String,
    detail: String,
}

impl Admin {
    pub fn new(base_url: &str) -> Result<Self, Fault> {
        let client = Client::builder().timeout(TIMEOUT).pool_idle_timeout(IDLE).no_proxy().build();
        let client = client
            .map_err(|why| Fault::hold("http-client", "no HTTP client could be made").caused_by(why))?;
        Ok(Self { client, base_url: base_url.trim_end_matches('/').to_owned() })
    }

    /// None for 404.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Fault> {
        self.call(self.client.get(format!("{}{path}", self.base_url))).await
    }

    pub async fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl serde::Serialize,
    ) -> Result<Option<T>, Fault> {
        self.call(self.client.put(format!("{}{path}", self.base_url)).json(body)).await
    }

    async fn call<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<Option<T>, Fault> {
        let mut headers = HeaderMap::new();
        pass_on(&mut headers);
        let answer = request.headers(headers).send().await.map_err(|why| self.unreachable(why))?;
        let status = answer.status();
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let body = answer.bytes().await.map_err(|why| self.unreachable(why))?;
        if status.is_success() {
            return serde_json::from_slice(&body).map(Some).map_err(|why| {
                Fault::retry("metrics-unreadable", "the gateway's answer could not be read").caused_by(why)
            });
        }
        let problem: Problem = serde_json::from_slice(&body).unwrap_or_default();
        if problem.code == "stale-generation" {
            return Err(Fault::drop("stale-generation", problem.detail));
        }
        if problem.code == "listen-failed" {
            return Err(Fault::retry("port-in-use", problem.detail)
                .with_help("free the port, or give the route another `listen` address in tidegate.yaml"));
        }
        let message = format!("the gateway refused: {} ({})", problem.detail, problem.code);
        Err(Fault::retry("gateway-refused", message)
            .with_help("look at the route in tidegate.yaml, and at the gateway's log"))
    }

    fn unreachable(&self, why: reqwest::Error) -> Fault {
        Fault::retry("gateway-unreachable", format!("the gateway at {} does not answer", self.base_url))
            .with_help(
                "Tidegate starts it again by itself; see gateway.log in the data directory if it does not",
            )
            .caused_by(why)
    }
}
