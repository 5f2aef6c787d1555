//! One channel: takes what is due on it, one after the other, and writes before and after each what it does.
//!
//! Invariant: an attempt that could not be written beforehand is not made, so whatever fails, nobody is written to again and
//! again; each step has a deadline. Deliberately not here: words (`ready`), rows (`letters`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tidegate_api::{AnnouncementDelivery, ChannelTested};
use tidegate_connectors::chat;
use tidegate_connectors::deliver::{Endpoint, Message, Outcome, attempt};
use tidegate_connectors::mail::{self, Letter, MailAddress, Mailbox, Server};
use tidegate_connectors::schedule::{self, Next};
use tidegate_connectors::standard_webhooks::{MessageId, SigningKey};
use tidegate_connectors::template::html_of;
use tidegate_domain::announcement::{Channel, ChannelKind, MailSecurity, MailSettings, Setup};
use tidegate_domain::name::ChannelName;
use tidegate_ports::Fault;

use super::letters::{self, Came};
use super::ready::{self, Unready};
use super::secrets::ChannelSecret;
use crate::app::App;

const TRIAL: &str = "Announcements of releases will come here. This one is only a test.";
const LOOK: Duration = Duration::from_secs(1);
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(2);
/// Writes that come together are looked at together.
const TOGETHER: Duration = Duration::from_millis(50);

pub(super) async fn send(app: Arc<App>, name: ChannelName) {
    let mut written = app.written.clone();
    loop {
        written.mark_unchanged();
        match turn(&app, &name).await {
            Ok(true) => {}
            Ok(false) => {
                tokio::select! {
                    changed = written.changed() => if changed.is_err() { return },
                    () = tokio::time::sleep(LOOK) => {}
                }
                tokio::time::sleep(TOGETHER).await;
            }
            Err(fault) => {
                tracing::warn!(channel = %name, code = fault.code, %fault, "announcements wait");
                tokio::time::sleep(PAUSE_AFTER_FAULT).await;
            }
        }
    }
}

/// Whether there was something to do.
async fn turn(app: &App, name: &ChannelName) -> Result<bool, Fault> {
    let due = letters::due(app, name, app.clock.now().wall_ms);
    if due.is_empty() {
        return Ok(false);
    }
    let setup = app.engine.announcements_setup().await?;
    let Some(channel) = setup.channels.get(name) else { return Ok(false) };
    match &channel.kind {
        ChannelKind::Mail(settings) => letters_out(app, (&setup, name, settings), due).await?,
        ChannelKind::Slack | ChannelKind::Teams | ChannelKind::Webhook => {
            for letter in due {
                post(app, (&setup, name, channel), &letter).await?;
            }
        }
        ChannelKind::Page(_) => {
            for letter in due {
                letters::end(app, &letter, (Came::Refused, "the channel is a page now")).await?;
            }
        }
    }
    Ok(true)
}

async fn letters_out(
    app: &App,
    (setup, name, settings): (&Setup, &ChannelName, &MailSettings),
    due: Vec<AnnouncementDelivery>,
) -> Result<(), Fault> {
    let line = match (server(app, name, settings).await, app.herald.post().await) {
        (Ok(Ok(server)), Ok(post)) => post.line(&server).await,
        (Ok(Err(why)), _) => Err(mail::Outcome::Later { step: mail::Step::Connect, said: why }),
        (Err(fault), _) | (_, Err(fault)) => {
            Err(mail::Outcome::Later { step: mail::Step::Connect, said: explained(&fault) })
        }
    };
    let mut line = match line {
        Ok(line) => line,
        Err(outcome) => {
            // That is the server's trouble and no letter's: none of them is given up for it before its time.
            let said = said(&outcome);
            for letter in due {
                if let Some(letter) = letters::begin(app, &letter).await? {
                    letters::end(app, &letter, (Came::Later(None), &said)).await?;
                }
            }
            return Ok(());
        }
    };
    for letter in due {
        if !line.stands() {
            return Ok(());
        }
        let out = match ready::mail(app, (setup, settings), &letter).await {
            Ok(out) => out,
            Err(Unready::Fault(fault)) => return Err(fault),
            Err(Unready::Never(why)) => {
                letters::end(app, &letter, (Came::Refused, &why)).await?;
                continue;
            }
        };
        let Some(letter) = letters::begin(app, &letter).await? else { continue };
        let outcome = line.send(&out).await;
        let came = match &outcome {
            mail::Outcome::Accepted { .. } => Came::Arrived,
            mail::Outcome::Refused { .. } => Came::Refused,
            mail::Outcome::Later { .. } | mail::Outcome::Doubtful { .. } | mail::Outcome::Held(_) => {
                Came::Later(None)
            }
        };
        letters::end(app, &letter, (came, &said(&outcome))).await?;
    }
    line.end().await;
    Ok(())
}

