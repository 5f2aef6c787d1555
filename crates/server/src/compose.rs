//! Puts the adapters together: the only file that names them.
//!
//! Invariant: beyond this file there are ports and `Machine`. Deliberately not here: when anything runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tidegate_api::{Audit, ChainState, CheckpointSent, CheckpointState, LogLine, Proof};
use tidegate_bundle::Shelf;
use tidegate_connectors::guard::{Allowance, Guard, Limits};
use tidegate_domain::component::Source;
use tidegate_domain::id::SlotId;
use tidegate_domain::name::ProjectName;
use tidegate_engine::{Engine, Settings, World};
use tidegate_ports::{
    Fault, Generation, InstanceSet, Measured, MetricSource, MetricsQuery, Observed, Question, RouteIntent,
    RouteSeen, SecretSource, SmokeOutcome, SmokeQuestion, SmokeTester, Store, Target, TrafficRouter,
};
use tidegate_secrets::{FileVault, KeyFile};
use tidegate_store::audit::{
    Chain, Checkpoint, Hash, Tree, consistency_proof, inclusion_proof, read_checkpoints,
};
use tidegate_store::sqlite::{Exported, Found, Past, Search, SqliteStore};
use tidegate_targets::process::LogQuery;
use tidegate_targets::{BundledFiles, Kept, ProcessTarget, digest_of};
use tidegate_traffic::{GatewayMetrics, GatewayRouter};
use tokio::sync::{Semaphore, mpsc, watch};

use crate::announce::Announcing;
use crate::bundles::{self, Shelved};
use crate::checkpoints::{Checkpoints, Destination, Outgoing};
use crate::flags::{Serving, VariantsMeasured};
use crate::gateway::GatewayStatus;
use crate::inquiries::Inquiries;
use crate::machine::{LogsFound, LogsWanted, Machine, ProofWanted};
use crate::measurements::Measurements;
use crate::notices::NoticeFile;
use crate::options::Outside;
use crate::places::Places;
use crate::secrets::StoredSecrets;
use crate::smoke::{Smokes, Wanted};
use crate::spans::{self, traced};

pub(crate) struct Parts {
    pub engine: Engine,
    pub store: Arc<dyn Store>,
    pub target: Arc<dyn Target>,
    pub shelf: Shelf,
    pub machine: Arc<dyn Machine>,
    pub written: watch::Receiver<u64>,
    pub measured: Arc<Measurements>,
    pub vault: Arc<FileVault>,
    /// The SQLite store itself, for the end of its life.
    pub sqlite: SqliteStore,
    pub checkpoints: Arc<Checkpoints>,
    pub destinations: Vec<Destination>,
    pub guard: Guard,
    pub secrets: Arc<dyn SecretSource>,
    pub inquiries: Arc<Inquiries>,
    /// What the engine wants asked.
    pub questions: mpsc::Receiver<Question>,
    /// Smoke tests that rollouts wait for.
    pub smokes: mpsc::Receiver<Wanted>,
}

