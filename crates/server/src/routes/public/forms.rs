//! What readers do: subscribe, say that it was them, end it, and say how a release is for them.
//!
//! Invariant: asking for a page changes nothing; a link that proves nothing is answered the same whatever it names.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use tidegate_connectors::guard::Url;
use tidegate_connectors::mail::MailAddress;
use tidegate_connectors::template::escaped;
use tidegate_domain::announcement::AnnouncementId;

use super::page::said;
use super::{peer, switched_on};
use crate::announcements::doors::Door;
use crate::announcements::feedback::{self, Answer, Kept};
use crate::announcements::subscribers::{self, CONFIRM, UNSUBSCRIBE};
use crate::announcements::words::{FEEDBACK, FEEDBACK_OF_ALL};
use crate::app::App;
use crate::asked::read;
use crate::problem::Trouble;

const FORM_BYTES_MAX: usize = 16 << 10;
/// How long a form may lie open.
const FORM_SECONDS: u64 = 24 * 3600;

/// What a browser sends of a form, or stands in a query.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn read(text: &str) -> Self {
        let url = Url::parse(&format!("http://form.invalid/?{text}")).ok();
        let pairs =
            url.iter().flat_map(|url| url.query_pairs()).map(|(name, value)| (name.into(), value.into()));
        Self(pairs.collect())
    }
    fn get(&self, wanted: &str) -> &str {
        self.0.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value.as_str())
    }
    fn of_query(request: &Request) -> Self {
        Self::read(request.uri().query().unwrap_or_default())
    }
}

async fn form(body: Body) -> Result<Fields, Trouble> {
    let bytes = read(body, FORM_BYTES_MAX).await?;
    Ok(Fields::read(&String::from_utf8_lossy(&bytes)))
}

fn too_often() -> Trouble {
    let trouble = Trouble::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-requests",
        "that was asked for too often from where you are, or from everywhere",
    );
    Trouble { retry_after_seconds: Some(600), ..trouble.help("wait ten minutes, and try again") }
}

pub(super) async fn subscribe(State(app): State<Arc<App>>, request: Request) -> Result<Response, Trouble> {
    let setup = app.engine.announcements_setup().await?;
    let page = switched_on(&setup)?;
    let Some(mail) = &page.mail else {
        let detail = "nobody can subscribe to this page by mail";
        return Err(Trouble::new(StatusCode::NOT_FOUND, "page-off", detail).help("follow its feed instead"));
    };
    if !app.herald.doors.enter(Door::Subscribe, peer(&request)) {
        return Err(too_often());
    }
    let given = form(request.into_body()).await?;
    let Ok(address) = given.get("address").parse::<MailAddress>() else {
        let body = "<p>That is no address of mail. Go back, and write it as ada@example.org.</p>";
        return Ok(said(StatusCode::UNPROCESSABLE_ENTITY, Some(page), ("Not subscribed", body)));
    };
    subscribers::ask(&app, mail, &address).await?;
    // The same words whether the address is known, waits or is new.
    let body =
        "<p>If this address is not subscribed yet, a letter is on its way to it. Its link makes it so.</p>";
    Ok(said(StatusCode::OK, Some(page), ("Look into your mail", body)))
}

/// A page with one button, which does what the link is for.
fn button(title: &str, (action, token, word): (&str, &str, &str)) -> Response {
    let body = format!(
        "<form method=\"post\" action=\"{action}?token={}\"><button>{word}</button></form>",
        escaped(token)
    );
    said(StatusCode::OK, None, (title, &body))
}

fn proves_nothing() -> Response {
    let body =
        "<p>It is not whole, or its time is over. Subscribe again, or open the link of a newer letter.</p>";
    said(StatusCode::NOT_FOUND, None, ("This link leads nowhere", body))
}

/// What the token of the query is about.
fn about(app: &App, request: &Request, purpose: &str) -> Option<(String, String)> {
    let token = Fields::of_query(request).get("token").to_owned();
    let about = app.herald.links.open(purpose, &token, app.clock.now().wall_ms / 1000)?.to_owned();
    Some((token, about))
}

pub(super) async fn ask_confirm(State(app): State<Arc<App>>, request: Request) -> Response {
    match about(&app, &request, CONFIRM) {
        Some((token, _)) => button("Subscribe?", ("confirm", &token, "Yes, it was me")),
        None => proves_nothing(),
    }
}

