//! `/session/oidc`: signing in through an identity provider, in a browser or from a command line.
//!
//! Invariant: an answer of a provider counts for the browser that was sent there, once; a command line gets its session by
//! a secret of its own, and after a person said so on the page that shows what its terminal shows. Deliberately not here:
//! the protocol (`tidegate-openid`), whose an identity is (`identity::whose`).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, REFERRER_POLICY, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use tidegate_api::{FinishSignInRequest, Page, Provider as Told, SignedIn};
use tidegate_connectors::guard::Url;
use tidegate_identity::Secret;
use tidegate_openid::{Attempt, Failure, Provider, Returned, challenge_of};

use super::problems::{Confiding, Reading, Visiting};
use super::sessions::{Begun, Who, begin, for_person, request};
use crate::app::App;
use crate::asked::Confided;
use crate::extract::{At, Wanted};
use crate::identity::{
    ATTEMPT_COOKIE, ATTEMPT_SECONDS, Code, Full, Sent, Terminal, Whose, cookie_named, secret_of_cookie,
    start_of, whose,
};
use crate::origin::Peer;
use crate::page::{Line, page};
use crate::problem::Trouble;
use crate::wire::hex;

const RETURN_CHARS_MAX: usize = 1_000;

/// List identity providers
///
/// Where one can sign in, besides name and password.
#[utoipa::path(
    get, path = "/session/oidc", operation_id = "list_providers", tag = "people",
    responses((status = 200, description = "Every provider", body = Page<Told>), Reading)
)]
pub(super) async fn list(State(app): State<Arc<App>>) -> Json<Page<Told>> {
    let told = |provider: &Provider| Told {
        name: provider.settings.name.clone(),
        display: provider.settings.display.clone(),
        issuer: provider.settings.issuer.clone(),
        start: start_of(&provider.settings.name),
    };
    let items = app.identity.providers.all().iter().map(told).collect();
    Json(Page { items, next: None })
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct Wish {
    /// A path of this server to go on to.
    #[param(example = "/", max_length = 1000)]
    return_to: Option<String>,
    /// Of a command line that waits on this machine.
    #[param(minimum = 1, maximum = 65535)]
    terminal_port: Option<u16>,
    /// SHA-256 of a secret of that command line, in base64url (RFC 7636, 4.2).
    #[param(pattern = "^[A-Za-z0-9_-]{43}$")]
    terminal_challenge: Option<String>,
    /// What that command line knows the answer by; its first eight signs are shown.
    #[param(pattern = "^[0-9A-F]{32}$")]
    terminal_state: Option<String>,
}

/// Begin a sign-in through an identity provider
///
/// Sends the browser there; the provider sends it back to `…/callback`.
#[utoipa::path(
    get, path = "/session/oidc/{provider}", operation_id = "begin_sign_in", tag = "people",
    params(("provider" = String, Path, description = "Its name"), Wish),
    responses((status = 303, description = "To the provider"), Visiting)
)]
pub(super) async fn start(
    State(app): State<Arc<App>>,
    At(name): At<String>,
    Wanted(wish): Wanted<Wish>,
    headers: HeaderMap,
    peer: Option<Extension<Peer>>,
) -> Result<Response, Trouble> {
    let provider = provider(&app, &name)?;
    let (return_to, terminal) = wish.read()?;
    if app.engine.directory().await?.is_empty() {
        return Err(super::people::setup_first());
    }
    let now = app.clock.now();
    let attempt = Attempt::new([rand::random(), rand::random(), rand::random()]);
    let back = app.identity.providers.back(&name);
    let to = provider.address(&attempt, &back, now.steady.0).await?;
    let browser = Secret::new(hex(&rand::random::<[u8; 32]>()));
    let mut response = StatusCode::SEE_OTHER.into_response();
    let set = format!(
        "{ATTEMPT_COOKIE}={}; Path=/; Max-Age={ATTEMPT_SECONDS}; Secure; HttpOnly; SameSite=Lax",
        browser.expose()
    );
    let answer = response.headers_mut();
    answer.insert(SET_COOKIE, sensitive(&set)?);
    answer.insert(LOCATION, sensitive(to.as_str())?);
    answer.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let state = Secret::new(secrecy::ExposeSecret::expose_secret(&attempt.state));
    let before = secret_of_cookie(&headers);
    let sent = Sent { provider: name, attempt, browser, return_to, terminal, before };
    let from = peer.map(|Extension(Peer(from))| from);
    app.identity.providers.attempts().put(&state, (sent, from), now.steady).map_err(full)?;
    Ok(response)
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct Answered {
    /// What the sign-in began with.
    state: Option<String>,
    /// To be exchanged with the provider.
    code: Option<String>,
    /// The provider (RFC 9207).
    iss: Option<String>,
    /// Why the provider signs nobody in.
    error: Option<String>,
    /// In its words.
    error_description: Option<String>,
}

/// Come back from an identity provider
///
/// Where providers send browsers; the address is registered with them. Signs in, and shows a page.
#[utoipa::path(
    get, path = "/session/oidc/{provider}/callback", operation_id = "finish_sign_in", tag = "people",
    params(("provider" = String, Path, description = "Its name"), Answered),
    responses((status = 200, description = "Signed in", body = String, content_type = "text/html"), Visiting)
)]
pub(super) async fn callback(
    State(app): State<Arc<App>>,
    At(name): At<String>,
    Wanted(answered): Wanted<Answered>,
    headers: HeaderMap,
    peer: Option<Extension<Peer>>,
) -> Result<Response, Trouble> {
    let provider = provider(&app, &name)?;
    let sent = sent(&app, &name, (answered.state.as_deref(), &headers)).ok_or_else(not_begun)?;
    let Answered { code, iss: issuer, error, error_description, .. } = answered;
    let returned = Returned { code, issuer, error, error_description };
    let (back, now) = (app.identity.providers.back(&name), app.clock.now());
    let at = (now.steady.0, now.wall_ms / 1000);
    let identity = provider.identify(&returned, (&sent.attempt, &back), at).await?;
    let _one = app.identity.providers.linking.lock().await;
    let directory = app.engine.directory().await?;
    let whose = whose(&directory, &identity, &provider.settings)?;
    let from = peer.map_or_else(|| "unknown".to_owned(), |Extension(Peer(from))| from.to_string());
    match &sent.terminal {
        Some(terminal) => for_terminal(&app, whose, (provider, terminal, &from)).await,
        None => for_browser(&app, whose, (provider, sent, from)).await,
    }
}

