//! `/channels`: by which ways announcements reach people.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use tidegate_api::{
    Channel, ChannelKind, ChannelSet, ChannelTested, MailChannel, MailSecurity, Page, PageChannel,
    SetChannelRequest, TestChannelRequest,
};
use tidegate_connectors::guard::{SendFailure, Url};
use tidegate_connectors::mail::{self, MailAddress, Server};
use tidegate_connectors::standard_webhooks::SharedKey;
use tidegate_domain::announcement::{self, MailSettings, PageSettings, Setup, SetupCommand};
use tidegate_domain::name::ChannelName;
use tidegate_domain::refusal::Refusal;
use tidegate_engine::{Command, ForAnnouncements, NewSetup, channel_note};

use super::Nothing;
use super::problems::{Commanding, Reading, ReadingOne};
use crate::announcements::{self, ChannelSecret, letters};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, name};
use crate::problem::Trouble;

/// List channels
///
/// In the order of their names, all on one page.
#[utoipa::path(
    get, path = "/channels", operation_id = "list_channels", tag = "announcements",
    responses((status = 200, description = "Every channel", body = Page<Channel>), Reading)
)]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Page<Channel>>, Trouble> {
    let setup = app.engine.announcements_setup().await?;
    let items = setup.channels.iter().map(|(name, channel)| wire(&app, &setup, (name, channel)));
    Ok(Json(Page { items: items.collect(), next: None }))
}

/// Show a channel
#[utoipa::path(
    get, path = "/channels/{channel}", operation_id = "show_channel", tag = "announcements",
    params(("channel" = String, Path, description = "Its name")),
    responses((status = 200, description = "The channel", body = Channel), ReadingOne)
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    At(given): At<String>,
) -> Result<Json<Channel>, Trouble> {
    Ok(Json(look(&app, &name(&given)?).await?))
}

/// Set a channel
///
/// Its address or password is sealed and never shown again; one that is left out stays what it was. A webhook is given a
/// secret the first time, and the answer holds it.
#[utoipa::path(
    put, path = "/channels/{channel}", operation_id = "set_channel", tag = "announcements",
    params(("channel" = String, Path, description = "Its name")), request_body = SetChannelRequest,
    responses((status = 200, description = "The channel", body = ChannelSet), Commanding)
)]
pub(super) async fn set(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<SetChannelRequest>,
) -> Result<Json<ChannelSet>, Trouble> {
    let (body, mut asked) = asked.split();
    let named: ChannelName = name(&given)?;
    let setup = app.engine.announcements_setup().await?;
    let before = setup.channels.get(&named).filter(|before| word(&before.kind) == body.kind);
    let kept =
        if before.is_some() { ChannelSecret::of(&app, &named).await? } else { ChannelSecret::default() };
    let (channel, secret) = read(&app, &body, &kept).await?;
    let shown = secret.key.clone().filter(|_| kept.key.is_none());
    let command = SetupCommand::SetChannel { name: named.clone(), channel };
    // A digest of a body with a secret would stand in the store; setting it twice does no harm.
    asked.key = None;
    // What nobody needs any more is not kept.
    let notes = if secret.is_empty() { vec![(channel_note(&named), None)] } else { Vec::new() };
    let secret = (!secret.is_empty()).then(|| secret.text());
    let wish = NewSetup { command, secret, notes };
    let command = Command::Announcements(Box::new(ForAnnouncements::Setup(wish)));
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(Json(ChannelSet { channel: look(&app, &named).await?, secret: shown }))
}

