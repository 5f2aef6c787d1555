//! The table as the data path reads it: looked up by address, host and path, nothing left to parse.
//!
//! Invariant: lookup never allocates, and the most specific route wins: exact host, then the longest
//! wildcard, then any host; within that the longest path prefix.
//! Not here: choosing a version (`choose`), counting (`counters`).

use super::{Condition, Offline, Route, Serving, TextMatch, Timeouts, VersionRoute};
use crate::choose::{Cut, cuts};
use crate::counters::{RouteMeter, VersionMeter};
use crate::endpoint::{Endpoint, Endpoints, UnderWay};
use http::{HeaderName, HeaderValue};
use std::net::SocketAddr;
use std::sync::Arc;

#[derive(Default)]
pub(crate) struct Table {
    /// Sorted by address: they are few, and comparing is cheaper than hashing.
    listeners: Vec<(SocketAddr, ListenerTable)>,
    routes: Vec<CompiledRoute>,
}

#[derive(Default)]
pub(crate) struct ListenerTable {
    /// Most specific first; the first that matches wins.
    lookups: Vec<Lookup>,
    pub request_header_ms: u32,
    pub client_idle_ms: u32,
    pub response_write_idle_ms: u32,
}

struct Lookup {
    host: HostPattern,
    prefix: String,
    found: Found,
}

/// What a request came in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub route: usize,
    /// At the address for previews.
    pub preview: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HostPattern {
    Any,
    Suffix(String),
    Exact(String),
}

pub(crate) struct CompiledRoute {
    pub route: Route,
    pub meter: Arc<RouteMeter>,
    pub versions: Vec<CompiledVersion>,
    pub cuts: Vec<Cut>,
    pub matches: Vec<CompiledMatch>,
    /// The version that is mirrored to.
    pub mirror: Option<usize>,
    /// The version that stands in preview.
    pub preview: Option<usize>,
    /// `path_prefix` without a trailing slash; empty for the root.
    pub prefix: String,
}

pub(crate) struct CompiledVersion {
    pub name: String,
    pub weight: u16,
    pub endpoints: Vec<CompiledEndpoint>,
    pub meter: Arc<VersionMeter>,
    /// The `Set-Cookie` that keeps a session here.
    pub sticky: Option<HeaderValue>,
}

pub(crate) struct CompiledEndpoint {
    /// What is known of the address, whoever uses it.
    pub known: Arc<Endpoint>,
    /// What this version has under way there.
    pub under_way: Arc<UnderWay>,
}

pub(crate) struct CompiledMatch {
    pub when: CompiledCondition,
    pub version: usize,
}

pub(crate) enum CompiledCondition {
    Header(HeaderName, TextMatch),
    Cookie(String, TextMatch),
}

/// Where the parts of a table come from that live longer than one table.
pub(crate) trait Parts {
    fn meter(&mut self, route: &Route) -> Arc<RouteMeter>;
    fn endpoints(&mut self) -> &mut Endpoints;
}

impl Table {
    pub fn compile<'a>(routes: impl Iterator<Item = &'a Route>, parts: &mut impl Parts) -> Table {
        let mut table = Table::default();
        for route in routes {
            let found = Found { route: table.routes.len(), preview: false };
            table.listener_mut(route.listen).add(route, HostPattern::all(&route.hosts), found);
            if let Some(preview) = &route.preview {
                let found = Found { preview: true, ..found };
                table.listener_mut(preview.listen).add(route, vec![HostPattern::Any], found);
            }
            table.routes.push(CompiledRoute::compile(route, parts));
        }
        for (_, listener) in &mut table.listeners {
            listener.lookups.sort_by_key(|lookup| std::cmp::Reverse(lookup.rank()));
        }
        table
    }

    pub fn route(&self, index: usize) -> &CompiledRoute {
        &self.routes[index]
    }

    pub fn routes(&self) -> &[CompiledRoute] {
        &self.routes
    }

    pub fn listener(&self, listen: &SocketAddr) -> Option<&ListenerTable> {
        let index = self.listeners.binary_search_by(|(at, _)| at.cmp(listen)).ok()?;
        Some(&self.listeners[index].1)
    }

    fn listener_mut(&mut self, listen: SocketAddr) -> &mut ListenerTable {
        let found = self.listeners.binary_search_by(|(at, _)| at.cmp(&listen));
        let index = found.unwrap_or_else(|place| {
            self.listeners.insert(place, (listen, ListenerTable::default()));
            place
        });
        &mut self.listeners[index].1
    }

    pub fn find(&self, listen: &SocketAddr, host: Option<&str>, path: &str) -> Option<Found> {
        let host = host.map(without_port);
        let lookups = &self.listener(listen)?.lookups;
        lookups
            .iter()
            .find(|lookup| lookup.host.takes(host) && prefix_takes(&lookup.prefix, path))
            .map(|lookup| lookup.found)
    }
}

impl ListenerTable {
    fn add(&mut self, route: &Route, hosts: Vec<HostPattern>, found: Found) {
        self.narrow(&route.timeouts);
        let prefix = trimmed(&route.path_prefix);
        let lookup = |host| Lookup { host, prefix: prefix.to_owned(), found };
        self.lookups.extend(hosts.into_iter().map(lookup));
    }

    fn narrow(&mut self, timeouts: &Timeouts) {
        let smaller = |kept: &mut u32, offered: u32| {
            if *kept == 0 || offered < *kept {
                *kept = offered;
            }
        };
        smaller(&mut self.request_header_ms, timeouts.request_header_ms);
        smaller(&mut self.client_idle_ms, timeouts.client_idle_ms);
        smaller(&mut self.response_write_idle_ms, timeouts.response_write_idle_ms);
    }
}

