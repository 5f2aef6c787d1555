//! `tidegate channel`: by which ways announcements reach people.
//!
//! Invariant: an address of a room and a password come from stdin or are asked for without being shown, and are never printed.
//! Not here: whom announcements are for (`announce`).

use tidegate_api::{ChannelKind, MailChannel, MailSecurity, PageChannel, SetChannelRequest};

use super::{Answer, Context};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::prompt;
use crate::render::announcement as render;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Mail(Box<MailArgs>),
    /// A room of Slack: the address of its incoming webhook comes from stdin, or is asked for
    Slack(Named),
    /// A room of Teams: the address of its workflow webhook comes from stdin, or is asked for
    Teams(Named),
    /// Any receiver, signed by Standard Webhooks: its address comes from stdin, or is asked for; prints the secret once
    Webhook(Named),
    Page(PageArgs),
    /// List channels
    List,
    /// Show a channel
    Show(Named),
    /// Try a channel now, and say what came of it; exit code 1 when it does not work
    Test(TestArgs),
    /// Remove a channel that nothing uses
    Remove(Named),
}

#[derive(Debug, clap::Args)]
pub struct Named {
    /// Of the channel
    name: String,
}

#[derive(Debug, clap::Args)]
pub struct TestArgs {
    /// Of the channel
    name: String,
    /// By mail: send a letter to this address, rather than sign in alone
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
}

/// A mail server; with --user its password comes from stdin, or is asked for
#[derive(Debug, clap::Args)]
pub struct MailArgs {
    /// Of the channel
    name: String,
    #[arg(long)]
    host: String,
    /// [default: 465 with tls, else 587]
    #[arg(long)]
    port: Option<u16>,
    /// How the way there is protected
    #[arg(long, value_name = "HOW", value_parser = ["tls", "start-tls", "plain-to-loopback", "plain"], default_value = "start-tls")]
    security: String,
    /// The sender's address
    #[arg(long, value_name = "ADDRESS")]
    from: String,
    /// What stands before it
    #[arg(long, value_name = "NAME")]
    from_name: Option<String>,
    #[arg(long)]
    user: Option<String>,
    /// Keep the password that was given before
    #[arg(long, requires = "user")]
    keep_password: bool,
}

/// The public page with its feeds
#[derive(Debug, clap::Args)]
pub struct PageArgs {
    /// Of the channel
    name: String,
    #[arg(long)]
    title: String,
    /// The channel of mail by which readers may subscribe
    #[arg(long, value_name = "CHANNEL")]
    mail: Option<String>,
    /// Where readers reach this server, where that is not its own address
    #[arg(long)]
    url: Option<String>,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let connection = context.connect()?;
    let (out, client) = (&context.out, &connection.client);
    match verb {
        Verb::Mail(args) => set(&args.name.clone(), mail(*args)?, context).await?,
        Verb::Slack(Named { name }) => set(&name, room(&name, ChannelKind::Slack)?, context).await?,
        Verb::Teams(Named { name }) => set(&name, room(&name, ChannelKind::Teams)?, context).await?,
        Verb::Webhook(Named { name }) => set(&name, room(&name, ChannelKind::Webhook)?, context).await?,
        Verb::Page(PageArgs { name, title, mail, url }) => {
            let page = Some(PageChannel { title, mail, url });
            let request =
                SetChannelRequest { kind: ChannelKind::Page, mail: None, page, url: None, password: None };
            set(&name, request, context).await?;
        }
        Verb::List => {
            let page = client.channels().await?;
            out.show(&page, |page| render::channels(&page.items, out.paint))?;
        }
        Verb::Show(Named { name }) => {
            let found = client.channel(&name).await?;
            out.show(&found, |found| render::channels(std::slice::from_ref(found), out.paint))?;
        }
        Verb::Test(TestArgs { name, to }) => {
            let test = async |client: &tidegate_client::Client, key: &str| {
                client.test_channel(&name, to.as_deref(), key).await
            };
            let tested = connection.once(test).await?;
            out.show(&tested, render::tested)?;
            return Ok(if tested.ok { Ending::Done } else { Ending::Refused });
        }
        Verb::Remove(Named { name }) => {
            let gone = connection.once(async |client, key| client.remove_channel(&name, key).await).await?;
            out.show(&gone, |_| format!("{name} is removed.\n"))?;
        }
    }
    Ok(Ending::Done)
}

async fn set(name: &str, request: SetChannelRequest, context: &Context) -> Result<(), Failure> {
    let set =
        async |client: &tidegate_client::Client, key: &str| client.set_channel(name, &request, key).await;
    let made = context.connect()?.once(set).await?;
    context.out.show(&made, render::channel_set)
}

fn mail(args: MailArgs) -> Result<SetChannelRequest, Failure> {
    let (security, usual) = match args.security.as_str() {
        "tls" => (MailSecurity::Tls, 465),
        "plain-to-loopback" => (MailSecurity::PlainToLoopback, 25),
        "plain" => (MailSecurity::Plain, 25),
        _ => (MailSecurity::StartTls, 587),
    };
    let asks = args.user.is_some() && !args.keep_password;
    let password =
        if asks { Some(told(&format!("Password of {} at {}: ", args.name, args.host))?) } else { None };
    let mail = MailChannel {
        host: args.host,
        port: args.port.unwrap_or(usual),
        security,
        from: args.from,
        from_name: args.from_name,
        user: args.user,
    };
    Ok(SetChannelRequest { kind: ChannelKind::Mail, mail: Some(mail), page: None, url: None, password })
}

fn room(name: &str, kind: ChannelKind) -> Result<SetChannelRequest, Failure> {
    let url = Some(told(&format!("Address of {name}: "))?);
    Ok(SetChannelRequest { kind, mail: None, page: None, url, password: None })
}

fn told(question: &str) -> Result<String, Failure> {
    String::from_utf8(prompt::secret(question)?).map_err(|_| {
        Failure::usage("file-unreadable", "what came in is no text").help("send it in UTF-8, in one line")
    })
}
