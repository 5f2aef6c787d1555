//! The gateway's counters as measurements of stable and candidate.
//!
//! Invariant: a gateway that was started again is another instance, so its counters are not taken for the old ones gone
//! back; a request that a further attempt saved counts against the version that failed it.

use async_trait::async_trait;
use tidegate_domain::name::Version;
use tidegate_gateway::report::{CountersReport, Meters, RouteCounters, VersionCounters};
use tidegate_ports::{Arm, Fault, Measured, MetricSource, MetricsQuery, OfVersions};

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
        let MetricsQuery::Versions(OfVersions { slot, stable, candidate, copies: are_copies }) = query else {
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
        let live = |version: &Version| arms(route, version, (&report.instance_id, |counted| &counted.live));
        let copies = |version: &Version| {
            arms(route, version, (&format!("{}/copies", report.instance_id), |counted| &counted.mirror))
        };
        Ok(Measured {
            edges_ms: report.bucket_bounds_seconds.iter().map(|seconds| seconds * 1000.0).collect(),
            stable: stable.as_ref().map(live).unwrap_or_default(),
            candidate: if *are_copies { copies(candidate) } else { live(candidate) },
        })
    }
}

/// Copies have a name of their own, so that nobody takes the first look at users' requests for a counter that fell.
fn arms(
    route: Option<&RouteCounters>,
    version: &Version,
    (instance, meters): (&str, fn(&VersionCounters) -> &Meters),
) -> Vec<Arm> {
    let counted = route.into_iter().flat_map(|route| &route.versions);
    let counted = counted.filter(|counted| counted.version == version.as_str()).map(meters);
    counted
        .map(|counted| Arm {
            instance: instance.to_owned(),
            requests: counted.requests,
            // An older gateway only counts what users saw.
            errors: counted.failures.max(counted.errors),
            buckets: counted.buckets.to_vec(),
        })
        .collect()
}
