//! The scripts in `examples`, run as they stand.
//!
//! Invariant: what a reader copies works. Each checks its own refusals and ends with 0 only when all of it came true.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tidegate_e2e::program;

const DEADLINE: Duration = Duration::from_mins(5);

#[tokio::test(flavor = "multi_thread")]
async fn the_governed_release_is_refused_five_times_and_then_ships() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/governed.sh");
    let running = tokio::process::Command::new("bash")
        .arg(script)
        .env("TIDEGATE", program("tidegate"))
        .env("SHOP", program("shop"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let ended = tokio::time::timeout(DEADLINE, running).await.expect("it ends").unwrap();
    let (said, wrong) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{said}\n{wrong}");
    for part in ["1.1.0 is live in production", "# 5. A freeze holds.", "author-may-not-sign"] {
        assert!(said.contains(part), "{part} is missing in\n{said}\n{wrong}");
    }
}
