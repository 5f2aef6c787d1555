//! A project while it runs: a store, an engine, a gateway and a drive of its own.
//!
//! Invariant: projects share the port, the people and nothing else: what one writes no other can read, and a name in one
//! means nothing in another. Deliberately not here: which projects there are (`domain::projects`), requests (`routes`).

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::Router;
use tidegate_connectors::guard::Url;
use tidegate_domain::name::ProjectName;
use tidegate_engine::latest;
use tidegate_ports::Fault;
use tidegate_traces::Origins;
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::announcements::Herald;
use crate::app::{App, Counts, READERS_MAX, STREAMS_MAX};
use crate::bundles::Keeping;
use crate::clock::Clock;
use crate::compose::compose;
use crate::drive::Drive;
use crate::error::ServeError;
use crate::gateway::{GatewayMode, Supervisor, terminate_recorded};
use crate::identity::Identity;
use crate::measures::{self, Measured};
use crate::options::{OnStop, Options};
use crate::places::Places;
use crate::program::Program;
use crate::recent::Recent;
use crate::scope::Scoping;
use crate::webhooks::{Desk, Secrets};
use crate::{announcements, flags, forgetting, inquiries, routes, scope, smoke, watching, webhooks};

/// How long a gateway may take to let requests finish.
pub(crate) const GATEWAY_STOP_MAX: Duration = Duration::from_secs(35);

/// What all projects of a server begin with.
#[derive(Clone)]
pub(crate) struct Ground {
    pub options: Options,
    /// Where it is reached: the source of what is told outside.
    pub server: Url,
    pub stopping: watch::Receiver<bool>,
    /// Where a store that can no longer be written is told of.
    pub failed: mpsc::UnboundedSender<String>,
}

pub(crate) struct Project {
    pub app: Arc<App>,
    pub router: Router,
    places: Places,
    drive: JoinHandle<()>,
    beside: JoinSet<()>,
    checkpointing: JoinHandle<()>,
    /// True once nobody writes any more.
    rest: watch::Sender<bool>,
}

impl Project {
    /// The first one, which keeps the people.
    pub async fn first(ground: &Ground, places: Places) -> Result<Self, Fault> {
        Self::begin(ground, places, None).await
    }

    async fn other(ground: &Ground, name: &ProjectName, home: &Arc<App>) -> Result<Self, Fault> {
        let places = Places::new(ground.options.data.clone()).project(name);
        std::fs::create_dir_all(&places.data).map_err(|why| {
            Fault::hold("data-directory-unusable", format!("{} cannot be made", places.data.display()))
                .with_help("check who owns the data directory, and whether the disk is full")
                .caused_by(why)
        })?;
        Self::begin(ground, places, Some((name, home))).await
    }

    async fn begin(
        ground: &Ground,
        places: Places,
        other: Option<(&ProjectName, &Arc<App>)>,
    ) -> Result<Self, Fault> {
        let Ground { options, server, stopping, failed } = ground;
        let (supervisor, gateway) = Supervisor::new(options.gateway.clone(), &places);
        let name = other.map(|(name, _)| name);
        let streams = Arc::new(Semaphore::new(STREAMS_MAX));
        let serving = if let Some((_, home)) = other {
            Arc::clone(&home.flags)
        } else {
            let (pace, streams) = (options.paces.flag_keys, Arc::clone(&streams));
            Arc::new(flags::Serving::new(pace, streams, stopping.clone()))
        };
        let outside = (&options.outside, name);
        let parts = compose(&places, gateway.clone(), outside, Arc::clone(&serving)).await?;
        let herald = Herald::new(parts.guard.clone(), &places.links_key(), server.as_str())?;
        let desk = Desk::new(parts.guard, Secrets { directory: places.webhooks() }, server.clone());
        let desk = Arc::new(desk);
        let clock = Clock::open(places.timeline())?.not_before(latest(parts.store.as_ref()).await?)?;
        let (engine, identity) = if let Some((name, home)) = other {
            let engine = parts.engine.of_project(name.clone(), Arc::clone(&home.engine));
            (engine, Arc::clone(&home.identity))
        } else {
            let nobody = parts.engine.directory().await?.is_empty();
            if options.is_public() && nobody && !options.require_login {
                let refused = ServeError::LoopbackOnly { address: options.listen };
                return Err(Fault::hold(refused.code(), refused.to_string()).with_help(refused.help()));
            }
            let identity = Identity::open(places.setup(), nobody, (options, server))?;
            (parts.engine, Arc::new(identity))
        };
        let mut beside = JoinSet::new();
        let (store_failed, failed) = (parts.sqlite.failed(), failed.clone());
        beside.spawn(async move {
            // Nobody listens any more once the server ends.
            let _heard = failed.send(store_failed.await);
        });
        let engine = Arc::new(engine);
        let written = flags::Written { serving: Arc::clone(&serving), project: engine.project().clone() };
        let written = Arc::new(written);
        engine.watch(Arc::clone(&written) as _);
        flags::load(&engine, &written).await?;
        let bundles = Keeping::new(parts.shelf);
        bundles.sweep(&engine).await?;
        let app = Arc::new(App {
            engine,
            flags: serving,
            store: parts.store,
            target: parts.target,
            machine: parts.machine,
            places: places.clone(),
            program: own_program(&options.gateway),
            vault: parts.vault,
            bundles,
            rotating: tokio::sync::Mutex::default(),
            clock: Arc::new(clock),
            gateway: gateway.clone(),
            written: parts.written,
            measured: parts.measured,
            stopping: stopping.clone(),
            recent: Recent::default(),
            streams,
            readers: Arc::new(Semaphore::new(READERS_MAX)),
            identity,
            home: other.map(|(_, home)| Arc::clone(home)),
            projects: Projects::new(ground.clone()),
            desk: OnceLock::from(Arc::clone(&desk)),
            herald,
            retained: Notify::new(),
            measures: Measured::default(),
            scope: Scoping::new(parts.secrets),
            inquiries: parts.inquiries,
            counts: Counts::default(),
            origins: Origins::default(),
            started: Instant::now(),
        });
        beside.spawn(webhooks::run(Arc::clone(&app), desk));
        beside.spawn(announcements::run(Arc::clone(&app)));
        beside.spawn(inquiries::run(Arc::clone(&app), parts.questions));
        beside.spawn(smoke::run(Arc::clone(&app), parts.smokes));
        beside.spawn(supervisor.run());
        beside.spawn(watching::instances(Arc::clone(&app)));
        beside.spawn(watching::gateway(Arc::clone(&app), gateway));
        beside.spawn(watching::notices(Arc::clone(&app)));
        beside.spawn(watching::timeline(Arc::clone(&app)));
        beside.spawn(forgetting::run(Arc::clone(&app)));
        beside.spawn(measures::run(Arc::clone(&app)));
        beside.spawn(scope::run(Arc::clone(&app)));
        flags::begin(&app).await?;
        beside.spawn(flags::keep(Arc::clone(&app)));
        let drive = tokio::spawn(Drive::new(Arc::clone(&app)).run(stopping.clone()));
        let (rest, resting) = watch::channel(false);
        let checkpointing = parts.checkpoints.run(app.written.clone(), parts.destinations, resting);
        let checkpointing = tokio::spawn(checkpointing);
        let router = routes::router(&app);
        Ok(Self { app, router, places, drive, beside, checkpointing, rest })
    }

