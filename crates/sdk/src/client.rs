//! A client: asks for flags in process, and follows them on a thread of its own.
//!
//! Invariant: asking works from any thread, with or without a runtime, from the moment there is a client; it never waits.
//! The thread ends with the last copy of the client. Deliberately not here: following (`follow`).

use std::sync::{Arc, mpsc};
use std::time::Duration;

use serde_json::Value;
use tidegate_flags::{Context, Details, Resolved};
use tokio::runtime::{Builder, Handle};
use tokio::sync::watch;

use crate::changes::Changes;
use crate::evaluation::Evaluation;
use crate::follow::{BadSources, Follower};
use crate::options::Options;
use crate::shared::{Learning, Shared, now_ms};

/// Beyond what the last report takes at most.
const ENDING: Duration = Duration::from_secs(5);

/// Flags of one environment. Copies are the same client.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    following: Arc<Following>,
}

struct Following {
    stop: watch::Sender<bool>,
    runtime: Handle,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// There are no flags to ask for yet. What is asked meanwhile is answered with the caller's default.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no flags were learnt within {} s{}", waited.as_secs_f32(), because(trouble.as_deref()))]
pub struct NotReady {
    pub waited: Duration,
    /// What is in the way, where that is known.
    pub trouble: Option<String>,
}

fn because(trouble: Option<&str>) -> String {
    trouble.map_or_else(String::new, |trouble| format!(": {trouble}"))
}

impl Client {
    /// Begins to follow, and knows at once what an earlier start kept. It does not wait for a server: see
    /// [`ready`](Self::ready).
    pub fn start(options: Options) -> Result<Self, BadSources> {
        let shared = Arc::new(Shared::new());
        let mut follower = Follower::new(options.sources, Learning(Arc::clone(&shared)))?;
        follower.remember();
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|_| BadSources::Thread)?;
        let (stop, mut stopping) = watch::channel(false);
        let following = Arc::new(Following { stop, runtime: runtime.handle().clone() });
        let ending = Ending(Arc::clone(&shared));
        let thread = std::thread::Builder::new().name("tidegate-flags".to_owned());
        let run = move || {
            let _told_at_its_end = ending;
            runtime.block_on(follower.run(async { _ = stopping.wait_for(|stop| *stop).await }));
        };
        thread.spawn(run).map_err(|_| BadSources::Thread)?;
        Ok(Self { shared, following })
    }

    /// A context at the present time, without a subject. Rules read its time, so make one for each request.
    pub fn context(&self) -> Context {
        Context::at((now_ms() / 1_000).cast_signed())
    }

    pub fn boolean(&self, key: &str, context: &Context, default: bool) -> bool {
        self.shared.ask(key, context, |details| details.boolean(default).value)
    }

    pub fn string(&self, key: &str, context: &Context, default: &str) -> String {
        self.shared.ask(key, context, |details| details.string(default).value.to_owned())
    }

    /// A number without a fraction. `2.0` is one.
    pub fn integer(&self, key: &str, context: &Context, default: i64) -> i64 {
        self.shared.ask(key, context, |details| details.integer(default).value)
    }

    pub fn float(&self, key: &str, context: &Context, default: f64) -> f64 {
        self.shared.ask(key, context, |details| details.float(default).value)
    }

    /// An object or a list.
    pub fn object(&self, key: &str, context: &Context, default: &Value) -> Value {
        self.shared.ask(key, context, |details| details.object(default).value.clone())
    }

    pub fn boolean_details(&self, key: &str, context: &Context, default: bool) -> Evaluation<bool> {
        self.details((key, context), |details| details.boolean(default))
    }

    pub fn string_details(&self, key: &str, context: &Context, default: &str) -> Evaluation<String> {
        self.shared.ask(key, context, |details| {
            let Resolved { value, details } = details.string(default);
            self.told(value.to_owned(), &details)
        })
    }

    pub fn integer_details(&self, key: &str, context: &Context, default: i64) -> Evaluation<i64> {
        self.details((key, context), |details| details.integer(default))
    }

    pub fn float_details(&self, key: &str, context: &Context, default: f64) -> Evaluation<f64> {
        self.details((key, context), |details| details.float(default))
    }

    pub fn object_details(&self, key: &str, context: &Context, default: &Value) -> Evaluation<Value> {
        self.shared.ask(key, context, |details| {
            let Resolved { value, details } = details.object(default);
            self.told(value.clone(), &details)
        })
    }