pub(crate) async fn compose(
    places: &Places,
    gateway: watch::Receiver<GatewayStatus>,
    (outside, project): (&Outside, Option<&ProjectName>),
    flags: Arc<Serving>,
) -> Result<Parts, Fault> {
    let guard = guard(outside)?;
    let path = places.store();
    let opening = tokio::task::spawn_blocking(move || SqliteStore::open(path));
    let sqlite = opening.await.map_err(ended)??;
    let checkpoints = Arc::new(Checkpoints::open(&places.audit_key(), places.checkpoints(), sqlite.clone())?);
    let outgoing = Outgoing {
        project: project.cloned(),
        guard: guard.clone(),
        secret: places.checkpoints().join("webhook.secret"),
    };
    let destinations = outside.checkpoint_to.iter().map(|to| Destination::parse(to, &outgoing));
    let destinations = destinations.collect::<Result<_, _>>()?;
    let announcing = Announcing::over(Arc::new(sqlite.clone())).await?;
    let (written, measured) = (announcing.written(), announcing.measured());
    let store: Arc<dyn Store> = Arc::new(announcing);
    let vault = Arc::new(FileVault::open(key_file(places))?);
    let secrets = Arc::new(StoredSecrets::new(Arc::clone(&store), Arc::clone(&vault)));
    let shelf = Shelf::open(places.bundles()).map_err(bundles::fault)?;
    let bundled: Arc<dyn BundledFiles> = Arc::new(Shelved(shelf.clone()));
    let processes = Arc::new(ProcessTarget::open_over(places.target(), secrets.clone(), Some(bundled))?);
    let (inquiries, questions) = Inquiries::new(secrets.clone());
    let seat =
        Arc::new(GatewaySeat { gateway, current: Mutex::default(), room: Semaphore::new(GATEWAY_CALLS_MAX) });
    let metrics = MetricsSeat {
        gateway: Arc::clone(&seat),
        variants: VariantsMeasured {
            flags,
            project: project.cloned().unwrap_or_else(ProjectName::first),
            guard: guard.clone(),
            secrets: secrets.clone(),
            room: Semaphore::new(PROMETHEUS_CALLS_MAX),
        },
    };
    let world = World {
        target: Arc::new(TargetSeat { processes: processes.clone(), room: Semaphore::new(TARGET_CALLS_MAX) }),
        router: seat,
        metrics: Arc::new(metrics),
        notifier: Arc::new(NoticeFile { path: places.notices() }),
    };
    let (tester, smokes) = Smokes::new();
    let tester: Arc<dyn SmokeTester> = tester;
    #[cfg(debug_assertions)]
    let (store, world, tester) = crate::crashpoints::around(store, world, tester);
    let settings = Settings {
        holder: format!("srv_{:016x}", rand::random::<u64>()),
        exclusive: true,
        ids: Box::new(rand::random::<u64>),
    };
    let engine = Engine::new(Arc::clone(&store), world, settings)
        .with_vault(Arc::clone(&vault) as _)
        .with_inquirer(Arc::clone(&inquiries) as _)
        .with_tester(tester);
    let machine = Arc::new(ThisMachine {
        processes: processes.clone(),
        sqlite: sqlite.clone(),
        checkpoints: Arc::clone(&checkpoints),
    });
    let target = processes;
    Ok(Parts {
        engine,
        store,
        target,
        shelf,
        machine,
        written,
        measured,
        vault,
        sqlite,
        checkpoints,
        destinations,
        guard,
        secrets,
        inquiries,
        questions,
        smokes,
    })
}

/// The operator's, where one is named; else our own in the data directory.
fn key_file(places: &Places) -> KeyFile {
    let given = std::env::var_os("TIDEGATE_SECRETS_KEY_FILE").filter(|path| !path.is_empty());
    given.map_or_else(|| KeyFile::own(places.secrets_key()), KeyFile::given)
}

fn guard(outside: &Outside) -> Result<Guard, Fault> {
    let allowance = Allowance::parse(outside.allowed_hosts.iter().map(String::as_str));
    let allowance = allowance
        .map_err(|refusal| Fault::hold(refusal.code(), refusal.to_string()).with_help(refusal.help()))?;
    Guard::new(allowance, &Limits::default())
}

/// Everything a data directory's services need to be stopped when no server runs there.
pub(crate) fn open_processes(places: &Places) -> Result<ProcessTarget, Fault> {
    ProcessTarget::open(places.target())
}

fn ended(error: tokio::task::JoinError) -> Fault {
    Fault::hold("task-ended", "a task of the server ended before it was done")
        .with_help("this is a bug in Tidegate: please report it with the server's log")
        .caused_by(error)
}

/// Events that an export reads at once.
const EXPORTED_AT_ONCE: u32 = 500;

struct ThisMachine {
    processes: Arc<ProcessTarget>,
    sqlite: SqliteStore,
    checkpoints: Arc<Checkpoints>,
}

impl ThisMachine {
    /// All that this server signed.
    async fn own_checkpoints(&self) -> Result<Vec<Checkpoint>, Fault> {
        let (directory, key) = (self.checkpoints.directory().to_owned(), self.checkpoints.key());
        let reading = tokio::task::spawn_blocking(move || read_checkpoints(&[directory], &key));
        reading.await.map_err(ended)?.map_err(|error| {
            Fault::hold("checkpoints-unreadable", error.to_string())
                .with_help("look at the directory `checkpoints` of the data directory; keep what is strange for those who look into it")
                .caused_by(error)
        })
    }
}

fn head_of(leaves: &[Hash]) -> Hash {
    let mut tree = Tree::default();
    for leaf in leaves {
        tree.push(*leaf);
    }
    tree.root()
}

#[async_trait]
impl Machine for ThisMachine {
    async fn bring_in(&self, source: Source, expected: Option<String>) -> Result<Option<String>, Fault> {
        let artifacts = self.processes.artifacts().clone();
        let reading = tokio::task::spawn_blocking(move || {
            if matches!(source, Source::Bundled { .. }) {
                return artifacts.take_in(&source);
            }
            let found = digest_of(&source)?;
            if let (Some(expected), Some(found)) = (&expected, &found)
                && expected != found
            {
                return Err(other_digest(&source, expected, found));
            }
            artifacts.admit(&source, found.as_deref())?;
            Ok(found)
        });
        reading.await.map_err(ended)?
    }