/// Remove a channel
///
/// Refused while an audience or the public page uses it; its address or password goes with it.
#[utoipa::path(
    delete, path = "/channels/{channel}", operation_id = "remove_channel", tag = "announcements",
    params(("channel" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is removed", body = Channel), Commanding)
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<Nothing>,
) -> Result<Json<Channel>, Trouble> {
    let (Nothing {}, asked) = asked.split();
    let named: ChannelName = name(&given)?;
    let gone = look(&app, &named).await?;
    let command = SetupCommand::RemoveChannel { name: named };
    let wish = NewSetup { command, secret: None, notes: Vec::new() };
    let command = Command::Announcements(Box::new(ForAnnouncements::Setup(wish)));
    app.engine.submit(&asked.to(command), app.clock.now()).await?;
    Ok(Json(gone))
}

/// Try a channel
///
/// A mail server by signing in, or by a letter to an address; a room or a receiver by one message. What came of it is the answer.
#[utoipa::path(
    post, path = "/channels/{channel}/test", operation_id = "test_channel", tag = "announcements",
    params(("channel" = String, Path, description = "Its name")), request_body = TestChannelRequest,
    responses((status = 200, description = "What came of it", body = ChannelTested), Commanding)
)]
pub(super) async fn test(
    State(app): State<Arc<App>>,
    At(given): At<String>,
    asked: Asked<TestChannelRequest>,
) -> Result<Json<ChannelTested>, Trouble> {
    let named: ChannelName = name(&given)?;
    let setup = app.engine.announcements_setup().await?;
    let channel = setup.channel(&named).map_err(Refusal::from)?;
    let to = match asked.body.address {
        Some(_) if channel.kind.mail().is_none() => {
            return Err(Trouble::unfit("an `address` stands beside a channel of mail alone"));
        }
        Some(to) => Some(to.parse::<MailAddress>().map_err(|refusal| unaddressable(&to, &refusal))?),
        None => None,
    };
    Ok(Json(announcements::test(&app, &named, (channel, to)).await?))
}

/// The channel as the log holds it, and what only the vault does.
async fn read(
    app: &App,
    body: &SetChannelRequest,
    kept: &ChannelSecret,
) -> Result<(announcement::Channel, ChannelSecret), Trouble> {
    let (is_mail, is_page) = (body.kind == ChannelKind::Mail, body.kind == ChannelKind::Page);
    let members = (body.mail.is_some(), body.page.is_some());
    if members != (is_mail, is_page) {
        return Err(Trouble::unfit(
            "`mail` stands beside the kind mail, `page` beside the kind page, and nowhere else",
        ));
    }
    if body.url.is_some() && (is_mail || is_page) || body.password.is_some() && !is_mail {
        return Err(Trouble::unfit("`url` belongs to slack, teams and webhook, `password` to mail"));
    }
    let mut secret = kept.clone();
    let (kind, host) = match (&body.mail, &body.page) {
        (Some(mail), _) => {
            secret.password = body.password.clone().or(secret.password).filter(|_| mail.user.is_some());
            (announcement::ChannelKind::Mail(mail_settings(mail, &secret)?), mail.host.clone())
        }
        (None, Some(page)) => (announcement::ChannelKind::Page(page_settings(page)?), String::new()),
        (None, None) => {
            secret.url = body.url.clone().or(secret.url);
            let url = secret.url.as_deref().ok_or_else(|| Trouble::unfit("a new one needs its `url`"))?;
            app.herald.guard().check(url).await.map_err(|failure| unreachable_url(&failure))?;
            let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
            let kind = match body.kind {
                ChannelKind::Slack => announcement::ChannelKind::Slack,
                ChannelKind::Teams => announcement::ChannelKind::Teams,
                ChannelKind::Webhook | ChannelKind::Mail | ChannelKind::Page => {
                    announcement::ChannelKind::Webhook
                }
            };
            if kind == announcement::ChannelKind::Webhook && secret.key.is_none() {
                secret.key = Some(new_key()?);
            }
            (kind, host.unwrap_or_default())
        }
    };
    Ok((announcement::Channel { kind, host }, secret))
}

fn mail_settings(mail: &MailChannel, secret: &ChannelSecret) -> Result<MailSettings, Trouble> {
    let unfit = |code, detail: String, help: &str| {
        Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail).help(help)
    };
    let (security, checked) = match mail.security {
        MailSecurity::Tls => (announcement::MailSecurity::Tls, mail::Security::Tls),
        MailSecurity::StartTls => (announcement::MailSecurity::StartTls, mail::Security::StartTls),
        MailSecurity::PlainToLoopback => {
            (announcement::MailSecurity::PlainToLoopback, mail::Security::PlainToLoopback)
        }
        MailSecurity::Plain => (announcement::MailSecurity::Plain, mail::Security::Plain),
    };
    let server = Server::new(&mail.host, mail.port, checked);
    let server = match (&mail.user, &secret.password) {
        (Some(user), Some(password)) => {
            server.and_then(|server| server.with_credentials(user, password.clone().into()))
        }
        (Some(_), None) => return Err(Trouble::unfit("a user needs a `password`")),
        (None, _) => server,
    };
    server.map_err(|refusal| unfit(refusal.code(), refusal.to_string(), refusal.help()))?;
    let from: MailAddress = mail.from.parse().map_err(|refusal| unaddressable(&mail.from, &refusal))?;
    let named = |name: &String| {
        let fits =
            !name.trim().is_empty() && name.chars().count() <= 100 && !name.chars().any(char::is_control);
        if fits {
            Ok(name.trim().to_owned())
        } else {
            Err(Trouble::unfit("a sender's name is one line of 1 to 100 characters"))
        }
    };
    Ok(MailSettings {
        host: mail.host.clone(),
        port: mail.port,
        security,
        from: from.to_string(),
        from_name: mail.from_name.as_ref().map(named).transpose()?,
        user: mail.user.clone(),
    })
}

