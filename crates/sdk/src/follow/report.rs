//! Reporting how flags were used to whoever counts it for everybody.
//!
//! Invariant: what could not be reported adds up and is sent later, a bounded part at a time; what is refused for what it
//! is is not sent for ever. Deliberately not here: counting (`usage`).

use std::collections::BTreeMap;

use reqwest::{RequestBuilder, StatusCode};

use crate::usage::{News, UseSeen, VariantSeen};

/// Flags in one request.
const FLAGS_AT_ONCE: usize = 2_000;
/// Variants of one flag in one request, the most given ones.
const VARIANTS_AT_ONCE: usize = 50;

#[derive(Default)]
pub(super) struct Report {
    unsent: BTreeMap<String, UseSeen>,
}

impl Report {
    pub fn gather(&mut self, given: impl FnOnce(usize) -> Vec<News>) {
        for News { key, seen, given } in given(tidegate_flags::limits::FLAGS_MAX) {
            add(self.unsent.entry(key).or_default(), &seen, &given);
        }
    }

    pub async fn send(&mut self, post: impl Fn() -> RequestBuilder) {
        while let Some(piece) = self.piece() {
            let sent = post().json(&piece).send().await;
            let goes_on = sent.is_ok_and(|response| is_settled(response.status()));
            if !goes_on {
                return;
            }
            for key in piece.keys() {
                self.unsent.remove(key);
            }
        }
    }

    fn piece(&self) -> Option<BTreeMap<String, UseSeen>> {
        let all = self.unsent.iter().take(FLAGS_AT_ONCE);
        let piece: BTreeMap<_, _> = all.map(|(key, seen)| (key.clone(), shortened(seen))).collect();
        (!piece.is_empty()).then_some(piece)
    }
}

/// Taken, or never to be taken.
pub(super) fn is_settled(status: StatusCode) -> bool {
    let later = [StatusCode::UNAUTHORIZED, StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
    status.is_success() || (status.is_client_error() && !later.contains(&status))
}

fn shortened(seen: &UseSeen) -> UseSeen {
    let mut seen = seen.clone();
    seen.variants.sort_by_key(|variant| std::cmp::Reverse(variant.count));
    seen.variants.truncate(VARIANTS_AT_ONCE);
    seen
}

/// Only what was given since it was last told.
fn add(told: &mut UseSeen, seen: &UseSeen, given: &[(String, u64)]) {
    told.last_ms = told.last_ms.max(seen.last_ms);
    for (variant, count) in given {
        let known = seen.variants.iter().find(|known| known.variant == *variant);
        let last_ms = known.map_or(0, |known| known.last_ms);
        match told.variants.iter_mut().find(|known| known.variant == *variant) {
            Some(known) => {
                known.count = known.count.saturating_add(*count);
                known.last_ms = known.last_ms.max(last_ms);
            }
            None => told.variants.push(VariantSeen { variant: variant.clone(), count: *count, last_ms }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(key: &str, last_ms: u64, count: u64) -> News {
        let variants = vec![VariantSeen { variant: "on".to_owned(), count: 100, last_ms }];
        let seen = UseSeen { since_ms: 0, last_ms, variants };
        News { key: key.to_owned(), seen, given: vec![("on".to_owned(), count)] }
    }

    #[test]
    fn what_could_not_be_reported_adds_up() {
        let mut report = Report::default();
        report.gather(|_| vec![news("f", 5, 2)]);
        report.gather(|_| vec![news("f", 9, 3)]);
        let told = &report.unsent["f"];
        assert_eq!((told.last_ms, told.variants[0].count, told.variants[0].last_ms), (9, 5, 9));
    }

    #[test]
    fn a_request_is_a_bounded_part() {
        let mut report = Report::default();
        assert!(report.piece().is_none());
        report.gather(|_| (0..=FLAGS_AT_ONCE).map(|number| news(&format!("f{number}"), 1, 1)).collect());
        assert_eq!(report.piece().unwrap().len(), FLAGS_AT_ONCE);
        let variant = |count: u64| VariantSeen { variant: count.to_string(), count, last_ms: 0 };
        let many = UseSeen { variants: (0..1_000).map(variant).collect(), ..UseSeen::default() };
        let short = shortened(&many);
        assert_eq!((short.variants.len(), short.variants[0].count), (VARIANTS_AT_ONCE, 999));
    }

    #[test]
    fn what_is_refused_for_what_it_is_is_not_sent_again() {
        let check = |status: u16, expect| {
            assert_eq!(is_settled(StatusCode::from_u16(status).unwrap()), expect, "{status}");
        };
        check(204, true);
        check(400, true);
        check(403, true);
        check(404, true);
        check(401, false);
        check(429, false);
        check(500, false);
        check(503, false);
    }
}
