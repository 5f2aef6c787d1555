//! Between the words of the ports and those of the gateway's table.
//!
//! Invariant: what goes out and comes back unchanged reads as equal, so that "as set" can be told by comparing.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use tidegate_domain::environment::RouteSpec;
use tidegate_domain::id::SlotId;
use tidegate_domain::matching::Match;
use tidegate_domain::name::Version;
use tidegate_domain::weight::Weight;
use tidegate_gateway::report::{RouteState, VersionInFlight};
use tidegate_gateway::table;
use tidegate_ports::{Backend, Copying, Fault, Generation, RouteIntent, RouteSeen, Serving};

const RETRY_AFTER_SECONDS: u32 = 5;

pub(super) fn route(intent: &RouteIntent) -> Result<table::Route, Fault> {
    let RouteIntent { slot, route, serving, matches, mirror } = intent;
    let mut wire = bare(slot, route, self::serving(serving)?)?;
    // Addresses stand as previews and not among what requests carry; one route has one of them.
    let alternatives: Vec<(Match, &Version)> = matches
        .iter()
        .flat_map(|(matches, version)| {
            matches.clone().alternatives().into_iter().map(move |one| (one, version))
        })
        .collect();
    wire.matches = alternatives.iter().filter_map(|(one, version)| rule(one, version)).collect();
    wire.preview = preview(route, &alternatives)?;
    if let Some(Copying { share, version, compare_body }) = mirror {
        wire.mirror = Some(table::Mirror {
            version: version.to_string(),
            share: weight(*share)?,
            compare_body: *compare_body,
            ..default_mirror()?
        });
    }
    Ok(wire)
}

/// A route with the gateway's own defaults for limits, timeouts and retries.
fn bare(slot: &SlotId, spec: &RouteSpec, serving: table::Serving) -> Result<table::Route, Fault> {
    Ok(table::Route {
        id: slot.to_string(),
        listen: address(&spec.listen)?,
        hosts: spec.hosts.clone(),
        path_prefix: spec.path_prefix.clone(),
        strip_prefix: spec.strip_prefix,
        trust_forwarded: false,
        serving,
        matches: Vec::new(),
        sticky: spec.sticky.as_ref().map(|sticky| table::Sticky {
            cookie: sticky.cookie.clone(),
            max_age_seconds: u32::try_from(sticky.max_age_seconds).unwrap_or(u32::MAX),
        }),
        mirror: None,
        preview: None,
        limits: table::Limits::default(),
        timeouts: table::Timeouts::default(),
        retries: table::Retries::default(),
    })
}

fn default_mirror() -> Result<table::Mirror, Fault> {
    // The gateway fills in what is left out; only it knows its limits.
    let plain = serde_json::json!({"version": "0", "share": 0});
    serde_json::from_value(plain).map_err(|why| unmappable("a mirror", &why.to_string()))
}

fn serving(serving: &Serving) -> Result<table::Serving, Fault> {
    Ok(match serving {
        Serving::Offline { reason } => table::Serving::Offline(table::Offline {
            reason: reason.clone(),
            retry_after_seconds: RETRY_AFTER_SECONDS,
        }),
        Serving::Split(backends) => {
            let versions = backends.iter().map(version).collect::<Result<_, _>>()?;
            table::Serving::Split(table::Split { versions })
        }
    })
}

fn version(backend: &Backend) -> Result<table::VersionRoute, Fault> {
    Ok(table::VersionRoute {
        version: backend.version.to_string(),
        weight: weight(backend.weight)?,
        endpoints: backend.endpoints.iter().map(|at| address(at)).collect::<Result<_, _>>()?,
    })
}

/// The route's own address for previews stands all the time; a version stands there while that is its match.
fn preview(spec: &RouteSpec, matches: &[(Match, &Version)]) -> Result<Option<table::Preview>, Fault> {
    for (one, version) in matches {
        if let Match::Address { listen } = one {
            return Ok(Some(table::Preview { listen: address(listen)?, version: Some(version.to_string()) }));
        }
    }
    let empty = |listen: &String| Ok(table::Preview { listen: address(listen)?, version: None });
    spec.preview.as_ref().map(empty).transpose()
}

/// None where it is not what requests carry that counts.
fn rule(matches: &Match, version: &Version) -> Option<table::MatchRule> {
    let exact = |value: &String| table::TextMatch::Exact(value.clone());
    let when = match matches {
        Match::Header { name, value } => {
            table::Condition::Header(table::HeaderMatch { name: name.clone(), value: exact(value) })
        }
        Match::Cookie { name, value } => {
            table::Condition::Cookie(table::CookieMatch { name: name.clone(), value: exact(value) })
        }
        Match::Address { .. } | Match::Any(_) => return None,
    };
    Some(table::MatchRule { when, version: version.to_string() })
}

fn weight(weight: Weight) -> Result<table::Weight, Fault> {
    table::Weight::try_from(weight.basis_points()).map_err(|why| unmappable("a weight", &why.to_string()))
}

fn address(text: &str) -> Result<SocketAddr, Fault> {
    text.parse().map_err(|_| unmappable("an address", text))
}

fn unmappable(what: &str, given: &str) -> Fault {
    Fault::hold("route-unmappable", format!("the gateway cannot take {what}: {given}")).with_help(
        "correct the route in tidegate.yaml: `listen` is an address and a port, like 127.0.0.1:8080",
    )
}

pub(super) fn seen(state: &RouteState) -> Result<RouteSeen, Fault> {
    let mut in_flight = BTreeMap::new();
    for version in &state.in_flight {
        in_flight.insert(named(&version.version)?, version.live + version.mirror);
    }
    let serving = match &state.route.serving {
        table::Serving::Offline(offline) => Serving::Offline { reason: offline.reason.clone() },
        table::Serving::Split(split) => {
            Serving::Split(split.versions.iter().map(backend).collect::<Result<_, _>>()?)
        }
    };
    let table::Generation { position, fence, attempt: _ } = state.generation;
    Ok(RouteSeen {
        generation: Generation { position, fence },
        serving,
        in_flight,
        in_flight_at: in_flight_at(&state.in_flight),
        durable: state.persisted,
    })
}

/// By address, over all versions; none from a gateway of a build that did not tell them apart.
fn in_flight_at(versions: &[VersionInFlight]) -> Option<BTreeMap<String, u64>> {
    let mut all = BTreeMap::new();
    for version in versions {
        for endpoint in version.endpoints.as_ref()? {
            *all.entry(endpoint.address.to_string()).or_default() += endpoint.in_flight;
        }
    }
    Some(all)
}

fn backend(version: &table::VersionRoute) -> Result<Backend, Fault> {
    Ok(Backend {
        version: named(&version.version)?,
        weight: Weight::from_basis_points(version.weight.into())
            .map_err(|why| unmappable("a weight", &why.to_string()))?,
        endpoints: version.endpoints.iter().map(ToString::to_string).collect(),
    })
}

fn named(text: &str) -> Result<Version, Fault> {
    Version::new(text).map_err(|why| {
        Fault::hold("route-foreign", format!("the gateway serves a version that is not ours: {why}"))
            .with_help("this gateway belongs to another Tidegate; give each its own data directory")
    })
}
