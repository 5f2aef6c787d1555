//! `tidegate gateway`: the process that divides requests; started by `tidegate up`, which it outlives.
//!
//! Invariant: prints one line when it serves, so that whoever started it knows where. Not here: what it does.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde_json::json;
use tidegate_gateway::{GatewayError, Options};

use super::{Answer, Context};
use crate::ending::Ending;
use crate::failure::Failure;

/// Run the gateway in the foreground (`tidegate up` starts it by itself)
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where its admin interface listens; loopback only, port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    admin: SocketAddr,
    /// The file that holds its routing table
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
    /// Threads that serve clients [default: one per core]
    #[arg(long, value_name = "COUNT")]
    workers: Option<NonZeroUsize>,
}

pub fn run(args: Args, context: &Context) -> Answer {
    log_to_stderr("info");
    let options = Options { workers: args.workers, ..Options::new(args.admin, args.state) };
    let ready = |ready: &tidegate_gateway::Ready| {
        let line = format!("gateway {} ready, admin at http://{}", ready.instance_id, ready.admin);
        let record = json!({ "instance_id": ready.instance_id, "admin": ready.admin.to_string() });
        // It serves whether or not somebody reads this.
        let _ = if context.out.json { context.out.record(&record) } else { context.out.line(line) };
    };
    tidegate_gateway::run_blocking_with(options, ready)?;
    Ok(Ending::Done)
}

/// `RUST_LOG` chooses what is said; without it, `level` and what is worse.
pub fn log_to_stderr(level: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Only a second call fails, and then the first one's choice holds.
    let _ = subscriber.with_ansi(false).with_target(false).try_init();
}

impl From<GatewayError> for Failure {
    fn from(error: GatewayError) -> Self {
        let failure = match error {
            GatewayError::AdminNotLoopback { .. } => Self::usage(error.code(), error.to_string()),
            GatewayError::AdminBind { .. }
            | GatewayError::StateInUse { .. }
            | GatewayError::StateUnreadable { .. }
            | GatewayError::StateCorrupt { .. }
            | GatewayError::Thread { .. } => Self::fault(error.code(), error.to_string()),
        };
        let failure = failure.help(error.help());
        match std::error::Error::source(&error) {
            Some(cause) => failure.caused_by(cause),
            None => failure,
        }
    }
}
