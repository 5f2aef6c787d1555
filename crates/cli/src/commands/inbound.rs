//! `tidegate inbound`: other systems that tell us what happened there.
//!
//! Invariant: a secret is printed once, when it is made. Not here: what a delivery does (the server).

use tidegate_api::{AddInboundRequest, InboundKind, OnAlert};

use super::{Answer, Context};
use crate::ending::Ending;
use crate::render;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Add(AddArgs),
    /// List the sources, and which alerts fire
    List,
    /// Show one
    Show {
        /// Its name
        name: String,
    },
    /// Make a new secret; the one before counts for a day
    Rotate {
        /// Its name
        name: String,
    },
    /// Take nothing more from it
    Remove {
        /// Its name
        name: String,
    },
}

/// Take deliveries of another system; prints the secret that it proves itself with, once
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// What sends them
    kind: KindWord,
    /// What to call it
    #[arg(long, value_name = "NAME")]
    name: String,
    /// What an alert that begins to fire does to rollouts there
    #[arg(long, value_name = "WHAT", default_value = "record")]
    on_alert: AlertWord,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum KindWord {
    Github,
    Gitlab,
    Alertmanager,
    Cdevents,
    Generic,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum AlertWord {
    /// Stands in the log
    Record,
    /// Holds them until a person resumes
    Hold,
    /// Takes them back
    Abort,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let out = &context.out;
    let connection = context.connect()?;
    match verb {
        Verb::Add(args) => {
            let request = wish(&args);
            let made = connection.once(async |client, key| client.add_inbound(&request, key).await).await?;
            out.show(&made, render::inbound::made)?;
        }
        Verb::Rotate { name } => {
            let made = connection.once(async |client, key| client.rotate_inbound(&name, key).await).await?;
            out.show(&made, render::inbound::made)?;
        }
        Verb::List => {
            let page = connection.client.inbound().await?;
            out.show(&page, |page| render::inbound::list(&page.items, out.paint, out.terminal_columns))?;
        }
        Verb::Show { name } => {
            let one = connection.client.inbound_source(&name).await?;
            let shown =
                |one: &_| render::inbound::list(std::slice::from_ref(one), out.paint, out.terminal_columns);
            out.show(&one, shown)?;
        }
        Verb::Remove { name } => {
            let gone = connection.once(async |client, key| client.remove_inbound(&name, key).await).await?;
            out.show(&gone, |gone| format!("{} is no longer taken from.\n", gone.name))?;
        }
    }
    Ok(Ending::Done)
}

fn wish(args: &AddArgs) -> AddInboundRequest {
    AddInboundRequest {
        name: args.name.clone(),
        kind: match args.kind {
            KindWord::Github => InboundKind::Github,
            KindWord::Gitlab => InboundKind::Gitlab,
            KindWord::Alertmanager => InboundKind::Alertmanager,
            KindWord::Cdevents => InboundKind::Cdevents,
            KindWord::Generic => InboundKind::Generic,
        },
        on_alert: match args.on_alert {
            AlertWord::Record => OnAlert::Record,
            AlertWord::Hold => OnAlert::Hold,
            AlertWord::Abort => OnAlert::Abort,
        },
    }
}
