//! A gateway without the rest of Tidegate: `standalone ADMIN_ADDRESS STATE_FILE [WORKERS]`.
//!
//! Invariant: it does what `tidegate gateway` does, so that the data plane can be measured and tried alone.
//! Not here: any table; set one with `curl -X PUT`.

use std::io::Write;
use std::process::ExitCode;
use tidegate_gateway::{Options, run_blocking_with};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let (Some(Ok(admin)), Some(state)) = (arguments.get(1).map(|text| text.parse()), arguments.get(2)) else {
        say("usage: standalone ADMIN_ADDRESS STATE_FILE [WORKERS]");
        return ExitCode::from(2);
    };
    let mut options = Options::new(admin, state);
    options.workers = arguments.get(3).and_then(|workers| workers.parse().ok());
    match run_blocking_with(options, |ready| say(&format!("ready {}", ready.admin))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("{error}\n{}", error.help()));
            ExitCode::from(3)
        }
    }
}

fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}"); // nobody may be listening
}