fn unaddressable(address: &str, refusal: &mail::LetterRefusal) -> Trouble {
    let detail = format!("`{}`: {refusal}", address.escape_debug());
    Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, refusal.code(), detail).help(refusal.help())
}

fn page_settings(page: &PageChannel) -> Result<PageSettings, Trouble> {
    let is_web = |url: &str| {
        let parsed = Url::parse(url).ok();
        parsed.is_some_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.query().is_none()
                && url.fragment().is_none()
        })
    };
    if page.url.as_deref().is_some_and(|url| url.len() > 300 || !is_web(url)) {
        return Err(Trouble::unfit(
            "a page's `url` is an address of the web without query, as https://news.example.org",
        ));
    }
    let mail = page.mail.as_deref().map(name).transpose()?;
    Ok(PageSettings { title: page.title.trim().to_owned(), mail, url: page.url.clone() })
}

fn new_key() -> Result<String, Trouble> {
    use secrecy::ExposeSecret as _;
    let key = SharedKey::from_bytes(rand::random::<[u8; 32]>().to_vec()).map_err(|_| Trouble::bug())?;
    Ok(key.reveal().expose_secret().to_owned())
}

fn unreachable_url(failure: &SendFailure) -> Trouble {
    Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, failure.code(), failure.explained()).help(failure.help())
}

async fn look(app: &App, named: &ChannelName) -> Result<Channel, Trouble> {
    let setup = app.engine.announcements_setup().await?;
    let channel = setup.channel(named).map_err(Refusal::from)?;
    Ok(wire(app, &setup, (named, channel)))
}

fn word(kind: &announcement::ChannelKind) -> ChannelKind {
    match kind {
        announcement::ChannelKind::Mail(_) => ChannelKind::Mail,
        announcement::ChannelKind::Slack => ChannelKind::Slack,
        announcement::ChannelKind::Teams => ChannelKind::Teams,
        announcement::ChannelKind::Webhook => ChannelKind::Webhook,
        announcement::ChannelKind::Page(_) => ChannelKind::Page,
    }
}

fn wire(app: &App, setup: &Setup, (named, channel): (&ChannelName, &announcement::Channel)) -> Channel {
    let counts = letters::open_by(app, |letter| letter.channel.clone());
    let (waiting, dead) = counts.get(named.as_str()).copied().unwrap_or_default();
    let mail = channel.kind.mail().map(|mail| MailChannel {
        host: mail.host.clone(),
        port: mail.port,
        security: match mail.security {
            announcement::MailSecurity::Tls => MailSecurity::Tls,
            announcement::MailSecurity::StartTls => MailSecurity::StartTls,
            announcement::MailSecurity::PlainToLoopback => MailSecurity::PlainToLoopback,
            announcement::MailSecurity::Plain => MailSecurity::Plain,
        },
        from: mail.from.clone(),
        from_name: mail.from_name.clone(),
        user: mail.user.clone(),
    });
    let page = channel.kind.page();
    Channel {
        name: named.to_string(),
        kind: word(&channel.kind),
        host: Some(channel.host.clone()).filter(|host| !host.is_empty()),
        mail,
        page: page.map(|page| PageChannel {
            title: page.title.clone(),
            mail: page.mail.as_ref().map(ToString::to_string),
            url: page.url.clone(),
        }),
        url: page.map(|_| format!("{}/announcements", app.herald.public(app, setup))),
        waiting,
        dead,
        failure: letters::failure(app, named),
    }
}
