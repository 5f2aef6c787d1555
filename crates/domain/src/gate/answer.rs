//! What another system answered at a webhook gate, and what that means now.
//!
//! Invariant: only an answer about exactly what would go out counts, and only as long as the gate lets it; a failure to
//! get one is no answer, and never opens. The same question is asked again in a bounded rhythm, so that neither a person
//! who looks often nor a release that stands for weeks makes more of it. Deliberately not here: sending (the server).

use serde::{Deserialize, Serialize};

use super::spec::WebhookRule;
use crate::name::GateName;

/// A person who looks gets a new answer in place of a closed one this soon.
const PERSON_MS: u64 = 5_000;
const BACKOFF_MS: u64 = 5_000;
const BACKOFF_MS_MAX: u64 = 300_000;
/// An unchanged no is asked about again at least this often.
const PATIENCE_MS_MAX: u64 = 900_000;
/// Questions about so many different things are remembered: an old one comes again when a change is taken back.
const DIGESTS_MAX: usize = 4;

/// What came of asking once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    Said {
        open: bool,
        reason: String,
    },
    /// Nothing that could be read as yes or no.
    Failed {
        /// The same for the same kind of failure.
        code: String,
        message: String,
    },
}

/// An answer as the log tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateAnswer {
    pub gate: GateName,
    /// Of what was asked about: release, environment, plan.
    pub digest: String,
    pub reply: Reply,
    pub at_ms: u64,
}

impl GateAnswer {
    /// Whether it says the same about the same thing. What a failure says in words may differ each time.
    pub fn repeats(&self, before: &Self) -> bool {
        let same = match (&self.reply, &before.reply) {
            (Reply::Failed { code, .. }, Reply::Failed { code: before, .. }) => code == before,
            (now, before) => now == before,
        };
        same && self.digest == before.digest
    }
}

/// Who wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    Person,
    Automation,
}

/// Everything that is kept of one gate's questions, the newest subject first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiries(Vec<Inquiry>);

/// The questions about one digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    pub digest: String,
    /// The last yes or no.
    pub said: Option<Said>,
    /// What went wrong since.
    pub failed: Option<Failed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub open: bool,
    pub reason: String,
    pub at_ms: u64,
    /// Since when it says so.
    pub since_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    pub code: String,
    pub message: String,
    pub at_ms: u64,
    pub since_ms: u64,
    /// In a row.
    pub count: u32,
}

impl Inquiries {
    pub fn about(&self, digest: &str) -> Option<&Inquiry> {
        self.0.iter().find(|inquiry| inquiry.digest == digest)
    }

    /// With one more answer.
    #[must_use]
    pub fn with(mut self, digest: &str, reply: &Reply, now_ms: u64) -> Self {
        let at = self.0.iter().position(|inquiry| inquiry.digest == digest);
        let before = at.map(|at| self.0.remove(at));
        self.0.insert(0, Inquiry::after(before, digest, reply, now_ms));
        self.0.truncate(DIGESTS_MAX);
        self
    }
}

impl Inquiry {
    fn after(before: Option<Self>, digest: &str, reply: &Reply, now_ms: u64) -> Self {
        let (said, failed) = before.map_or((None, None), |before| (before.said, before.failed));
        let digest = digest.to_owned();
        match reply {
            Reply::Said { open, reason } => {
                let since_ms = said.filter(|said| said.open == *open).map_or(now_ms, |said| said.since_ms);
                let said = Some(Said { open: *open, reason: reason.clone(), at_ms: now_ms, since_ms });
                Self { digest, said, failed: None }
            }
            Reply::Failed { code, message } => {
                let count = failed.as_ref().map_or(0, |failed| failed.count).saturating_add(1);
                let since_ms = failed.map_or(now_ms, |failed| failed.since_ms);
                let (code, message) = (code.clone(), message.clone());
                Self { digest, said, failed: Some(Failed { code, message, at_ms: now_ms, since_ms, count }) }
            }
        }
    }

    /// The yes or no that counts now. One from the future, after a clock was set back, does not.
    pub fn holds(&self, rule: &WebhookRule, now_ms: u64) -> Option<&Said> {
        let until = |said: &Said| said.at_ms.saturating_add(rule.holds_seconds.saturating_mul(1000));
        self.said.as_ref().filter(|said| said.at_ms <= now_ms && now_ms < until(said))
    }

    /// When automation asks again.
    pub fn next_ms(&self, rule: &WebhookRule) -> u64 {
        if let Some(failed) = &self.failed {
            let doubled = BACKOFF_MS.saturating_mul(1 << failed.count.saturating_sub(1).min(16));
            return failed.at_ms.saturating_add(doubled.min(BACKOFF_MS_MAX));
        }
        let Some(said) = &self.said else { return 0 };
        let holds_ms = rule.holds_seconds.saturating_mul(1000);
        let wait_ms = if said.open {
            // Early enough that the next answer is there before this one ends.
            holds_ms.saturating_sub(rule.deadline_seconds.saturating_mul(2000)).max(holds_ms / 3)
        } else {
            // As long again as it has said so.
            said.at_ms.saturating_sub(said.since_ms).clamp(holds_ms, PATIENCE_MS_MAX.max(holds_ms))
        };
        said.at_ms.saturating_add(wait_ms)
    }

    fn last_ms(&self) -> u64 {
        let said = self.said.as_ref().map_or(0, |said| said.at_ms);
        self.failed.as_ref().map_or(0, |failed| failed.at_ms).max(said)
    }
}

