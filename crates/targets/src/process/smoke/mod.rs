//! Smoke tests, asked of the instances themselves: attempt after attempt, until one passes or all are over.
//!
//! Invariant: each attempt ends at its deadline with all that it started; what is given back is bounded and holds no value
//! of a secret. Deliberately not here: when a test is asked, and what its outcome means.

mod http;
mod run;

use std::time::Duration;

use sha2::{Digest, Sha256};
use tidegate_domain::secret::Redactor;
use tidegate_domain::smoke::{RETRY_PAUSE_MS, SmokeAsk, SmokeResult, SmokeVerdict};
use tidegate_ports::{SmokeOutcome, SmokeQuestion};
use tokio::time::{Instant, sleep};

use super::{ProcessTarget, lock_of};
use crate::artifact::push_hex;

/// Of what a test wrote the end is kept.
const OUTPUT_BYTES_MAX: usize = 64 << 10;
/// Between two looks at whether instances can be asked.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Of what was answered or written, so much stands in the reason.
const EXCERPT_CHARS_MAX: usize = 200;

/// One attempt, with nothing in it that must not be seen.
struct Attempt {
    verdict: SmokeVerdict,
    seen: String,
    output: Vec<u8>,
    /// With which a command ended.
    status: Option<i32>,
}

impl Attempt {
    fn new(verdict: SmokeVerdict, seen: impl Into<String>, output: Vec<u8>) -> Self {
        Self { verdict, seen: seen.into(), output, status: None }
    }
}

impl ProcessTarget {
    /// Asks it. Whoever drops this on the way ends what it started.
    pub async fn smoke(&self, question: &SmokeQuestion) -> SmokeOutcome {
        let (test, began) = (&question.test, Instant::now());
        let mut attempts = 0;
        let attempt = loop {
            attempts += 1;
            let attempt = self.attempt(question).await;
            if attempt.verdict != SmokeVerdict::Failed || attempts > test.retries {
                break attempt;
            }
            sleep(Duration::from_millis(RETRY_PAUSE_MS)).await;
        };
        let Attempt { verdict, seen, output, .. } = attempt;
        let result = SmokeResult {
            verdict,
            attempts,
            took_ms: began.elapsed().as_millis() as u64,
            expected: test.expects(),
            seen,
            output_digest: if output.is_empty() { String::new() } else { digest(&output) },
        };
        SmokeOutcome { result, output }
    }

    async fn attempt(&self, question: &SmokeQuestion) -> Attempt {
        let secrets = &self.inner.common.secrets;
        let redactor = match secrets.redactor(&question.slot.environment).await {
            Ok(redactor) => redactor,
            // Without it nothing may be shown, so nothing is asked.
            Err(fault) => {
                let seen = format!("its output could not be kept free of secrets: {fault}");
                return Attempt::new(SmokeVerdict::Faulted, seen, Vec::new());
            }
        };
        let deadline = Instant::now() + Duration::from_millis(question.test.timeout_ms.max(1));
        match &question.test.ask {
            SmokeAsk::Http { path, status, contains, headers } => {
                let wanted = http::Wanted { path, status: *status, contains: contains.as_deref(), headers };
                self.ask_http(question, &wanted, (deadline, &redactor)).await
            }
            SmokeAsk::Run { command } => self.run_command(question, command, (deadline, &redactor)).await,
        }
    }

    /// Where the version's ready instances are, lowest ordinal first; none for a worker that has no port.
    fn ready_at(&self, question: &SmokeQuestion) -> Vec<String> {
        let slot = lock_of(&self.inner.slots).get(&question.slot).cloned();
        let observed = slot.and_then(|slot| slot.observe().remove(question.version.as_str()));
        let observed = observed.unwrap_or_default();
        observed.ready().filter_map(|instance| instance.address.clone()).collect()
    }
}

fn digest(output: &[u8]) -> String {
    let mut text = String::new();
    push_hex(&mut text, &Sha256::digest(output));
    text
}

/// The end of what was written, as it may be seen.
#[derive(Default)]
struct Tail {
    bytes: Vec<u8>,
    cut: bool,
}

impl Tail {
    /// Kept beyond what is shown, so that a value that was cut in two is found.
    fn push(&mut self, more: &[u8], redactor: &Redactor) {
        let keep = OUTPUT_BYTES_MAX + redactor.longest();
        self.bytes.extend_from_slice(more);
        if self.bytes.len() > 2 * keep {
            self.cut_to(keep);
        }
    }

    fn cut_to(&mut self, keep: usize) {
        let over = self.bytes.len().saturating_sub(keep);
        self.bytes.drain(..over);
        self.cut |= over > 0;
    }

    fn clean(mut self, redactor: &Redactor) -> Vec<u8> {
        self.cut_to(OUTPUT_BYTES_MAX + redactor.longest());
        let mut clean = redactor.redact(&self.bytes);
        if self.cut {
            clean.drain(..redactor.longest().min(clean.len()));
        }
        let over = clean.len().saturating_sub(OUTPUT_BYTES_MAX);
        clean.drain(..over);
        if self.cut || over > 0 {
            // Not in the middle of a character, such as those that stand in a value's place.
            let inside = clean.iter().take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000).count();
            clean.drain(..inside);
            clean.splice(..0, b"[the beginning was left out]\n".iter().copied());
        }
        clean
    }
}

/// A line of it for a sentence.
fn excerpt(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(parts: &[&[u8]], redactor: &Redactor) -> Vec<u8> {
        let mut tail = Tail::default();
        for part in parts {
            tail.push(part, redactor);
        }
        tail.clean(redactor)
    }

    #[test]
    fn the_end_is_kept() {
        let none = Redactor::default();
        assert_eq!(tail(&[b"a", b"b"], &none), b"ab");
        let long = vec![b'x'; OUTPUT_BYTES_MAX];
        let kept = tail(&[&long, &long, &long, b"the end"], &none);
        assert!(kept.ends_with(b"xthe end") && kept.starts_with(b"[the beginning was left out]\nx"));
        assert!(kept.len() < OUTPUT_BYTES_MAX + 40, "{}", kept.len());
    }

    #[test]
    fn no_part_of_a_value_is_left_where_output_was_cut() {
        let redactor = Redactor::new(["correct-horse-battery"]);
        assert_eq!(tail(&[b"a correct-horse-", b"battery b"], &redactor), "a ••• b".as_bytes());
        for shift in 0..60 {
            let mut text = vec![b'.'; OUTPUT_BYTES_MAX];
            text.extend_from_slice(b"correct-horse-battery");
            text.extend(std::iter::repeat_n(b'.', OUTPUT_BYTES_MAX + 30 - shift));
            let kept = String::from_utf8(tail(&[&text], &redactor)).unwrap();
            assert!(!kept.contains("battery") && !kept.contains("ttery"), "{shift}");
        }
    }

    #[test]
    fn a_line_for_a_sentence() {
        assert_eq!(excerpt(b" a\n\tb  c "), "a b c");
        assert_eq!(excerpt(&[b'y'; 300]).chars().count(), EXCERPT_CHARS_MAX + 1);
    }
}
