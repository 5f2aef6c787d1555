//! `tidegate token`: made, listed, revoked.
//!
//! Invariant: a token's text is printed once, alone on stdout, so that a script can keep it. Not here: what it may do.

use tidegate_api::IssueTokenRequest;

use super::{Answer, Context, grants};
use crate::connect::Connection;
use crate::ending::Ending;
use crate::failure::Failure;
use crate::{render, span};

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Create(CreateArgs),
    /// List tokens, with when each was last used
    List(ListArgs),
    /// End a token at once and for good
    Revoke(RevokeArgs),
}

/// Make a token; its text is printed this once
#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    /// Whose it will be: a service account, or somebody else [default: yours]
    #[arg(long = "for", value_name = "NAME")]
    owner: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT", default_value = "token")]
    label: String,
    /// When it ends: 12h, 30d [default: 30d]
    #[arg(long, value_name = "LENGTH", value_parser = span::seconds)]
    expires: Option<u64>,
    #[command(flatten)]
    scope: grants::RoleArgs,
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Whose [default: yours]
    #[arg(long = "for", value_name = "NAME")]
    owner: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct RevokeArgs {
    /// Its id, as it is listed
    id: String,
    /// Whose [default: yours]
    #[arg(long = "for", value_name = "NAME")]
    owner: Option<String>,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let (connection, out) = (context.connect()?, &context.out);
    match verb {
        Verb::Create(args) => {
            let owner = owner(args.owner, &connection).await?;
            let scope = args.scope.grant().map(|grant| vec![grant]);
            let request = IssueTokenRequest { label: args.label, expires_seconds: args.expires, scope };
            let issued =
                connection.once(async |client, key| client.issue_token(&owner, &request, key).await).await?;
            out.remark(format!(
                "Token {} of {owner}, until {}. It is shown this once:",
                issued.token.id,
                render::number::time(issued.token.expires_ms)
            ));
            out.show(&issued, |issued| format!("{}\n", issued.secret.0))?;
        }
        Verb::List(args) => {
            let owner = owner(args.owner, &connection).await?;
            let page = connection.client.tokens(&owner).await?;
            out.show(&page, |page| render::person::tokens(&page.items, out.paint, out.terminal_columns))?;
        }
        Verb::Revoke(RevokeArgs { id, owner: named }) => {
            let owner = owner(named, &connection).await?;
            let revoked =
                connection.once(async |client, key| client.revoke_token(&owner, &id, key).await).await?;
            out.show(&revoked, |token| format!("Token {} of {} is revoked.\n", token.id, token.person))?;
        }
    }
    Ok(Ending::Done)
}

async fn owner(named: Option<String>, connection: &Connection) -> Result<String, Failure> {
    match named {
        Some(name) => Ok(name),
        None => Ok(connection.client.whoami().await?.name),
    }
}
