//! What a connection's task and its requests tell one another.
//!
//! Invariant: `open` is the number of requests whose response has not ended.
//! Not here: polling anything (`connection`).

use super::stream::Activity;
use crate::deadline::Deadline;
use crate::worker::Worker;
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

pub(crate) struct ClientState {
    pub worker: Rc<Worker>,
    /// The address as routes name it.
    pub listen: SocketAddr,
    /// The client's address without its port, as text for `X-Forwarded-For`.
    pub address: String,
    pub activity: Arc<Activity>,
    pub deadline: Deadline,
    id: Cell<u64>,
    open: Cell<usize>,
    served: Cell<u64>,
    stop: Cell<bool>,
    http2: Cell<bool>,
}

/// What the connection waits for; the deadline starts anew when it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// For the next request, after so many.
    Idle { served: u64 },
    /// For the rest of a head.
    Head { served: u64 },
    /// For the client to take what was written.
    Blocked { written: u64 },
    /// For the client to stop sending a body nobody wants.
    Lingering,
    /// For nothing here: a request is being served and has deadlines of its own.
    Serving,
}

/// Held by a response's body.
pub(crate) struct Open(Rc<ClientState>);

impl ClientState {
    pub fn new(worker: &Rc<Worker>, listen: SocketAddr, peer: SocketAddr) -> Rc<ClientState> {
        let state = Rc::new(ClientState {
            worker: Rc::clone(worker),
            listen,
            address: peer.ip().to_canonical().to_string(),
            activity: Arc::default(),
            deadline: worker.deadline(),
            id: Cell::new(0),
            open: Cell::new(0),
            served: Cell::new(0),
            stop: Cell::new(worker.stopping()),
            http2: Cell::new(false),
        });
        state.id.set(worker.register(&state));
        state
    }

    pub fn begin(self: &Rc<Self>) -> Open {
        self.open.set(self.open.get() + 1);
        self.activity.head_is_whole();
        Open(Rc::clone(self))
    }

    /// Bytes between requests are then frames of the connection, not the beginning of a head.
    pub fn speaks_http2(&self) {
        self.http2.set(true);
    }

    /// No further request after those under way.
    pub fn stop(&self) {
        self.stop.set(true);
        self.deadline.wake();
    }

    pub fn is_stopped(&self) -> bool {
        self.stop.get()
    }

    pub fn phase(&self) -> Phase {
        let served = self.served.get();
        if self.activity.is_lingering() {
            Phase::Lingering
        } else if self.activity.is_blocked() {
            Phase::Blocked { written: self.activity.written() }
        } else if self.open.get() > 0 {
            Phase::Serving
        } else if self.activity.head_begun() && !self.http2.get() {
            Phase::Head { served }
        } else {
            Phase::Idle { served }
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let open = self.0.open.get() - 1;
        self.0.open.set(open);
        if open == 0 {
            self.0.served.set(self.0.served.get() + 1);
            self.0.activity.head_is_whole();
        }
    }
}

impl Drop for ClientState {
    fn drop(&mut self) {
        self.worker.forget(self.id.get());
    }
}