/// The attempt that this answers, if it is this browser's and this provider's; it is used up in any case.
fn sent(app: &App, provider: &str, (state, headers): (Option<&str>, &HeaderMap)) -> Option<Sent> {
    let now = app.clock.now().steady;
    let sent = app.identity.providers.attempts().take(&Secret::new(state?), now)?;
    let browser = Secret::new(cookie_named(headers, ATTEMPT_COOKIE)?);
    (sent.provider == provider && sent.browser.is(&browser)).then_some(sent)
}

async fn for_browser(
    app: &App,
    whose: Whose,
    (provider, sent, from): (&Provider, Sent, String),
) -> Result<Response, Trouble> {
    let Whose { name, display, generation, changes } = whose;
    let begun = Begun {
        how: how(&provider.settings.name),
        origin: Some(origin(&from, &provider.settings.name)),
        from,
        bearer: false,
        before: sent.before,
        with: changes,
    };
    let signed = begin(app, Who { name: &name, display: &display, generation }, begun).await?;
    let words = format!("You are signed in as {name}.");
    let on = sent.return_to.as_deref();
    let more = match on {
        Some(path) => Line { text: "Go on", to: Some(path) },
        None => Line::text("You can close this page."),
    };
    let mut response = page(StatusCode::OK, ("Signed in", &[Line::text(&words), more]), on);
    let set = response.headers_mut();
    set.append(SET_COOKIE, over());
    set.extend(signed.cookie.map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

/// What the identity says of them is written now; the session begins when the command line takes it.
async fn for_terminal(
    app: &App,
    whose: Whose,
    (provider, terminal, from): (&Provider, &Terminal, &str),
) -> Result<Response, Trouble> {
    let Whose { name, generation, changes, .. } = whose;
    let provider = provider.settings.name.clone();
    if !changes.is_empty() {
        let command = for_person(&name, changes, Vec::new());
        let now = app.clock.now();
        app.engine.submit(&request(&name, Some(origin(from, &provider)), command), now).await?;
    }
    let secret = Secret::new(hex(&rand::random::<[u8; 32]>()));
    let code = Code { name: name.clone(), generation, provider, challenge: terminal.challenge.clone() };
    let from = from.parse().ok();
    app.identity.providers.codes().put(&secret, (code, from), app.clock.now().steady).map_err(full)?;
    let to = format!("http://127.0.0.1:{}/?code={}&state={}", terminal.port, secret.expose(), terminal.state);
    let (first, second) = terminal.state.split_at(4);
    let words = format!("A command line on this machine wants to act as {name}.");
    let shown =
        format!("Go on only if your own terminal shows {first}-{}. Else close this page.", &second[..4]);
    let lines = [Line::text(&words), Line::text(&shown), Line { text: "Yes, that is mine", to: Some(&to) }];
    let mut response = page(StatusCode::OK, ("Sign in a command line", &lines), None);
    response.headers_mut().append(SET_COOKIE, over());
    Ok(response)
}

/// Finish a command line's sign-in
///
/// With the code that the browser brought it, and the secret that it began with; answers the session for an `Authorization`
/// header.
#[utoipa::path(
    post, path = "/session/oidc", operation_id = "take_sign_in", tag = "people", request_body = FinishSignInRequest,
    responses((status = 201, description = "Signed in", body = SignedIn), Confiding)
)]
pub(super) async fn claim(
    State(app): State<Arc<App>>,
    asked: Confided<FinishSignInRequest>,
) -> Result<Response, Trouble> {
    let FinishSignInRequest { code, verifier } = asked.body;
    let taken = app.identity.providers.codes().take(&Secret::new(code.0), app.clock.now().steady);
    let fits = |code: &Code| Secret::new(challenge_of(&verifier.0)).is(&Secret::new(code.challenge.clone()));
    let code = taken.filter(fits).ok_or_else(code_unknown)?;
    let directory = app.engine.directory().await?;
    let known = directory.get(&code.name).filter(|known| known.person.session_generation == code.generation);
    let known = known.ok_or_else(code_unknown)?;
    let begun = Begun {
        how: how(&code.provider),
        from: asked.from.map_or_else(|| "unknown".to_owned(), |from| from.to_string()),
        origin: asked.origin,
        bearer: true,
        before: None,
        with: Vec::new(),
    };
    Ok(begin(&app, Who::of(known), begun).await?.into_response())
}