impl Lookup {
    fn rank(&self) -> (u8, usize, usize) {
        let (kind, host_length) = match &self.host {
            HostPattern::Any => (0, 0),
            HostPattern::Suffix(suffix) => (1, suffix.len()),
            HostPattern::Exact(name) => (2, name.len()),
        };
        (kind, host_length, self.prefix.len())
    }
}

impl HostPattern {
    pub fn all(hosts: &[String]) -> Vec<HostPattern> {
        if hosts.is_empty() {
            return vec![HostPattern::Any];
        }
        let pattern = |host: &String| match host.strip_prefix('*') {
            Some(suffix) => HostPattern::Suffix(suffix.to_ascii_lowercase()),
            None => HostPattern::Exact(host.to_ascii_lowercase()),
        };
        hosts.iter().map(pattern).collect()
    }

    fn takes(&self, host: Option<&str>) -> bool {
        match (self, host) {
            (HostPattern::Any, _) => true,
            (HostPattern::Exact(name), Some(host)) => name.eq_ignore_ascii_case(host),
            (HostPattern::Suffix(suffix), Some(host)) => {
                let start = host.len().wrapping_sub(suffix.len());
                start != 0 && host.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
            }
            (HostPattern::Exact(_) | HostPattern::Suffix(_), None) => false,
        }
    }
}

impl CompiledRoute {
    fn compile(route: &Route, parts: &mut impl Parts) -> CompiledRoute {
        let meter = parts.meter(route);
        let index_of = |name: &str| route.versions().iter().position(|version| version.version == name);
        let versions =
            route.versions().iter().map(|version| CompiledVersion::compile(route, version, &meter, parts));
        let versions = versions.collect();
        CompiledRoute {
            route: route.clone(),
            versions,
            cuts: cuts(route.versions().iter().map(|version| version.weight)),
            matches: route.matches.iter().filter_map(|rule| compile_match(rule, &index_of)).collect(),
            mirror: route.mirror.as_ref().and_then(|mirror| index_of(&mirror.version)),
            preview: route.preview.as_ref().and_then(|preview| index_of(preview.version.as_ref()?)),
            prefix: trimmed(&route.path_prefix).to_owned(),
            meter,
        }
    }

    pub fn offline(&self) -> Option<&Offline> {
        match &self.route.serving {
            Serving::Offline(offline) => Some(offline),
            Serving::Split(_) => None,
        }
    }
}

impl CompiledVersion {
    fn compile(
        route: &Route,
        version: &VersionRoute,
        meter: &RouteMeter,
        parts: &mut impl Parts,
    ) -> CompiledVersion {
        let meter = meter.version(&version.version);
        let endpoint = |address: &SocketAddr| CompiledEndpoint {
            known: parts.endpoints().get(*address),
            under_way: meter.at(*address),
        };
        CompiledVersion {
            name: version.version.clone(),
            weight: version.weight.basis_points(),
            endpoints: version.endpoints.iter().map(endpoint).collect(),
            sticky: set_cookie(route, &version.version),
            meter,
        }
    }
}

fn compile_match(
    rule: &super::MatchRule,
    index_of: &impl Fn(&str) -> Option<usize>,
) -> Option<CompiledMatch> {
    let when = match &rule.when {
        Condition::Header(header) => CompiledCondition::Header(
            HeaderName::from_bytes(header.name.as_bytes()).ok()?,
            header.value.clone(),
        ),
        Condition::Cookie(cookie) => CompiledCondition::Cookie(cookie.name.clone(), cookie.value.clone()),
    };
    Some(CompiledMatch { when, version: index_of(&rule.version)? })
}

fn set_cookie(route: &Route, version: &str) -> Option<HeaderValue> {
    let sticky = route.sticky.as_ref()?;
    let text = format!(
        "{}={}; Path={}; Max-Age={}; HttpOnly; SameSite=Lax",
        sticky.cookie, version, route.path_prefix, sticky.max_age_seconds
    );
    HeaderValue::try_from(text).ok()
}

/// `/shop/` and `/shop` are the same prefix.
pub(crate) fn same_prefix(one: &str, other: &str) -> bool {
    trimmed(one) == trimmed(other)
}

fn trimmed(prefix: &str) -> &str {
    prefix.trim_end_matches('/')
}

fn prefix_takes(prefix: &str, path: &str) -> bool {
    match path.strip_prefix(prefix) {
        Some(rest) => rest.is_empty() || rest.starts_with('/') || prefix.is_empty(),
        None => false,
    }
}

fn without_port(host: &str) -> &str {
    if host.starts_with('[') {
        return host.find(']').map_or(host, |end| &host[..=end]);
    }
    host.split_once(':').map_or(host, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_takes_whole_segments() {
        for (prefix, path, expected) in [
            ("", "/", true),
            ("", "/anything", true),
            ("", "*", true),
            ("/shop", "/shop", true),
            ("/shop", "/shop/1", true),
            ("/shop", "/shopping", false),
            ("/shop", "/", false),
        ] {
            assert_eq!(prefix_takes(prefix, path), expected, "{prefix} {path}");
        }
    }

    #[test]
    fn a_host_is_compared_without_its_port_and_without_case() {
        let exact = HostPattern::Exact("shop.example".to_owned());
        let suffix = HostPattern::Suffix(".example".to_owned());
        for (pattern, host, expected) in [
            (&exact, "shop.example", true),
            (&exact, "SHOP.example:8080", true),
            (&exact, "a.shop.example", false),
            (&suffix, "a.b.Example:80", true),
            (&suffix, ".example", false),
            (&suffix, "example", false),
            (&suffix, "é.example", true),
        ] {
            assert_eq!(pattern.takes(Some(without_port(host))), expected, "{host}");
        }
        assert_eq!(without_port("[::1]:80"), "[::1]");
    }
}
