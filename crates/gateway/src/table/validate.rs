//! What a route may hold.
//!
//! Invariant: [`route`] is total (any value gives `Ok` or a refusal, never a panic) and a route it takes
//! can be compiled without a further error.
//! Not here: comparing routes with one another (`book`).

use super::refusal::TableRefusal;
use super::settings::{Limits, REQUEST_HEAD_BYTES_CEILING, RESPONSE_HEAD_BYTES_CEILING, Timeouts};
use super::{
    Condition, MatchRule, Mirror, Offline, Preview, Route, Serving, Split, TextMatch, VersionRoute, Weight,
};
use http::HeaderName;
use std::collections::BTreeSet;

const VERSIONS_MAX: usize = 16;
const ENDPOINTS_MAX: usize = 256;
const MATCHES_MAX: usize = 64;
const HOSTS_MAX: usize = 64;
const TEXT_BYTES_MAX: usize = 1_024;
const NAME_BYTES_MAX: usize = 128;
const ID_BYTES_MAX: usize = 256;
const DAY_MS: u32 = 86_400_000;
const BODY_BYTES_CEILING: u64 = 1 << 40;

type Checked = Result<(), TableRefusal>;

pub fn route(route: &Route) -> Checked {
    route_id(&route.id)?;
    hosts(&route.hosts)?;
    path_prefix(&route.path_prefix)?;
    match &route.serving {
        Serving::Split(split) => serving_split(split, route)?,
        Serving::Offline(offline) => serving_offline(offline, route)?,
    }
    if let Some(wanted) = &route.preview {
        preview(wanted, route)?;
    }
    if let Some(sticky) = &route.sticky {
        require(is_token(&sticky.cookie), "sticky.cookie", "is not a cookie name")?;
    }
    limits(&route.limits)?;
    timeouts(&route.timeouts)?;
    require(route.retries.retries_max <= 5, "retries.retries_max", "is at most 5")
}

/// Ids are paths of plain segments, because they stand in addresses and metric labels as they are.
pub fn route_id(id: &str) -> Checked {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let segments_ok = id.split('/').all(|segment| !segment.is_empty() && segment.chars().all(plain));
    require(
        id.len() <= ID_BYTES_MAX && segments_ok,
        "id",
        "takes [A-Za-z0-9._-] in segments between single /",
    )
}

fn serving_split(split: &Split, route: &Route) -> Checked {
    let versions = &split.versions;
    require(!versions.is_empty(), "serving.split.versions", "needs at least one version")?;
    require(versions.len() <= VERSIONS_MAX, "serving.split.versions", "holds at most 16 versions")?;
    let mut names = BTreeSet::new();
    for version in versions {
        version_route(version, route)?;
        require(names.insert(version.version.as_str()), "serving.split.versions", "names a version twice")?;
    }
    let sum: u32 = versions.iter().map(|version| u32::from(version.weight.basis_points())).sum();
    if sum != u32::from(Weight::FULL.basis_points()) {
        return Err(TableRefusal::WeightsDoNotSum { sum });
    }
    require(route.matches.len() <= MATCHES_MAX, "matches", "holds at most 64 rules")?;
    for rule in &route.matches {
        match_rule(rule, versions)?;
    }
    route.mirror.as_ref().map_or(Ok(()), |wanted| mirror(wanted, versions))
}

fn serving_offline(offline: &Offline, route: &Route) -> Checked {
    require(offline.reason.len() <= TEXT_BYTES_MAX, "serving.offline.reason", "is at most 1024 bytes")?;
    require(route.matches.is_empty(), "matches", "an offline route has none")?;
    require(route.mirror.is_none(), "mirror", "an offline route has none")
}

fn version_route(version: &VersionRoute, route: &Route) -> Checked {
    let name_ok = !version.version.is_empty()
        && version.version.len() <= NAME_BYTES_MAX
        && version.version.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+'));
    require(name_ok, "version", "takes 1 to 128 of [A-Za-z0-9._+-]")?;
    let endpoints = &version.endpoints;
    require(endpoints.len() <= ENDPOINTS_MAX, "endpoints", "holds at most 256 addresses")?;
    require(
        version.weight.is_zero() || !endpoints.is_empty(),
        "endpoints",
        "a version with weight needs one",
    )?;
    require(endpoints.iter().all(|endpoint| endpoint.port() != 0), "endpoints", "need a port")?;
    let own = route.listens().any(|listen| endpoints.contains(&listen));
    require(!own, "endpoints", "include the route's own listen address")?;
    let distinct: BTreeSet<_> = endpoints.iter().collect();
    require(distinct.len() == endpoints.len(), "endpoints", "name an address twice")
}

