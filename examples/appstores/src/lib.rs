//! Both app stores on one address, to practise on: phased releases of App Store Connect, staged rollouts of Google Play.
//!
//! Invariant: what the real one refuses is refused here, with its status and form; whoever asks has to sign as there. Deliberately
//! not here: uploading, review (a version is approved by hand), and everything else that stores do.

mod apple;
mod google;
mod keys;
mod trouble;

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use apple::{App, Phased, Version};
pub use google::Play;
pub use keys::{ISSUER, KEY_ID, Keys};
pub use trouble::Trouble;

/// Everything that the stores hold.
pub struct Shelf {
    pub app: App,
    pub play: Play,
    /// What happens to the next questions instead of an answer, one after the other; none is an answer.
    pub troubles: VecDeque<Option<Trouble>>,
}

struct Shared {
    shelf: Mutex<Shelf>,
    keys: Keys,
    base: String,
}

impl Shared {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Both stores, served until this is dropped.
pub struct Stores {
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl Stores {
    /// An app of each, `1` and `com.example.shop`, both with 1.0.0 released and 1.1.0 waiting.
    pub async fn open(listen: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let base = format!("http://{}", listener.local_addr()?);
        let keys = Keys::new(&base).map_err(|_| io::Error::other("no keys could be made"))?;
        let shelf = Shelf { app: App::practice(), play: Play::practice(), troubles: VecDeque::new() };
        let shared = Arc::new(Shared { shelf: Mutex::new(shelf), keys, base });
        let stores = Router::new().merge(apple::routes()).merge(google::routes());
        let stores = stores.layer(middleware::from_fn_with_state(Arc::clone(&shared), trouble::instead));
        let router = stores.route("/practice/days/{days}", post(days)).with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self { shared, serving })
    }

    pub fn base(&self) -> &str {
        &self.shared.base
    }

    pub fn keys(&self) -> &Keys {
        &self.shared.keys
    }

    /// To look at, and to change by hand.
    pub fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shared.shelf()
    }

    pub async fn serve(&mut self) {
        drop((&mut self.serving).await);
    }
}

impl Drop for Stores {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Lets days pass in the App Store.
async fn days(State(shared): State<Arc<Shared>>, Path(days): Path<u16>) -> StatusCode {
    shared.shelf().app.pass(days.min(1_000));
    StatusCode::NO_CONTENT
}
