//! Ports for the API and the gateway's routes.
//!
//! Invariant: no two tests on this machine are given one port, whatever processes they run in. Deliberately not here:
//! ports of services (the process target takes those from 20000 up).

use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// Below the target's, and below those the kernel takes for outgoing connections.
const FIRST: u16 = 10_000;
const COUNT: u16 = 9_900;

/// Held until dropped.
#[derive(Debug)]
pub struct Ports {
    numbers: Vec<u16>,
    locks: Vec<UdpSocket>,
}

impl Ports {
    /// The UDP port of the same number is the lock: the system lets one process have it, and takes it back in any case.
    pub fn reserve(count: usize) -> Self {
        let start = std::process::id().wrapping_mul(97);
        let candidates =
            (0..COUNT).map(|step| FIRST + (start.wrapping_add(u32::from(step)) % u32::from(COUNT)) as u16);
        let mut ports = Self { numbers: Vec::new(), locks: Vec::new() };
        for port in candidates {
            if ports.numbers.len() == count {
                break;
            }
            let Ok(lock) = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)) else { continue };
            if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
                ports.numbers.push(port);
                ports.locks.push(lock);
            }
        }
        assert_eq!(ports.numbers.len(), count, "no {count} ports are free from {FIRST} up");
        ports
    }

    pub fn get(&self, index: usize) -> u16 {
        self.numbers[index]
    }

    pub fn all(&self) -> &[u16] {
        &self.numbers
    }
}