    async fn kept(&self, source: Source, digest: String) -> Result<Kept, Fault> {
        let artifacts = self.processes.artifacts().clone();
        let reading = tokio::task::spawn_blocking(move || artifacts.look(&source, &digest));
        reading.await.map_err(ended)?
    }

    async fn logs(&self, wanted: LogsWanted) -> Result<LogsFound, Fault> {
        let LogsWanted { slot, version, ordinal, lines, follow } = wanted;
        let query = LogQuery { slot, version, ordinal, lines, follow };
        let found = self.processes.logs(&query).await?;
        let line =
            |line: tidegate_targets::process::LogLine| LogLine { instance: line.instance, text: line.text };
        let follow = found.follow.map(|mut lines| {
            let (sender, receiver) = tokio::sync::mpsc::channel(64);
            tokio::spawn(async move {
                while let Some(next) = lines.recv().await {
                    if sender.send(line(next)).await.is_err() {
                        return;
                    }
                }
            });
            receiver
        });
        Ok(LogsFound { lines: found.lines.into_iter().map(line).collect(), follow })
    }

    async fn audit(&self, against: Option<Vec<Checkpoint>>) -> Result<Audit, Fault> {
        let against = match against {
            Some(given) => given,
            None => self.own_checkpoints().await?,
        };
        let checkpoints = against.len() as u64;
        let audit = self.sqlite.audit_against(against).await?;
        let (chain, first_bad_position, why) = match audit.chain {
            Chain::Ok => (ChainState::Ok, None, None),
            Chain::Broken { first_bad_position, why } => {
                (ChainState::Broken, Some(first_bad_position), Some(why))
            }
        };
        let head = crate::wire::hex(&audit.head);
        Ok(Audit {
            events: audit.events,
            head,
            chain,
            first_bad_position,
            why,
            checkpoints,
            forgotten_origins: audit.forgotten_origins,
        })
    }

    fn checkpoint(&self) -> CheckpointState {
        let newest = self.checkpoints.newest();
        let sent = self.checkpoints.sent().into_iter();
        CheckpointState {
            key: self.checkpoints.key().to_string(),
            size: newest.as_ref().map(|made| made.size),
            head: newest.as_ref().map(|made| crate::wire::hex(&made.root)),
            note: newest.map(|made| made.note.clone()),
            sent: sent
                .map(|sent| CheckpointSent { to: sent.name, size: sent.size, failure: sent.failure })
                .collect(),
        }
    }

    async fn past(&self, after: u64, before_ms: u64) -> Result<Past, Fault> {
        self.sqlite.past(after, before_ms).await
    }

    async fn forget_origins(&self, after: u64, through: u64) -> Result<u64, Fault> {
        self.sqlite.forget_origins(after, through).await
    }

    async fn search(&self, search: Search) -> Result<Found, Fault> {
        self.sqlite.search(search).await
    }

    async fn export_begins(&self, after: u64) -> Result<Option<(Tree, u64)>, Fault> {
        let (size, _) = self.sqlite.tree_head().await?;
        Ok(self.sqlite.tree_at(after).await?.map(|tree| (tree, size)))
    }

    async fn exported(&self, after: u64, until: u64) -> Result<Vec<Exported>, Fault> {
        self.sqlite.exported(after, until, EXPORTED_AT_ONCE).await
    }

    async fn proof(&self, wanted: ProofWanted) -> Result<Option<Proof>, Fault> {
        let newest = self.checkpoints.newest().map(|made| made.size);
        let size = match wanted.size.or(newest) {
            Some(size) => size,
            None => self.sqlite.tree_head().await?.0,
        };
        let leaves = self.sqlite.leaves(size).await?;
        let index = wanted.position.wrapping_sub(1);
        let hex = |hashes: Vec<Hash>| hashes.iter().map(|hash| crate::wire::hex(hash)).collect::<Vec<_>>();
        let (Some(inclusion), true) = (inclusion_proof(&leaves, index), leaves.len() as u64 == size) else {
            return Ok(None);
        };
        let consistency = match wanted.from {
            Some(from) => match consistency_proof(&leaves, from) {
                Some(proof) => Some(hex(proof)),
                None => return Ok(None),
            },
            None => None,
        };
        Ok(Some(Proof {
            position: wanted.position,
            size,
            head: crate::wire::hex(&head_of(&leaves)),
            leaf: leaves.get(index as usize).map(|leaf| crate::wire::hex(leaf)).unwrap_or_default(),
            inclusion: hex(inclusion),
            from: wanted.from,
            consistency,
        }))
    }

