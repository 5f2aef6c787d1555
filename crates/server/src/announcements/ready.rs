//! What is sent of an announcement: a letter to one address, a post in a room, a message to a receiver.
//!
//! Invariant: the same announcement makes the same bytes for the same recipient whenever it is asked, so that each attempt is the
//! same message. Deliberately not here: sending.

use serde_json::json;
use tidegate_api::AnnouncementDelivery;
use tidegate_connectors::chat::{Post, slack, teams};
use tidegate_connectors::deliver::Message;
use tidegate_connectors::mail::{Letter, MailAddress, Mailbox};
use tidegate_connectors::standard_webhooks::MessageId;
use tidegate_connectors::template::html_of;
use tidegate_domain::announcement::{ChannelKind, MailSettings, Setup, Told};
use tidegate_domain::id::StreamId;
use tidegate_engine::AnnouncementView;
use tidegate_ports::Fault;

use super::subscribers::{self, CONFIRM, CONFIRM_SECONDS, UNSUBSCRIBE};
use super::{letters, words};
use crate::app::App;

/// Why a letter is not sent, now or ever.
pub(super) enum Unready {
    Fault(Fault),
    /// It is given up.
    Never(String),
}

impl From<Fault> for Unready {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn never(why: &str) -> Unready {
    Unready::Never(why.to_owned())
}

async fn told(app: &App, letter: &AnnouncementDelivery) -> Result<(AnnouncementView, Told), Unready> {
    let id = letter.announcement.parse().map_err(|_| never("its announcement is gone"))?;
    let view = app.engine.announcement(&id).await?.ok_or_else(|| never("its announcement is gone"))?;
    if let Some(why) = &view.cancelled {
        return Err(Unready::Never(format!("cancelled: {why}")));
    }
    let told = view.told.clone().ok_or_else(|| never("its announcement was never told"))?;
    Ok((view, told))
}

/// One letter, to whoever the recipient is now.
pub(super) async fn mail(
    app: &App,
    (setup, settings): (&Setup, &MailSettings),
    letter: &AnnouncementDelivery,
) -> Result<Letter, Unready> {
    let is_subscriber = letter.recipient.starts_with(subscribers::PREFIX);
    let to: MailAddress = if is_subscriber {
        let found = subscribers::address(app, &letter.recipient).await?;
        found.ok_or_else(|| never("they unsubscribed"))?
    } else {
        letter.recipient.parse().map_err(|_| never("this is no address of mail"))?
    };
    let from = Mailbox {
        name: settings.from_name.clone(),
        address: settings.from.parse().map_err(|_| never("the sender's address is none"))?,
    };
    let public = app.herald.public(app, setup);
    if letter.announcement == letters::SUBSCRIPTION {
        return Ok(question(app, (setup, &public), letter, (from, to)));
    }
    let (view, told) = told(app, letter).await?;
    let links = &app.herald.links;
    let own = links.sign(words::FEEDBACK, &letter.id, None);
    let mut text = told.text.replace(&words::of_all(&app.herald, &view.id), &own);
    let unsubscribe_url = is_subscriber.then(|| {
        let token = links.sign(UNSUBSCRIBE, &letter.recipient, None);
        format!("{public}/unsubscribe?token={token}")
    });
    if let Some(url) = &unsubscribe_url {
        text = format!("{text}\n\nYou get this because you subscribed. To get no more of it: {url}\n");
    }
    Ok(Letter {
        id: letter.id.clone(),
        from,
        to,
        date_seconds: told.at_ms / 1000,
        subject: told.subject,
        html: Some(html_of(&text)),
        text,
        unsubscribe_url,
    })
}

/// Whether it was them who asked.
fn question(
    app: &App,
    (setup, public): (&Setup, &str),
    letter: &AnnouncementDelivery,
    (from, to): (Mailbox, MailAddress),
) -> Letter {
    let title = setup.page().map_or("Announcements", |(_, page)| page.title.as_str());
    let asked_ms = letter.id.rsplit_once('-').and_then(|(_, hex)| u64::from_str_radix(hex, 16).ok());
    let date_seconds = asked_ms.unwrap_or(0) / 1000;
    let token = app.herald.links.sign(CONFIRM, &letter.recipient, Some(date_seconds + CONFIRM_SECONDS));
    let text = format!(
        "Somebody, most likely you, asked to get \"{title}\" by mail at this address.\n\n\
         If it was you, say so here:\n{public}/confirm?token={token}\n\n\
         If it was not, do nothing: you get no more letters, and the link ends in three days.\n"
    );
    Letter {
        id: letter.id.clone(),
        from,
        to,
        date_seconds,
        subject: format!("{title}: is this you?"),
        html: Some(html_of(&text)),
        text,
        unsubscribe_url: None,
    }
}

/// What a room or a receiver is told.
pub(super) async fn message(
    app: &App,
    (setup, kind): (&Setup, &ChannelKind),
    letter: &AnnouncementDelivery,
) -> Result<Message, Unready> {
    let (view, told) = told(app, letter).await?;
    let url = told.public.then(|| app.herald.announcement_url(app, setup, &view.id));
    let id = MessageId::parse(&letter.id).map_err(|why| Unready::Never(why.to_string()))?;
    let post = || Post { title: told.subject.clone(), text: told.text.clone(), url: url.clone() };
    let body = match kind {
        ChannelKind::Slack => slack(&post()),
        ChannelKind::Teams => teams(&post()),
        ChannelKind::Webhook => json!({
            "type": "announcement",
            "id": view.id.as_str(),
            "project": app.engine.project().as_str(),
            "release": view.plan.release.as_str(),
            "occasion": view.plan.occasion,
            "environment": view.plan.environment,
            "starts_ms": view.plan.starts_ms,
            "downtime_minutes": view.plan.downtime_minutes,
            "told_ms": told.at_ms,
            "subject": told.subject,
            "text": told.text,
            "url": url,
        })
        .to_string()
        .into_bytes(),
        ChannelKind::Mail(_) | ChannelKind::Page(_) => return Err(never("nothing is posted there")),
    };
    Ok(Message::json(id, body))
}

/// The addresses of an audience, which lie beside the log.
pub(crate) async fn addresses(
    app: &App,
    audience: &tidegate_domain::name::AudienceName,
) -> Result<Vec<String>, Fault> {
    let kept = app.store.note(&StreamId::Announcements, &audience_note(audience)).await?;
    Ok(kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}

pub(crate) fn audience_note(audience: &tidegate_domain::name::AudienceName) -> String {
    format!("audience/{audience}")
}
