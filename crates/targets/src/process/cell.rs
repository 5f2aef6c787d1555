//! An instance as others see it: what it shows, and how it is asked to stop.
//!
//! Invariant: only the task that owns the instance changes what is shown. Deliberately not here: that task.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tidegate_domain::id::SlotId;
use tidegate_domain::name::Version;
use tidegate_ports::{Instance, InstanceState, SecretSource, StartedWith};
use tokio::sync::watch;

use super::ports::Ports;

/// What all instances of a target share.
pub(crate) struct Common {
    pub(crate) owner: String,
    pub(crate) boot: String,
    pub(crate) ports: Ports,
    pub(crate) secrets: Arc<dyn SecretSource>,
    /// Counts changes of any instance.
    pub(crate) changed: watch::Sender<u64>,
}

/// What others see of an instance, and how they ask it to stop.
pub(crate) struct Cell {
    view: Mutex<Instance>,
    gone: AtomicBool,
    stop: watch::Sender<bool>,
}

pub(crate) struct Shown<'a> {
    pub(crate) state: InstanceState,
    pub(crate) reason: &'a str,
    pub(crate) restarts: u32,
    /// Its id and port.
    pub(crate) process: Option<(u32, u16)>,
    pub(crate) started_with: Option<StartedWith>,
}

impl Cell {
    pub(crate) fn new(name: String, ordinal: u32) -> Self {
        let view = Instance {
            name,
            ordinal,
            address: None,
            state: InstanceState::Starting,
            restarts: 0,
            reason: "is being started".to_owned(),
            process: None,
            started_with: None,
        };
        Self { view: Mutex::new(view), gone: AtomicBool::new(false), stop: watch::Sender::new(false) }
    }
    /// True where that is news.
    pub(crate) fn show(&self, now: &Shown<'_>) -> bool {
        let mut view = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        let new = Instance {
            name: view.name.clone(),
            ordinal: view.ordinal,
            address: now.process.map(|(_, port)| format!("127.0.0.1:{port}")),
            state: now.state,
            restarts: now.restarts,
            reason: now.reason.to_owned(),
            process: now.process.map(|(pid, _)| pid),
            started_with: now.started_with.clone(),
        };
        let news = *view != new;
        *view = new;
        news
    }
    pub(crate) fn set_gone(&self) {
        self.gone.store(true, Ordering::Release);
    }
    pub(crate) fn view(&self) -> Instance {
        self.view.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    pub(crate) fn gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }
    pub(crate) fn ask_to_stop(&self) {
        self.stop.send_replace(true);
    }
    pub(crate) fn stop_asked(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }
    pub(crate) fn asked_to_stop(&self) -> bool {
        *self.stop.borrow()
    }
}

/// `api-1.2.0-0`
pub(crate) fn name(slot: &SlotId, version: &Version, ordinal: u32) -> String {
    format!("{}-{version}-{ordinal}", slot.component)
}