impl Wish {
    fn read(self) -> Result<(Option<String>, Option<Terminal>), Trouble> {
        let Self { return_to, terminal_port, terminal_challenge, terminal_state } = self;
        if return_to.as_deref().is_some_and(|path| !is_own_path(path)) {
            return Err(Trouble::bad_request("`return_to` is no path of this server"));
        }
        let terminal = match (terminal_port, terminal_challenge, terminal_state) {
            (None, None, None) => None,
            (Some(port), Some(challenge), Some(state))
                if port > 0 && is_challenge(&challenge) && is_state(&state) =>
            {
                Some(Terminal { port, challenge, state })
            }
            _ => return Err(Trouble::bad_request("what is said of the command line is not what it sends")),
        };
        Ok((return_to, terminal))
    }
}

/// Read as a browser reads it, it stays here: `//host`, `/\host` and what hides in tabs lead elsewhere.
fn is_own_path(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let here = "https://tidegate.invalid";
    let joined = Url::parse(here).ok().and_then(|url| url.join(text).ok());
    plain
        && text.len() <= RETURN_CHARS_MAX
        && text.starts_with('/')
        && !text.starts_with("//")
        && joined.is_some_and(|url| url.as_str().starts_with("https://tidegate.invalid/"))
}

fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn is_state(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte))
}

