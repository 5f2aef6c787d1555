//! Loopback ports for instances.
//!
//! Invariant: no two instances hold one port, and a port given back is not given out again for a while: a router that
//! has not heard yet must not reach another version there. Deliberately not here: ports of the gateway.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tidegate_ports::Fault;

/// Below the range from which the kernel takes source ports for outgoing connections (32768 and up by default), so
/// that no client's connection sits on a port between our looking and the service's binding.
const FIRST: u16 = 20_000;
const LAST: u16 = 32_700;
const REST: Duration = Duration::from_mins(5);

pub(crate) struct Ports {
    /// None while an instance has it, else since when it rests.
    given: Mutex<BTreeMap<u16, Option<Instant>>>,
    /// Where the next search starts.
    next: Mutex<u16>,
}

impl Ports {
    /// Different seeds keep two targets on one machine apart.
    pub(crate) fn new(seed: &str) -> Self {
        let sum = seed.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        let next = FIRST + (sum % u32::from(LAST - FIRST)) as u16;
        Self { given: Mutex::default(), next: Mutex::new(next) }
    }

    /// A port nobody listens on just now.
    pub(crate) fn take(&self) -> Result<u16, Fault> {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in FIRST..=LAST {
            let port = *next;
            *next = if port == LAST { FIRST } else { port + 1 };
            let rested =
                given.get(&port).is_none_or(|since| since.is_some_and(|since| since.elapsed() > REST));
            if rested && is_free(port) {
                given.insert(port, None);
                return Ok(port);
            }
        }
        Err(Fault::retry("no-free-port", format!("no loopback port from {FIRST} to {LAST} is free"))
            .with_help("stop what listens there; `tidegate env` lists what Tidegate runs"))
    }

    /// For an instance that was found running.
    pub(crate) fn hold(&self, port: u16) {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).insert(port, None);
    }

    pub(crate) fn give_back(&self, port: u16) {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).insert(port, Some(Instant::now()));
    }
}

/// Whether a program could listen there now, on this address or on all.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
        && TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_once_and_rests_afterwards() {
        let ports = Ports::new("test");
        let first = ports.take().unwrap();
        ports.give_back(first);
        let taken: Vec<u16> = (0..50).map(|_| ports.take().unwrap()).collect();
        assert!(!taken.contains(&first));
        assert_eq!(taken.iter().collect::<std::collections::BTreeSet<_>>().len(), 50);
    }

    #[test]
    fn a_port_somebody_listens_on_is_passed_over() {
        let ports = Ports::new("other");
        let taken = ports.take().unwrap();
        let ahead = *ports.next.lock().unwrap();
        let Ok(_listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, ahead)) else { return };
        assert!(!is_free(ahead));
        assert_ne!(ports.take().unwrap(), ahead);
        assert_ne!(taken, ahead);
    }
}
