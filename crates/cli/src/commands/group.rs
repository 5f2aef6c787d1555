//! `tidegate group`: what members of a group may do.
//!
//! Invariant: one grant at a time comes or goes; the others stay. Not here: who is in a group (`user`, or the identity
//! provider).

use super::{Answer, Context, grants};
use crate::ending::Ending;
use crate::render;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// List groups, with what they give and who is in them
    List,
    /// Give members of a group a role
    Grant(Args),
    /// Take a role of a group away
    Revoke(Args),
}

#[derive(Debug, clap::Args)]
pub struct Args {
    /// As the identity provider, or `tidegate user groups`, calls it
    group: String,
    #[command(flatten)]
    grant: grants::RoleArgs,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let (connection, out) = (context.connect()?, &context.out);
    let page = connection.client.groups().await?;
    let (args, gives) = match verb {
        Verb::List => {
            out.show(&page, |page| render::person::groups(&page.items, out.paint, out.terminal_columns))?;
            return Ok(Ending::Done);
        }
        Verb::Grant(args) => (args, true),
        Verb::Revoke(args) => (args, false),
    };
    let (name, grant) = (args.group, args.grant.needed()?);
    let known = page.items.into_iter().find(|group| group.name == name);
    let held = known.map(|group| group.grants).unwrap_or_default();
    let held = if gives { grants::with(held, grant) } else { grants::without(held, &grant)? };
    let set =
        async |client: &tidegate_client::Client, key: &str| client.set_group(&name, held.clone(), key).await;
    let group = connection.once(set).await?;
    out.show(&group, |group| {
        render::person::groups(std::slice::from_ref(group), out.paint, out.terminal_columns)
    })?;
    Ok(Ending::Done)
}