fn how(provider: &str) -> String {
    format!("oidc {provider}")
}

fn origin(from: &str, provider: &str) -> String {
    format!("{from} oidc {provider}")
}

fn over() -> HeaderValue {
    HeaderValue::from_static("__Host-tidegate-oidc=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax")
}

fn sensitive(text: &str) -> Result<HeaderValue, Trouble> {
    let mut value = HeaderValue::from_str(text).map_err(|_| Trouble::bug())?;
    value.set_sensitive(true);
    Ok(value)
}

fn provider<'a>(app: &'a App, name: &str) -> Result<&'a Provider, Trouble> {
    app.identity.providers.get(name).ok_or_else(|| {
        Trouble::new(StatusCode::NOT_FOUND, "unknown-provider", "there is no identity provider of this name")
            .help("GET /api/v1/session/oidc lists them; `tidegate up --sign-in FILE` names them")
    })
}

fn not_begun() -> Trouble {
    let detail = "this sign-in was not begun in this browser, was used already, or took too long";
    Trouble::new(StatusCode::UNAUTHORIZED, "sign-in-not-begun", detail)
        .help("begin again from the sign-in page, or with `tidegate login --oidc NAME`")
}

fn code_unknown() -> Trouble {
    let detail = "this code was not given to this command line, was used already, or took too long";
    Trouble::new(StatusCode::UNAUTHORIZED, "sign-in-code-unknown", detail)
        .help("begin again: `tidegate login --oidc NAME`")
}

fn full(full: Full) -> Trouble {
    match full {
        Full::Everywhere => {
            let trouble = Trouble::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "too-busy",
                "more people sign in at once than this server keeps count of",
            );
            Trouble { retry_after_seconds: Some(30), ..trouble.help("try again in a minute") }
        }
        Full::Address => {
            let trouble = Trouble::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-tries",
                "too many sign-ins were begun from this address and not finished",
            );
            Trouble { retry_after_seconds: Some(60), ..trouble.help("wait a minute, then begin once more") }
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        let (status, wait) = if failure.is_fault() {
            (StatusCode::SERVICE_UNAVAILABLE, Some(10))
        } else {
            (StatusCode::UNAUTHORIZED, None)
        };
        let trouble = Self::new(status, failure.code(), failure.to_string()).help(failure.help());
        Self { retry_after_seconds: wait, ..trouble }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_comes_back_to_this_server_only() {
        for path in ["/", "/releases/1.2.0?a=b#c", "/a//b", "/api/v1/session"] {
            assert!(is_own_path(path), "{path}");
        }
        for elsewhere in [
            "",
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example/",
            "\\\\evil.example",
            "/\t/evil.example/",
            "/\n/evil.example/",
            "javascript:alert(1)",
            "/../..//evil.example/\u{0}",
            "releases",
            " /",
        ] {
            assert!(!is_own_path(elsewhere), "{elsewhere:?}");
        }
        assert!(!is_own_path(&format!("/{}", "a".repeat(RETURN_CHARS_MAX))));
    }

    #[test]
    fn a_command_line_says_all_of_it_or_nothing() {
        let (challenge, state) = ("a".repeat(43), "0123456789ABCDEF".repeat(2));
        let wish = |port: Option<u16>, challenge: Option<&str>, state: Option<&str>| Wish {
            return_to: None,
            terminal_port: port,
            terminal_challenge: challenge.map(str::to_owned),
            terminal_state: state.map(str::to_owned),
        };
        assert!(wish(Some(1), Some(&challenge), Some(&state)).read().unwrap().1.is_some());
        assert!(wish(None, None, None).read().unwrap().1.is_none());
        for bad in [
            wish(Some(0), Some(&challenge), Some(&state)),
            wish(None, Some(&challenge), Some(&state)),
            wish(Some(1), None, Some(&state)),
            wish(Some(1), Some("short"), Some(&state)),
            wish(Some(1), Some(&challenge), Some("<script>")),
        ] {
            assert_eq!(bad.read().unwrap_err().code, "bad-request");
        }
    }
}