fn said(outcome: &mail::Outcome) -> String {
    match outcome {
        mail::Outcome::Accepted { said } => said.clone(),
        mail::Outcome::Refused { step, said } | mail::Outcome::Later { step, said } => {
            format!("{}: {said}", step.as_str())
        }
        mail::Outcome::Doubtful { said } => format!("{said}; the server may have it"),
        mail::Outcome::Held(held) => format!("{} ({}): {}", held.message, held.code, held.help),
    }
}

/// Why it cannot be one is for people to mend.
async fn server(
    app: &App,
    name: &ChannelName,
    settings: &MailSettings,
) -> Result<Result<Server, String>, Fault> {
    let security = match settings.security {
        MailSecurity::Tls => mail::Security::Tls,
        MailSecurity::StartTls => mail::Security::StartTls,
        MailSecurity::PlainToLoopback => mail::Security::PlainToLoopback,
        MailSecurity::Plain => mail::Security::Plain,
    };
    let password = ChannelSecret::of(app, name).await?.password;
    let made = Server::new(&settings.host, settings.port, security).and_then(|server| {
        match (&settings.user, password) {
            (Some(user), Some(password)) => server.with_credentials(user, SecretString::from(password)),
            (Some(_), None) | (None, _) => Ok(server),
        }
    });
    Ok(made.map_err(|refusal| format!("{refusal} ({}): {}", refusal.code(), refusal.help())))
}

async fn post(
    app: &App,
    (setup, name, channel): (&Setup, &ChannelName, &Channel),
    letter: &AnnouncementDelivery,
) -> Result<(), Fault> {
    let message = match ready::message(app, (setup, &channel.kind), letter).await {
        Ok(message) => message,
        Err(Unready::Fault(fault)) => return Err(fault),
        Err(Unready::Never(why)) => return letters::end(app, letter, (Came::Refused, &why)).await,
    };
    let endpoint = endpoint(app, name).await;
    let Some(letter) = letters::begin(app, letter).await? else { return Ok(()) };
    let endpoint = match endpoint {
        Ok(endpoint) => endpoint,
        Err(fault) => return letters::end(app, &letter, (Came::Later(None), &explained(&fault))).await,
    };
    let outcome = sent(app, &endpoint, &message).await;
    let chance = rand::random();
    let next = if channel.kind == ChannelKind::Webhook {
        schedule::next(letter.attempts, outcome.answer, chance)
    } else {
        chat::next(letter.attempts, &outcome, chance)
    };
    let came = match next {
        Next::Delivered => Came::Arrived,
        Next::Retry { wait_ms } => Came::Later(Some(wait_ms)),
        Next::Disable | Next::DeadLetter => Came::Refused,
    };
    letters::end(app, &letter, (came, &answered(&outcome))).await?;
    if channel.kind != ChannelKind::Webhook {
        tokio::time::sleep(chat::PACE).await;
    }
    Ok(())
}

fn explained(fault: &Fault) -> String {
    format!("{fault} ({}): {}", fault.code, fault.help)
}

async fn sent(app: &App, endpoint: &Endpoint, message: &Message) -> Outcome {
    attempt(app.herald.guard(), endpoint, message, app.clock.now().wall_ms / 1000).await
}

