//! Putting the gateway together and taking it down: threads, runtimes, signals.
//!
//! Threads: one for the admin API, one that accepts, and one per worker; each has a runtime of its own.
//! Invariant: the gateway is ready only when the table of its state file serves; it ends only when asked,
//! and then lets requests under way finish for at most `drain`.
//! Not here: the command line.

use crate::admin::{self, Admin};
use crate::counters::GatewayMeter;
use crate::error::GatewayError;
use crate::keeper::{Keeper, KeeperParts};
use crate::listener::{Acceptor, Command};
use crate::state_file::StateFile;
use crate::table::compiled::Table;
use crate::worker::{self, Message, WorkerLink, WorkerSeed};
use arc_swap::ArcSwap;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::{mpsc, oneshot};

/// For listeners, the admin API and the state file.
const FILES_KEPT: usize = 256;

const MEND: Duration = Duration::from_secs(1);

#[derive(Debug, Clone)]
pub struct Options {
    /// Where the admin API listens; loopback only. Port 0 asks the system for one.
    pub admin: SocketAddr,
    /// The file that holds the routing table.
    pub state: PathBuf,
    /// Threads that serve clients; one per core when `None`.
    pub workers: Option<NonZeroUsize>,
    /// What callers of the admin API must know, when set.
    pub admin_token: Option<String>,
    /// Client connections open at once, further ones wait; at most half of the files the process may open.
    pub connections_max: usize,
    /// How long requests under way may take to finish when the gateway is asked to end.
    pub drain: Duration,
    /// Shown by `GET /v1/health`.
    pub build: String,
}

impl Options {
    pub fn new(admin: SocketAddr, state: impl Into<PathBuf>) -> Options {
        Options {
            admin,
            state: state.into(),
            workers: None,
            admin_token: None,
            connections_max: 20_000,
            drain: Duration::from_secs(30),
            build: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// Told when the gateway serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    pub admin: SocketAddr,
    pub instance_id: String,
}

/// A running gateway. Dropping it ends it at once; [`Gateway::stop`] lets requests finish.
pub struct Gateway {
    ready: Ready,
    keeper: Arc<Keeper>,
    drain: Duration,
    acceptor: Option<mpsc::UnboundedSender<Command>>,
    ends: Vec<oneshot::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

/// Runs until `shutdown` is ready, then drains.
pub async fn run(options: Options, shutdown: impl Future<Output = ()>) -> Result<(), GatewayError> {
    let gateway = Gateway::start(options).await?;
    shutdown.await;
    gateway.stop().await;
    Ok(())
}

/// Runs until SIGTERM or SIGINT, then drains; the whole process may be this call.
pub fn run_blocking(options: Options) -> Result<(), GatewayError> {
    run_blocking_with(options, |_| {})
}

/// As [`run_blocking`]; `on_ready` is called once, when the gateway serves.
pub fn run_blocking_with(options: Options, on_ready: impl FnOnce(&Ready)) -> Result<(), GatewayError> {
    raise_file_limit();
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| GatewayError::Thread { source })?;
    runtime.block_on(async {
        let asked = asked_to_end().map_err(|source| GatewayError::Thread { source })?;
        let gateway = Gateway::start(options).await?;
        on_ready(gateway.ready());
        asked.await;
        gateway.stop().await;
        Ok(())
    })
}

/// A connection takes two files, and the usual soft limit of 1 024 is soon reached.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit on open files stays as it is");
    }
}

/// Clients may take at most half of the files, or connections to services could fail for want of them and
/// be counted against a version.
fn connections_max(options: &Options) -> usize {
    let files = getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok());
    let for_clients = files.map_or(usize::MAX, |files| files.saturating_sub(FILES_KEPT) / 2);
    options.connections_max.min(for_clients).max(1)
}

fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

