//! One request out, one answer or error in.
//!
//! Invariant: an answer's body is read up to a limit, whatever the server sends. Deliberately not here: routes.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, IF_MATCH};
use reqwest::{Method, RequestBuilder, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tidegate_api::{ACTOR_HEADER, BASE_PATH, IDEMPOTENCY_KEY_HEADER, Problem};

use crate::{Client, ClientError};

const BODY_BYTES_MAX: usize = 64 << 20;
const TIMEOUT: Duration = Duration::from_secs(30);
/// For what reads whole artifacts or the whole log.
pub(crate) const LONG_TIMEOUT: Duration = Duration::from_mins(15);

/// What stands once, whatever the project.
const OF_INSTALLATION: [&str; 5] = ["setup", "session", "people", "groups", "projects"];

impl Client {
    /// `segments` are encoded, so that a name cannot leave its place in the path.
    pub(crate) fn at(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        let of_installation = segments.first().is_some_and(|first| OF_INSTALLATION.contains(first));
        let project = self.project.as_deref().filter(|_| !of_installation);
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(BASE_PATH.split('/').filter(|part| !part.is_empty()));
            path.extend(project.into_iter().flat_map(|project| ["projects", project])).extend(segments);
        }
        url
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, ClientError> {
        self.answer(self.request(Method::GET, &url).timeout(TIMEOUT), &url).await
    }

    pub(crate) async fn get_slowly<T: DeserializeOwned>(&self, url: Url) -> Result<T, ClientError> {
        self.answer(self.request(Method::GET, &url).timeout(LONG_TIMEOUT), &url).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        url: Url,
        body: &impl Serialize,
        key: &str,
    ) -> Result<T, ClientError> {
        let request = self.keyed(Method::POST, &url, key).json(body);
        self.answer(request.timeout(LONG_TIMEOUT), &url).await
    }

    pub(crate) async fn put<T: DeserializeOwned>(
        &self,
        url: Url,
        body: &impl Serialize,
        key: &str,
    ) -> Result<T, ClientError> {
        let request = self.keyed(Method::PUT, &url, key).json(body);
        self.answer(request.timeout(TIMEOUT), &url).await
    }

    /// Only while it is at the edition that was seen, where one is named.
    pub(crate) async fn put_over<T: DeserializeOwned>(
        &self,
        url: Url,
        (body, edition): (&impl Serialize, Option<u64>),
        key: &str,
    ) -> Result<T, ClientError> {
        let request = over(self.keyed(Method::PUT, &url, key).json(body), edition);
        self.answer(request.timeout(TIMEOUT), &url).await
    }

    pub(crate) async fn delete<T: DeserializeOwned>(&self, url: Url, key: &str) -> Result<T, ClientError> {
        let request = self.keyed(Method::DELETE, &url, key);
        self.answer(request.timeout(TIMEOUT), &url).await
    }

    /// A file as it is.
    pub(crate) async fn upload<T: DeserializeOwned>(
        &self,
        url: Url,
        (kind, bytes): (&str, Vec<u8>),
        key: &str,
    ) -> Result<T, ClientError> {
        self.upload_by(Method::POST, url, (kind, bytes), key).await
    }

    /// In the place of the edition that is named, where one is.
    pub(crate) async fn upload_over<T: DeserializeOwned>(
        &self,
        url: Url,
        (kind, bytes, edition): (&str, Vec<u8>, Option<u64>),
        key: &str,
    ) -> Result<T, ClientError> {
        let request = over(self.keyed(Method::POST, &url, key), edition);
        let request = request.header(CONTENT_TYPE, kind).body(bytes);
        self.answer(request.timeout(LONG_TIMEOUT), &url).await
    }

    pub(crate) async fn upload_by<T: DeserializeOwned>(
        &self,
        method: Method,
        url: Url,
        (kind, bytes): (&str, Vec<u8>),
        key: &str,
    ) -> Result<T, ClientError> {
        let request = self.keyed(method, &url, key);
        let request = request.header(CONTENT_TYPE, kind).body(bytes);
        self.answer(request.timeout(LONG_TIMEOUT), &url).await
    }

    /// An empty key is none.
    fn keyed(&self, method: Method, url: &Url, key: &str) -> RequestBuilder {
        let request = self.request(method, url);
        if key.is_empty() { request } else { request.header(IDEMPOTENCY_KEY_HEADER, key) }
    }

    pub(crate) fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        let request = self.http.request(method, url.clone());
        let request = match &self.bearer {
            Some(bearer) => request.header(AUTHORIZATION, bearer.clone()),
            None => request,
        };
        match self.actor.as_deref().map(HeaderValue::from_str) {
            Some(Ok(actor)) => request.header(ACTOR_HEADER, actor),
            Some(Err(_)) | None => request,
        }
    }

    pub(crate) async fn send(&self, request: RequestBuilder, url: &Url) -> Result<Response, ClientError> {
        let response = request.send().await.map_err(|source| self.unreachable(source))?;
        if response.status().is_success() { Ok(response) } else { Err(self.refused(response, url).await) }
    }

    pub(crate) fn unreachable(&self, source: reqwest::Error) -> ClientError {
        ClientError::Unreachable { url: self.base.to_string(), source }
    }

    pub(crate) async fn answer<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        url: &Url,
    ) -> Result<T, ClientError> {
        let response = self.send(request, url).await?;
        let body = self.body(response, url).await?;
        serde_json::from_slice(&body).map_err(|why| ClientError::unexpected(url.as_str(), why.to_string()))
    }

    async fn refused(&self, response: Response, url: &Url) -> ClientError {
        let status = response.status();
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_problem = kind.is_some_and(|kind| kind.starts_with("application/problem+json"));
        let body = match self.body(response, url).await {
            Ok(body) => body,
            Err(error) => return error,
        };
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) if is_problem => ClientError::Problem(Box::new(problem)),
            Ok(_) | Err(_) => {
                ClientError::unexpected(url.as_str(), format!("status {status} without a reason"))
            }
        }
    }

    pub(crate) async fn body(&self, mut response: Response, url: &Url) -> Result<Vec<u8>, ClientError> {
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|source| self.unreachable(source))? {
            if body.len() + piece.len() > BODY_BYTES_MAX {
                let what = format!("more than {BODY_BYTES_MAX} bytes");
                return Err(ClientError::unexpected(url.as_str(), what));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

/// Adds what is given to the query.
pub(crate) fn ask(url: &mut Url, name: &str, value: Option<impl ToString>) {
    if let Some(value) = value {
        url.query_pairs_mut().append_pair(name, &value.to_string());
    }
}

fn over(request: RequestBuilder, edition: Option<u64>) -> RequestBuilder {
    match edition {
        Some(edition) => request.header(IF_MATCH, format!("\"{edition}\"")),
        None => request,
    }
}
