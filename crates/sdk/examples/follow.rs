//! Prints what a flag is for somebody, and again whenever it is changed, until it is interrupted.
//!
//! `TIDEGATE_FLAG_KEY=tdk_… cargo run -p tidegate-sdk --example follow -- http://127.0.0.1:7070 new-checkout ann`
//!
//! More addresses may stand in the first word, separated by commas.

use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use serde_json::json;
use tidegate_sdk::{Client, ErrorCode, Options};

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(addresses), Some(flag)) = (words.next(), words.next()) else {
        return Err("follow ADDRESS[,ADDRESS…] FLAG [SUBJECT]".into());
    };
    let subject = words.next().unwrap_or_else(|| "ann".to_owned());
    let mut addresses = addresses.split(',');
    let first = addresses.next().unwrap_or_default();
    let options =
        addresses.fold(Options::new(first, std::env::var("TIDEGATE_FLAG_KEY")?), Options::with_address);
    let flags = Client::start(options)?;
    let mut changes = flags.changes();
    flags.wait_ready(Duration::from_secs(30))?;
    loop {
        let somebody = flags.context().with_targeting_key(subject.as_str());
        let told = flags.evaluate(&flag, &somebody);
        let line = json!({
            "value": told.value, "variant": told.variant, "reason": told.reason.as_str(),
            "error": told.error.map(ErrorCode::as_str), "stale": flags.stale_for().map(|since| since.as_secs()),
        });
        writeln!(std::io::stdout(), "{line}")?;
        while changes.wait(Duration::from_mins(1)).is_none() {}
    }
}
