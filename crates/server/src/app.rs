//! What handlers and drive share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tidegate_engine::Engine;
use tidegate_ports::{Store, Target};
use tidegate_secrets::FileVault;
use tidegate_traces::Origins;
use tokio::sync::{Notify, Semaphore, watch};

use crate::announcements::Herald;
use crate::bundles::Keeping;
use crate::clock::Clock;
use crate::flags::Serving;
use crate::gateway::GatewayStatus;
use crate::identity::Identity;
use crate::inquiries::Inquiries;
use crate::machine::Machine;
use crate::measurements::Measurements;
use crate::measures::Measured;
use crate::places::Places;
use crate::program::Program;
use crate::project::Projects;
use crate::recent::Recent;
use crate::scope::Scoping;
use crate::webhooks::Desk;

pub(crate) struct App {
    pub engine: Arc<Engine>,
    pub store: Arc<dyn Store>,
    pub target: Arc<dyn Target>,
    pub machine: Arc<dyn Machine>,
    pub places: Places,
    /// What runs the sample.
    pub program: Program,
    pub vault: Arc<FileVault>,
    /// Bundles that were uploaded.
    pub bundles: Keeping,
    /// Held while the key of the secrets is changed.
    pub rotating: tokio::sync::Mutex<()>,
    pub clock: Arc<Clock>,
    pub gateway: watch::Receiver<GatewayStatus>,
    /// The newest position; changes after every write.
    pub written: watch::Receiver<u64>,
    /// Which rollouts were measured.
    pub measured: Arc<Measurements>,
    /// True once the server is asked to end: open streams end too.
    pub stopping: watch::Receiver<bool>,
    /// For who follows the log.
    pub recent: Recent,
    /// One permit for each open stream (events, logs).
    pub streams: Arc<Semaphore>,
    /// Artifacts read at once.
    pub readers: Arc<Semaphore>,
    /// One for all projects.
    pub identity: Arc<Identity>,
    /// The first project's, which keeps the people; none in that one itself.
    pub home: Option<Arc<App>>,
    /// The others; none in any but the first.
    pub projects: Projects,
    /// Messages to the outside; there once the server knows where it is reached.
    pub desk: OnceLock<Arc<Desk>>,
    /// Announcements on their way.
    pub herald: Herald,
    /// Told when somebody says how long origins are remembered.
    pub retained: Notify,
    /// Feature flags as they are served; one for all projects.
    pub flags: Arc<Serving>,
    pub measures: Measured,
    /// What reading scope needs.
    pub scope: Scoping,
    /// Questions of gates to other systems.
    pub inquiries: Arc<Inquiries>,
    pub counts: Counts,
    /// Which requests rollouts follow from, for traces.
    pub origins: Origins,
    pub started: Instant,
}

impl App {
    /// Where people, sessions and tokens are kept.
    pub fn home(app: &Arc<Self>) -> &Arc<Self> {
        app.home.as_ref().unwrap_or(app)
    }
}

pub(crate) const STREAMS_MAX: usize = 10_000;
pub(crate) const READERS_MAX: usize = 2;

/// What Tidegate counts about itself since it started.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub ticks: AtomicU64,
    pub tick_faults: AtomicU64,
    pub tick_panics: AtomicU64,
    pub ticks_running: AtomicU64,
    pub notices_sent: AtomicU64,
    pub requests: AtomicU64,
    pub webhook_turns: AtomicU64,
    /// By the class of their status, as [`CLASSES`] names them.
    pub responses: [AtomicU64; 5],
    /// Until they began, all of them together.
    pub response_micros: AtomicU64,
}

pub(crate) const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

impl Counts {
    /// An answer began, so long after it was asked for.
    pub fn answered(&self, status: u16, after: Duration) {
        let class = usize::from(status / 100).clamp(1, CLASSES.len()) - 1;
        count(&self.responses[class]);
        self.response_micros.fetch_add(after.as_micros() as u64, Ordering::Relaxed);
    }
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