fn answered(outcome: &Outcome) -> String {
    match (&outcome.failure, outcome.status) {
        (Some(failure), _) => format!("{} ({}): {}", failure.message, failure.code, failure.help),
        (None, Some(status)) => format!("answered {status} {}", outcome.said).trim().to_owned(),
        (None, None) => outcome.said.clone(),
    }
}

async fn endpoint(app: &App, name: &ChannelName) -> Result<Endpoint, Fault> {
    let secret = ChannelSecret::of(app, name).await?;
    let unusable = |why: &str| {
        Fault::hold("channel-secret-unusable", format!("the channel `{name}` cannot be used: {why}"))
            .with_help("set it anew with its address")
    };
    let url = secret.url.ok_or_else(|| unusable("its address is gone"))?;
    let keys = secret.key.iter().map(|key| SigningKey::parse(key)).collect::<Result<Vec<_>, _>>();
    Ok(Endpoint::new(url, keys.map_err(|refusal| unusable(&refusal.to_string()))?))
}

/// That somebody is there and takes what is sent: a mail server by its greeting, a room or a receiver by one message.
pub(crate) async fn test(
    app: &App,
    name: &ChannelName,
    (channel, to): (&Channel, Option<MailAddress>),
) -> Result<ChannelTested, Fault> {
    let begun = Instant::now();
    let (ok, said) = match &channel.kind {
        ChannelKind::Mail(settings) => match server(app, name, settings).await? {
            Ok(server) => {
                let post = app.herald.post().await?;
                let letter = to.and_then(|to| trial(app, settings, to));
                let outcome = match letter {
                    None => post.test(&server).await,
                    Some(letter) => {
                        let doubtful = || mail::Outcome::Later {
                            step: mail::Step::Connect,
                            said: "the letter was not tried".to_owned(),
                        };
                        post.send(&server, &[letter]).await.pop().unwrap_or_else(doubtful)
                    }
                };
                (matches!(outcome, mail::Outcome::Accepted { .. }), said(&outcome))
            }
            Err(why) => (false, why),
        },
        ChannelKind::Page(_) => (true, "the page is there".to_owned()),
        ChannelKind::Slack | ChannelKind::Teams | ChannelKind::Webhook => {
            let outcome = sent(app, &endpoint(app, name).await?, &try_out(app, name, &channel.kind)?).await;
            let ok = outcome.status.is_some_and(|status| (200..300).contains(&status));
            (ok, answered(&outcome))
        }
    };
    let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(ChannelTested { ok, said, duration_ms })
}

/// A letter that says what it is; none where the sender's address is none, which signing in then says.
fn trial(app: &App, settings: &MailSettings, to: MailAddress) -> Option<Letter> {
    let now_ms = app.clock.now().wall_ms;
    Some(Letter {
        id: format!("test-{now_ms:x}-{:08x}", rand::random::<u32>()),
        from: Mailbox { name: settings.from_name.clone(), address: settings.from.parse().ok()? },
        to,
        date_seconds: now_ms / 1000,
        subject: "A trial of announcements".to_owned(),
        html: Some(html_of(TRIAL)),
        text: TRIAL.to_owned(),
        unsubscribe_url: None,
    })
}

fn try_out(app: &App, name: &ChannelName, kind: &ChannelKind) -> Result<Message, Fault> {
    let id = MessageId::parse(&format!("test_{}_{name}", app.clock.now().wall_ms))
        .map_err(|why| Fault::hold("webhook-unsendable", why.to_string()))?;
    let text = TRIAL.to_owned();
    let post = chat::Post { title: "Tidegate".to_owned(), text: text.clone(), url: None };
    let body = match kind {
        ChannelKind::Slack => chat::slack(&post),
        ChannelKind::Teams => chat::teams(&post),
        ChannelKind::Mail(_) | ChannelKind::Webhook | ChannelKind::Page(_) => {
            serde_json::json!({ "type": "test", "channel": name.as_str(), "text": text })
                .to_string()
                .into_bytes()
        }
    };
    Ok(Message::json(id, body))
}