    /// Whatever type it has; none where the caller's default holds.
    pub fn evaluate(&self, key: &str, context: &Context) -> Evaluation<Option<Value>> {
        self.shared.ask(key, context, |details| self.told(details.value().cloned(), &details))
    }

    /// Whatever is wanted of an answer, without copying it.
    pub fn with<T>(&self, key: &str, context: &Context, read: impl FnOnce(Details<'_>) -> T) -> T {
        self.shared.ask(key, context, read)
    }

    /// How one request went for whom the flag gave this variant: whether well, and how long it took ([`Duration::ZERO`]
    /// where nobody looked). Counted here and told every few seconds, so that a rollout that shows the flag is judged by
    /// it.
    pub fn outcome(&self, key: &str, variant: &str, is_ok: bool, took: Duration) {
        self.shared.outcomes.count((key, variant), is_ok, took);
    }

    /// For how long it has not been known that nothing newer is there; none while all is well.
    pub fn stale_for(&self) -> Option<Duration> {
        self.shared.freshness.stale_for()
    }

    /// What is in the way of learning, for people; none while all is well.
    pub fn trouble(&self) -> Option<String> {
        Option::clone(&self.shared.trouble.load())
    }

    /// Whether there are flags to ask for, from a server or from the copy of an earlier start.
    pub fn is_ready(&self) -> bool {
        self.shared.is_ready()
    }

    /// Waits until there are.
    pub async fn ready(&self, within: Duration) -> Result<(), NotReady> {
        // On the client's own thread: the caller's runtime, if there is one, may have no timers.
        let waiting = self.following.runtime.spawn(until_ready(Arc::clone(&self.shared), within));
        let _ended = waiting.await;
        self.or_not_ready(within)
    }

    /// As [`ready`](Self::ready), for threads.
    pub fn wait_ready(&self, within: Duration) -> Result<(), NotReady> {
        let (tell, told) = mpsc::channel();
        let shared = Arc::clone(&self.shared);
        self.following.runtime.spawn(async move {
            until_ready(shared, within).await;
            let _heard = tell.send(());
        });
        let _ready_or_not = told.recv_timeout(within);
        self.or_not_ready(within)
    }

    fn or_not_ready(&self, waited: Duration) -> Result<(), NotReady> {
        if self.is_ready() { Ok(()) } else { Err(NotReady { waited, trouble: self.trouble() }) }
    }

    /// What changes from now on.
    pub fn changes(&self) -> Changes {
        Changes::from_now(&self.shared, self.following.runtime.clone())
    }

    /// Reports a last time how flags were used, and follows no longer. What is known can still be asked for, and grows old.
    pub async fn stop(&self) {
        self.following.stop.send_replace(true);
        let mut told = self.shared.told.subscribe();
        let shared = Arc::clone(&self.shared);
        let _ended = told.wait_for(|_| shared.has_ended()).await;
    }

    /// As [`stop`](Self::stop), for threads.
    pub fn wait_stop(&self) {
        let (tell, told) = mpsc::channel::<()>();
        let mut ended = self.shared.told.subscribe();
        let shared = Arc::clone(&self.shared);
        // Dropped with the thread's runtime, if that is gone first or already.
        self.following.runtime.spawn(async move {
            let _tells_by_its_end = tell;
            let _ended = ended.wait_for(|_| shared.has_ended()).await;
        });
        self.following.stop.send_replace(true);
        let _ended_or_late = told.recv_timeout(ENDING);
    }

    /// An answer that was read [`with`](Self::with) its details, with everything that is known about it.
    pub fn told<T>(&self, value: T, details: &Details<'_>) -> Evaluation<T> {
        Evaluation::of(value, details, self.stale_for().map(|since| since.as_secs()))
    }

    fn details<T>(
        &self,
        (key, context): (&str, &Context),
        read: impl FnOnce(Details<'_>) -> Resolved<'_, T>,
    ) -> Evaluation<T> {
        self.shared.ask(key, context, |details| {
            let Resolved { value, details } = read(details);
            self.told(value, &details)
        })
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let flags = self.shared.held.load().set.len();
        out.debug_struct("Client")
            .field("flags", &flags)
            .field("stale_for", &self.stale_for())
            .finish_non_exhaustive()
    }
}

/// However the thread ends.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

async fn until_ready(shared: Arc<Shared>, within: Duration) {
    let mut told = shared.told.subscribe();
    let wanted = || shared.is_ready() || shared.has_ended();
    let _in_time = tokio::time::timeout(within, told.wait_for(|_| wanted())).await;
}