    /// Once the server is stopping: what is under way is let finish.
    pub async fn end(mut self, options: &Options) -> Result<(), Fault> {
        let _ended = self.drive.await;
        flags::flush(&self.app).await;
        // After the last writers, so that the last change is signed, too.
        let _heard = self.rest.send(true);
        let _ended = self.checkpointing.await;
        self.beside.shutdown().await;
        self.app.clock.keep()?;
        if options.on_stop == OnStop::LeaveRunning {
            return Ok(());
        }
        if matches!(options.gateway, GatewayMode::Spawn { .. }) {
            terminate_recorded(&self.places, GATEWAY_STOP_MAX).await;
        }
        self.app.machine.stop_all().await
    }
}

/// The projects that run besides the first.
pub(crate) struct Projects {
    ground: Ground,
    running: RwLock<BTreeMap<ProjectName, Project>>,
    /// Two who add the same one do so one after the other.
    adding: tokio::sync::Mutex<()>,
}

impl Projects {
    pub fn new(ground: Ground) -> Self {
        Self { ground, running: RwLock::default(), adding: tokio::sync::Mutex::default() }
    }

    /// Begins one that stands in the log; one that runs goes on.
    pub async fn run(&self, name: &ProjectName, home: &Arc<App>) -> Result<(), Fault> {
        let _one = self.adding.lock().await;
        if self.router(name).is_some() {
            return Ok(());
        }
        self.check(name)?;
        let project = Project::other(&self.ground, name, home).await?;
        self.running.write().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), project);
        Ok(())
    }

    /// Whether it could run here.
    pub fn check(&self, name: &ProjectName) -> Result<(), Fault> {
        match self.ground.options.gateway {
            GatewayMode::Url(_) => Err(no_gateway(name)),
            GatewayMode::Spawn { .. } => Ok(()),
        }
    }

    pub fn router(&self, name: &ProjectName) -> Option<Router> {
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        running.get(name).map(|project| project.router.clone())
    }

    /// Leaves none.
    pub fn take(&self) -> Vec<Project> {
        let mut running = self.running.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *running).into_values().collect()
    }
}

/// As a gateway would be started; without one, what runs here.
fn own_program(gateway: &GatewayMode) -> Program {
    match gateway {
        GatewayMode::Spawn { program } => program.clone(),
        GatewayMode::Url(_) => Program::this().unwrap_or_else(|_| Program::new("", Vec::new())),
    }
}

/// Routes of two projects could not be told apart in one gateway.
fn no_gateway(name: &ProjectName) -> Fault {
    let detail =
        format!("`{name}` would need a gateway of its own, and this server was given one by its URL");
    Fault::hold("gateway-not-shared", detail)
        .with_help("start the server without --gateway, so that it starts one for each project")
}
