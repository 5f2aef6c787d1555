//! Accepting connections and dealing them out to the workers.
//!
//! One thread accepts for all addresses and gives each connection to the worker with the fewest, so that
//! keep-alive connections are spread evenly; a socket per worker (SO_REUSEPORT) would spread them by a
//! hash, and would let a second gateway bind the same address unnoticed.
//! Invariant: no more than `connections_max` connections are open; further ones wait in the system's queue.
//! Not here: which addresses (`keeper`).

use crate::client::Accepted;
use crate::counters::GatewayMeter;
use crate::worker::{Message, WorkerLink};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

const BACKLOG: i32 = 4_096;

/// How long accepting pauses when there is no room or no file descriptor left.
const PAUSE: Duration = Duration::from_millis(10);

pub(crate) enum Command {
    Listen { listen: SocketAddr, listener: TcpListener },
    Close { listen: SocketAddr },
}

pub(crate) struct Acceptor {
    pub workers: Vec<WorkerLink>,
    pub connections_max: usize,
    pub meter: Arc<GatewayMeter>,
}

/// A socket that listens at `listen`, or why it cannot.
pub(crate) fn bind(listen: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(listen), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?; // over connections of a gateway that has ended, not over a listener
    if listen.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_tcp_nodelay(true)?; // accepted connections inherit it
    socket.set_nonblocking(true)?;
    socket.bind(&listen.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl Acceptor {
    /// The thread's life; ends, and closes all listeners, when the keeper drops its end.
    pub async fn run(self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let acceptor = Arc::new(self);
        let mut open: Vec<(SocketAddr, AbortHandle)> = Vec::new();
        while let Some(command) = commands.recv().await {
            match command {
                Command::Listen { listen, listener } => {
                    let task = tokio::task::spawn_local(accept(Arc::clone(&acceptor), listen, listener));
                    open.push((listen, task.abort_handle()));
                }
                Command::Close { listen } => {
                    let closing = open.extract_if(.., |(at, _)| *at == listen);
                    closing.for_each(|(_, task)| task.abort());
                }
            }
        }
        for (_, task) in open {
            task.abort();
        }
    }

    fn is_full(&self) -> bool {
        let open: usize = self.workers.iter().map(|worker| worker.connections.load(Ordering::Relaxed)).sum();
        open >= self.connections_max
    }

    fn deal(&self, tcp: TcpStream, peer: SocketAddr, listen: SocketAddr) {
        let quietest = self.workers.iter().min_by_key(|worker| worker.connections.load(Ordering::Relaxed));
        let Some(worker) = quietest else { return };
        let Ok(tcp) = tcp.into_std() else { return };
        self.meter.accepted();
        worker.connections.fetch_add(1, Ordering::Relaxed);
        if worker.messages.send(Message::Connection(Accepted { tcp, peer, listen })).is_err() {
            worker.connections.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

async fn accept(acceptor: Arc<Acceptor>, listen: SocketAddr, listener: TcpListener) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        if acceptor.is_full() {
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        match listener.accept().await {
            Ok((tcp, peer)) => acceptor.deal(tcp, peer, listen),
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(_out_of_descriptors) => tokio::time::sleep(PAUSE).await,
        }
    }
}
