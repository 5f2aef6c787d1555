//! `tidegate secret`: values that instances get and nobody sees.
//!
//! Invariant: a value is never an argument, where other users of this machine could read it, and is never printed. Not here:
//! asking for one without showing it (`prompt`).

use tidegate_api::{Page, Secret};

use super::{Answer, Context};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::{prompt, render};

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Set(OneArgs),
    List(ListArgs),
    /// Remove one that nothing asks for any more
    Remove(OneArgs),
    /// Seal all of them under a new key, and forget the old one
    Rotate,
}

/// Set one: the value comes from stdin, or is asked for without being shown
#[derive(Debug, clap::Args)]
pub struct OneArgs {
    /// As the environment variable is called
    name: String,
    /// Whose instances get it
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    environment: String,
}

/// List them: who set each and when, and a fingerprint that is equal where values are
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Of this environment only
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    environment: Option<String>,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let (out, connection) = (&context.out, context.connect()?);
    match verb {
        Verb::Set(OneArgs { name, environment }) => {
            let value = prompt::secret(&format!("{name} for {environment}: "))?;
            let set = async |client: &tidegate_client::Client, key: &str| {
                client.set_secret((&environment, &name), value.clone(), key).await
            };
            let secret = connection.once(set).await?;
            out.show(&secret, |secret| render::secret::set(secret, &environment, out.paint))?;
        }
        Verb::List(args) => {
            let mut by_environment = Vec::new();
            for environment in environments(&connection.client, args.environment).await? {
                let page = connection.client.secrets(&environment).await?;
                by_environment.push((environment, page));
            }
            show_list(&by_environment, context)?;
        }
        Verb::Remove(OneArgs { name, environment }) => {
            let remove = async |client: &tidegate_client::Client, key: &str| {
                client.remove_secret((&environment, &name), key).await
            };
            let left = connection.once(remove).await?;
            out.show(&left, |_| format!("{name} of {environment} is removed.\n"))?;
        }
        Verb::Rotate => {
            let rotate =
                async |client: &tidegate_client::Client, key: &str| client.rotate_secrets_key(key).await;
            let rotated = connection.once(rotate).await?;
            out.show(&rotated, render::secret::rotated)?;
        }
    }
    Ok(Ending::Done)
}

async fn environments(
    client: &tidegate_client::Client,
    given: Option<String>,
) -> Result<Vec<String>, Failure> {
    match given {
        Some(environment) => Ok(vec![environment]),
        None => Ok(client.environments().await?.items.into_iter().map(|found| found.name).collect()),
    }
}

fn show_list(by_environment: &[(String, Page<Secret>)], context: &Context) -> Result<(), Failure> {
    let out = &context.out;
    let all: std::collections::BTreeMap<&str, &[Secret]> =
        by_environment.iter().map(|(name, page)| (name.as_str(), page.items.as_slice())).collect();
    out.show(&all, |_| render::secret::list(by_environment, out.paint, out.terminal_columns))
}
