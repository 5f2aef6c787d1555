//! `tidegate audit`: works the whole history out again and compares it with what was signed, and shows the key for that.
//!
//! Invariant: with `--data` or `--file` no server is needed and nothing is changed, so a copy on another machine can be
//! checked; signatures are always checked here. Not here: the tree (`tidegate-store`).

use std::path::{Path, PathBuf};

use tidegate_api::{Audit, ChainState, NotedHead};
use tidegate_server::Places;
use tidegate_store::audit::{
    Chain, Checkpoint, KeptError, NoteKey, NoteRefusal, VerifierKey, hex, read_checkpoints,
};
use tidegate_store::sqlite::open_readonly_for_audit;

use super::audit_log::{self, ExportArgs, RetainArgs, SearchArgs};
use super::{Answer, Context, audit_exported};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Verify(VerifyArgs),
    Key(KeyArgs),
    Search(SearchArgs),
    Export(ExportArgs),
    Retain(RetainArgs),
}

/// Check every event against its hashes and every signed checkpoint; exit code 1 when something differs
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// A database file or a backup, also beside a running server; without it the server checks its own
    #[arg(long, value_name = "DATABASE", conflicts_with = "data")]
    file: Option<PathBuf>,
    /// What `tidegate audit export` wrote; needs neither server nor database
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "file"])]
    export: Option<PathBuf>,
    /// A data directory, with the checkpoints in it
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// Checkpoints that were kept elsewhere: a file, or a directory of `.notes` files
    #[arg(long, value_name = "PATH")]
    checkpoints: Vec<PathBuf>,
    /// The key that signs them (`tidegate audit key`), kept elsewhere
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

/// Show the key that verifies checkpoints; keep it where the server's administrators cannot write
#[derive(Debug, clap::Args)]
pub struct KeyArgs {
    /// Of a data directory instead of the server
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    match verb {
        Verb::Verify(args) => verify(&args, context).await,
        Verb::Key(args) => key(&args, context).await,
        Verb::Search(args) => audit_log::search(args, context).await,
        Verb::Export(args) => audit_log::export(&args, context).await,
        Verb::Retain(args) => audit_log::retain(&args, context).await,
    }
}

async fn verify(args: &VerifyArgs, context: &Context) -> Answer {
    if let Some(export) = &args.export {
        let found = audit_exported::verify(export, &noted(args, None)?)?;
        context.out.show(&found, |found| render::exported::text(found, context.out.paint))?;
        return Ok(ending(found.chain));
    }
    let audit = match (&args.data, &args.file) {
        (Some(data), _) => in_directory(args, &Places::new(data))?,
        (None, Some(file)) => offline(file, &noted(args, None)?)?,
        (None, None) => on_server(args, context).await?,
    };
    context.out.show(&audit, |audit| render::health::audit(audit, context.out.paint))?;
    Ok(ending(audit.chain))
}

fn ending(chain: ChainState) -> Ending {
    match chain {
        ChainState::Ok => Ending::Done,
        ChainState::Broken => Ending::Refused,
    }
}

async fn key(args: &KeyArgs, context: &Context) -> Answer {
    let key = match &args.data {
        Some(data) => own_key(&Places::new(data))?.to_string(),
        None => context.connect()?.client.checkpoint().await?.key,
    };
    context.out.show(&serde_json::json!({ "key": key }), |_| format!("{key}\n"))?;
    Ok(Ending::Done)
}

async fn on_server(args: &VerifyArgs, context: &Context) -> Result<Audit, Failure> {
    let connection = context.connect()?;
    if args.checkpoints.is_empty() {
        return Ok(connection.client.audit().await?);
    }
    let text = if let Some(key) = &args.key {
        key.clone()
    } else {
        context
            .out
            .remark("The key comes from the server itself; a copy kept elsewhere (--key) proves more.");
        connection.client.checkpoint().await?.key
    };
    let key: VerifierKey = text.parse().map_err(|refusal| refused(&refusal))?;
    let noted = read_checkpoints(&args.checkpoints, &key).map_err(|error| unreadable(&error))?;
    let heads: Vec<NotedHead> =
        noted.iter().map(|noted| NotedHead { size: noted.size, head: hex(&noted.root) }).collect();
    connection.once(async |client, key| client.compare_audit(heads.clone(), key).await).await
}

/// With the checkpoints that lie there and those that were named.
fn in_directory(args: &VerifyArgs, places: &Places) -> Result<Audit, Failure> {
    let own = own_key(places)?;
    let mut against = noted(args, Some(&own))?;
    if places.checkpoints().is_dir() {
        against.extend(read_checkpoints(&[places.checkpoints()], &own).map_err(|error| unreadable(&error))?);
        against.sort_by_key(|checkpoint| checkpoint.size);
    }
    offline(&places.store(), &against)
}

fn noted(args: &VerifyArgs, own: Option<&VerifierKey>) -> Result<Vec<Checkpoint>, Failure> {
    if args.checkpoints.is_empty() {
        return Ok(Vec::new());
    }
    let key = match (&args.key, own) {
        (Some(key), _) => key.parse().map_err(|refusal| refused(&refusal))?,
        (None, Some(own)) => own.clone(),
        (None, None) => {
            return Err(Failure::usage(
                "verifier-key-missing",
                "checkpoints prove nothing without the key that signs them",
            )
            .help("add --key, with what `tidegate audit key` printed on the server"));
        }
    };
    read_checkpoints(&args.checkpoints, &key).map_err(|error| unreadable(&error))
}

fn own_key(places: &Places) -> Result<VerifierKey, Failure> {
    let path = places.audit_key();
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Failure::fault("file-unreadable", format!("cannot read {}", path.display()))
            .help("name a data directory of a Tidegate that has run, or use --file")
            .caused_by(&error)
    })?;
    NoteKey::parse(&text).map(|key| key.public()).map_err(|refusal| refused(&refusal))
}

fn refused(refusal: &NoteRefusal) -> Failure {
    Failure::refused(refusal.code(), refusal.to_string()).help(refusal.help())
}

fn unreadable(error: &KeptError) -> Failure {
    match error {
        KeptError::Note { refusal, .. } => {
            Failure::refused(refusal.code(), error.to_string()).help(refusal.help())
        }
        KeptError::File { source, .. } => Failure::fault("file-unreadable", error.to_string())
            .help("check that it exists and may be read")
            .caused_by(source),
    }
}

fn offline(file: &Path, against: &[Checkpoint]) -> Result<Audit, Failure> {
    let found =
        open_readonly_for_audit(file).and_then(|log| log.verify_against(against)).map_err(|fault| {
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
    let (head, checkpoints) = (found.head_hex(), against.len() as u64);
    let (events, forgotten_origins) = (found.events, found.forgotten_origins);
    Ok(Audit { events, head, chain, first_bad_position, why, checkpoints, forgotten_origins })
}
