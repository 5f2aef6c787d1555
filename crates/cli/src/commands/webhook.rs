//! `tidegate webhook`: who outside is told of events, and what became of the messages.
//!
//! Invariant: a secret is printed by the command that made it and by no other. Not here: sending.

use tidegate_api::{AddWebhookRequest, WebhookFormat};

use super::{Answer, Context};
use crate::ending::Ending;
use crate::render::webhook as render;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Add(AddArgs),
    /// List webhooks
    List,
    /// Show a webhook
    Show(Named),
    /// Remove a webhook
    Remove(Named),
    /// Switch a webhook on; what happened meanwhile is told, too
    Enable(Named),
    Disable(DisableArgs),
    /// Make a new secret; the one before signs beside it for a day
    Rotate(Named),
    /// Send one message now, and say what came of it; exit code 1 when it was not taken
    Test(Named),
    /// Messages that wait, that were given up, and the newest that arrived
    Deliveries(Named),
    /// Messages that were given up
    Dead(Named),
    Replay(ReplayArgs),
}

/// Tell a receiver of events from now on, signed by Standard Webhooks; prints the secret once
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// Where messages go
    url: String,
    /// Kinds of events, with `*` at the end: 'rollout.*' [default: all]
    #[arg(long, value_name = "PATTERN", num_args = 1..)]
    events: Vec<String>,
    /// In whose words
    #[arg(long, value_name = "FORMAT", value_parser = ["cdevents", "tidegate"], default_value = "cdevents")]
    format: String,
    /// What to call it [default: the host]
    #[arg(long)]
    name: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct Named {
    /// Of the webhook
    name: String,
}

/// Switch a webhook off; what happens meanwhile is told when it is on again
#[derive(Debug, clap::Args)]
pub struct DisableArgs {
    /// Of the webhook
    name: String,
    #[arg(long)]
    reason: Option<String>,
}

/// Send messages again
#[derive(Debug, clap::Args)]
pub struct ReplayArgs {
    /// Of the webhook
    name: String,
    /// Of one delivery
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    id: Option<String>,
    /// All that were given up
    #[arg(long)]
    all: bool,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let connection = context.connect()?;
    let (out, client) = (&context.out, &connection.client);
    match verb {
        Verb::Add(args) => {
            let request = request(args);
            let made = connection.once(async |client, key| client.add_webhook(&request, key).await).await?;
            out.show(&made, render::secret)?;
        }
        Verb::List => {
            let page = client.webhooks().await?;
            out.show(&page, |page| render::list(&page.items, out.paint))?;
        }
        Verb::Show(Named { name }) => {
            out.show(&client.webhook(&name).await?, |webhook| {
                render::list(std::slice::from_ref(webhook), out.paint)
            })?;
        }
        Verb::Remove(Named { name }) => {
            let gone = connection.once(async |client, key| client.remove_webhook(&name, key).await).await?;
            out.show(&gone, |_| format!("{name} is removed.\n"))?;
        }
        Verb::Enable(Named { name }) => {
            let now = connection.once(async |client, key| client.enable_webhook(&name, key).await).await?;
            out.show(&now, |_| format!("{name} is switched on.\n"))?;
        }
        Verb::Disable(DisableArgs { name, reason }) => {
            let off = async |client: &tidegate_client::Client, key: &str| {
                client.disable_webhook(&name, reason.as_deref(), key).await
            };
            out.show(&connection.once(off).await?, |_| format!("{name} is switched off.\n"))?;
        }
        Verb::Rotate(Named { name }) => {
            let rotate = async |client: &tidegate_client::Client, key: &str| {
                client.rotate_webhook_secret(&name, key).await
            };
            out.show(&connection.once(rotate).await?, render::secret)?;
        }
        Verb::Test(Named { name }) => {
            let tested = connection.once(async |client, key| client.test_webhook(&name, key).await).await?;
            out.show(&tested, render::tested)?;
            return Ok(if tested.ok { Ending::Done } else { Ending::Refused });
        }
        Verb::Deliveries(Named { name }) => deliveries(&name, None, context).await?,
        Verb::Dead(Named { name }) => deliveries(&name, Some("dead"), context).await?,
        Verb::Replay(ReplayArgs { name, id, .. }) => {
            let replay = async |client: &tidegate_client::Client, key: &str| {
                client.replay_deliveries(&name, id.as_deref(), key).await
            };
            let replayed = connection.once(replay).await?;
            out.show(&replayed, |replayed| format!("{} sent again.\n", replayed.deliveries))?;
        }
    }
    Ok(Ending::Done)
}

async fn deliveries(
    name: &str,
    state: Option<&str>,
    context: &Context,
) -> Result<(), crate::failure::Failure> {
    let page = context.connect()?.client.deliveries(name, state).await?;
    context.out.show(&page, |page| render::deliveries(&page.items, context.out.paint))
}

fn request(args: AddArgs) -> AddWebhookRequest {
    let format = if args.format == "tidegate" { WebhookFormat::Tidegate } else { WebhookFormat::Cdevents };
    let name = args.name.unwrap_or_else(|| name_of(&args.url));
    AddWebhookRequest { name, url: args.url, events: args.events, format }
}

/// The host as a name; where it has none, the server says what a name is.
fn name_of(url: &str) -> String {
    let host = reqwest::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.unwrap_or_default().to_ascii_lowercase();
    host.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).take(40).collect()
}
