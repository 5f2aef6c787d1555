//! One worker's connections to services, kept for the next request.
//!
//! Invariant: no lock and no other thread; a connection is lent to one exchange at a time; at most
//! `IDLE_MAX` wait per endpoint, none longer than `IDLE_AGE`, none for an endpoint no table names.
//! Not here: opening connections (`exchange`).

use bytes::BytesMut;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

const IDLE_MAX: usize = 512;

/// Below the five seconds after which common servers (Node, uvicorn) close an idle connection, so that
/// the gateway is the one to close and no request meets a closing connection.
const IDLE_AGE: Duration = Duration::from_secs(4);

/// A larger buffer is not kept with an idle connection.
const KEPT_BYTES_MAX: usize = 16 * 1024;

/// A connection to a service and what was read from it but not used.
#[derive(Debug)]
pub(crate) struct Stream {
    pub tcp: TcpStream,
    pub buffer: BytesMut,
}

#[derive(Default)]
pub(crate) struct Pool {
    /// They are few, and comparing is cheaper than hashing.
    endpoints: RefCell<BTreeMap<SocketAddr, Rc<EndpointPool>>>,
}

#[derive(Default)]
pub(crate) struct EndpointPool {
    idle: RefCell<Vec<(Stream, Instant)>>,
    /// Exchanges of this worker under way with the endpoint.
    pub open: Cell<usize>,
}

impl Pool {
    pub fn endpoint(&self, address: SocketAddr) -> Rc<EndpointPool> {
        Rc::clone(self.endpoints.borrow_mut().entry(address).or_default())
    }

    /// Closes what has waited too long, and everything to addresses that no table names.
    pub fn tidy(&self, now: Instant, named: &HashSet<SocketAddr>) {
        self.endpoints.borrow_mut().retain(|address, pool| {
            let used = named.contains(address);
            pool.idle
                .borrow_mut()
                .retain(|(_, since)| used && now.saturating_duration_since(*since) < IDLE_AGE);
            used || pool.open.get() > 0
        });
    }
}

impl EndpointPool {
    /// The connection used last, if it still seems open. `certain` asks the operating system, for
    /// requests that could not be tried again.
    pub fn take(&self, now: Instant, certain: bool) -> Option<Stream> {
        loop {
            let (stream, since) = self.idle.borrow_mut().pop()?;
            if now.saturating_duration_since(since) < IDLE_AGE && stream.is_quiet(certain) {
                return Some(stream);
            }
        }
    }

    pub fn put(&self, mut stream: Stream, now: Instant) {
        let mut idle = self.idle.borrow_mut();
        if idle.len() < IDLE_MAX && stream.buffer.is_empty() {
            if stream.buffer.capacity() > KEPT_BYTES_MAX {
                stream.buffer = BytesMut::new();
            }
            idle.push((stream, now));
        }
    }
}

impl Stream {
    pub fn new(tcp: TcpStream) -> Stream {
        Stream { tcp, buffer: BytesMut::new() }
    }

    /// Nothing to read: neither an end nor bytes that nobody asked for.
    fn is_quiet(&self, certain: bool) -> bool {
        let mut byte = [0];
        let seen = if certain {
            socket2::SockRef::from(&self.tcp).peek(&mut [std::mem::MaybeUninit::uninit()])
        } else {
            self.tcp.try_read(&mut byte)
        };
        seen.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }
}
