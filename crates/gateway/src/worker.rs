//! One thread that serves clients: its own runtime, its own connections to services, its own counters.
//!
//! Invariant: a worker chooses by the table it took up last, and after it has confirmed a table it begins
//! no request on an older one (choosing and counting happen without a pause between them).
//! Not here: accepting connections (`listener`), deciding what the table is (`keeper`).

use crate::client::{self, Accepted, ClientState};
use crate::counters::GatewayMeter;
use crate::deadline::{Deadline, Deadlines};
use crate::table::compiled::Table;
use crate::upstream::pool::Pool;
use arc_swap::ArcSwap;
use bytes::BytesMut;
use http::HeaderMap;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// What is kept to be used again, of each kind.
const SPARES_MAX: usize = 64;
const SPARE_FIELDS_MAX: usize = 64;
const SPARE_BYTES_MAX: usize = 16 * 1024;

const TIDY: Duration = Duration::from_secs(1);

pub(crate) enum Message {
    Connection(Accepted),
    /// There is a new table; answer when it is taken up.
    Refresh(oneshot::Sender<()>),
    /// Finish what is under way, take nothing new; answer when the last connection is gone.
    Stop(oneshot::Sender<()>),
}

/// What other threads hold of a worker.
pub(crate) struct WorkerLink {
    pub messages: mpsc::UnboundedSender<Message>,
    /// Client connections, those on their way to the worker among them.
    pub connections: Arc<AtomicUsize>,
}

pub(crate) struct WorkerSeed {
    pub index: usize,
    pub workers: usize,
    pub table: Arc<ArcSwap<Table>>,
    pub started: Instant,
    pub connections: Arc<AtomicUsize>,
    pub gateway: Arc<GatewayMeter>,
}

pub(crate) struct Worker {
    pub index: usize,
    pub workers: usize,
    pub pool: Pool,
    pub gateway: Arc<GatewayMeter>,
    pub in_flight: Cell<usize>,
    /// Whose turn it is among endpoints that are equally busy.
    pub turn: Cell<usize>,
    /// Empty header maps with room, used again because two allocations a request can be saved.
    spare_headers: RefCell<Vec<HeaderMap>>,
    /// Likewise buffers for the heads of requests.
    spare_buffers: RefCell<Vec<BytesMut>>,
    deadlines: Rc<Deadlines>,
    shared: Arc<ArcSwap<Table>>,
    table: RefCell<Rc<OwnTable>>,
    named: RefCell<HashSet<SocketAddr>>,
    started: Instant,
    stopping: Cell<bool>,
    clients: RefCell<HashMap<u64, Weak<ClientState>>>,
    connections: Arc<AtomicUsize>,
    next_client: Cell<u64>,
}

/// A worker's hold on the table: requests count this `Rc`, so that they share no cache line with other
/// threads, as they would by counting the `Arc`.
pub(crate) struct OwnTable(Arc<Table>);

impl std::ops::Deref for OwnTable {
    type Target = Table;

    fn deref(&self) -> &Table {
        &self.0
    }
}

impl Worker {
    fn new(seed: WorkerSeed) -> Rc<Worker> {
        let table = Rc::new(OwnTable(seed.table.load_full()));
        Rc::new(Worker {
            index: seed.index,
            workers: seed.workers,
            pool: Pool::default(),
            gateway: seed.gateway,
            in_flight: Cell::new(0),
            turn: Cell::new(0),
            spare_headers: RefCell::default(),
            spare_buffers: RefCell::default(),
            deadlines: Deadlines::new(),
            named: RefCell::new(addresses(&table)),
            table: RefCell::new(table),
            shared: seed.table,
            started: seed.started,
            stopping: Cell::new(false),
            clients: RefCell::default(),
            connections: seed.connections,
            next_client: Cell::new(0),
        })
    }

    pub fn table(&self) -> Rc<OwnTable> {
        Rc::clone(&self.table.borrow())
    }

    pub fn spare_headers(&self) -> HeaderMap {
        self.spare_headers.borrow_mut().pop().unwrap_or_default()
    }

    pub fn recycle_headers(&self, mut headers: HeaderMap) {
        let mut spare = self.spare_headers.borrow_mut();
        if spare.len() < SPARES_MAX && headers.capacity() <= SPARE_FIELDS_MAX {
            headers.clear();
            spare.push(headers);
        }
    }

    pub fn spare_buffer(&self) -> BytesMut {
        self.spare_buffers.borrow_mut().pop().unwrap_or_default()
    }

    pub fn recycle_buffer(&self, mut buffer: BytesMut) {
        let mut spare = self.spare_buffers.borrow_mut();
        if spare.len() < SPARES_MAX && (1..=SPARE_BYTES_MAX).contains(&buffer.capacity()) {
            buffer.clear();
            spare.push(buffer);
        }
    }

    pub fn deadline(&self) -> Deadline {
        self.deadlines.deadline()
    }

    /// The time of the last sweep: good to some 20 ms, and free.
    pub fn now(&self) -> Instant {
        self.deadlines.now()
    }

    /// Milliseconds since the gateway started, for what endpoints remember.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.now().saturating_duration_since(self.started).as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether the table in force has any use for an address.
    pub fn names(&self, address: SocketAddr) -> bool {
        self.named.borrow().contains(&address)
    }

    pub fn stopping(&self) -> bool {
        self.stopping.get()
    }

    pub fn register(&self, client: &Rc<ClientState>) -> u64 {
        let id = self.next_client.get();
        self.next_client.set(id + 1);
        self.clients.borrow_mut().insert(id, Rc::downgrade(client));
        id
    }

    pub fn forget(&self, id: u64) {
        self.clients.borrow_mut().remove(&id);
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    fn refresh(&self) {
        let table = self.shared.load_full();
        *self.named.borrow_mut() = addresses(&table);
        for client in self.clients.borrow().values().filter_map(Weak::upgrade) {
            if table.listener(&client.listen).is_none() {
                client.stop();
            }
        }
        *self.table.borrow_mut() = Rc::new(OwnTable(table));
        self.tidy();
    }

    fn tidy(&self) {
        self.pool.tidy(self.now(), &self.named.borrow());
    }

    async fn stop(&self) {
        self.stopping.set(true);
        self.clients.borrow().values().filter_map(Weak::upgrade).for_each(|client| client.stop());
        while self.connections.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn addresses(table: &Table) -> HashSet<SocketAddr> {
    let versions = table.routes().iter().flat_map(|route| &route.versions);
    versions.flat_map(|version| &version.endpoints).map(|endpoint| endpoint.known.address).collect()
}

/// The thread's life; ends when the gateway drops its link.
pub(crate) async fn work(seed: WorkerSeed, mut messages: mpsc::UnboundedReceiver<Message>) {
    let worker = Worker::new(seed);
    tokio::task::spawn_local(Rc::clone(&worker.deadlines).sweep());
    let tidying = Rc::clone(&worker);
    tokio::task::spawn_local(async move {
        loop {
            tokio::time::sleep(TIDY).await;
            tidying.tidy();
        }
    });
    while let Some(message) = messages.recv().await {
        match message {
            Message::Connection(accepted) => {
                tokio::task::spawn_local(client::serve(Rc::clone(&worker), accepted));
            }
            Message::Refresh(done) => {
                worker.refresh();
                let _ = done.send(()); // nobody may be waiting any more
            }
            Message::Stop(done) => {
                let stopping = Rc::clone(&worker);
                tokio::task::spawn_local(async move {
                    stopping.stop().await;
                    let _ = done.send(()); // as above
                });
            }
        }
    }
}
