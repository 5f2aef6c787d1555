//! Lines for people on standard output and standard error.
//!
//! Invariant: a reader that went away never stops the service. Deliberately not here: levels, times and formats;
//! whoever runs the service adds the time.

use std::io::Write;

pub fn say(line: &str) {
    // A closed pipe is no reason to stop selling.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

pub fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
