//! `tidegate flag keys`: made, listed, revoked.
//!
//! Invariant: a key's text is printed once, alone on stdout, so that a script can keep it. Not here: what it opens.

use tidegate_api::{FlagKeyKind, IssueFlagKeyRequest};

use super::{Answer, Context};
use crate::ending::Ending;
use crate::{render, span};

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Create(CreateArgs),
    /// List the keys of an environment
    List(ListArgs),
    /// End a key at once and for good
    Revoke(RevokeArgs),
}

/// Make a key; its text is printed this once
#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    /// Whose flags it opens
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    environment: String,
    /// client (for pages and apps: values only) or server (for our own programs: definitions too)
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: FlagKeyKind,
    /// What it is for
    #[arg(long, value_name = "TEXT", default_value = "key")]
    label: String,
    /// When it ends: 30d, 365d [default: never by itself]
    #[arg(long, value_name = "LENGTH", value_parser = span::seconds)]
    expires: Option<u64>,
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Whose
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    environment: String,
}

#[derive(Debug, clap::Args)]
pub struct RevokeArgs {
    /// Its id, as it is listed
    id: String,
    /// Whose
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    environment: String,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let (connection, out) = (context.connect()?, &context.out);
    match verb {
        Verb::Create(CreateArgs { environment, kind, label, expires }) => {
            let request = IssueFlagKeyRequest { kind, label, expires_seconds: expires };
            let issued = connection
                .once(async |client, id| client.issue_flag_key(&environment, &request, id).await)
                .await?;
            let word = render::flag::key_kind(kind);
            out.remark(format!("A {word} key for {environment}, {}. It is shown this once:", issued.key.id));
            out.show(&issued, |issued| format!("{}\n", issued.secret.0))?;
        }
        Verb::List(ListArgs { environment }) => {
            let page = connection.client.flag_keys(&environment).await?;
            out.show(&page, |page| render::flag::keys(&page.items, out.paint, out.terminal_columns))?;
        }
        Verb::Revoke(RevokeArgs { id, environment }) => {
            let revoked = connection
                .once(async |client, key| client.revoke_flag_key(&environment, &id, key).await)
                .await?;
            out.show(&revoked, |key| format!("The key {} of {} is revoked.\n", key.id, key.environment))?;
        }
    }
    Ok(Ending::Done)
}

fn kind(text: &str) -> Result<FlagKeyKind, String> {
    match text {
        "client" => Ok(FlagKeyKind::Client),
        "server" => Ok(FlagKeyKind::Server),
        _ => Err("use client or server".to_owned()),
    }
}