/// While the route is offline nobody can stand in preview either.
fn preview(preview: &Preview, route: &Route) -> Checked {
    require(preview.listen != route.listen, "preview.listen", "is the route's own listen address")?;
    preview.version.as_ref().map_or(Ok(()), |name| reachable(name, route.versions(), "preview.version"))
}

fn match_rule(rule: &MatchRule, versions: &[VersionRoute]) -> Checked {
    let value = match &rule.when {
        Condition::Header(header) => {
            require(
                HeaderName::from_bytes(header.name.as_bytes()).is_ok(),
                "matches.header.name",
                "is not a header name",
            )?;
            &header.value
        }
        Condition::Cookie(cookie) => {
            require(is_token(&cookie.name), "matches.cookie.name", "is not a cookie name")?;
            &cookie.value
        }
    };
    let (TextMatch::Exact(text) | TextMatch::Prefix(text)) = value;
    require(text.len() <= TEXT_BYTES_MAX, "matches.value", "is at most 1024 bytes")?;
    reachable(&rule.version, versions, "matches.version")
}

fn mirror(mirror: &Mirror, versions: &[VersionRoute]) -> Checked {
    require((1..=100_000).contains(&mirror.concurrency_max), "mirror.concurrency_max", "is 1 to 100000")?;
    require(mirror.body_bytes_max <= 16 * 1024 * 1024, "mirror.body_bytes_max", "is at most 16 MiB")?;
    reachable(&mirror.version, versions, "mirror.version")
}

fn reachable(name: &str, versions: &[VersionRoute], field: &'static str) -> Checked {
    let found = versions.iter().find(|version| version.version == name);
    require(found.is_some(), field, "is not a version of the split")?;
    require(found.is_some_and(|version| !version.endpoints.is_empty()), field, "has no endpoints")
}

fn hosts(hosts: &[String]) -> Checked {
    require(hosts.len() <= HOSTS_MAX, "hosts", "holds at most 64 names")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    let host_ok = |host: &String| {
        let name = host.strip_prefix("*.").unwrap_or(host);
        !name.is_empty() && name.len() <= 253 && name.chars().all(plain)
    };
    require(hosts.iter().all(host_ok), "hosts", "takes names without a port, or *.suffix")
}

fn path_prefix(prefix: &str) -> Checked {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'?' && byte != b'#';
    let prefix_ok = prefix.starts_with('/') && prefix.len() <= TEXT_BYTES_MAX && prefix.bytes().all(plain);
    require(prefix_ok, "path_prefix", "begins with / and holds printable ASCII without ? and #")
}

fn limits(limits: &Limits) -> Checked {
    let head = 256..=REQUEST_HEAD_BYTES_CEILING;
    require(
        head.contains(&limits.request_header_bytes_max),
        "limits.request_header_bytes_max",
        "is 256 to 65536",
    )?;
    let head = 256..=RESPONSE_HEAD_BYTES_CEILING;
    require(
        head.contains(&limits.response_header_bytes_max),
        "limits.response_header_bytes_max",
        "is 256 to 262144",
    )?;
    require(
        limits.request_body_bytes_max <= BODY_BYTES_CEILING,
        "limits.request_body_bytes_max",
        "is at most 1 TiB",
    )?;
    require(limits.in_flight_max > 0, "limits.in_flight_max", "is at least 1")
}

fn timeouts(timeouts: &Timeouts) -> Checked {
    let Timeouts {
        request_header_ms,
        request_body_idle_ms,
        client_idle_ms,
        response_write_idle_ms,
        upstream_connect_ms,
        upstream_response_ms,
        upstream_body_idle_ms,
        tunnel_idle_ms,
    } = *timeouts;
    [
        ("timeouts.request_header_ms", request_header_ms),
        ("timeouts.request_body_idle_ms", request_body_idle_ms),
        ("timeouts.client_idle_ms", client_idle_ms),
        ("timeouts.response_write_idle_ms", response_write_idle_ms),
        ("timeouts.upstream_connect_ms", upstream_connect_ms),
        ("timeouts.upstream_response_ms", upstream_response_ms),
        ("timeouts.upstream_body_idle_ms", upstream_body_idle_ms),
        ("timeouts.tunnel_idle_ms", tunnel_idle_ms),
    ]
    .into_iter()
    .try_for_each(|(field, ms)| require((1..=DAY_MS).contains(&ms), field, "is 1 ms to a day"))
}

/// RFC 9110 section 5.6.2, which RFC 6265 takes for cookie names.
fn is_token(name: &str) -> bool {
    let mark = |byte: u8| b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || mark(b))
}

fn require(holds: bool, field: &str, problem: &str) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(TableRefusal::Invalid { field: field.to_owned(), problem: problem.to_owned() })
    }
}
