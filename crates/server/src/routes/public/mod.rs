//! `/public`: what anybody may read without signing in, where the page is switched on, and what readers do there.
//!
//! Invariant: whatever stands in a text, a page runs no script and loads nothing from elsewhere; whether an address is known is
//! told to nobody; opening a link changes nothing, because programs that look through mail open every link. Deliberately not
//! here: what is announced.

mod feeds;
mod forms;
mod page;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};
use tidegate_domain::announcement::{PageSettings, Setup};
use tidegate_engine::AnnouncementView;
use tidegate_ports::RowQuery;

use crate::app::App;
use crate::origin::Peer;
use crate::problem::Trouble;

/// Under which the public routes of other projects stand.
pub(crate) const PASS: &str = "/public/projects/{project}/{*rest}";
/// On one page, and in a feed.
const SHOWN_MAX: u32 = 50;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/public/announcements", get(page::list))
        .route("/public/announcements/{announcement}", get(page::one))
        .route("/public/announcements.atom", get(feeds::atom))
        .route("/public/announcements.rss", get(feeds::rss))
        .route("/public/style.css", get(page::style))
        .route("/public/subscribe", axum::routing::post(forms::subscribe))
        .route("/public/confirm", get(forms::ask_confirm).post(forms::confirm))
        .route("/public/unsubscribe", get(forms::ask_unsubscribe).post(forms::unsubscribe))
        .route("/public/feedback", get(forms::ask_feedback).post(forms::feedback))
}

/// The page, where there is one.
fn switched_on(setup: &Setup) -> Result<&PageSettings, Trouble> {
    let off = || {
        Trouble::new(StatusCode::NOT_FOUND, "page-off", "there is no public page here")
            .help("whoever runs this server switches it on with `tidegate channel page`")
    };
    setup.page().map(|(_, page)| page).ok_or_else(off)
}

/// Told on the page and not cancelled, newest first.
async fn shown(app: &App) -> Result<Vec<AnnouncementView>, Trouble> {
    let query = RowQuery {
        kind: "announcement".to_owned(),
        scope: None,
        state: Some("told".to_owned()),
        before: None,
        limit: SHOWN_MAX,
    };
    let rows = app.store.rows(query).await?;
    let views = rows.into_iter().filter_map(|(_, row)| serde_json::from_str(&row.body).ok());
    let is_public = |view: &AnnouncementView| view.told.as_ref().is_some_and(|told| told.public);
    let mut views: Vec<AnnouncementView> = views.filter(is_public).collect();
    views.sort_by_key(|view| std::cmp::Reverse(view.told.as_ref().map(|told| told.at_ms)));
    Ok(views)
}

/// With a tag, so that who has it already is told so in a line.
fn cached(headers: &HeaderMap, kind: &'static str, body: Vec<u8>) -> Response {
    let tag = format!("\"{}\"", crate::wire::hex(&Sha256::digest(&body)[..16]));
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let is_known = known.flat_map(|value| value.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
    });
    let mut response = Response::new(if is_known { Vec::new().into() } else { body.into() });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    headers.extend(HeaderValue::from_str(&tag).ok().map(|tag| (ETAG, tag)));
    response
}

fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<Peer>().map(|peer| peer.0)
}
