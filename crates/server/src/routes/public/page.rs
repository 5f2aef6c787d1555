//! The public page: a list of announcements, and each by itself.
//!
//! Invariant: every text is escaped, and the policy lets nothing run or load but the one style sheet of this server.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::{HeaderMap, HeaderValue, StatusCode};
use tidegate_connectors::template::{escaped, html_of};
use tidegate_domain::announcement::{AnnouncementId, AnnouncementRefusal, PageSettings};
use tidegate_domain::refusal::Refusal;
use tidegate_engine::AnnouncementView;

use super::{cached, shown, switched_on};
use crate::announcements::words::{feedback_url, instant, of_all};
use crate::app::App;
use crate::extract::{At, name};
use crate::problem::Trouble;

const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}\
a{color:#0b5394}article{border-top:1px solid #c9d1d9;padding:.5rem 0}time,.small{color:#57606a;font-size:.875rem}\
input,textarea,button{font:inherit;padding:.4rem .6rem;border:1px solid #57606a;border-radius:.25rem;background:#fff;color:inherit}\
textarea{width:100%;box-sizing:border-box}button{background:#0b5394;color:#fff;border-color:#0b5394}label{display:block;margin:.5rem 0}\
@media(prefers-color-scheme:dark){body{background:#14181d;color:#e6edf3}a{color:#79b8ff}time,.small{color:#9da7b1}input,textarea{background:#14181d}}\n";

pub(super) async fn list(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Trouble> {
    let setup = app.engine.announcements_setup().await?;
    let page = switched_on(&setup)?;
    let mut body = String::new();
    for view in shown(&app).await? {
        body.push_str(&article(&view, true));
    }
    if body.is_empty() {
        body.push_str("<p>Nothing has been announced yet.</p>");
    }
    if page.mail.is_some() {
        body.push_str(
            "<form method=\"post\" action=\"subscribe\"><h2>By mail</h2><label>Your address \
             <input type=\"email\" name=\"address\" required maxlength=\"254\" autocomplete=\"email\"></label>\
             <button>Subscribe</button></form>",
        );
    }
    body.push_str("<p class=\"small\">Feeds: <a href=\"announcements.atom\">Atom</a>, <a href=\"announcements.rss\">RSS</a></p>");
    Ok(framed(cached(&headers, HTML, document(&page.title, ("", true), &body))))
}

pub(super) async fn one(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let setup = app.engine.announcements_setup().await?;
    let page = switched_on(&setup)?;
    let id: AnnouncementId = name(&given)?;
    let unknown = || Refusal::from(AnnouncementRefusal::Unknown { id: id.clone() });
    let view = app.engine.announcement(&id).await?;
    let is_shown = |view: &AnnouncementView| {
        view.cancelled.is_none() && view.told.as_ref().is_some_and(|told| told.public)
    };
    let view = view.filter(is_shown).ok_or_else(unknown)?;
    let mut body = article(&view, false);
    let ask = feedback_url("..", &of_all(&app.herald, &id));
    let _written = write!(
        body,
        "<p><a href=\"{}\">Tell us how it is</a></p><p class=\"small\"><a href=\"../announcements\">All announcements</a></p>",
        escaped(&ask)
    );
    Ok(framed(cached(&headers, HTML, document(&page.title, ("../", false), &body))))
}

pub(super) async fn style(headers: HeaderMap) -> Response {
    cached(&headers, "text/css; charset=utf-8", STYLE.as_bytes().to_vec())
}

fn article(view: &AnnouncementView, linked: bool) -> String {
    let Some(told) = &view.told else { return String::new() };
    let subject = escaped(&told.subject);
    let title = if linked { format!("<a href=\"announcements/{}\">{subject}</a>", view.id) } else { subject };
    let when = instant(told.at_ms);
    format!("<article><h2>{title}</h2><time>{when}</time>\n{}</article>\n", html_of(&told.text))
}

/// A page that answers to what somebody did.
pub(super) fn said(status: StatusCode, page: Option<&PageSettings>, (title, body): (&str, &str)) -> Response {
    let whose = page.map_or("Announcements", |page| page.title.as_str());
    let body = format!("<h2>{}</h2>{body}", escaped(title));
    let mut response = Response::new(document(whose, ("", false), &body).into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
    framed(response)
}

fn framed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // Not "no-referrer": a browser then sends its forms as from nowhere, and they would be refused as another site's.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// `up` leads to where the style sheet is.
fn document(title: &str, (up, feeds): (&str, bool), body: &str) -> Vec<u8> {
    let title = escaped(title);
    let feeds = if feeds {
        "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"announcements.atom\">\
         <link rel=\"alternate\" type=\"application/rss+xml\" href=\"announcements.rss\">"
    } else {
        ""
    };
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title}</title>\
         <link rel=\"stylesheet\" href=\"{up}style.css\">{feeds}</head>\
         <body><header><h1>{title}</h1></header><main>{body}</main></body></html>\n"
    )
    .into_bytes()
}
