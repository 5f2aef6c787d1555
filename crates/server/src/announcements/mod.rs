//! Announcements out: told when their moment has come, and carried to everybody they are for.
//!
//! Invariant: whom an announcement goes to is written in the transaction that tells it, and each attempt is written before it
//! is made; so after any end of the process each letter goes on under its own id, and one whose arrival is written never goes
//! again. A channel that hangs holds up neither the others nor anything else. Deliberately not here: what may be announced (the
//! domain), the words of mail and rooms (`connectors`), requests (`routes`).

pub(crate) mod doors;
pub(crate) mod feedback;
mod follow;
pub(crate) mod letters;
mod of_plans;
mod ready;
mod secrets;
mod sending;
pub(crate) mod subscribers;
pub(crate) mod truth;
mod window;
pub(crate) mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tidegate_api::AnnouncementDelivery;
use tidegate_connectors::guard::Guard;
use tidegate_connectors::link::LinkKey;
use tidegate_connectors::mail::{Post, Times};
use tidegate_domain::announcement::{AnnouncementId, Setup};
use tidegate_ports::Fault;

use crate::app::App;
use crate::each::Each;
pub(crate) use ready::{addresses, audience_note};
pub(crate) use secrets::ChannelSecret;
pub(crate) use sending::test;
pub(crate) use window::Window;

const LOOK: Duration = Duration::from_secs(1);

/// What telling needs, and the letters that have not arrived.
pub(crate) struct Herald {
    guard: Guard,
    post: tokio::sync::OnceCell<Post>,
    pub links: LinkKey,
    /// Where this server is reached by itself, without a slash at its end.
    server: String,
    /// Held while a letter's row is read and written anew.
    writing: tokio::sync::Mutex<()>,
    /// Held while an answer of a user is looked for and kept; when the last one came.
    answering: tokio::sync::Mutex<u64>,
    pub doors: doors::Doors,
    /// By id, those that wait and those that were given up; read from the store when the server starts.
    open: Mutex<BTreeMap<String, AnnouncementDelivery>>,
    /// Whose letters memory does not hold yet: none until it was read, then those that are told at this moment.
    unread: Mutex<Unread>,
}

#[derive(Default)]
struct Unread {
    was_read: bool,
    telling: BTreeSet<String>,
}

pub(crate) struct Known {
    was_read: bool,
    telling: BTreeSet<String>,
}

impl Known {
    pub fn holds(&self, announcement: &str) -> bool {
        self.was_read && !self.telling.contains(announcement)
    }
}

impl Herald {
    pub fn new(guard: Guard, key: &Path, server: &str) -> Result<Self, Fault> {
        Ok(Self {
            guard,
            post: tokio::sync::OnceCell::new(),
            links: LinkKey::new(secrets::own_key(key)?),
            server: server.trim_end_matches('/').to_owned(),
            writing: tokio::sync::Mutex::default(),
            answering: tokio::sync::Mutex::default(),
            doors: doors::Doors::default(),
            open: Mutex::default(),
            unread: Mutex::default(),
        })
    }

    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Made when it is first needed: it reads the system's certificates.
    async fn post(&self) -> Result<&Post, Fault> {
        self.post.get_or_try_init(async || Post::new(self.guard.clone(), &[], Times::default())).await
    }

    fn open(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, AnnouncementDelivery>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unread(&self) -> std::sync::MutexGuard<'_, Unread> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of which announcements memory holds everything that is open. To be asked before it is counted: what is known then is
    /// counted after.
    pub fn known(&self) -> Known {
        let unread = self.unread();
        Known { was_read: unread.was_read, telling: unread.telling.clone() }
    }

    /// Where the public routes of this project are.
    pub fn public(&self, app: &App, setup: &Setup) -> String {
        let own = setup.page().and_then(|(_, page)| page.url.as_deref());
        let server = own.map_or(self.server.as_str(), |url| url.trim_end_matches('/'));
        let project = app.engine.project();
        if project.is_first() {
            format!("{server}/public")
        } else {
            format!("{server}/public/projects/{project}")
        }
    }

    pub fn announcement_url(&self, app: &App, setup: &Setup, id: &AnnouncementId) -> String {
        format!("{}/announcements/{id}", self.public(app, setup))
    }
}

/// Reads what waits, then keeps a task for each channel and one that tells.
pub(crate) async fn run(app: Arc<App>) {
    while let Err(fault) = letters::load(&app).await {
        tracing::warn!(code = fault.code, %fault, "letters could not be read");
        tokio::time::sleep(LOOK).await;
    }
    tokio::join!(follow::follow(Arc::clone(&app)), send(app));
}

async fn send(app: Arc<App>) {
    let mut written = app.written.clone();
    let mut each = Each::default();
    loop {
        written.mark_unchanged();
        match app.engine.announcements_setup().await {
            Ok(setup) => {
                // Its task looks at a channel's settings anew before each use: one that is set anew goes on with what it does.
                let wanted = setup.channels.keys().map(|name| (name.clone(), ())).collect();
                each.keep(wanted, |name, ()| tokio::spawn(sending::send(Arc::clone(&app), name.clone())));
            }
            Err(fault) => tracing::warn!(code = fault.code, %fault, "channels could not be read"),
        }
        tokio::select! {
            changed = written.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(LOOK) => {}
        }
        // Changes that come together are looked at together.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
