//! When a release is to go out and how long nothing answers then, as its plan says.
//!
//! Invariant: what an announcement says itself is never overruled. Deliberately not here: words.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tidegate_domain::announcement::Plan;
use tidegate_domain::name::Version;
use tidegate_domain::release_plan::ReleasePlan;
use tidegate_engine::{PLAN_ROW, PlanView};
use tidegate_ports::{Fault, RowQuery};

use crate::app::App;

const PLANS_MAX: u32 = 1_000;

/// Milliseconds, but for the zone in which they are told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Window {
    pub starts_ms: Option<u64>,
    pub ends_ms: Option<u64>,
    pub downtime_minutes: Option<u32>,
    zone: Option<TimeZone>,
}

impl Window {
    /// As the plan says of which this release is, or is the candidate.
    pub async fn of(app: &App, release: &Version) -> Result<Self, Fault> {
        if let Some((plan, _, _)) = app.engine.release_plan(release).await? {
            return Ok(Self::read(&plan));
        }
        let query = RowQuery { kind: PLAN_ROW.to_owned(), limit: PLANS_MAX, ..RowQuery::default() };
        for (_, row) in app.store.rows(query).await? {
            let Ok(view) = serde_json::from_str::<PlanView>(&row.body) else { continue };
            let is_its = view.candidate.is_some_and(|candidate| candidate.release == *release);
            if let Some(version) = view.version.parse().ok().filter(|_| is_its)
                && let Some((plan, _, _)) = app.engine.release_plan(&version).await?
            {
                return Ok(Self::read(&plan));
            }
        }
        Ok(Self::default())
    }

    pub fn read(plan: &ReleasePlan) -> Self {
        let deployment = &plan.document.deployment;
        let downtime = deployment.expected_downtime_seconds;
        let downtime_minutes = downtime.and_then(|seconds| u32::try_from(seconds.div_ceil(60)).ok());
        let window = deployment.window.as_ref();
        let zone = window.and_then(|window| TimeZone::get(&window.zone).ok());
        let at = |local: jiff::civil::DateTime| {
            let timestamp = zone.as_ref()?.to_ambiguous_timestamp(local).compatible().ok()?;
            u64::try_from(timestamp.as_millisecond()).ok()
        };
        Self {
            starts_ms: window.and_then(|window| at(window.from)),
            ends_ms: window.and_then(|window| at(window.until)),
            downtime_minutes,
            zone,
        }
    }

    /// What the announcement leaves open is taken from the plan. A change at another time ends at another time, too.
    pub fn under(self, plan: &Plan) -> Self {
        let starts_ms = plan.starts_ms.or(self.starts_ms);
        Self {
            ends_ms: self.ends_ms.filter(|_| starts_ms == self.starts_ms),
            starts_ms,
            downtime_minutes: plan.downtime_minutes.or(self.downtime_minutes),
            zone: self.zone,
        }
    }

    /// `2026-12-01 05:00 CET`; by the plan's clocks, or by UTC.
    pub fn instant(&self, ms: u64) -> String {
        let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
        let timestamp = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let told = |at: Timestamp| at.to_zoned(zone).strftime("%Y-%m-%d %H:%M %Z").to_string();
        timestamp.map_or_else(|| format!("{ms} ms"), told)
    }
}