/// Whether it is time to ask, about this digest.
pub fn is_due(inquiry: Option<&Inquiry>, rule: &WebhookRule, now_ms: u64, asking: Asking) -> bool {
    let Some(inquiry) = inquiry else { return true };
    if inquiry.last_ms() > now_ms || inquiry.next_ms(rule) <= now_ms {
        return true;
    }
    let open = inquiry.failed.is_none() && inquiry.holds(rule, now_ms).is_some_and(|said| said.open);
    asking == Asking::Person && !open && inquiry.last_ms().saturating_add(PERSON_MS) <= now_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> WebhookRule {
        WebhookRule {
            url: "https://change.example/gate".into(),
            secret: "CHANGE_KEY".parse().unwrap(),
            deadline_seconds: 10,
            holds_seconds: 300,
        }
    }
    fn yes() -> Reply {
        Reply::Said { open: true, reason: String::new() }
    }
    fn no() -> Reply {
        Reply::Said { open: false, reason: "not yet".into() }
    }
    fn failed() -> Reply {
        Reply::Failed { code: "endpoint-too-slow".into(), message: "too slow".into() }
    }
    fn after(replies: &[(Reply, u64)]) -> Inquiries {
        replies.iter().fold(Inquiries::default(), |known, (reply, at)| known.with("d1", reply, at * 1000))
    }

    #[track_caller]
    fn check(
        replies: &[(Reply, u64)],
        at_seconds: u64,
        counts: Option<bool>,
        person: bool,
        automation: bool,
    ) {
        let (known, rule, now_ms) = (after(replies), rule(), at_seconds * 1000);
        let inquiry = known.about("d1");
        let due = |asking| is_due(inquiry, &rule, now_ms, asking);
        let said = inquiry.and_then(|inquiry| inquiry.holds(&rule, now_ms)).map(|said| said.open);
        assert_eq!((said, due(Asking::Person), due(Asking::Automation)), (counts, person, automation));
    }

    #[test]
    fn an_open_answer_holds_for_its_time_and_is_asked_anew_before_it_ends() {
        check(&[(yes(), 1000)], 1000, Some(true), false, false);
        check(&[(yes(), 1000)], 1279, Some(true), false, false);
        check(&[(yes(), 1000)], 1280, Some(true), true, true);
        check(&[(yes(), 1000)], 1299, Some(true), true, true);
        check(&[(yes(), 1000)], 1300, None, true, true);
    }

    #[test]
    fn a_closed_one_is_asked_again_soon_by_people_and_ever_more_rarely_by_automation() {
        check(&[(no(), 1000)], 1004, Some(false), false, false);
        check(&[(no(), 1000)], 1005, Some(false), true, false);
        check(&[(no(), 1000)], 1300, None, true, true);
        let again = [(no(), 1000), (no(), 1300), (no(), 1600)];
        check(&again, 2199, None, true, false);
        check(&again, 2200, None, true, true);
        let long: Vec<_> = (1..40).map(|hour| (no(), hour * 3600)).collect();
        check(&long, 39 * 3600 + 899, None, true, false);
        check(&long, 39 * 3600 + 900, None, true, true);
    }

    #[test]
    fn a_failure_is_tried_again_by_a_bounded_backoff_and_leaves_an_answer_that_still_holds() {
        check(&[(failed(), 1000)], 1004, None, false, false);
        check(&[(failed(), 1000)], 1005, None, true, true);
        check(&[(failed(), 1000), (failed(), 1005)], 1014, None, true, false);
        check(&[(failed(), 1000), (failed(), 1005)], 1015, None, true, true);
        let many: Vec<_> = (1..60).map(|at| (failed(), at * 1000)).collect();
        check(&many, 59_299, None, true, false);
        check(&many, 59_300, None, true, true);
        check(&[(yes(), 1000), (failed(), 1290)], 1291, Some(true), false, false);
        check(&[(yes(), 1000), (failed(), 1299)], 1300, None, false, false);
        check(&[(failed(), 1000), (yes(), 1005)], 1010, Some(true), false, false);
    }

    #[test]
    fn an_answer_of_the_future_does_not_count_and_is_asked_again() {
        check(&[(yes(), 1000)], 999, None, true, true);
        check(&[], 0, None, true, true);
    }

    #[test]
    fn answers_are_about_one_digest_and_few_are_remembered() {
        let known = after(&[(yes(), 1000)]).with("d2", &no(), 1_001_000);
        assert!(known.about("d1").unwrap().said.as_ref().unwrap().open);
        assert!(!known.about("d2").unwrap().said.as_ref().unwrap().open);
        let known = ["d3", "d4", "d5"].iter().fold(known, |known, digest| known.with(digest, &no(), 1));
        assert_eq!((known.about("d1"), known.0.len()), (None, DIGESTS_MAX));
    }

    #[test]
    fn since_when_it_says_so_outlives_its_repetitions() {
        let said = |known: &Inquiries| known.about("d1").unwrap().said.clone().unwrap();
        let known = after(&[(no(), 10), (no(), 20), (failed(), 25), (no(), 30)]);
        assert_eq!(said(&known).since_ms, 10_000);
        assert_eq!(said(&known.with("d1", &yes(), 40_000)).since_ms, 40_000);
    }

    #[test]
    fn what_is_told_once_is_not_told_again() {
        let answer = |digest: &str, reply| GateAnswer {
            gate: "ask".parse().unwrap(),
            digest: digest.into(),
            reply,
            at_ms: 0,
        };
        let other_words = Reply::Failed { code: "endpoint-too-slow".into(), message: "other words".into() };
        assert!(answer("d1", failed()).repeats(&answer("d1", other_words)));
        assert!(answer("d1", no()).repeats(&answer("d1", no())));
        assert!(!answer("d1", no()).repeats(&answer("d2", no())));
        assert!(!answer("d1", no()).repeats(&answer("d1", failed())));
        let otherwise = Reply::Said { open: false, reason: "frozen".into() };
        assert!(!answer("d1", no()).repeats(&answer("d1", otherwise)));
    }
}
