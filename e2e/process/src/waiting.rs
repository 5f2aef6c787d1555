//! Waiting for what must come.
//!
//! Invariant: nothing is waited for by sleeping alone, and nothing for ever; the deadline outlasts a machine that
//! stands still for a minute.

use std::future::Future;
use std::time::{Duration, Instant};

pub const DEADLINE: Duration = Duration::from_mins(3);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Asks again until there is an answer, and gives up loudly.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < DEADLINE, "waited {DEADLINE:?} until {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
