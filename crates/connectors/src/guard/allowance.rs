//! What an administrator opens: hosts by name, networks by CIDR.
//!
//! Invariant: a name opens this machine and private networks, never link-local, reserved or embedded addresses: those
//! take the network itself, so that nobody who answers for a name can point it at a metadata service. Deliberately not
//! here: who may change this list.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::address::{Reach, reach};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a host name, `*.` and a domain, an address, nor a network like 10.1.0.0/16")]
pub struct AllowanceRefusal(String);

impl AllowanceRefusal {
    pub fn code(&self) -> &'static str {
        "allowed-host-malformed"
    }
    pub fn help(&self) -> &'static str {
        "name one host (hooks.corp.example), all below a domain (*.corp.example), or a network (10.1.0.0/16)"
    }
}

/// Empty: only public addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowance {
    names: BTreeSet<String>,
    /// Everything below these, with the dot: `.corp.example`.
    domains: BTreeSet<String>,
    networks: Vec<IpNet>,
}

impl Allowance {
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, AllowanceRefusal> {
        let mut allowance = Self::default();
        for entry in entries {
            allowance.add(entry.trim())?;
        }
        Ok(allowance)
    }

    fn add(&mut self, entry: &str) -> Result<(), AllowanceRefusal> {
        if let Ok(network) = entry.parse::<IpNet>() {
            self.networks.push(network.trunc());
        } else if let Ok(address) = entry.parse::<IpAddr>() {
            self.networks.push(address.into());
        } else if let Some(domain) = entry.strip_prefix("*.").filter(|domain| is_name(domain)) {
            self.domains.insert(format!(".{}", plain(domain)));
        } else if is_name(entry) {
            self.names.insert(plain(entry));
        } else {
            return Err(AllowanceRefusal(entry.to_owned()));
        }
        Ok(())
    }

    /// Whether a connection to the address, for this host, may be made; else where it would lead.
    pub fn permits(&self, host: &str, address: IpAddr) -> Result<(), Reach> {
        let reach = reach(address);
        let by_name = match reach {
            Reach::Public => return Ok(()),
            Reach::Loopback | Reach::Private => self.names_host(host),
            Reach::LinkLocal | Reach::Special | Reach::Embedded => false,
        };
        let by_network = self.networks.iter().any(|network| network.contains(&address));
        if by_name || by_network { Ok(()) } else { Err(reach) }
    }

    fn names_host(&self, host: &str) -> bool {
        let host = plain(host);
        let below = |domain: &String| host.len() > domain.len() && host.ends_with(domain.as_str());
        self.names.contains(&host) || self.domains.iter().any(below)
    }
}

fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// Letters, digits and hyphens between dots; the last label is no number, or it would be an address.
fn is_name(name: &str) -> bool {
    let labels = || plain(name).split('.').map(str::to_owned).collect::<Vec<_>>();
    let is_label = |label: &String| {
        let hyphens = label.starts_with('-') || label.ends_with('-');
        let letters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        (1..=63).contains(&label.len()) && letters && !hyphens
    };
    let numeric = |label: &String| label.bytes().all(|byte| byte.is_ascii_digit()) || label.starts_with("0x");
    name.len() <= 253 && labels().iter().all(is_label) && !labels().last().is_some_and(numeric)
}
