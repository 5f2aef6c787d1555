//! The counters as Prometheus text (exposition format 0.0.4).
//!
//! Invariant: one `# TYPE` line per family, families in a fixed order, labels escaped.
//! Not here: what the numbers mean (docs/reference/gateway.md).

use crate::keeper::Keeper;
use crate::report::{BUCKET_SECONDS, Meters, RouteCounters};
use std::fmt::Write;
use std::sync::atomic::Ordering;

pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

const ANSWERS: &str = "tidegate_gateway_answers_total";
const REFUSALS: &str = "tidegate_gateway_endpoint_refusals_total";
const DURATIONS: &str = "tidegate_gateway_request_duration_seconds";

struct Page {
    text: String,
}

struct Family {
    name: &'static str,
    help: &'static str,
    read: fn(&Meters) -> u64,
}

const LIVE: [Family; 5] = [
    Family {
        name: "tidegate_gateway_errors_total",
        help: "5xx of the version, or of the gateway on its behalf, and responses broken off.",
        read: |meters| meters.errors,
    },
    Family {
        name: "tidegate_gateway_failures_total",
        help: "Errors, and requests that a further attempt saved after this version had failed them.",
        read: |meters| meters.failures,
    },
    Family {
        name: "tidegate_gateway_attempts_failed_total",
        help: "Attempts without a usable answer of the service.",
        read: |meters| meters.attempts_failed,
    },
    Family {
        name: "tidegate_gateway_retries_total",
        help: "Requests that were sent again because that was safe.",
        read: |meters| meters.retries,
    },
    Family {
        name: "tidegate_gateway_aborted_total",
        help: "Requests whose client went away before an answer.",
        read: |meters| meters.aborted,
    },
];

const MIRROR: [Family; 6] = [
    Family {
        name: "tidegate_gateway_mirrored_requests_total",
        help: "Copies that were answered.",
        read: |meters| meters.requests,
    },
    Family {
        name: "tidegate_gateway_mirrored_errors_total",
        help: "Copies that failed.",
        read: |meters| meters.errors,
    },
    Family {
        name: "tidegate_gateway_mirror_dropped_total",
        help: "Copies not sent for want of room.",
        read: |meters| meters.dropped,
    },
    Family {
        name: "tidegate_gateway_mirrored_same_total",
        help: "Copies answered as the request itself was, where answers are compared.",
        read: |meters| meters.same,
    },
    Family {
        name: "tidegate_gateway_mirrored_different_total",
        help: "Copies answered in another way than the request itself.",
        read: |meters| meters.different,
    },
    Family {
        name: "tidegate_gateway_mirrored_uncompared_total",
        help: "Copies answered well whose answer could not be compared.",
        read: |meters| meters.uncompared,
    },
];

pub(crate) fn render(keeper: &Keeper) -> String {
    let routes = read(keeper);
    let mut page = Page { text: String::with_capacity(4_096) };
    page.family("tidegate_gateway_requests_total", "counter", "Requests answered, by class of status.");
    each(&routes, |route, version, live, _| {
        for (class, count) in CLASSES.iter().zip(live.classes) {
            page.line("tidegate_gateway_requests_total", &labels(route, version, &[("class", class)]), count);
        }
    });
    for family in &LIVE {
        page.family(family.name, "counter", family.help);
        each(&routes, |route, version, live, _| {
            page.line(family.name, &labels(route, version, &[]), (family.read)(live));
        });
    }
    page.durations(&routes);
    page.family("tidegate_gateway_in_flight", "gauge", "Requests whose response has not ended.");
    each(&routes, |route, version, live, _| {
        page.line("tidegate_gateway_in_flight", &labels(route, version, &[]), live.in_flight);
    });
    for family in &MIRROR {
        page.family(family.name, "counter", family.help);
        each(&routes, |route, version, _, mirror| {
            page.line(family.name, &labels(route, version, &[]), (family.read)(mirror));
        });
    }
    page.own(keeper);
    page.text
}

pub(crate) fn read(keeper: &Keeper) -> Vec<RouteCounters> {
    keeper
        .meters()
        .iter()
        .map(|meter| RouteCounters { id: meter.id.clone(), versions: meter.read() })
        .collect()
}

fn each(routes: &[RouteCounters], mut visit: impl FnMut(&str, &str, &Meters, &Meters)) {
    for route in routes {
        for version in &route.versions {
            visit(&route.id, &version.version, &version.live, &version.mirror);
        }
    }
}

fn labels(route: &str, version: &str, more: &[(&str, &str)]) -> String {
    let mut text = format!("route=\"{}\",version=\"{}\"", escaped(route), escaped(version));
    for (name, value) in more {
        let _ = write!(text, ",{name}=\"{}\"", escaped(value)); // a String takes everything
    }
    text
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n"); // as above
    }

    fn line(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.text, "{name}{{{labels}}} {value}"); // as above
    }

    fn durations(&mut self, routes: &[RouteCounters]) {
        self.family(DURATIONS, "histogram", "From the request's head to the head of its response.");
        each(routes, |route, version, live, _| {
            let bounds = BUCKET_SECONDS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
            for (bound, count) in bounds.zip(live.buckets) {
                self.line(&format!("{DURATIONS}_bucket"), &labels(route, version, &[("le", &bound)]), count);
            }
            let seconds = live.duration_micros_sum as f64 / 1e6;
            self.line(&format!("{DURATIONS}_sum"), &labels(route, version, &[]), seconds);
            self.line(&format!("{DURATIONS}_count"), &labels(route, version, &[]), live.requests);
        });
    }

    fn own(&mut self, keeper: &Keeper) {
        self.family(ANSWERS, "counter", "Answers the gateway gave itself, by code.");
        for (code, count) in keeper.gateway.problems() {
            self.line(ANSWERS, &format!("code=\"{code}\""), count);
        }
        self.family(REFUSALS, "counter", "Connections that an endpoint in the table did not accept.");
        for route in keeper.table().routes() {
            for version in &route.versions {
                for endpoint in &version.endpoints {
                    let endpoint_label = endpoint.known.address.to_string();
                    let labels = labels(&route.route.id, &version.name, &[("endpoint", &endpoint_label)]);
                    self.line(REFUSALS, &labels, endpoint.known.refusals());
                }
            }
        }
        let connections: usize = keeper.workers.iter().map(|w| w.connections.load(Ordering::Relaxed)).sum();
        self.plain("tidegate_gateway_connections", "gauge", "Client connections open.", connections as u64);
        let accepted = keeper.gateway.accepted_total();
        self.plain("tidegate_gateway_connections_total", "counter", "Client connections accepted.", accepted);
        let uptime = keeper.started.elapsed().as_secs();
        self.plain("tidegate_gateway_uptime_seconds", "gauge", "Since the gateway started.", uptime);
    }

    fn plain(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.family(name, kind, help);
        let _ = writeln!(self.text, "{name} {value}"); // as above
    }
}
