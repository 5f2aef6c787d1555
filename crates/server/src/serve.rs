//! A server's life: put together, bound, announced, driven, ended.
//!
//! Invariant: the address is announced only when requests are answered; when the store can no longer be written, the
//! server ends rather than guess. Deliberately not here: which adapters there are (`compose`).

use std::sync::Arc;

use tidegate_connectors::guard::Url;
use tidegate_ports::Fault;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::app::App;
use crate::compose::open_processes;
use crate::error::ServeError;
use crate::gateway::terminate_recorded;
use crate::listen;
use crate::options::{Options, Ready};
use crate::places::{Places, ServerRecord, write_json};
use crate::project::{GATEWAY_STOP_MAX, Ground, Project};
use crate::tls::Tls;

/// Serves until `shutdown` is ready, then lets what is under way finish. `ready` is called once, when it serves.
pub async fn serve(
    options: Options,
    ready: impl FnOnce(&Ready),
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let places = places(&options)?;
    if !options.listen.ip().is_loopback() && options.tls.is_none() && !options.behind_tls_proxy {
        return Err(ServeError::Unencrypted { address: options.listen });
    }
    let tls = options.tls.clone().map(Tls::open).transpose()?;
    let options = Options { data: places.data.clone(), ..options };
    // Before the store is opened: a second server on the same port says so, and changes nothing.
    let listener = listen::bind(options.listen).await?;
    let (stop, stopping) = watch::channel(false);
    let (failed, mut failing) = mpsc::unbounded_channel();
    let server = server_url(&listener, &places, tls.is_some())?;
    let ground = Ground { options: options.clone(), server, stopping: stopping.clone(), failed };
    let first = Project::first(&ground, places.clone()).await?;
    run_others(&first.app).await?;
    let nobody = first.app.engine.directory().await?.is_empty();
    let announced =
        Ready { setup: nobody.then(|| places.setup()), ..announce(&listener, &places, tls.is_some())? };
    let renewing = tls.clone().map(|tls| tokio::spawn(tls.keep_up()));
    let accepting = tokio::spawn(listen::accept(listener, (first.router.clone(), tls), stopping));
    ready(&announced);
    let outcome = tokio::select! {
        () = shutdown => Ok(()),
        Some(why) = failing.recv() => Err(store_failed(&why)),
    };
    // Whoever listens has ended already if this is not heard.
    let _heard = stop.send(true);
    let _ended = accepting.await;
    if let Some(renewing) = renewing {
        renewing.abort();
    }
    for project in first.app.projects.take() {
        project.end(&options).await?;
    }
    first.end(&options).await?;
    outcome.map_err(ServeError::from)
}

async fn run_others(home: &Arc<App>) -> Result<(), Fault> {
    for name in home.engine.projects().await? {
        home.projects.run(&name, home).await?;
    }
    Ok(())
}

/// Stops the services and the gateways that a server left running. To be called when no server runs there.
pub async fn take_down(data: &std::path::Path) -> Result<(), ServeError> {
    let failed = |source| ServeError::DataDirectory { path: data.to_owned(), source };
    // As the server does: processes are known by the paths they were started with.
    let places = Places::new(data.canonicalize().map_err(failed)?);
    for places in places.projects().chain([places.clone()]) {
        terminate_recorded(&places, GATEWAY_STOP_MAX).await;
        if places.target().is_dir() {
            open_processes(&places)?.stop_all().await?;
        }
    }
    Ok(())
}

fn places(options: &Options) -> Result<Places, ServeError> {
    let failed = |source| ServeError::DataDirectory { path: options.data.clone(), source };
    std::fs::create_dir_all(&options.data).map_err(failed)?;
    let data = options.data.canonicalize().map_err(failed)?;
    Ok(Places::new(data))
}

/// The source of what is told outside.
fn server_url(listener: &TcpListener, places: &Places, is_encrypted: bool) -> Result<Url, ServeError> {
    let path = places.server_record();
    let address = listener.local_addr().map_err(|source| ServeError::DataDirectory { path, source })?;
    let url = Url::parse(&format!("{}://{address}", if is_encrypted { "https" } else { "http" }));
    url.map_err(|why| {
        Fault::hold("webhook-unsendable", "the server's own address is no URL").caused_by(why).into()
    })
}

fn announce(listener: &TcpListener, places: &Places, is_encrypted: bool) -> Result<Ready, ServeError> {
    let path = places.server_record();
    let failed = |source| ServeError::DataDirectory { path: path.clone(), source };
    let address = listener.local_addr().map_err(failed)?;
    let url = format!("{}://{address}", if is_encrypted { "https" } else { "http" });
    let record = ServerRecord {
        address,
        url: url.clone(),
        process_id: std::process::id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    write_json(&path, &record).map_err(failed)?;
    tracing::info!(%url, data = %places.data.display(), "Tidegate serves");
    Ok(Ready { address, url, setup: None })
}

fn store_failed(why: &str) -> Fault {
    Fault::hold("store-failed", format!("the store can no longer be written: {why}"))
        .with_help("check the disk, then start again: what was answered is there")
}
