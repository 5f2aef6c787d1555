//! `tidegate edge`: serves flags near those who ask, also while the control plane is gone.
//!
//! Invariant: the key comes from the environment or a file, never from an argument that others can read. Not here:
//! serving (`tidegate-server`).

use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::json;
use tidegate_server::{BadPace, EdgeOptions, EdgeReady, Pace, TlsFiles, run_edge};

use super::up::no_signals;
use super::{Answer, Context, gateway};
use crate::ending::Ending;
use crate::failure::Failure;

const KEY_VARIABLE: &str = "TIDEGATE_FLAG_KEY";

/// Serve an environment's flags near those who ask
///
/// Follows a control plane, or another edge, with a server key, and answers OFREP as it does. When the control plane cannot
/// be reached it goes on with the flags that it knows, and says in each answer how old they may be. Any number of them may
/// stand behind a balancer.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the control plane is
    #[arg(long, value_name = "URL")]
    upstream: String,
    /// A file that holds a server key [default: the variable TIDEGATE_FLAG_KEY]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Where it listens; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7071")]
    listen: SocketAddr,
    /// Keep a copy here, so that a restart during an outage goes on serving
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Serve HTTPS with this certificate and its chain (PEM); read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy before it speaks TLS with clients
    #[arg(long, conflicts_with = "tls_cert")]
    behind_tls_proxy: bool,
    /// Requests a second of one flag key, and how many at once; or `off`
    #[arg(long, value_name = "RATE/BURST", default_value = "20000/40000", value_parser = limit)]
    rate_limit_flag_key: Limit,
}

/// None: as often as one likes.
#[derive(Debug, Clone, Copy)]
struct Limit(Option<Pace>);

fn limit(text: &str) -> Result<Limit, BadPace> {
    if text == "off" { Ok(Limit(None)) } else { text.parse().map(|pace| Limit(Some(pace))) }
}

pub async fn run(args: Args, context: &Context) -> Answer {
    gateway::log_to_stderr("warn");
    let options = EdgeOptions {
        key: key(args.key_file)?,
        upstream: args.upstream,
        listen: args.listen,
        state: args.state,
        tls: args.tls_cert.zip(args.tls_key).map(|(certificate, key)| TlsFiles { certificate, key }),
        behind_tls_proxy: args.behind_tls_proxy,
        pace: args.rate_limit_flag_key.0,
    };
    let ready = |ready: &EdgeReady| {
        let has = if ready.serves { "with the flags of its last run" } else { "no flags yet" };
        let record = json!({ "url": ready.url, "serves": ready.serves });
        // It serves whether or not somebody reads this.
        let _ = if context.out.json {
            context.out.record(&record)
        } else {
            context.out.line(format!("Flags are served at {} ({has})", ready.url))
        };
    };
    run_edge(options, ready, ended()?).await?;
    Ok(Ending::Done)
}

fn key(file: Option<PathBuf>) -> Result<String, Failure> {
    if let Some(file) = file {
        let text = std::fs::read_to_string(&file).map_err(|why| super::input::unreadable(&file, &why))?;
        return Ok(text.trim().to_owned());
    }
    std::env::var(KEY_VARIABLE).map_err(|_| {
        Failure::usage("flag-key-missing", "no key says whose flags are served").help(format!(
            "set {KEY_VARIABLE}, or pass --key-file FILE; `tidegate flag keys create` makes one"
        ))
    })
}

/// SIGINT or SIGTERM.
fn ended() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt()).map_err(|why| no_signals(&why))?;
    let mut terminated = signal(SignalKind::terminate()).map_err(|why| no_signals(&why))?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}
