//! `/metrics`: what Tidegate counts about itself, as Prometheus text. The traffic's numbers are the gateway's.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use tidegate_ports::RowQuery;

use crate::app::App;
use crate::problem::Trouble;

const STATES: [&str; 4] = ["waiting", "advancing", "held", "returning"];
/// Counting reads the rows: more than this is said as this.
const COUNTED_MAX: u32 = 1_000;

pub(super) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Trouble> {
    let mut text = String::new();
    let counts = &app.counts;
    let mut say = |name: &str, kind: &str, help: &str, value: u64| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
    };
    let uptime = app.started.elapsed().as_secs();
    say("tidegate_uptime_seconds", "gauge", "Since this server started.", uptime);
    say("tidegate_events_total", "counter", "Events in the log.", *app.written.borrow());
    let well = u64::from(app.gateway.borrow().is_well());
    say("tidegate_gateway_up", "gauge", "Whether the gateway answers.", well);
    let counters = [
        ("tidegate_ticks_total", "Turns of streams.", &counts.ticks),
        ("tidegate_tick_faults_total", "Turns that the outside failed.", &counts.tick_faults),
        ("tidegate_tick_panics_total", "Turns that a bug ended.", &counts.tick_panics),
        ("tidegate_notices_sent_total", "Notices sent.", &counts.notices_sent),
        ("tidegate_requests_total", "Requests to this API.", &counts.requests),
        ("tidegate_webhook_turns_total", "Looks for what to tell a receiver.", &counts.webhook_turns),
    ];
    for (name, help, counter) in counters {
        say(name, "counter", help, counter.load(Ordering::Relaxed));
    }
    let running = counts.ticks_running.load(Ordering::Relaxed);
    say("tidegate_ticks_running", "gauge", "Streams being driven now.", running);
    text.push_str(
        "# HELP tidegate_rollouts Rollouts that have not ended, by state, up to 1000.\n# TYPE tidegate_rollouts gauge\n",
    );
    for state in STATES {
        let _ = writeln!(text, "tidegate_rollouts{{state=\"{state}\"}} {}", rollouts(&app, state).await?);
    }
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

async fn rollouts(app: &App, state: &str) -> Result<usize, Trouble> {
    let (kind, state) = ("rollout".to_owned(), Some(state.to_owned()));
    let query = RowQuery { kind, state, limit: COUNTED_MAX, ..RowQuery::default() };
    Ok(app.store.rows(query).await?.len())
}
