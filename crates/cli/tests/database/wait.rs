//! Waiting for a condition, with a deadline.

use std::process::Child;
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(5);

/// Until it holds; a minute is far more than anything here takes.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(PAUSE);
    }
}

/// Whether it ended by itself before that moment.
pub fn ended_before(child: &mut Child, moment: Instant) -> bool {
    while Instant::now() < moment {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1).min(moment.saturating_duration_since(Instant::now())));
    }
    child.try_wait().unwrap().is_some()
}
