//! The gateway's counters as measurements of stable and candidate.
//!
//! Invariant: a gateway that was started again is another instance, so its counters are not taken for the old ones gone
//! back; a request that a further attempt saved counts against the version that failed it. Where answers to copies are
//! compared, what nobody could compare counts for nothing.

use async_trait::async_trait;
use tidegate_domain::name::Version;
use tidegate_gateway::report::{CountersReport, Meters, RouteCounters, VersionCounters};
use tidegate_ports::{Arm, Counted, Fault, Measured, MetricSource, MetricsQuery, OfVersions};

use super::http::Admin;

pub struct GatewayMetrics {
    admin: Admin,
}

impl GatewayMetrics {
    pub fn new(base_url: &str) -> Result<Self, Fault> {
        Ok(Self { admin: Admin::new(base_url)? })
    }
}

#[async_trait]
impl MetricSource for GatewayMetrics {
    async fn measure(&self, query: &MetricsQuery) -> Result<Measured, Fault> {
        let MetricsQuery::Versions(OfVersions { slot, stable, candidate, counted }) = query else {
            return Err(Fault::hold(
                "metrics-unreadable",
                "the gateway knows versions, and no variants of flags",
            ));
        };
        let report: Option<CountersReport> = self.admin.get("/v1/counters").await?;
        let report =
            report.ok_or_else(|| Fault::retry("metrics-unreadable", "the gateway has no counters"))?;
        let id = slot.to_string();
        let route = report.routes.iter().find(|route| route.id == id);
        let live = |version: &Version| arms(route, version, (&report.instance_id, of_users));
        let copies = |read| arms(route, candidate, (&format!("{}/copies", report.instance_id), read));
        Ok(Measured {
            edges_ms: report.bucket_bounds_seconds.iter().map(|seconds| seconds * 1000.0).collect(),
            stable: stable.as_ref().map(live).unwrap_or_default(),
            candidate: match counted {
                Counted::Requests => live(candidate),
                Counted::Copies => copies(of_copies),
                Counted::Compared => copies(of_compared),
            },
        })
    }
}

/// Copies have a name of their own, so that nobody takes the first look at users' requests for a counter that fell.
fn arms(
    route: Option<&RouteCounters>,
    version: &Version,
    (instance, read): (&str, fn(&VersionCounters) -> Read<'_>),
) -> Vec<Arm> {
    let counted = route.into_iter().flat_map(|route| &route.versions);
    let counted = counted.filter(|counted| counted.version == version.as_str()).map(read);
    let arm = |Read { requests, errors, meters }| Arm {
        instance: instance.to_owned(),
        requests,
        errors,
        buckets: meters.buckets.to_vec(),
    };
    counted.map(arm).collect()
}

struct Read<'a> {
    requests: u64,
    errors: u64,
    meters: &'a Meters,
}

fn of_users(counted: &VersionCounters) -> Read<'_> {
    all(&counted.live)
}

fn of_copies(counted: &VersionCounters) -> Read<'_> {
    all(&counted.mirror)
}

fn of_compared(counted: &VersionCounters) -> Read<'_> {
    let meters = &counted.mirror;
    let errors = failures(meters).saturating_add(meters.different);
    Read { requests: errors.saturating_add(meters.same), errors, meters }
}

fn all(meters: &Meters) -> Read<'_> {
    Read { requests: meters.requests, errors: failures(meters), meters }
}

/// An older gateway only counts what users saw.
fn failures(meters: &Meters) -> u64 {
    meters.failures.max(meters.errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_nobody_could_compare_counts_for_nothing() {
        let mirror = Meters {
            requests: 100,
            failures: 4,
            same: 80,
            different: 6,
            uncompared: 10,
            ..Meters::default()
        };
        let counted = VersionCounters { version: "2.0.0".to_owned(), live: Meters::default(), mirror };
        let read = |read: fn(&VersionCounters) -> Read<'_>| {
            let Read { requests, errors, .. } = read(&counted);
            (requests, errors)
        };
        assert_eq!(read(of_copies), (100, 4));
        assert_eq!(read(of_compared), (90, 10));
        assert_eq!(read(of_users), (0, 0));
    }
}
