//! Who reads the public page by mail: asked first, written to only after they said yes.
//!
//! Invariant: an address is written to once until it is confirmed, however often it is given; nobody learns by asking whether
//! an address is known; what is unsubscribed is forgotten. Deliberately not here: pages and forms (`routes::public`).

use serde::{Deserialize, Serialize};
use tidegate_api::{Subscriber, SubscriberState};
use tidegate_connectors::mail::MailAddress;
use tidegate_domain::name::ChannelName;
use tidegate_ports::{Fault, Row, RowQuery};

use super::letters;
use crate::app::App;
use crate::webhooks::write;

const KIND: &str = "subscriber";
const PAGE: u32 = 1_000;
pub(crate) const PREFIX: &str = "sub_";
pub(crate) const CONFIRM: &str = "confirm";
pub(crate) const UNSUBSCRIBE: &str = "unsubscribe";
/// A question that was not answered is asked again after that, and its link ends.
pub(crate) const CONFIRM_SECONDS: u64 = 3 * 24 * 3600;
/// More than that nobody is let in.
const SUBSCRIBERS_MAX: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    id: String,
    /// Empty once they are gone.
    address: String,
    state: String,
    asked_ms: u64,
    confirmed_ms: Option<u64>,
}

/// They asked, or somebody did in their name: the first time, a letter asks whether it was them.
pub(crate) async fn ask(app: &App, mail: &ChannelName, address: &MailAddress) -> Result<(), Fault> {
    let now_ms = app.clock.now().wall_ms;
    // The domain is in lower case already; what stands before it is its host's own business.
    let id = format!("{PREFIX}{}", app.herald.links.name("subscriber", address.as_str()));
    let known = one(app, &id).await?.filter(|kept| kept.state != "gone");
    let is_asked = known.is_some_and(|kept| {
        kept.state == "confirmed" || now_ms.saturating_sub(kept.asked_ms) < CONFIRM_SECONDS * 1000
    });
    if is_asked || all(app).await?.len() >= SUBSCRIBERS_MAX {
        return Ok(());
    }
    let kept = Kept {
        id: id.clone(),
        address: address.to_string(),
        state: "asked".to_owned(),
        asked_ms: now_ms,
        confirmed_ms: None,
    };
    keep(app, &kept).await?;
    let mut letter = letters::letter(letters::SUBSCRIPTION, mail, &id);
    letter.id = format!("{id}-{now_ms:x}");
    letters::add(app, letter).await
}

/// Whether there was somebody to confirm.
pub(crate) async fn confirm(app: &App, id: &str) -> Result<bool, Fault> {
    let Some(kept) = one(app, id).await?.filter(|kept| kept.state != "gone") else { return Ok(false) };
    if kept.state != "confirmed" {
        let confirmed_ms = Some(app.clock.now().wall_ms);
        keep(app, &Kept { state: "confirmed".to_owned(), confirmed_ms, ..kept }).await?;
    }
    Ok(true)
}

/// Their address is forgotten; who they were, where they were there.
pub(crate) async fn remove(app: &App, id: &str) -> Result<Option<Subscriber>, Fault> {
    let Some(kept) = one(app, id).await?.filter(|kept| kept.state != "gone") else { return Ok(None) };
    let gone = Kept { address: String::new(), state: "gone".to_owned(), ..kept.clone() };
    keep(app, &gone).await?;
    Ok(Some(wire(kept)))
}

/// Where letters to them go; none once they are gone.
pub(super) async fn address(app: &App, id: &str) -> Result<Option<MailAddress>, Fault> {
    let kept = one(app, id).await?.filter(|kept| kept.state != "gone");
    Ok(kept.and_then(|kept| kept.address.parse().ok()))
}

/// Who asked and who confirmed, newest first.
pub(crate) async fn all(app: &App) -> Result<Vec<Subscriber>, Fault> {
    let mut found = of_state(app, "asked").await?;
    found.extend(of_state(app, "confirmed").await?);
    found.sort_by_key(|subscriber| std::cmp::Reverse(subscriber.asked_ms));
    Ok(found)
}

pub(super) async fn confirmed(app: &App) -> Result<Vec<Subscriber>, Fault> {
    of_state(app, "confirmed").await
}

async fn of_state(app: &App, state: &str) -> Result<Vec<Subscriber>, Fault> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let state = Some(state.to_owned());
        let query = RowQuery { kind: KIND.to_owned(), scope: None, state, before, limit: PAGE };
        let page = app.store.rows(query).await?;
        let is_last = page.len() < PAGE as usize;
        before = page.last().map(|(position, _)| *position);
        let kept = page.into_iter().filter_map(|(_, row)| serde_json::from_str(&row.body).ok());
        found.extend(kept.map(wire));
        if is_last {
            return Ok(found);
        }
    }
}

async fn one(app: &App, id: &str) -> Result<Option<Kept>, Fault> {
    Ok(app.store.row(KIND, id).await?.and_then(|row| serde_json::from_str(&row.body).ok()))
}

async fn keep(app: &App, kept: &Kept) -> Result<(), Fault> {
    let body = serde_json::to_string(kept).unwrap_or_default();
    let (id, state) = (kept.id.clone(), kept.state.clone());
    let row = Row { kind: KIND.to_owned(), id, scope: String::new(), state, body };
    write(&*app.store, Vec::new(), vec![row], app.clock.now()).await
}

fn wire(kept: Kept) -> Subscriber {
    let state = if kept.state == "confirmed" { SubscriberState::Confirmed } else { SubscriberState::Asked };
    let Kept { id, address, asked_ms, confirmed_ms, .. } = kept;
    Subscriber { id, address, state, asked_ms, confirmed_ms }
}
