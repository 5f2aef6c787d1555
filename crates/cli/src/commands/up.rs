//! `tidegate up`: the server in the foreground, until Ctrl-C.
//!
//! Invariant: stopping it stops nobody's service: services and gateway go on, and the next `up` finds them. Not here:
//! serving (`tidegate-server`).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tidegate_server::{
    BadPace, GatewayMode, OnStop, Options, Outside, Pace, Paces, Places, Ready, ServeError, TlsFiles, serve,
};

use super::down::TAKE_DOWN;
use super::{Answer, Context};
use crate::connect::DATA_DIRECTORY;
use crate::ending::Ending;
use crate::failure::Failure;
use crate::telemetry;

/// Run the server in the foreground
///
/// Services and gateway are processes of their own: they go on serving when the server stops, however it stops, and
/// the next `tidegate up` finds them again. `tidegate down` stops everything.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where everything is kept; made where it is missing
    #[arg(long, value_name = "DIRECTORY", default_value = DATA_DIRECTORY)]
    data: PathBuf,
    /// Beyond loopback only with people, and with TLS; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7070")]
    listen: SocketAddr,
    /// Use the gateway with this admin address instead of starting one
    #[arg(long, value_name = "URL")]
    gateway: Option<String>,
    /// Answer nobody without proof, also while there is nobody yet
    #[arg(long)]
    require_login: bool,
    /// Serve HTTPS with this certificate and its chain (PEM); read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy before it speaks TLS with clients and says where they are; nobody else reaches this server
    #[arg(long, conflicts_with = "tls_cert")]
    behind_tls_proxy: bool,
    /// Let people sign in through the identity providers that this file names (OpenID Connect)
    #[arg(long, value_name = "FILE")]
    sign_in: Option<PathBuf>,
    /// Requests a second of one caller, and how many at once, once somebody must sign in; or `off`
    #[arg(long, value_name = "RATE/BURST", default_value = "50/200", value_parser = limit)]
    rate_limit: Limit,
    /// The same of one address, for what proves nobody; or `off`
    #[arg(long, value_name = "RATE/BURST", default_value = "20/200", value_parser = limit)]
    rate_limit_address: Limit,
    /// The same of one flag key, which many programs may hold; or `off`
    #[arg(long, value_name = "RATE/BURST", default_value = "20000/40000", value_parser = limit)]
    rate_limit_flag_key: Limit,
    /// Stop services and gateway with the server: for scratch directories
    #[arg(long)]
    stop_services_on_exit: bool,
    /// Send signed heads of the log there, too: `file:PATH`, `git:PATH`, or a URL
    #[arg(long, value_name = "PLACE")]
    checkpoint_to: Vec<String>,
    /// Let webhooks go to this host or network although it is not public: a name, `*.corp.example`, `10.1.0.0/16`
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
}

/// None: as often as one likes.
#[derive(Debug, Clone, Copy)]
struct Limit(Option<Pace>);

fn limit(text: &str) -> Result<Limit, BadPace> {
    if text == "off" { Ok(Limit(None)) } else { text.parse().map(|pace| Limit(Some(pace))) }
}

pub async fn run(args: Args, context: &Context) -> Answer {
    let telemetry = telemetry::begin("warn");
    let ended = up(args, context).await;
    telemetry.end().await;
    ended
}

async fn up(args: Args, context: &Context) -> Answer {
    let on_stop = if args.stop_services_on_exit { OnStop::StopEverything } else { OnStop::LeaveRunning };
    let gateway = match args.gateway {
        Some(url) => GatewayMode::Url(url),
        None => GatewayMode::Spawn { program: context.own()? },
    };
    let is_taken_down = Arc::new(AtomicBool::new(false));
    let stop = asked_to_end(Arc::clone(&is_taken_down)).map_err(|error| no_signals(&error))?;
    let outside = Outside { checkpoint_to: args.checkpoint_to, allowed_hosts: args.allow_host };
    let options = Options {
        on_stop,
        require_login: args.require_login,
        tls: args.tls_cert.zip(args.tls_key).map(|(certificate, key)| TlsFiles { certificate, key }),
        behind_tls_proxy: args.behind_tls_proxy,
        sign_in: args.sign_in,
        paces: Paces {
            callers: args.rate_limit.0,
            addresses: args.rate_limit_address.0,
            flag_keys: args.rate_limit_flag_key.0,
        },
        outside,
        ..Options::new(args.data.clone(), args.listen, gateway)
    };
    let served = serve(options, |ready| announce(ready, &args.data, context), stop).await;
    served.map_err(|error| not_served(error, &args.data))?;
    let data = args.data.display();
    context.out.remark(match on_stop {
        OnStop::LeaveRunning if is_taken_down.load(Ordering::Relaxed) => {
            "The server has stopped; `tidegate down` stops the gateway and the services now.".to_owned()
        }
        OnStop::LeaveRunning => {
            format!("The server has stopped. Services and gateway go on; `tidegate down --data {data}` stops them.")
        }
        OnStop::StopEverything => "Server, gateway and services have stopped.".to_owned(),
    });
    Ok(Ending::Done)
}

