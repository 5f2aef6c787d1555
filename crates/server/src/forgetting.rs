//! Forgets from where was asked, once that is longer ago than the log shall remember.
//!
//! Invariant: that origins go stands in the log before the first one does; what a killed server left half done the next one
//! finishes. Deliberately not here: how long (`domain::retention`), the rows (the store).

use std::sync::Arc;
use std::time::Duration;

use tidegate_domain::retention::RetentionCommand;
use tidegate_engine::{Command, Request, SubmitError};
use tidegate_ports::Fault;

use crate::app::App;

const EVERY: Duration = Duration::from_hours(24);
const PAUSE_AFTER_FAULT: Duration = Duration::from_mins(1);
const DAY_MS: u64 = 24 * 3600 * 1000;

/// Each day, and whenever somebody says how long from now on.
pub(crate) async fn run(app: Arc<App>) {
    // Unknown how far the last server came: all that it said it would forget.
    let mut done = 0;
    loop {
        let pause = match forget(&app, &mut done).await {
            Ok(0) => EVERY,
            Ok(origins) => {
                tracing::info!(origins, "origins were forgotten");
                EVERY
            }
            Err(fault) => {
                tracing::warn!(code = fault.code, %fault, "origins are not forgotten yet; it is tried again");
                PAUSE_AFTER_FAULT
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = app.retained.notified() => {}
        }
    }
}

async fn forget(app: &App, done: &mut u64) -> Result<u64, Fault> {
    let state = app.engine.retention().await?;
    let mut through = state.forgotten_through;
    if let Some(days) = state.origin_days {
        let now = app.clock.now();
        let before_ms = now.wall_ms.saturating_sub(u64::from(days) * DAY_MS);
        let past = app.machine.past(through, before_ms).await?;
        let command = RetentionCommand::Forget { through: past.through, origins: past.origins, before_ms };
        let request = Request {
            actor: "tidegate".to_owned(),
            origin: None,
            by_person: false,
            key: None,
            command: Command::Retention(command),
            seen: None,
            dry_run: false,
        };
        app.engine.submit(&request, now).await.map_err(fault)?;
        through = app.engine.retention().await?.forgotten_through;
    }
    let origins = app.machine.forget_origins(*done, through).await?;
    *done = through;
    Ok(origins)
}

fn fault(error: SubmitError) -> Fault {
    match error {
        SubmitError::Fault(fault) => fault,
        // Nothing that it says can be refused.
        SubmitError::Refused(_) | SubmitError::KeyReused | SubmitError::ChangedMeanwhile => {
            Fault::hold("bug", error.to_string())
        }
    }
}
