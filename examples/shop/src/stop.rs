//! Serving until told to stop, and stopping without dropping anybody.
//!
//! Invariant: after SIGTERM (or Ctrl-C) no connection is accepted, every request under way is answered, and then the
//! program ends with 0; it ends in any case after `DRAIN_MAX`. Deliberately not here: what is served.

use std::future::IntoFuture;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

use crate::log;
use crate::service::{Shared, router};

/// A client that never finishes its request does not keep the service forever.
const DRAIN_MAX: Duration = Duration::from_secs(20);

pub async fn serve_until_told(service: Shared, port: u16) -> io::Result<()> {
    // Before anyone can know the address: a SIGTERM that comes at once stops the service as it should.
    let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on 127.0.0.1:{port}: {error}"))
    })?;
    let title = service.title();
    let (address, warm_up_ms) = (listener.local_addr()?, service.behaviour.warm_up_ms);
    log::say(&format!("{title} listening on http://{address}, ready in {warm_up_ms} ms"));

    let told = Arc::new(Notify::new());
    let stop = {
        let (told, title) = (told.clone(), title.clone());
        async move {
            first_of(terminate, interrupt).await;
            log::say(&format!("{title} stopping: no new connections, finishing what is under way"));
            told.notify_one();
        }
    };
    let listener = listener.tap_io(|connection| {
        // Only a matter of speed: without it small answers may wait for an acknowledgement.
        let _ = connection.set_nodelay(true);
    });
    let serving = axum::serve(listener, router(service)).with_graceful_shutdown(stop).into_future();
    tokio::select! {
        served = serving => served?,
        error = overdue(&told) => return Err(error),
    }
    log::say(&format!("{title} stopped"));
    Ok(())
}

async fn first_of(mut terminate: Signal, mut interrupt: Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

async fn overdue(told: &Notify) -> io::Error {
    told.notified().await;
    tokio::time::sleep(DRAIN_MAX).await;
    io::Error::new(
        io::ErrorKind::TimedOut,
        format!("left with requests unfinished after {} s", DRAIN_MAX.as_secs()),
    )
}
