//! `tidegate project`: which there are, and another one.

use clap::{Args as ClapArgs, Subcommand};

use super::{Answer, Context};
use crate::ending::Ending;
use crate::render;

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Projects that you may know of
    List,
    Add(AddArgs),
}

/// Begin another project, with components, environments and a history of its own
///
/// Use it with --project NAME, or TIDEGATE_PROJECT. People and tokens are the installation's: `tidegate user grant` says
/// what they may do in which project.
#[derive(Debug, ClapArgs)]
pub struct AddArgs {
    name: String,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let connection = context.connect()?;
    match verb {
        Verb::List => {
            let page = connection.client.projects().await?;
            context.out.show(&page, |page| render::project::list(&page.items, context.out.paint))?;
        }
        Verb::Add(AddArgs { name }) => {
            let added = connection.once(async |client, key| client.add_project(&name, key).await).await?;
            context.out.show(&added, |project| {
                format!("{0} is there: tidegate --project {0} apply\n", project.name)
            })?;
        }
    }
    Ok(Ending::Done)
}
