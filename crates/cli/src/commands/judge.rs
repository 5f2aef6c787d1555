//! `tidegate judge`: the analysis alone, as a filter, so that others can judge it.
//!
//! Invariant: exactly one line out for each scrape that came in, at once; a bad line changes nothing and is said on
//! stderr with its number. Not here: the protocol (`tidegate-analysis`).

use std::io::{self, BufRead, Read};

use tidegate_analysis::JudgeSession;
use tidegate_analysis::protocol::LINE_BYTES_MAX;

use super::{Answer, Context};
use crate::ending::Ending;
use crate::failure::Failure;

pub const LONG_ABOUT: &str = r#"Judge a canary from measurements on stdin, verdicts on stdout (JSON lines)

A start line begins a rollout and resets everything; it has no answer:
  {"type":"start","le_ms":[5,10,25,50,100]}
Each scrape has cumulative counters, the last bucket counts all, and is
answered by one line; an arm that is missing is a scrape that failed:
  {"type":"scrape","t":5.0,"weight":0.05,"arms":{
   "baseline":{"requests":482,"errors":3,"buckets":[90,300,470,482,482,482]},
   "canary":{"requests":26,"errors":0,"buckets":[5,17,25,26,26,26]}}}
(in one line). The answer:
  {"verdict":"continue","weight":0.05,"evidence":0.4,"why":"no harm shown: …"}
verdict: continue, advance, hold, promote, rollback or inconclusive."#;

pub fn run(context: &Context) -> Answer {
    let mut session = JudgeSession::default();
    let mut input = io::stdin().lock();
    let mut ending = Ending::Done;
    for number in 1_u64.. {
        let Some(line) = read_line(&mut input)? else { break };
        let answered = String::from_utf8(line)
            .map_err(|_| Failure::refused("judge-line-malformed", format!("line {number}: it is not UTF-8")))
            .and_then(|line| session.line(&line).map_err(|error| refused(number, &error)));
        match answered {
            Ok(Some(answer)) => context.out.line(answer)?,
            Ok(None) => {}
            Err(failure) => {
                context.out.failure(&failure);
                ending = Ending::Refused;
            }
        }
    }
    Ok(ending)
}

fn refused(number: u64, error: &tidegate_analysis::protocol::ProtocolError) -> Failure {
    let failure = Failure::refused(error.code(), format!("line {number}: {error}")).help(error.help());
    match std::error::Error::source(error) {
        Some(cause) => failure.caused_by(cause),
        None => failure,
    }
}

/// The next line without its end; of one that is too long only as much as shows that, the rest is passed over.
fn read_line(input: &mut impl BufRead) -> Result<Option<Vec<u8>>, Failure> {
    let limit = LINE_BYTES_MAX as u64 + 2;
    let failed = |error: io::Error| {
        Failure::fault("input-failed", "the input could not be read")
            .help("check where the input comes from")
            .caused_by(&error)
    };
    let mut line = Vec::new();
    if input.by_ref().take(limit).read_until(b'\n', &mut line).map_err(failed)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() as u64 == limit {
        input.skip_until(b'\n').map_err(failed)?;
    }
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_they_end() {
        let long = "x".repeat(3 * LINE_BYTES_MAX);
        let text = format!("one\n\n{long}\nlast");
        let mut input = io::BufReader::with_capacity(7, text.as_bytes());
        let mut lengths = Vec::new();
        while let Some(line) = read_line(&mut input).unwrap() {
            lengths.push(line.len());
        }
        assert_eq!(lengths, [3, 0, LINE_BYTES_MAX + 2, 4]);
    }
}