fn announce(ready: &Ready, data: &Path, context: &Context) {
    let out = &context.out;
    // It serves whether or not somebody reads this.
    let _ = if out.json {
        out.record(&json!({ "url": ready.url, "data": data, "process_id": std::process::id() }))
    } else {
        // On a terminal somebody reads it; what goes elsewhere ends up in logs.
        let secret = ready.setup.as_ref().filter(|_| out.terminal_columns.is_some());
        let secret = secret.and_then(|file| std::fs::read_to_string(file).ok());
        out.text(&greeting(ready, data, secret.as_deref().map(str::trim)))
    };
}

/// With the secret of the setup only where nobody but its reader sees it.
fn greeting(ready: &Ready, data: &Path, secret: Option<&str>) -> String {
    let Ready { url, setup, .. } = ready;
    let serves = format!(
        "Tidegate serves at {url}, its data is in {}.\n  \
         The web interface: {url}\n  \
         Leave it running; in another terminal: tidegate apply\n  \
         Ctrl-C stops the server only: services and gateway go on.\n",
        data.display(),
    );
    let nobody = setup.as_ref().map(|setup| {
        // What stands behind `#` a browser keeps to itself.
        let link = match secret {
            Some(secret) => format!("{url}/setup#{secret}"),
            None => format!("{url}/setup, with what stands in {}", setup.display()),
        };
        format!(
            "  Nobody is known here yet. The first administrator: tidegate user create NAME --admin\n  \
             (from elsewhere, with --setup-token and what stands in {})\n  \
             or in a browser: {link}\n",
            setup.display()
        )
    });
    serves + nobody.as_deref().unwrap_or_default()
}

/// `is_taken_down` becomes true when it is `tidegate down` that asks.
fn asked_to_end(is_taken_down: Arc<AtomicBool>) -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut down = signal(SignalKind::from_raw(TAKE_DOWN.as_raw()))?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = down.recv() => is_taken_down.store(true, Ordering::Relaxed),
        }
    })
}

/// Somebody who types `up` twice wants to know where the first one serves.
fn not_served(error: ServeError, data: &Path) -> Failure {
    let runs = if error.code() == "store-in-use" { Places::new(data).read_server_record() } else { None };
    let failure = Failure::from(error);
    match runs {
        Some(server) => failure.help(format!(
            "Tidegate serves this directory already, at {}: use that one, stop it first, or pass another --data",
            server.url
        )),
        None => failure,
    }
}

pub fn no_signals(error: &std::io::Error) -> Failure {
    Failure::fault("out-of-resources", "signals could not be listened for")
        .help("check the limits on processes and open files (`ulimit -a`)")
        .caused_by(error)
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let is_usage = matches!(error.code(), "loopback-only" | "tls-required");
        let ending = if is_usage { Ending::Usage } else { Ending::Fault };
        let failure = Self::new(ending, error.code(), error.to_string()).help(error.help());
        match std::error::Error::source(&error) {
            Some(cause) => failure.caused_by(cause),
            None => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_told_on_a_terminal_only() {
        let url = "http://127.0.0.1:7070".to_owned();
        let address = "127.0.0.1:7070".parse().unwrap();
        let told = |setup: Option<PathBuf>, secret| {
            greeting(&Ready { address, url: url.clone(), setup }, Path::new(".tidegate"), secret)
        };
        let setup = || Some(PathBuf::from("/srv/.tidegate/setup"));
        insta::assert_snapshot!("greeting-on-a-terminal", told(setup(), Some("5ec4e7")));
        insta::assert_snapshot!("greeting-into-a-log", told(setup(), None));
        insta::assert_snapshot!("greeting-with-people", told(None, None));
    }
}