    fn running(&self) -> BTreeMap<SlotId, BTreeMap<String, Observed>> {
        let mut found: BTreeMap<SlotId, BTreeMap<String, Observed>> = BTreeMap::new();
        for version in self.processes.list() {
            let versions = found.entry(version.slot).or_default();
            versions.insert(version.version.to_string(), version.observed);
        }
        found
    }

    fn changed(&self) -> watch::Receiver<u64> {
        self.processes.changed()
    }

    async fn smoke(&self, question: &SmokeQuestion) -> SmokeOutcome {
        self.processes.smoke(question).await
    }

    async fn stop_all(&self) -> Result<(), Fault> {
        self.processes.stop_all().await
    }
}

fn other_digest(source: &Source, expected: &str, found: &str) -> Fault {
    let path = match source {
        Source::Directory(path) | Source::Archive(path) => path.as_str(),
        Source::Bundled { path, .. } => path.as_str(),
        Source::Command => "the command",
    };
    Fault::hold(
        "artifact-digest-mismatch",
        format!("{path} has the digest {found}, but {expected} was given"),
    )
    .with_help("check that it is the file you meant, or leave the digest out")
}

/// Calls to the gateway at once: it takes 64 connections, and others ask it too.
const GATEWAY_CALLS_MAX: usize = 48;
/// A slow Prometheus holds its own rollouts up, and no others.
const PROMETHEUS_CALLS_MAX: usize = 32;
/// Calls to the target at once.
const TARGET_CALLS_MAX: usize = 64;

/// The gateway where it is now: another start may have given it another address.
struct GatewaySeat {
    gateway: watch::Receiver<GatewayStatus>,
    current: Mutex<Option<Seated>>,
    room: Semaphore,
}

#[derive(Clone)]
struct Seated {
    url: String,
    router: Arc<GatewayRouter>,
    metrics: Arc<GatewayMetrics>,
}

impl GatewaySeat {
    fn seated(&self) -> Result<Seated, Fault> {
        let url = self.gateway.borrow().url.clone().ok_or_else(not_yet)?;
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match &*current {
            Some(seated) if seated.url == url => Ok(seated.clone()),
            Some(_) | None => {
                let router = Arc::new(GatewayRouter::new(&url)?);
                let metrics = Arc::new(GatewayMetrics::new(&url)?);
                let seated = Seated { url, router, metrics };
                *current = Some(seated.clone());
                Ok(seated)
            }
        }
    }
}

fn not_yet() -> Fault {
    Fault::retry("gateway-unreachable", "the gateway does not run yet")
        .with_help("GET /api/v1/health says why; its log is gateway/gateway.log in the data directory")
}

/// The target, asked by a bounded number of ticks at once: each call may start processes and read artifacts.
struct TargetSeat {
    processes: Arc<ProcessTarget>,
    room: Semaphore,
}

#[async_trait]
impl Target for TargetSeat {
    async fn ensure(&self, generation: Generation, wanted: &InstanceSet) -> Result<Observed, Fault> {
        let asking = async {
            let _room = self.room.acquire().await;
            self.processes.ensure(generation, wanted).await
        };
        let replicas = wanted.replicas;
        traced(
            spans::target("target ensure", &wanted.slot, Some((&wanted.artifact.version, replicas))),
            asking,
        )
        .await
    }

    async fn observe(&self, slot: &SlotId) -> Result<BTreeMap<String, Observed>, Fault> {
        traced(spans::target("target observe", slot, None), self.processes.observe(slot)).await
    }
}

#[async_trait]
impl TrafficRouter for GatewaySeat {
    async fn apply(&self, generation: Generation, intent: &RouteIntent) -> Result<RouteSeen, Fault> {
        let asking = async {
            let _room = self.room.acquire().await;
            self.seated()?.router.apply(generation, intent).await
        };
        traced(spans::router("router apply", &intent.slot), asking).await
    }

    async fn read(&self, slot: &SlotId) -> Result<Option<RouteSeen>, Fault> {
        let asking = async {
            let _room = self.room.acquire().await;
            self.seated()?.router.read(slot).await
        };
        traced(spans::router("router read", slot), asking).await
    }
}

/// Versions are told apart by the gateway, variants of a flag by the programs that were given them.
struct MetricsSeat {
    gateway: Arc<GatewaySeat>,
    variants: VariantsMeasured,
}

#[async_trait]
impl MetricSource for MetricsSeat {
    async fn measure(&self, query: &MetricsQuery) -> Result<Measured, Fault> {
        match query {
            MetricsQuery::Versions(_) => {
                let _room = self.gateway.room.acquire().await;
                self.gateway.seated()?.metrics.measure(query).await
            }
            MetricsQuery::Variants(query) => self.variants.measure(query).await,
        }
    }
}
