//! One configured provider: where a browser is sent, and what is made of its answer.
//!
//! Invariant: a code is exchanged once, at the endpoint that the provider itself named, with the verifier of the attempt it
//! belongs to; keys are fetched anew for an unknown one, but not more often than [`KEYS_EVERY_MS`]. Deliberately not here:
//! attempts under way (the server keeps them).

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::Value;
use tidegate_connectors::guard::{Allowance, Guard, Limits, Method, Url};
use tidegate_connectors::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::Mutex;

use crate::failure::{Failure, printable};
use crate::fetch::{Question, ask, found, unusable};
use crate::identity::{Identity, is_whole};
use crate::keys::Keys;
use crate::metadata::{self, Metadata};
use crate::pkce::Attempt;
use crate::settings::ProviderSettings;
use crate::token::{BadToken, Claims, Expected, Signed, verify};

/// Of metadata and keys.
const FRESH_MS: u64 = 3_600_000;
/// Whoever sends made-up keys makes us ask no more often than this.
const KEYS_EVERY_MS: u64 = 60_000;
/// So long those who come next are told what the last one was.
const FAILURE_MS: u64 = 3_000;
const CONNECT_WAIT: Duration = Duration::from_secs(5);
const ANSWER_WAIT: Duration = Duration::from_secs(10);

pub struct Provider {
    pub settings: ProviderSettings,
    guard: Guard,
    known: Mutex<Option<Known<Metadata>>>,
    keys: Mutex<Option<Known<Keys>>>,
}

/// What was learnt, and when.
struct Known<T> {
    at_ms: u64,
    /// When it was last learnt anew for somebody who named what was not in it.
    again_ms: Option<u64>,
    what: Result<Arc<T>, Failure>,
}

impl<T> Known<T> {
    fn new(at_ms: u64, what: Result<Arc<T>, Failure>) -> Self {
        Self { at_ms, again_ms: None, what }
    }

    /// What stands, while it is fresh.
    fn still(&self, now_ms: u64) -> Option<&Result<Arc<T>, Failure>> {
        let for_ms = if self.what.is_ok() { FRESH_MS } else { FAILURE_MS };
        Some(&self.what).filter(|_| now_ms < self.at_ms.saturating_add(for_ms))
    }
}

/// What the browser brought back.
#[derive(Debug, Clone, Default)]
pub struct Returned {
    pub code: Option<String>,
    /// The provider, by its own word (RFC 9207).
    pub issuer: Option<String>,
    pub error: Option<String>,
    pub error_description: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    #[serde(default)]
    access_token: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Refused {
    error: String,
    error_description: String,
}

impl Provider {
    /// `allowed` hosts and networks are those of the whole server; the settings add their own.
    pub fn new(settings: ProviderSettings, allowed: &[String]) -> Result<Self, String> {
        let entries = allowed.iter().chain(&settings.allowed_hosts).map(String::as_str);
        let allowance = Allowance::parse(entries).map_err(|why| why.to_string())?;
        let authorities_pem = settings.authorities_pem.iter().cloned().collect();
        let limits = Limits { connect_timeout: CONNECT_WAIT, timeout: ANSWER_WAIT, authorities_pem };
        let guard = Guard::new(allowance, &limits).map_err(|why| why.to_string())?;
        Ok(Self { settings, guard, known: Mutex::default(), keys: Mutex::default() })
    }

