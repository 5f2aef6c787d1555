//! The same announcements for programs that read feeds.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use tidegate_connectors::feed::{self, Entry, Feed};
use tidegate_connectors::template::html_of;

use super::{cached, shown, switched_on};
use crate::app::App;
use crate::problem::Trouble;

pub(super) async fn atom(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Trouble> {
    let feed = read(&app, "atom").await?;
    Ok(cached(&headers, "application/atom+xml; charset=utf-8", feed::atom(&feed)))
}

pub(super) async fn rss(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Trouble> {
    let feed = read(&app, "rss").await?;
    Ok(cached(&headers, "application/rss+xml; charset=utf-8", feed::rss(&feed)))
}

async fn read(app: &App, form: &str) -> Result<Feed, Trouble> {
    let setup = app.engine.announcements_setup().await?;
    let page = switched_on(&setup)?;
    let page_url = format!("{}/announcements", app.herald.public(app, &setup));
    let mut entries = Vec::new();
    for view in shown(app).await? {
        let Some(told) = view.told else { continue };
        let url = format!("{page_url}/{}", view.id);
        entries.push(Entry {
            id: url.clone(),
            title: told.subject,
            url,
            published_ms: told.at_ms,
            updated_ms: told.at_ms,
            html: html_of(&told.text),
        });
    }
    Ok(Feed { title: page.title.clone(), feed_url: format!("{page_url}.{form}"), page_url, entries })
}