pub(super) async fn confirm(State(app): State<Arc<App>>, request: Request) -> Result<Response, Trouble> {
    let Some((_, id)) = about(&app, &request, CONFIRM) else { return Ok(proves_nothing()) };
    if !subscribers::confirm(&app, &id).await? {
        return Ok(proves_nothing());
    }
    let body = "<p>You get announcements by mail from now on. Each letter has a link that ends it.</p>";
    Ok(said(StatusCode::OK, None, ("Subscribed", body)))
}

pub(super) async fn ask_unsubscribe(State(app): State<Arc<App>>, request: Request) -> Response {
    match about(&app, &request, UNSUBSCRIBE) {
        Some((token, _)) => button("Unsubscribe?", ("unsubscribe", &token, "No more letters")),
        None => proves_nothing(),
    }
}

/// Also what mail programs send for one click (RFC 8058): nothing more than the address of the link is needed.
pub(super) async fn unsubscribe(State(app): State<Arc<App>>, request: Request) -> Result<Response, Trouble> {
    let Some((_, id)) = about(&app, &request, UNSUBSCRIBE) else { return Ok(proves_nothing()) };
    // Whoever is gone already is gone.
    subscribers::remove(&app, &id).await?;
    let body = "<p>You get no more letters, and your address is forgotten.</p>";
    Ok(said(StatusCode::OK, None, ("Unsubscribed", body)))
}

pub(super) async fn ask_feedback(State(app): State<Arc<App>>, request: Request) -> Response {
    let now_seconds = app.clock.now().wall_ms / 1000;
    let token = match (about(&app, &request, FEEDBACK), about(&app, &request, FEEDBACK_OF_ALL)) {
        (Some((token, _)), _) => token,
        // A link that many have gives each of them a form of their own.
        (None, Some((_, id))) => {
            let one = format!("{id}-n{:016x}", rand::random::<u64>());
            app.herald.links.sign(FEEDBACK, &one, Some(now_seconds + FORM_SECONDS))
        }
        (None, None) => return proves_nothing(),
    };
    let mut ratings = String::new();
    for (rating, word) in [(1, " (bad)"), (2, ""), (3, ""), (4, ""), (5, " (good)")] {
        let _ = write!(
            ratings,
            "<label><input type=\"radio\" name=\"rating\" value=\"{rating}\" required> {rating}{word}</label>"
        );
    }
    let body = format!(
        "<form method=\"post\" action=\"feedback?token={}\"><fieldset><legend>How is it for you?</legend>{ratings}</fieldset>\
         <label>In a few words, if you like <textarea name=\"text\" rows=\"4\" maxlength=\"{}\"></textarea></label>\
         <button>Send</button></form>",
        escaped(&token),
        feedback::TEXT_CHARS_MAX
    );
    said(StatusCode::OK, None, ("Tell us how it is", &body))
}

pub(super) async fn feedback(State(app): State<Arc<App>>, request: Request) -> Result<Response, Trouble> {
    let Some((_, about)) = about(&app, &request, FEEDBACK) else { return Ok(proves_nothing()) };
    let is_form = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !is_form.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        return Err(Trouble::bad_request("this takes what a form sends")
            .help("programs: POST /api/v1/releases/{version}/feedback"));
    }
    if !app.herald.doors.enter(Door::Answer, peer(&request)) {
        return Err(too_often());
    }
    let id = about.split('-').next().and_then(|id| id.parse::<AnnouncementId>().ok());
    let view = match id {
        Some(id) => app.engine.announcement(&id).await?,
        None => None,
    };
    let Some(view) = view else { return Ok(proves_nothing()) };
    let given = form(request.into_body()).await?;
    let rating = given.get("rating").parse::<u8>().ok().filter(|rating| (1..=5).contains(rating));
    let Some(rating) = rating else {
        let body = "<p>Choose one of the five. Go back, and send it again.</p>";
        return Ok(said(StatusCode::UNPROCESSABLE_ENTITY, None, ("Nothing was sent", body)));
    };
    let answer = Answer {
        id: format!("fbk_{}", app.herald.links.name(FEEDBACK, &about)),
        release: view.plan.release.to_string(),
        announcement: Some(view.id.to_string()),
        rating,
        text: feedback::plain(given.get("text")),
        at_ms: app.clock.now().wall_ms,
    };
    Ok(match feedback::keep(&app, &answer).await? {
        Kept::New => said(StatusCode::OK, None, ("Thank you", "<p>It stands beside the release now.</p>")),
        Kept::Again => {
            let body = "<p>This link was answered before. One answer counts.</p>";
            said(StatusCode::CONFLICT, None, ("Answered already", body))
        }
        Kept::Full => {
            let body = "<p>So many answered before you that no more are kept.</p>";
            said(StatusCode::CONFLICT, None, ("Thank you all the same", body))
        }
    })
}
