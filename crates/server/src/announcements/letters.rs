//! What is kept of letters: each has a row from the moment it is decided on, and what is open of them stands in memory.
//!
//! Invariant: memory follows the store, never the other way; a row is read and written anew under one lock, so that what arrived
//! is not given up by somebody who cancels at the same time. Deliberately not here: their words (`ready`).

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use tidegate_api::{AnnouncementDelivery, DeliveryState};
use tidegate_connectors::schedule;
use tidegate_domain::name::ChannelName;
use tidegate_ports::{Fault, Row, RowQuery};

use crate::app::App;
use crate::webhooks::write;

const KIND: &str = "letter";
const PAGE: u32 = 1_000;
/// Of announcements: letters that ask somebody whether they want any.
pub(crate) const SUBSCRIPTION: &str = "subscription";
const SAID_CHARS_MAX: usize = 500;
/// After the last attempt somebody may still come back who never said what came of it.
const LAST_WAIT_MS: u64 = 24 * 3600 * 1000;

/// What an attempt led to.
pub(super) enum Came {
    Arrived,
    /// For good.
    Refused,
    /// At least so long from now; none: by the timetable.
    Later(Option<u64>),
}

/// The same for the same recipient, whoever asks when.
pub(super) fn letter(announcement: &str, channel: &ChannelName, recipient: &str) -> AnnouncementDelivery {
    let digest = Sha256::digest(format!("{channel}\0{recipient}"));
    AnnouncementDelivery {
        id: format!("{announcement}-{}", crate::wire::hex(&digest[..8])),
        announcement: announcement.to_owned(),
        channel: channel.to_string(),
        recipient: recipient.to_owned(),
        state: DeliveryState::Waiting,
        attempts: 0,
        attempted_ms: None,
        next_ms: None,
        said: None,
    }
}

pub(super) fn row(letter: &AnnouncementDelivery) -> Row {
    let state = match letter.state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Dead => "dead",
    };
    Row {
        kind: KIND.to_owned(),
        id: letter.id.clone(),
        scope: letter.announcement.clone(),
        state: state.to_owned(),
        body: serde_json::to_string(letter).unwrap_or_default(),
    }
}

/// Everything that is open, once, when the server starts.
pub(super) async fn load(app: &App) -> Result<(), Fault> {
    let mut found = BTreeMap::new();
    for state in ["waiting", "dead"] {
        for letter in rows(app, (None, Some(state))).await? {
            found.insert(letter.id.clone(), letter);
        }
    }
    *app.herald.open() = found;
    let mut unread = app.herald.unread();
    unread.was_read = true;
    unread.telling.clear();
    Ok(())
}

/// The letters of one announcement, as they were just written.
pub(crate) async fn learn(app: &App, announcement: &str) -> Result<(), Fault> {
    let _alone = app.herald.writing.lock().await;
    for letter in rows(app, (Some(announcement), Some("waiting"))).await? {
        app.herald.open().insert(letter.id.clone(), letter);
    }
    app.herald.unread().telling.remove(announcement);
    Ok(())
}

async fn rows(
    app: &App,
    (scope, state): (Option<&str>, Option<&str>),
) -> Result<Vec<AnnouncementDelivery>, Fault> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let (scope, state) = (scope.map(str::to_owned), state.map(str::to_owned));
        let query = RowQuery { kind: KIND.to_owned(), scope, state, before, limit: PAGE };
        let page = app.store.rows(query).await?;
        let is_last = page.len() < PAGE as usize;
        before = page.last().map(|(position, _)| *position);
        found.extend(page.into_iter().filter_map(|(_, row)| serde_json::from_str(&row.body).ok()));
        if is_last {
            return Ok(found);
        }
    }
}

/// Of one announcement: those that are open first, then those that arrived.
pub(crate) async fn of(app: &App, announcement: &str) -> Result<Vec<AnnouncementDelivery>, Fault> {
    let mut found = rows(app, (Some(announcement), None)).await?;
    found.sort_by(|one, other| {
        let arrived = |letter: &AnnouncementDelivery| letter.state == DeliveryState::Delivered;
        (arrived(one), &one.channel, &one.recipient).cmp(&(arrived(other), &other.channel, &other.recipient))
    });
    Ok(found)
}

/// How many of each announcement, or of each channel, wait and were given up.
pub(crate) fn open_by(
    app: &App,
    of: impl Fn(&AnnouncementDelivery) -> String,
) -> BTreeMap<String, (u64, u64)> {
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for letter in app.herald.open().values() {
        let count = counts.entry(of(letter)).or_default();
        match letter.state {
            DeliveryState::Waiting => count.0 += 1,
            DeliveryState::Dead => count.1 += 1,
            DeliveryState::Delivered => {}
        }
    }
    counts
}

/// What the newest attempt of a channel met that led to nothing.
pub(crate) fn failure(app: &App, channel: &ChannelName) -> Option<String> {
    let open = app.herald.open();
    let of_it = open.values().filter(|letter| letter.channel == channel.as_str() && letter.said.is_some());
    of_it.max_by_key(|letter| letter.attempted_ms).and_then(|letter| letter.said.clone())
}

