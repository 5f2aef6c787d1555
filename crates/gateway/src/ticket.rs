//! A request on its way through one version of a route: counted when it begins, when it is answered and
//! when it ends.
//!
//! Invariant: `in_flight` is raised when a ticket is made and lowered once, when it is closed or dropped;
//! a ticket holds the table it was chosen from, so a request ends by the rules it began with.
//! Not here: choosing (`data::select`).

use crate::counters::{Outcome, Shard};
use crate::table::compiled::{CompiledRoute, CompiledVersion};
use crate::worker::{OwnTable, Worker};
use std::rc::Rc;
use std::time::Instant;

/// A route in the table of a worker.
#[derive(Clone)]
pub(crate) struct RouteRef {
    table: Rc<OwnTable>,
    index: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Live,
    Mirror,
}

pub(crate) struct Ticket {
    route: RouteRef,
    version: usize,
    worker: Rc<Worker>,
    kind: Kind,
    began: Instant,
    status: Option<u16>,
    /// An attempt of it failed.
    failed: bool,
    open: bool,
}

impl RouteRef {
    pub fn new(table: Rc<OwnTable>, index: usize) -> RouteRef {
        RouteRef { table, index }
    }
}

impl std::ops::Deref for RouteRef {
    type Target = CompiledRoute;

    fn deref(&self) -> &CompiledRoute {
        self.table.route(self.index)
    }
}

impl Ticket {
    pub fn new(route: RouteRef, version: usize, worker: &Rc<Worker>, kind: Kind) -> Ticket {
        let ticket = Ticket {
            route,
            version,
            worker: Rc::clone(worker),
            kind,
            began: Instant::now(),
            status: None,
            failed: false,
            open: true,
        };
        ticket.shard().begin();
        worker.in_flight.set(worker.in_flight.get() + 1);
        ticket
    }

    pub fn route(&self) -> &RouteRef {
        &self.route
    }

    pub fn version(&self) -> &CompiledVersion {
        &self.route.versions[self.version]
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn worker(&self) -> &Rc<Worker> {
        &self.worker
    }

    pub fn answered(&mut self, status: u16) {
        if self.status.replace(status).is_none() {
            let (took, after_failure) = (self.began.elapsed(), self.failed);
            self.shard().answered(Outcome { status, took, after_failure });
        }
    }

    pub fn retried(&self) {
        self.shard().retried();
    }

    /// The service gave an attempt no usable answer.
    pub fn attempt_failed(&mut self) {
        self.failed = true;
        self.shard().attempt_failed();
    }

    /// The service broke off what had begun well.
    pub fn broken_off(&self) {
        if self.status.is_some_and(|status| status < 500) {
            self.shard().broken_off(self.failed);
        }
    }

    pub fn close(&mut self) {
        if std::mem::replace(&mut self.open, false) {
            self.shard().end();
            self.worker.in_flight.set(self.worker.in_flight.get() - 1);
        }
    }

    fn shard(&self) -> &Shard {
        let meter = &self.version().meter;
        match self.kind {
            Kind::Live => meter.live(self.worker.index),
            Kind::Mirror => meter.mirror(self.worker.index),
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.status.is_none() {
            self.shard().aborted();
        }
        self.close();
    }
}
