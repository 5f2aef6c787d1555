//! `tidegate incident`: tell that something is wrong for users, what caused it, and that it is over.
//!
//! Invariant: what an incident is linked to is what somebody said. Not here: what alerts say (the server).

use tidegate_api::{IncidentState, LinkIncidentRequest, OpenIncidentRequest};

use super::{Answer, Context};
use crate::ending::Ending;
use crate::render;
use crate::span;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Open(OpenArgs),
    List(ListArgs),
    /// Show one, with everything that was said of it
    Show {
        /// The incident
        incident: String,
    },
    Link(LinkArgs),
    /// Say that a rollout had nothing to do with it
    Unlink {
        /// The incident
        incident: String,
        /// The rollout
        #[arg(long, value_name = "ROLLOUT")]
        rollout: String,
    },
    Resolve(ResolveArgs),
    /// Say that it was not over
    Reopen {
        /// The incident
        incident: String,
    },
    /// Write something down about it
    Note {
        /// The incident
        incident: String,
        /// What there is to say
        text: String,
    },
}

/// Tell that something is wrong for users
#[derive(Debug, clap::Args)]
pub struct OpenArgs {
    /// What is wrong, in a line
    title: String,
    /// Where
    #[arg(long = "in", value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// In which component
    #[arg(long, value_name = "NAME", requires = "environment")]
    component: Option<String>,
    /// How bad, in your own word
    #[arg(long, value_name = "WORD")]
    severity: Option<String>,
    /// When it began, where that is not now: 20m, or 2026-11-22T14:05Z
    #[arg(long, value_name = "WHEN", value_parser = span::since)]
    since: Option<u64>,
    /// The rollout that caused it
    #[arg(long, value_name = "ROLLOUT")]
    rollout: Option<String>,
    /// The release that caused it
    #[arg(long, value_name = "VERSION", conflicts_with = "rollout")]
    release: Option<String>,
}

/// List those that are open
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Those that are over, too
    #[arg(long)]
    all: bool,
    /// Only there
    #[arg(long = "in", value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// At most this many
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
    limit: u32,
}

/// Say what caused it: that rollout counts as failed
#[derive(Debug, clap::Args)]
pub struct LinkArgs {
    /// The incident
    incident: String,
    /// A rollout
    #[arg(long, value_name = "ROLLOUT", required_unless_present = "release")]
    rollout: Option<String>,
    /// A release: its newest rollout where the incident is
    #[arg(long, value_name = "VERSION", conflicts_with = "rollout")]
    release: Option<String>,
    /// Where the release was, if the incident does not say
    #[arg(long = "in", value_name = "ENVIRONMENT", requires = "release")]
    environment: Option<String>,
}

/// Say that it is over
#[derive(Debug, clap::Args)]
pub struct ResolveArgs {
    /// The incident
    incident: String,
    /// When it ended, where that is not now: 20m, or 2026-11-22T14:40Z
    #[arg(long, value_name = "WHEN", value_parser = span::since)]
    at: Option<u64>,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let out = &context.out;
    let connection = context.connect()?;
    let incident = match verb {
        Verb::List(args) => {
            let state = (!args.all).then_some(IncidentState::Open);
            let asked =
                connection.client.incidents(state, args.environment.as_deref(), (None, Some(args.limit)));
            let page = asked.await?;
            out.show(&page, |page| {
                render::incident::list(&page.items, args.all, out.paint, out.terminal_columns)
            })?;
            return Ok(Ending::Done);
        }
        Verb::Open(args) => {
            let request = OpenIncidentRequest {
                title: args.title,
                severity: args.severity,
                environment: args.environment,
                component: args.component,
                detected_ms: args.since,
                rollout: args.rollout,
                release: args.release,
            };
            connection.once(async |client, key| client.open_incident(&request, key).await).await?
        }
        Verb::Show { incident } => connection.client.incident(&incident).await?,
        Verb::Link(LinkArgs { incident, rollout, release, environment }) => {
            let request = LinkIncidentRequest { rollout, release, environment };
            let send =
                connection.once(async |client, key| client.link_incident(&incident, &request, key).await);
            send.await?
        }
        Verb::Unlink { incident, rollout } => {
            let send =
                connection.once(async |client, key| client.unlink_incident(&incident, &rollout, key).await);
            send.await?
        }
        Verb::Resolve(ResolveArgs { incident, at }) => {
            connection.once(async |client, key| client.resolve_incident(&incident, at, key).await).await?
        }
        Verb::Reopen { incident } => {
            connection.once(async |client, key| client.reopen_incident(&incident, key).await).await?
        }
        Verb::Note { incident, text } => {
            connection.once(async |client, key| client.note_incident(&incident, &text, key).await).await?
        }
    };
    out.show(&incident, |incident| render::incident::one(incident, out.paint, out.columns()))?;
    Ok(Ending::Done)
}
