//! Serves the rule over stdin and stdout in the JSON-lines protocol, to be judged from outside.
//!
//! Invariant: one answer for each scrape line; a line that is refused goes to stderr and stops it.

use std::io::{self, BufRead, Write};
use tidegate_analysis::JudgeSession;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut session = JudgeSession::default();
    let mut answers = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        if let Some(answer) = session.line(&line?)? {
            writeln!(answers, "{answer}")?;
            answers.flush()?;
        }
    }
    Ok(())
}
