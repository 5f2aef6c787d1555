//! `/metrics`: what Tidegate counts about itself, as Prometheus text. The traffic's numbers are the gateway's.
//!
//! Invariant: every label has few values, whatever people name their things, and an answer waits for nobody: measures are those of
//! what has been read of the log so far, and it is said how far behind they are.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use tidegate_measures::{Answer, Measure, Spread};
use tidegate_ports::RowQuery;

use crate::app::{App, CLASSES};
use crate::problem::Trouble;

const STATES: [&str; 4] = ["waiting", "advancing", "held", "returning"];
const INCIDENT_STATES: [&str; 1] = ["open"];
const DELIVERY_STATES: [&str; 2] = ["waiting", "dead"];
/// Counting reads the rows: more than this is said as this.
const COUNTED_MAX: u32 = 1_000;

pub(super) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Trouble> {
    let mut page = Page::default();
    about_itself(&app, &mut page);
    let now = app.clock.now().steady;
    let overdue = app.store.next_due().await?.map_or(0, |due| now.since_ms(due));
    let help = "For how long the stream that waits longest for its turn has been due.";
    page.one("tidegate_turn_overdue_seconds", "gauge", help, overdue as f64 / 1_000.0);
    let counted = [
        ("rollout", "tidegate_rollouts", "Rollouts that have not ended, by state, up to 1000.", &STATES[..]),
        ("incident", "tidegate_incidents", "Incidents that are open, up to 1000.", &INCIDENT_STATES[..]),
        (
            "delivery",
            "tidegate_webhook_deliveries",
            "Messages to webhooks that did not arrive yet, or were given up, up to 1000.",
            &DELIVERY_STATES[..],
        ),
    ];
    for (kind, name, help, states) in counted {
        page.head(name, "gauge", help);
        for state in states {
            page.line(&format!("{name}{{state=\"{state}\"}}"), rows(&app, kind, state).await? as f64);
        }
    }
    measured(&app, &mut page).await?;
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page.0).into_response())
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, series: &str, value: f64) {
        let _ = writeln!(self.0, "{series} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: f64) {
        self.head(name, kind, help);
        self.line(name, value);
    }

    /// In seconds; nothing where there is none.
    fn quantiles(&mut self, name: &str, help: &str, spread: Option<Spread>) {
        let Some(spread) = spread else { return };
        self.head(name, "gauge", help);
        for (quantile, ms) in
            [("0.5", spread.p50_ms), ("0.75", spread.p75_ms), ("0.9", spread.p90_ms), ("0.95", spread.p95_ms)]
        {
            self.line(&format!("{name}{{quantile=\"{quantile}\"}}"), ms / 1_000.0);
        }
    }
}

fn about_itself(app: &App, page: &mut Page) {
    let counts = &app.counts;
    let uptime = app.started.elapsed().as_secs() as f64;
    page.one("tidegate_uptime_seconds", "gauge", "Since this server started.", uptime);
    page.one("tidegate_events_total", "counter", "Events in the log.", *app.written.borrow() as f64);
    let well = if app.gateway.borrow().is_well() { 1.0 } else { 0.0 };
    page.one("tidegate_gateway_up", "gauge", "Whether the gateway answers.", well);
    let counters = [
        ("tidegate_ticks_total", "Turns of streams.", &counts.ticks),
        ("tidegate_tick_faults_total", "Turns that the outside failed.", &counts.tick_faults),
        ("tidegate_tick_panics_total", "Turns that a bug ended.", &counts.tick_panics),
        ("tidegate_notices_sent_total", "Notices sent.", &counts.notices_sent),
        ("tidegate_requests_total", "Requests to this API.", &counts.requests),
        ("tidegate_webhook_turns_total", "Looks for what to tell a receiver.", &counts.webhook_turns),
    ];
    for (name, help, counter) in counters {
        page.one(name, "counter", help, counter.load(Ordering::Relaxed) as f64);
    }
    let name = "tidegate_responses_total";
    page.head(name, "counter", "Answers of this API, by the class of their status.");
    for (class, counter) in CLASSES.iter().zip(&counts.responses) {
        page.line(&format!("{name}{{class=\"{class}\"}}"), counter.load(Ordering::Relaxed) as f64);
    }
    let seconds = counts.response_micros.load(Ordering::Relaxed) as f64 / 1e6;
    let help = "Time until answers began; over the answers, that is the mean.";
    page.one("tidegate_response_seconds_total", "counter", help, seconds);
    let running = counts.ticks_running.load(Ordering::Relaxed) as f64;
    page.one("tidegate_ticks_running", "gauge", "Streams being driven now.", running);
}

async fn rows(app: &App, kind: &str, state: &str) -> Result<usize, Trouble> {
    let (kind, state) = (kind.to_owned(), Some(state.to_owned()));
    let query = RowQuery { kind, state, limit: COUNTED_MAX, ..RowQuery::default() };
    Ok(app.store.rows(query).await?.len())
}

/// Of production, the last 30 days in UTC.
async fn measured(app: &App, page: &mut Page) -> Result<(), Trouble> {
    let (behind, answer) = app.measures.lately(app).await?;
    let help = "Events of the log that measures do not know yet.";
    page.one("tidegate_measures_behind_events", "gauge", help, behind as f64);
    let Answer { total, .. } = answer;
    let gauges = [
        (
            "tidegate_deployments_30d",
            "Rollouts that reached users in production and are over.",
            total.deployments,
        ),
        ("tidegate_deployments_failed_30d", "Of these, those that failed.", total.failed),
        ("tidegate_deployments_unplanned_30d", "Of these, hotfixes and rollbacks.", total.unplanned),
        (
            "tidegate_deployments_unrecovered_30d",
            "Failed ones after which service is not restored.",
            total.unrecovered,
        ),
    ];
    for (name, help, value) in gauges {
        page.one(name, "gauge", help, value as f64);
    }
    let rates = [
        (Measure::DeploymentFrequency, "tidegate_deployment_frequency_30d", "Deployments a day."),
        (Measure::ChangeFailRate, "tidegate_change_fail_rate_30d", "The share of deployments that failed."),
        (
            Measure::DeploymentReworkRate,
            "tidegate_deployment_rework_rate_30d",
            "The share that nobody planned.",
        ),
    ];
    for (measure, name, help) in rates {
        if let Some(value) = total.of(measure) {
            page.one(name, "gauge", help, value);
        }
    }
    let lead = "From a commit to the end of the rollout that brought it to users.";
    page.quantiles("tidegate_change_lead_time_seconds_30d", lead, total.lead_of_commits);
    let recovery = "From the failure of a deployment to service restored.";
    page.quantiles("tidegate_failed_deployment_recovery_seconds_30d", recovery, total.recovery);
    Ok(())
}
