//! Routes, and that no two of them answer the same requests.
//!
//! Invariant: by the gateway's rule two routes clash where address, path (a slash at its end aside) and some host, or
//! the absence of hosts, are the same; and one port cannot be listened on both at one address and at all of them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use tidegate_domain::environment::{RouteSpec, Sticky};

use crate::diagnostic::quoted;
use crate::problems::{Problems, Wrong};
use crate::written::entries::too_many;
use crate::written::environment::{RouteText, StickyText};
use crate::written::form::At;
use crate::written::scalar::read_or;

const HOSTS_MAX: usize = 64;

#[derive(Default)]
pub struct Routes {
    /// Listen address, path and host; empty for all hosts.
    taken: BTreeMap<(SocketAddr, String, String), String>,
    listening: BTreeMap<u16, (SocketAddr, String)>,
    /// Listen address and path.
    previews: BTreeMap<(SocketAddr, String), String>,
}

impl Routes {
    pub fn read(&mut self, owner: &str, route: &At<RouteText>, problems: &mut Problems) -> Option<RouteSpec> {
        let text = &route.value;
        let written = problems.required(route.place, "listen: 127.0.0.1:8080", text.listen.as_ref());
        let listen = written.and_then(|address| address.read(problems));
        let path = read_or(text.path.as_ref(), "/".to_owned(), problems);
        let strip_prefix = read_or(text.strip_path.as_ref(), false, problems);
        let hosts = hosts(text, problems);
        let sticky = text.sticky.as_ref().map(|text| sticky(text, problems));
        let (written, listen) = (written?, listen?);
        let path_prefix = trimmed(&path);
        let place = text.path.as_ref().map_or(written.place, |path| path.place);
        if let Some(first) = self.claim(owner, listen, &path_prefix, &hosts) {
            let message =
                format!("`{first}` and `{owner}` would answer the same requests at {listen}{path_prefix}");
            let suggestion = "give one of them another `listen` address, `path` or `hosts`";
            problems.add(place, Wrong::new("route-taken", message, suggestion));
        }
        if let Some((other, first)) = self.listen(owner, listen) {
            let message = format!("`{first}` listens on {other} already, so {listen} is not free");
            let suggestion = format!("write `{other}`, or take another port");
            problems.add(written.place, Wrong::new("route-taken", message, suggestion));
        }
        let listen = listen.to_string();
        Some(RouteSpec { listen, hosts, path_prefix, strip_prefix, sticky, preview: None })
    }

    /// Who listens there already, where an address for previews is not free. Among previews of one address the path
    /// tells components apart.
    pub fn claim_preview(&mut self, owner: &str, listen: SocketAddr, path: &str) -> Option<String> {
        let route = self.taken.iter().find(|((address, ..), _)| *address == listen);
        if let Some((_, first)) = route {
            return Some(first.clone());
        }
        if let Some((_, first)) = self.listen(owner, listen) {
            return Some(first);
        }
        self.previews.insert((listen, path.to_owned()), owner.to_owned()).filter(|first| first != owner)
    }

    /// Who had it, where it was taken already.
    fn claim(&mut self, owner: &str, listen: SocketAddr, path: &str, hosts: &[String]) -> Option<String> {
        let all = [String::new()];
        let hosts = if hosts.is_empty() { &all[..] } else { hosts };
        let mut before = None;
        for host in hosts {
            let key = (listen, path.to_owned(), host.clone());
            let had = self.taken.insert(key, owner.to_owned()).filter(|first| first != owner);
            before = before.or(had);
        }
        before
    }

    fn listen(&mut self, owner: &str, listen: SocketAddr) -> Option<(SocketAddr, String)> {
        let (other, first) = self.listening.entry(listen.port()).or_insert((listen, owner.to_owned()));
        let everywhere = other.ip().is_unspecified() || listen.ip().is_unspecified();
        (*other != listen && everywhere).then(|| (*other, first.clone()))
    }
}

fn trimmed(path: &str) -> String {
    let path = path.trim_end_matches('/');
    if path.is_empty() { "/".to_owned() } else { path.to_owned() }
}

fn hosts(text: &RouteText, problems: &mut Problems) -> Vec<String> {
    let written = text.hosts.as_deref().unwrap_or_default();
    if let Some(first) = written.get(HOSTS_MAX) {
        problems.add(first.place, too_many(written.len(), HOSTS_MAX, "hosts"));
    }
    let mut read: Vec<String> = Vec::new();
    for host in written.iter().take(HOSTS_MAX) {
        let Some(name) = host.read(problems) else { continue };
        if read.contains(&name) {
            let message = format!("the host {} stands here twice", quoted(&name));
            problems.add(host.place, Wrong::new("route-taken", message, "keep one of the two"));
        } else {
            read.push(name);
        }
    }
    read
}

fn sticky(text: &StickyText, problems: &mut Problems) -> Sticky {
    const HOUR_SECONDS: u64 = 3_600;
    Sticky {
        cookie: read_or(text.cookie.as_ref(), "tidegate".to_owned(), problems),
        max_age_seconds: read_or(text.max_age.as_ref(), HOUR_SECONDS, problems),
    }
}