    /// Where to send the browser. `back` is where it comes back to.
    pub async fn address(&self, attempt: &Attempt, back: &str, now_ms: u64) -> Result<Url, Failure> {
        let metadata = self.metadata(now_ms).await?;
        let mut url = metadata.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client)
            .append_pair("redirect_uri", back)
            .append_pair("scope", &self.settings.scopes.join(" "))
            .append_pair("state", attempt.state.expose_secret())
            .append_pair("nonce", attempt.nonce.expose_secret())
            .append_pair("code_challenge", &attempt.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    /// Who came back. The caller has found the attempt by its state, and uses it once.
    pub async fn identify(
        &self,
        returned: &Returned,
        (attempt, back): (&Attempt, &str),
        (now_ms, now_seconds): (u64, u64),
    ) -> Result<Identity, Failure> {
        let metadata = self.metadata(now_ms).await?;
        let code = self.code(returned, &metadata)?;
        let tokens = self.exchange(&metadata, code, (attempt, back)).await?;
        let access_token = tokens.access_token.as_deref();
        let expected = Expected {
            issuer: &self.settings.issuer,
            client: &self.settings.client,
            nonce: attempt.nonce.expose_secret(),
            access_token,
            algorithms: metadata.algorithms.as_deref(),
            now_seconds,
        };
        let keys = self.keys(&metadata, (&tokens.id_token, &expected), now_ms).await?;
        let claims = verify(&tokens.id_token, &keys, &expected).map_err(|why| self.bad(why))?;
        let claims = self.more(&metadata, claims, access_token).await?;
        Ok(Identity::read(&claims, &self.settings))
    }

    fn code<'a>(&self, returned: &'a Returned, metadata: &Metadata) -> Result<&'a str, Failure> {
        // Another provider's answer must not be taken for this one's.
        let named = returned.issuer.as_deref();
        if named.is_some_and(|named| named != self.settings.issuer)
            || named.is_none() && metadata.names_itself
        {
            return Err(self.bad(BadToken::Issuer));
        }
        if let Some(error) = &returned.error {
            let said = format!("{error} {}", returned.error_description.as_deref().unwrap_or(""));
            return Err(Failure::Denied { provider: self.settings.display.clone(), said: printable(&said) });
        }
        let nothing = || self.refused("the answer holds no code");
        returned.code.as_deref().filter(|code| !code.is_empty()).ok_or_else(nothing)
    }

    async fn exchange(
        &self,
        metadata: &Metadata,
        code: &str,
        (attempt, back): (&Attempt, &str),
    ) -> Result<Tokens, Failure> {
        let ProviderSettings { client, secret, .. } = &self.settings;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", back),
            ("code_verifier", attempt.verifier.expose_secret()),
        ];
        let mut headers = headers("application/x-www-form-urlencoded");
        match secret.as_ref().map(ExposeSecret::expose_secret) {
            None => form.push(("client_id", client)),
            Some(secret) if metadata.secret_in_body => {
                form.extend([("client_id", client.as_str()), ("client_secret", secret)]);
            }
            Some(secret) => headers.extend(basic(client, secret)),
        }
        let body = encoded(&form).into_bytes();
        let url = metadata.token_endpoint.to_string();
        let question = Question { method: Method::POST, url, headers, body };
        let answered = ask(&self.guard, &self.settings.display, question).await?;
        if answered.status != 200 {
            return Err(self.no_tokens(answered.status, &answered.body));
        }
        serde_json::from_slice(&answered.body)
            .map_err(|_| unusable(&self.settings.display, "its answer to a code holds no ID token"))
    }

    fn no_tokens(&self, status: u16, body: &[u8]) -> Failure {
        let Refused { error, error_description } = serde_json::from_slice(body).unwrap_or_default();
        let said = printable(&format!("{status} {error} {error_description}"));
        match error.as_str() {
            "invalid_client" | "unauthorized_client" => unusable(
                &self.settings.display,
                format!("it does not take this client or its secret: {said}"),
            ),
            _ => self.refused(&said),
        }
    }

    /// What the ID token leaves out may be asked for (Core, 5.3); it must be about the same one.
    async fn more(
        &self,
        metadata: &Metadata,
        claims: Claims,
        access_token: Option<&str>,
    ) -> Result<Claims, Failure> {
        let (Some(endpoint), Some(token)) = (&metadata.userinfo_endpoint, access_token) else {
            return Ok(claims);
        };
        if is_whole(&claims, &self.settings) {
            return Ok(claims);
        }
        let bearer = secret_header(&format!("Bearer {token}"));
        let bearer =
            bearer.ok_or_else(|| unusable(&self.settings.display, "its access token cannot be sent"))?;
        let mut question = Question::get(endpoint.as_str());
        question.headers = HeaderMap::from_iter([(HeaderName::from_static("authorization"), bearer)]);
        let answered = ask(&self.guard, &self.settings.display, question).await?;
        let told: Option<Claims> =
            serde_json::from_slice(&answered.body).ok().filter(|_| answered.status == 200);
        let Some(mut told) = told else {
            let why = format!("its userinfo_endpoint answers {} and no plain JSON", answered.status);
            return Err(unusable(&self.settings.display, why));
        };
        if told.get("sub").and_then(Value::as_str) != claims.get("sub").and_then(Value::as_str) {
            return Err(self.bad(BadToken::OtherSubject));
        }
        // What is signed wins.
        told.extend(claims);
        Ok(told)
    }

    async fn metadata(&self, now_ms: u64) -> Result<Arc<Metadata>, Failure> {
        let mut known = self.known.lock().await;
        if let Some(what) = known.as_ref().and_then(|known| known.still(now_ms)) {
            return what.clone();
        }
        let what = self.discover().await.map(Arc::new);
        *known = Some(Known::new(now_ms, what.clone()));
        what
    }

    async fn discover(&self) -> Result<Metadata, Failure> {
        let ProviderSettings { display, issuer, .. } = &self.settings;
        let body = found(&self.guard, display, metadata::location(issuer)).await?;
        metadata::read(&body, issuer).map_err(|why| unusable(display, why))
    }

    /// Those that are known, or, where the token's is not among them, those that the provider has now.
    async fn keys(
        &self,
        metadata: &Metadata,
        (token, expected): (&str, &Expected<'_>),
        now_ms: u64,
    ) -> Result<Arc<Keys>, Failure> {
        let signed = Signed::read(token, expected.algorithms).map_err(|why| self.bad(why))?;
        let has = |keys: &Keys| keys.find(signed.algorithm, signed.key.as_deref()).is_some();
        let mut known = self.keys.lock().await;
        let mut again_ms = None;
        if let Some(kept) = known.as_ref() {
            let lately = kept.again_ms.is_some_and(|at_ms| now_ms < at_ms.saturating_add(KEYS_EVERY_MS));
            match kept.still(now_ms) {
                Some(Ok(keys)) if has(keys) || lately => return Ok(Arc::clone(keys)),
                Some(Ok(_)) => again_ms = Some(now_ms),
                Some(Err(failure)) => return Err(failure.clone()),
                None => {}
            }
        }
        let what = self.fetch_keys(metadata).await.map(Arc::new);
        *known = Some(Known { again_ms, ..Known::new(now_ms, what.clone()) });
        what
    }

    async fn fetch_keys(&self, metadata: &Metadata) -> Result<Keys, Failure> {
        let display = &self.settings.display;
        let body = found(&self.guard, display, metadata.keys.to_string()).await?;
        Keys::read(&body).ok_or_else(|| unusable(display, "its keys cannot be read"))
    }

    fn bad(&self, why: BadToken) -> Failure {
        Failure::Token { provider: self.settings.display.clone(), why }
    }

    fn refused(&self, said: &str) -> Failure {
        Failure::CodeRefused { provider: self.settings.display.clone(), said: said.to_owned() }
    }
}