/// Due on this channel, the longest waiting first.
pub(super) fn due(app: &App, channel: &ChannelName, now_ms: u64) -> Vec<AnnouncementDelivery> {
    let open = app.herald.open();
    let is_due = |letter: &&AnnouncementDelivery| {
        letter.state == DeliveryState::Waiting
            && letter.channel == channel.as_str()
            && letter.next_ms.is_none_or(|next| next <= now_ms)
    };
    let mut due: Vec<_> = open.values().filter(is_due).cloned().collect();
    due.sort_by(|one, other| (one.next_ms, &one.id).cmp(&(other.next_ms, &other.id)));
    due
}

/// Writes that it is about to be tried. None: it does not wait any more.
pub(super) async fn begin(
    app: &App,
    letter: &AnnouncementDelivery,
) -> Result<Option<AnnouncementDelivery>, Fault> {
    let now_ms = app.clock.now().wall_ms;
    change(app, &letter.id, |now| {
        let waits = now.state == DeliveryState::Waiting && now.next_ms.is_none_or(|next| next <= now_ms);
        if !waits {
            return None;
        }
        let attempts = now.attempts + 1;
        if attempts as usize > schedule::DELAYS_SECONDS.len() {
            let said = now.said.or_else(|| Some("its last attempt never came to an end".to_owned()));
            return Some(AnnouncementDelivery { state: DeliveryState::Dead, next_ms: None, said, ..now });
        }
        let wait_ms = schedule::wait_ms(attempts, rand::random()).unwrap_or(LAST_WAIT_MS);
        let (attempted_ms, next_ms) = (Some(now_ms), Some(now_ms.saturating_add(wait_ms)));
        Some(AnnouncementDelivery { attempts, attempted_ms, next_ms, ..now })
    })
    .await
    .map(|letter| letter.filter(|letter| letter.state == DeliveryState::Waiting))
}

/// Writes what came of the attempt that was begun.
pub(super) async fn end(
    app: &App,
    letter: &AnnouncementDelivery,
    (came, said): (Came, &str),
) -> Result<(), Fault> {
    let now_ms = app.clock.now().wall_ms;
    let said = Some(said.chars().take(SAID_CHARS_MAX).collect::<String>()).filter(|said| !said.is_empty());
    change(app, &letter.id, |now| match came {
        // Whoever cancelled meanwhile came too late.
        Came::Arrived => {
            Some(AnnouncementDelivery { state: DeliveryState::Delivered, next_ms: None, said, ..now })
        }
        Came::Refused | Came::Later(_) if now.state != DeliveryState::Waiting => None,
        Came::Later(wait_ms) if (now.attempts as usize) < schedule::DELAYS_SECONDS.len() => {
            let asked = wait_ms.map(|wait| now_ms.saturating_add(wait));
            Some(AnnouncementDelivery { next_ms: now.next_ms.max(asked), said, ..now })
        }
        Came::Refused | Came::Later(_) => {
            Some(AnnouncementDelivery { state: DeliveryState::Dead, next_ms: None, said, ..now })
        }
    })
    .await
    .map(drop)
}

/// What waits of it does not go out any more.
pub(crate) async fn give_up(app: &App, announcement: &str, why: &str) -> Result<(), Fault> {
    let waiting: Vec<String> = {
        let open = app.herald.open();
        let waits = |letter: &&AnnouncementDelivery| {
            letter.announcement == announcement && letter.state == DeliveryState::Waiting
        };
        open.values().filter(waits).map(|letter| letter.id.clone()).collect()
    };
    for id in waiting {
        change(app, &id, |now| {
            (now.state == DeliveryState::Waiting).then(|| AnnouncementDelivery {
                state: DeliveryState::Dead,
                next_ms: None,
                said: Some(why.to_owned()),
                ..now
            })
        })
        .await?;
    }
    Ok(())
}

/// To be sent again, from the beginning of the timetable.
pub(crate) async fn again(app: &App, ids: &[String]) -> Result<u64, Fault> {
    let mut count = 0;
    for id in ids {
        let changed = change(app, id, |now| {
            Some(AnnouncementDelivery {
                state: DeliveryState::Waiting,
                attempts: 0,
                next_ms: Some(app.clock.now().wall_ms),
                ..now
            })
        });
        count += u64::from(changed.await?.is_some());
    }
    Ok(count)
}

/// One that nobody decided on by an announcement.
pub(super) async fn add(app: &App, letter: AnnouncementDelivery) -> Result<(), Fault> {
    let _alone = app.herald.writing.lock().await;
    write(&*app.store, Vec::new(), vec![row(&letter)], app.clock.now()).await?;
    app.herald.open().insert(letter.id.clone(), letter);
    Ok(())
}

/// Reads a row and writes it anew; what it is now, if it was changed.
async fn change(
    app: &App,
    id: &str,
    to: impl FnOnce(AnnouncementDelivery) -> Option<AnnouncementDelivery>,
) -> Result<Option<AnnouncementDelivery>, Fault> {
    let _alone = app.herald.writing.lock().await;
    let kept = app.store.row(KIND, id).await?.and_then(|row| serde_json::from_str(&row.body).ok());
    let Some(now) = kept.and_then(to) else { return Ok(None) };
    write(&*app.store, Vec::new(), vec![row(&now)], app.clock.now()).await?;
    let mut open = app.herald.open();
    if now.state == DeliveryState::Delivered {
        open.remove(id);
    } else {
        open.insert(id.to_owned(), now.clone());
    }
    Ok(Some(now))
}
