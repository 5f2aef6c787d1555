//! A server's life: put together, bound, announced, driven, ended.
//!
//! Invariant: the address is announced only when requests are answered; when the store can no longer be written, the
//! server ends rather than guess. Deliberately not here: which adapters there are (`compose`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use tidegate_engine::latest;
use tidegate_ports::Fault;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::app::{App, Counts, READERS_MAX, STREAMS_MAX};
use crate::clock::Clock;
use crate::compose::{Parts, compose, open_processes};
use crate::drive::Drive;
use crate::error::ServeError;
use crate::gateway::{GatewayMode, GatewayStatus, Supervisor, terminate_recorded};
use crate::identity::Identity;
use crate::options::{OnStop, Options, Ready};
use crate::places::{Places, ServerRecord, write_json};
use crate::recent::Recent;
use crate::{listen, routes, watching};

/// How long the gateway may take to let requests finish.
const GATEWAY_STOP_MAX: Duration = Duration::from_secs(35);

/// Serves until `shutdown` is ready, then lets what is under way finish. `ready` is called once, when it serves.
pub async fn serve(
    options: Options,
    ready: impl FnOnce(&Ready),
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let places = places(&options)?;
    // Before the store is opened: a second server on the same port says so, and changes nothing.
    let listener = listen::bind(options.listen).await?;
    let (supervisor, gateway) = Supervisor::new(options.gateway.clone(), &places);
    let parts = compose(&places, gateway.clone()).await?;
    let failed = parts.sqlite.failed();
    let (stop, stopping) = watch::channel(false);
    let clock = Clock::open(places.timeline())?.not_before(latest(parts.store.as_ref()).await?)?;
    let nobody = parts.engine.directory().await?.is_empty();
    let identity = Identity::open(places.setup(), nobody, options.require_login)?;
    let app = Arc::new(app(parts, clock, identity, (gateway.clone(), stopping.clone())));
    let announced = Ready { setup: nobody.then(|| places.setup()), ..announce(&listener, &places)? };
    let mut beside = JoinSet::new();
    beside.spawn(supervisor.run());
    beside.spawn(watching::instances(Arc::clone(&app)));
    beside.spawn(watching::gateway(Arc::clone(&app), gateway));
    beside.spawn(watching::notices(Arc::clone(&app)));
    beside.spawn(watching::timeline(Arc::clone(&app)));
    let drive = tokio::spawn(Drive::new(Arc::clone(&app)).run(stopping.clone()));
    let router = routes::router(Arc::clone(&app));
    let accepting = tokio::spawn(listen::accept(listener, router, stopping));
    ready(&announced);
    let outcome = tokio::select! {
        () = shutdown => Ok(()),
        why = failed => Err(store_failed(&why)),
    };
    // Whoever listens has ended already if this is not heard.
    let _heard = stop.send(true);
    let _ended = tokio::join!(accepting, drive);
    beside.shutdown().await;
    end(&app, &options, &places).await?;
    outcome.map_err(ServeError::from)
}

/// Stops the services and the gateway that a server left running. To be called when no server runs there.
pub async fn take_down(data: &std::path::Path) -> Result<(), ServeError> {
    let failed = |source| ServeError::DataDirectory { path: data.to_owned(), source };
    // As the server does: processes are known by the paths they were started with.
    let places = Places::new(data.canonicalize().map_err(failed)?);
    terminate_recorded(&places, GATEWAY_STOP_MAX).await;
    if places.target().is_dir() {
        open_processes(&places)?.stop_all().await?;
    }
    Ok(())
}

fn places(options: &Options) -> Result<Places, ServeError> {
    let failed = |source| ServeError::DataDirectory { path: options.data.clone(), source };
    std::fs::create_dir_all(&options.data).map_err(failed)?;
    let data = options.data.canonicalize().map_err(failed)?;
    Ok(Places::new(data))
}

fn app(
    parts: Parts,
    clock: Clock,
    identity: Identity,
    (gateway, stopping): (watch::Receiver<GatewayStatus>, watch::Receiver<bool>),
) -> App {
    App {
        engine: parts.engine,
        store: parts.store,
        target: parts.target,
        machine: parts.machine,
        clock: Arc::new(clock),
        gateway,
        written: parts.written,
        stopping,
        recent: Recent::default(),
        streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        readers: Arc::new(Semaphore::new(READERS_MAX)),
        identity,
        counts: Counts::default(),
        started: Instant::now(),
    }
}

fn announce(listener: &TcpListener, places: &Places) -> Result<Ready, ServeError> {
    let path = places.server_record();
    let failed = |source| ServeError::DataDirectory { path: path.clone(), source };
    let address = listener.local_addr().map_err(failed)?;
    let url = format!("http://{address}");
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

async fn end(app: &App, options: &Options, places: &Places) -> Result<(), Fault> {
    app.clock.keep()?;
    if options.on_stop == OnStop::LeaveRunning {
        return Ok(());
    }
    if matches!(options.gateway, GatewayMode::Spawn { .. }) {
        terminate_recorded(places, GATEWAY_STOP_MAX).await;
    }
    app.machine.stop_all().await
}

fn store_failed(why: &str) -> Fault {
    Fault::hold("store-failed", format!("the store can no longer be written: {why}"))
        .with_help("check the disk, then start again: what was answered is there")
}
