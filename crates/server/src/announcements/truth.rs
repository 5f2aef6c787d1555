//! Whether what would be told is so.
//!
//! Invariant: nobody is told in the usual words that a release is out, or asked how it is, before a rollout brought it there. What
//! waits for a rollout says it by itself, and own words are somebody's own. Deliberately not here: telling (`follow`).

use tidegate_domain::announcement::{Occasion, Plan, When};
use tidegate_ports::Fault;

use crate::app::App;

/// Why what is told by the clock is not so; none where it is.
pub(crate) async fn untrue(app: &App, plan: &Plan) -> Result<Option<String>, Fault> {
    let says_it_is_out = matches!(plan.occasion, Occasion::Confirmation | Occasion::Feedback);
    let by_clock = matches!(plan.when, When::At { .. });
    if !says_it_is_out || !by_clock || plan.words.is_some() || plan.of_plan.is_some() {
        return Ok(None);
    }
    let Some(view) = app.engine.release(&plan.release).await? else { return Ok(None) };
    let is_there = |(environment, standing): (&String, &tidegate_engine::StandingView)| {
        let wanted = plan.environment.as_ref().is_none_or(|wanted| wanted.as_str() == environment);
        wanted && standing.state == "verified"
    };
    if view.standings.iter().any(is_there) {
        return Ok(None);
    }
    let place =
        plan.environment.as_ref().map_or_else(|| "anywhere".to_owned(), |place| format!("to {place}"));
    Ok(Some(format!("no rollout has brought {} {place}, so it is not out", plan.release)))
}
