//! The one place that changes the table: checks, listens, stores, swaps, and waits until every worker has it.
//!
//! Invariant: one change at a time; after a confirmed change no request begins on the table before it, and
//! every request that did is counted in flight. A route whose address cannot be listened on is refused
//! before anything changes. A table serves before it is stored, and also when it cannot be (a full or hanging
//! disk), because taking traffic off a bad version must not depend on a disk; storing is tried again each
//! second. Should the gateway end in between, the control plane sets again what it was not told is stored.
//! Not here: HTTP (`admin`).

use crate::counters::{GatewayMeter, RouteMeter};
use crate::endpoint::Endpoints;
use crate::listener::{self, Command};
use crate::report::{ChangeReport, ListenerState, RouteState};
use crate::state_file::StateFile;
use crate::table::book::{Book, Change, ROUTES_MAX};
use crate::table::compiled::{Parts, Table};
use crate::table::{Generation, Route, RouteUpdate, TableRefusal};
use crate::worker::{Message, WorkerLink};
use arc_swap::ArcSwap;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

/// How long a change waits for the disk.
const STORE_WAIT: Duration = Duration::from_secs(2);

/// How long a change waits for the workers; they answer in microseconds unless the machine is choking.
const CONFIRM_WAIT: Duration = Duration::from_secs(2);

pub(crate) struct Keeper {
    pub instance_id: String,
    pub started: Instant,
    pub build: String,
    pub gateway: Arc<GatewayMeter>,
    pub workers: Vec<WorkerLink>,
    table: Arc<ArcSwap<Table>>,
    meters: Mutex<BTreeMap<String, Arc<RouteMeter>>>,
    acceptor: mpsc::UnboundedSender<Command>,
    state_file: Arc<StateFile>,
    /// A write is under way, perhaps one that nobody waits for any more.
    storing: Arc<AtomicBool>,
    persisted: AtomicBool,
    inner: AsyncMutex<Inner>,
}

struct Inner {
    book: Book,
    endpoints: Endpoints,
    listeners: HashMap<SocketAddr, Result<SocketAddr, String>>,
}

pub(crate) struct KeeperParts {
    pub instance_id: String,
    pub build: String,
    pub started: Instant,
    pub gateway: Arc<GatewayMeter>,
    pub workers: Vec<WorkerLink>,
    pub table: Arc<ArcSwap<Table>>,
    pub acceptor: mpsc::UnboundedSender<Command>,
    pub state_file: StateFile,
}

impl Keeper {
    pub fn new(parts: KeeperParts) -> Keeper {
        Keeper {
            instance_id: parts.instance_id,
            build: parts.build,
            started: parts.started,
            gateway: parts.gateway,
            workers: parts.workers,
            table: parts.table,
            meters: Mutex::default(),
            acceptor: parts.acceptor,
            state_file: Arc::new(parts.state_file),
            storing: Arc::default(),
            persisted: AtomicBool::new(true),
            inner: AsyncMutex::new(Inner {
                book: Book::default(),
                endpoints: Endpoints::default(),
                listeners: HashMap::new(),
            }),
        }
    }

    /// Serves the table that was read from the state file. An address that is taken is tried again.
    pub async fn restore(&self, book: Book) {
        let mut inner = self.inner.lock().await;
        inner.book = book;
        for listen in inner.book.listens() {
            let opened = self.open(listen);
            inner.listeners.insert(listen, opened);
        }
        self.put_in_force(&mut inner).await;
    }

    pub async fn put(&self, update: RouteUpdate) -> Result<ChangeReport, TableRefusal> {
        let (id, generation, listen) = (update.route.id.clone(), update.generation, update.route.listen);
        let preview = update.route.preview.as_ref().map(|preview| preview.listen);
        let mut inner = self.inner.lock().await;
        let mut book = inner.book.clone();
        let change = book.put(update)?;
        let mut confirmed = true;
        if change == Change::Applied {
            self.listen(&mut inner, &id, listen)?;
            self.listen_for_previews(&mut inner, preview);
            inner.book = book;
            confirmed = self.apply(&mut inner).await;
        }
        let bound = inner.listeners.get(&listen).and_then(|opened| opened.as_ref().ok().copied());
        let persisted = self.persisted();
        Ok(ChangeReport { id, generation, changed: change == Change::Applied, confirmed, persisted, bound })
    }