fn headers(content: &'static str) -> HeaderMap {
    HeaderMap::from_iter([
        (HeaderName::from_static("content-type"), HeaderValue::from_static(content)),
        (HeaderName::from_static("accept"), HeaderValue::from_static("application/json")),
    ])
}

/// Both parts as in a form, before they are joined (RFC 6749, 2.3.1).
fn basic(client: &str, secret: &str) -> Option<(HeaderName, HeaderValue)> {
    let part = |text: &str| encoded(&[("", text)]).trim_start_matches('=').to_owned();
    let both = STANDARD.encode(format!("{}:{}", part(client), part(secret)));
    Some((HeaderName::from_static("authorization"), secret_header(&format!("Basic {both}"))?))
}

fn secret_header(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// As a form is sent.
fn encoded(form: &[(&str, &str)]) -> String {
    let Ok(mut url) = Url::parse("http://form") else { return String::new() };
    url.query_pairs_mut().extend_pairs(form);
    url.query().unwrap_or("").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6749, 2.3.1 sends `application/x-www-form-urlencoded` parts.
    #[test]
    fn a_secret_in_a_header_is_encoded_part_by_part() {
        let (_, value) = basic("my client", "a:b&c=d%").unwrap();
        assert!(value.is_sensitive());
        let text = value.to_str().unwrap().strip_prefix("Basic ").unwrap().to_owned();
        let both = String::from_utf8(STANDARD.decode(text).unwrap()).unwrap();
        assert_eq!(both, "my+client:a%3Ab%26c%3Dd%25");
        assert_eq!(encoded(&[("a", "1 2"), ("b", "ü&")]), "a=1+2&b=%C3%BC%26");
    }
}
