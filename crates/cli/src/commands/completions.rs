//! `tidegate completions`: what a shell needs to complete the command line.
//!
//! Invariant: made from the same definition that reads the arguments. Not here: installing it.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Answer, Context};
use crate::arguments::Arguments;
use crate::ending::Ending;

/// Print completions for a shell
///
/// For bash: `tidegate completions bash > ~/.local/share/bash-completion/completions/tidegate`
#[derive(Debug, clap::Args)]
pub struct Args {
    shell: Shell,
}

pub fn run(args: &Args, context: &Context) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "tidegate", &mut script);
    context.out.text(&String::from_utf8_lossy(&script))?;
    Ok(Ending::Done)
}
