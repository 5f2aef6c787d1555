//! `tidegate audit verify`: works the whole history out again and compares.
//!
//! Invariant: with `--file` it needs no server and changes nothing, so a copy on another machine can be checked. Not
//! here: the tree (`tidegate-store`).

use std::path::{Path, PathBuf};

use tidegate_api::{Audit, ChainState};
use tidegate_store::audit::Chain;
use tidegate_store::sqlite::open_readonly_for_audit;

use super::{Answer, Context};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Verify(VerifyArgs),
}

/// Check every event against the hashes that were written with it; exit code 1 when one differs
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// A database file, also beside a running server; without it the server checks its own
    #[arg(long, value_name = "DATABASE")]
    file: Option<PathBuf>,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let Verb::Verify(args) = verb;
    let audit = match &args.file {
        Some(file) => offline(file)?,
        None => context.connect()?.client.audit().await?,
    };
    context.out.show(&audit, |audit| render::health::audit(audit, context.out.paint))?;
    Ok(match audit.chain {
        ChainState::Ok => Ending::Done,
        ChainState::Broken => Ending::Refused,
    })
}

fn offline(file: &Path) -> Result<Audit, Failure> {
    let found = open_readonly_for_audit(file).and_then(|log| log.verify()).map_err(|fault| {
        let failure = Failure::fault(fault.code, fault.to_string()).help(fault.help.clone());
        match std::error::Error::source(&fault) {
            Some(cause) => failure.caused_by(cause),
            None => failure,
        }
    })?;
    let (chain, first_bad_position, why) = match found.chain.clone() {
        Chain::Ok => (ChainState::Ok, None, None),
        Chain::Broken { first_bad_position, why } => {
            (ChainState::Broken, Some(first_bad_position), Some(why))
        }
    };
    Ok(Audit { events: found.events, head: found.head_hex(), chain, first_bad_position, why })
}