    pub async fn delete(&self, id: &str, generation: Generation) -> Result<ChangeReport, TableRefusal> {
        let mut inner = self.inner.lock().await;
        let change = inner.book.delete(id, generation)?;
        let mut confirmed = true;
        if change == Change::Applied {
            confirmed = self.apply(&mut inner).await;
        }
        let (id, persisted) = (id.to_owned(), self.persisted());
        Ok(ChangeReport {
            id,
            generation,
            changed: change == Change::Applied,
            confirmed,
            persisted,
            bound: None,
        })
    }

    pub async fn route(&self, id: &str) -> Option<RouteState> {
        let inner = self.inner.lock().await;
        inner.book.get(id).map(|stored| self.state(&inner, stored))
    }

    pub async fn routes(&self) -> Vec<RouteState> {
        let inner = self.inner.lock().await;
        inner.book.routes().map(|stored| self.state(&inner, stored)).collect()
    }

    pub async fn listens(&self) -> Vec<SocketAddr> {
        self.inner.lock().await.listeners.keys().copied().collect()
    }

    pub fn persisted(&self) -> bool {
        self.persisted.load(Ordering::Relaxed)
    }

    pub fn table(&self) -> Arc<Table> {
        self.table.load_full()
    }

    pub fn meters(&self) -> Vec<Arc<RouteMeter>> {
        self.meters.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Each second: store what could not be stored, listen where it was not possible.
    pub async fn mend(&self) {
        let mut inner = self.inner.lock().await;
        if !self.persisted() {
            self.store(&inner.book).await;
        }
        let failed =
            |(listen, opened): (&SocketAddr, &Result<SocketAddr, String>)| opened.is_err().then_some(*listen);
        let failed: Vec<SocketAddr> = inner.listeners.iter().filter_map(failed).collect();
        for listen in failed {
            let opened = self.open(listen);
            inner.listeners.insert(listen, opened);
        }
    }

    async fn apply(&self, inner: &mut Inner) -> bool {
        let confirmed = self.put_in_force(inner).await;
        self.store(&inner.book).await;
        let wanted = inner.book.listens();
        for listen in inner.listeners.keys().filter(|listen| !wanted.contains(listen)) {
            let _ = self.acceptor.send(Command::Close { listen: *listen }); // it ends with the gateway
        }
        inner.listeners.retain(|listen, _| wanted.contains(listen));
        confirmed
    }

    /// Swaps the table and waits until no worker uses the one before.
    async fn put_in_force(&self, inner: &mut Inner) -> bool {
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut parts =
            KeptParts { meters: &mut meters, endpoints: &mut inner.endpoints, workers: self.workers.len() };
        let table = Table::compile(inner.book.routes().map(|stored| &stored.route), &mut parts);
        forget_surplus(&mut meters, &inner.book);
        *self.meters.lock().unwrap_or_else(PoisonError::into_inner) = meters;
        self.table.store(Arc::new(table));
        let confirming = self.workers.iter().map(|worker| {
            let (done, confirmed) = oneshot::channel();
            worker.messages.send(Message::Refresh(done)).is_ok().then_some(confirmed)
        });
        let confirming: Vec<_> = confirming.collect();
        let all = async {
            for confirmed in confirming {
                let Some(confirmed) = confirmed else { return false };
                if confirmed.await.is_err() {
                    return false;
                }
            }
            true
        };
        tokio::time::timeout(CONFIRM_WAIT, all).await.unwrap_or(false)
    }

    /// One write at a time: while one hangs, none is begun, and `mend` tries again. While a write goes well, whoever
    /// asks for the gateway's health is not told of trouble; the change itself is answered only after it.
    async fn store(&self, book: &Book) {
        if self.storing.swap(true, Ordering::AcqRel) {
            self.persisted.store(false, Ordering::Relaxed);
            return;
        }
        let (file, storing, book) = (Arc::clone(&self.state_file), Arc::clone(&self.storing), book.clone());
        let writing = tokio::task::spawn_blocking(move || {
            let written = file.write(&book);
            storing.store(false, Ordering::Release);
            written
        });
        match tokio::time::timeout(STORE_WAIT, writing).await {
            Ok(Ok(Ok(()))) => self.persisted.store(true, Ordering::Relaxed),
            Ok(Ok(Err(error))) => {
                self.persisted.store(false, Ordering::Relaxed);
                tracing::error!(%error, "the routing table serves, but could not be stored; trying again");
            }
            Ok(Err(_)) | Err(_) => {
                self.persisted.store(false, Ordering::Relaxed);
                tracing::error!("the routing table serves, but the disk does not answer; trying again");
            }
        }
    }

    fn listen(&self, inner: &mut Inner, id: &str, listen: SocketAddr) -> Result<(), TableRefusal> {
        if inner.listeners.get(&listen).is_some_and(Result::is_ok) {
            return Ok(());
        }
        match self.open(listen) {
            Ok(bound) => {
                inner.listeners.insert(listen, Ok(bound));
                Ok(())
            }
            Err(problem) => {
                tracing::warn!(route = id, %listen, %problem, "cannot listen");
                Err(TableRefusal::ListenFailed { listen, problem })
            }
        }
    }

    /// An address for previews that is taken is told in the route's state and tried again: users' requests must not
    /// wait for it.
    fn listen_for_previews(&self, inner: &mut Inner, listen: Option<SocketAddr>) {
        let Some(listen) = listen else { return };
        if !inner.listeners.get(&listen).is_some_and(Result::is_ok) {
            let opened = self.open(listen);
            inner.listeners.insert(listen, opened);
        }
    }

    fn open(&self, listen: SocketAddr) -> Result<SocketAddr, String> {
        let listener = listener::bind(listen).map_err(|error| error.to_string())?;
        let bound = listener.local_addr().map_err(|error| error.to_string())?;
        let sent = self.acceptor.send(Command::Listen { listen, listener });
        sent.map(|()| bound).map_err(|_| "the gateway is stopping".to_owned())
    }

    fn state(&self, inner: &Inner, stored: &RouteUpdate) -> RouteState {
        let meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        let in_flight = meters.get(&stored.route.id).map(|meter| meter.in_flight()).unwrap_or_default();
        RouteState {
            generation: stored.generation,
            route: stored.route.clone(),
            listener: inner.listener(stored.route.listen),
            preview_listener: stored.route.preview.as_ref().map(|preview| inner.listener(preview.listen)),
            in_flight,
            persisted: self.persisted(),
        }
    }
}

impl Inner {
    fn listener(&self, listen: SocketAddr) -> ListenerState {
        let opened = self.listeners.get(&listen);
        ListenerState {
            bound: opened.and_then(|opened| opened.as_ref().ok().copied()),
            failure: opened.and_then(|opened| opened.as_ref().err().cloned()),
        }
    }
}

struct KeptParts<'a> {
    meters: &'a mut BTreeMap<String, Arc<RouteMeter>>,
    endpoints: &'a mut Endpoints,
    workers: usize,
}

impl Parts for KeptParts<'_> {
    fn meter(&mut self, route: &Route) -> Arc<RouteMeter> {
        let workers = self.workers;
        let meter = self
            .meters
            .entry(route.id.clone())
            .or_insert_with(|| Arc::new(RouteMeter::new(&route.id, workers)));
        Arc::clone(meter)
    }

    fn endpoints(&mut self) -> &mut Endpoints {
        self.endpoints
    }
}

/// Counters outlive their route, so that a scrape sees its last requests, but not without bound.
fn forget_surplus(meters: &mut BTreeMap<String, Arc<RouteMeter>>, book: &Book) {
    while meters.len() > 2 * ROUTES_MAX {
        let Some(id) = meters.keys().find(|id| book.get(id).is_none()).cloned() else { return };
        meters.remove(&id);
    }
}