impl Gateway {
    /// Returns when the table of the state file serves.
    pub async fn start(options: Options) -> Result<Gateway, GatewayError> {
        let admin_listener = admin::bind(options.admin)?;
        let admin_address = admin_listener
            .local_addr()
            .map_err(|source| GatewayError::AdminBind { address: options.admin, source })?;
        let (state_file, book) = StateFile::open(&options.state)?;
        let mut threads = Threads::default();
        let seeds = Seeds::new(&options);
        let (workers, for_acceptor) = seeds.start_workers(&mut threads)?;
        let (acceptor, commands) = mpsc::unbounded_channel();
        let accepting = Acceptor {
            workers: for_acceptor,
            connections_max: connections_max(&options),
            meter: Arc::clone(&seeds.gateway),
        };
        threads.spawn("accept", move || accepting.run(commands))?;
        let keeper = Arc::new(Keeper::new(KeeperParts {
            instance_id: format!("gtw_{:016x}", rand::random::<u64>()),
            build: options.build.clone(),
            started: seeds.started,
            gateway: Arc::clone(&seeds.gateway),
            workers,
            table: Arc::clone(&seeds.table),
            acceptor: acceptor.clone(),
            state_file,
        }));
        keeper.restore(book).await;
        let admin = Arc::new(Admin { keeper: Arc::clone(&keeper), token: options.admin_token.clone() });
        threads.spawn("admin", move || serve_admin(admin, admin_listener))?;
        Ok(Gateway {
            ready: Ready { admin: admin_address, instance_id: keeper.instance_id.clone() },
            keeper,
            drain: options.drain,
            acceptor: Some(acceptor),
            ends: threads.ends,
            threads: threads.handles,
        })
    }

    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Takes no new connections, lets requests finish for as long as the options say, then ends.
    pub async fn stop(mut self) {
        for listen in self.keeper.listens().await {
            if let Some(acceptor) = &self.acceptor {
                let _ = acceptor.send(Command::Close { listen }); // gone already
            }
        }
        let waiting: Vec<_> = self
            .keeper
            .workers
            .iter()
            .filter_map(|worker| {
                let (done, ended) = oneshot::channel();
                worker.messages.send(Message::Stop(done)).is_ok().then_some(ended)
            })
            .collect();
        let drained = async {
            for ended in waiting {
                let _ = ended.await; // a worker that is gone has nothing left
            }
        };
        let _ = tokio::time::timeout(self.drain, drained).await; // what is left is cut off
        self.end_threads();
    }

    fn end_threads(&mut self) {
        self.acceptor = None;
        for end in self.ends.drain(..) {
            let _ = end.send(()); // ended by itself
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join(); // a thread that panicked has ended too
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.end_threads();
    }
}

async fn serve_admin(admin: Arc<Admin>, listener: std::net::TcpListener) {
    let keeper = Arc::clone(&admin.keeper);
    let mending = async move {
        loop {
            tokio::time::sleep(MEND).await;
            keeper.mend().await;
        }
    };
    tokio::join!(admin::run(admin, listener), mending);
}

/// What workers are made of.
struct Seeds {
    count: usize,
    table: Arc<ArcSwap<Table>>,
    gateway: Arc<GatewayMeter>,
    started: Instant,
}

type Links = (Vec<WorkerLink>, Vec<WorkerLink>);

impl Seeds {
    fn new(options: &Options) -> Seeds {
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Seeds {
            count: options.workers.map_or_else(cores, NonZeroUsize::get),
            table: Arc::new(ArcSwap::from_pointee(Table::default())),
            gateway: Arc::default(),
            started: Instant::now(),
        }
    }

    /// Two links to each worker: for the keeper and for the acceptor.
    fn start_workers(&self, threads: &mut Threads) -> Result<Links, GatewayError> {
        let mut links = (Vec::new(), Vec::new());
        for index in 0..self.count {
            let connections = Arc::new(AtomicUsize::new(0));
            let (messages, inbox) = mpsc::unbounded_channel();
            let seed = WorkerSeed {
                index,
                workers: self.count,
                table: Arc::clone(&self.table),
                started: self.started,
                connections: Arc::clone(&connections),
                gateway: Arc::clone(&self.gateway),
            };
            threads.spawn(&format!("worker-{index}"), move || worker::work(seed, inbox))?;
            links.0.push(WorkerLink { messages: messages.clone(), connections: Arc::clone(&connections) });
            links.1.push(WorkerLink { messages, connections });
        }
        Ok(links)
    }
}

#[derive(Default)]
struct Threads {
    handles: Vec<JoinHandle<()>>,
    ends: Vec<oneshot::Sender<()>>,
}

impl Threads {
    /// A thread with a runtime of its own that runs until its future ends or it is told to.
    fn spawn<F>(&mut self, name: &str, life: impl FnOnce() -> F + Send + 'static) -> Result<(), GatewayError>
    where
        F: Future<Output = ()>,
    {
        let (end, ended) = oneshot::channel();
        let (report, started) = std::sync::mpsc::sync_channel(1);
        let body = move || {
            let runtime = match local_runtime() {
                Ok(runtime) => runtime,
                Err(error) => return drop(report.send(Err(error))),
            };
            let _ = report.send(Ok(())); // the starter waits for it
            runtime.block_on(async move {
                tokio::select! {
                    () = life() => {}
                    _ = ended => {}
                }
            });
        };
        let handle = std::thread::Builder::new().name(format!("tidegate-{name}")).spawn(body);
        self.handles.push(handle.map_err(|source| GatewayError::Thread { source })?);
        self.ends.push(end);
        started
            .recv()
            .unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
            .map_err(|source| GatewayError::Thread { source })
    }
}

fn local_runtime() -> io::Result<LocalRuntime> {
    Builder::new_current_thread().enable_all().build_local(LocalOptions::default())
}
