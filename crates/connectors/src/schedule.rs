//! When a message is tried again, and what each answer means.
//!
//! Invariant: no wait is shorter than the timetable's or longer than a day and a fifth, and after the tenth attempt there
//! is no other. Source: Standard Webhooks 1.0, "Deliverability and reliability". Deliberately not here: clocks, chance
//! (arguments), and waiting.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Before each attempt, counted from the one before it.
pub const DELAYS_SECONDS: [u64; 10] =
    [0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600];

/// How much later than the timetable an attempt may be, so that receivers that come back are not met by all at once.
const JITTER_PERCENT: u64 = 20;

/// The longest wait that a receiver can ask for.
const RETRY_AFTER_LIMIT_SECONDS: u64 = 24 * 3600;

/// What came back from one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// `retry_after_seconds` where the answer asks for it, see `retry_after`.
    Status { code: u16, retry_after_seconds: Option<u64> },
    /// No answer: refused by the guard, not connected, broken off, or too late.
    Nothing,
}

/// What happens to the message now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Delivered,
    Retry {
        wait_ms: u64,
    },
    /// The receiver wants nothing more, ever: the endpoint is switched off.
    Disable,
    /// All attempts are used up: kept for a person to look at and send again.
    DeadLetter,
}

/// After the attempt with the number `attempt` (the first is 1). `chance` is uniform over all its values.
pub fn next(attempt: u32, answer: Answer, chance: u32) -> Next {
    let asked_seconds = match answer {
        Answer::Status { code: 200..=299, .. } => return Next::Delivered,
        Answer::Status { code: 410, .. } => return Next::Disable,
        Answer::Status { code: 429 | 503, retry_after_seconds } => retry_after_seconds.unwrap_or(0),
        Answer::Status { .. } | Answer::Nothing => 0,
    };
    let Some(wait_ms) = wait_ms(attempt, chance) else { return Next::DeadLetter };
    let asked_ms = asked_seconds.min(RETRY_AFTER_LIMIT_SECONDS) * 1000;
    Next::Retry { wait_ms: wait_ms.max(asked_ms) }
}

/// Between an attempt and the following one; before the first with `attempt` 0. None after the last.
pub fn wait_ms(attempt: u32, chance: u32) -> Option<u64> {
    let delay_ms = DELAYS_SECONDS.get(usize::try_from(attempt).ok()?)? * 1000;
    let spread_ms = delay_ms * JITTER_PERCENT / 100;
    // The upper half of a product of 64 bits is uniform over 0..=spread_ms.
    Some(delay_ms + ((u64::from(chance) * (spread_ms + 1)) >> 32))
}

/// The value of `Retry-After`: seconds, or a date in any of the three forms of RFC 9110, 5.6.7. A date that is past is 0.
pub fn retry_after(value: &str, now_seconds: u64) -> Option<u64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are "very long", and there is a limit on that.
        return Some(value.parse().unwrap_or(u64::MAX));
    }
    let at = http_date(value)?;
    Some(u64::try_from(at).unwrap_or(0).saturating_sub(now_seconds))
}

/// Seconds since 1970.
fn http_date(value: &str) -> Option<i64> {
    // As sent today, by RFC 850, and by C's asctime.
    let forms = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let read = |form: &&str| DateTime::strptime(form, value).ok();
    let date = forms.iter().find_map(read)?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn status(code: u16) -> Answer {
        Answer::Status { code, retry_after_seconds: None }
    }

    #[test]
    fn each_answer_means_what_it_says() {
        let check = |code: u16, expect: Next| assert_eq!(next(1, status(code), 0), expect, "{code}");
        for code in [200, 201, 202, 204, 226, 299] {
            check(code, Next::Delivered);
        }
        for code in [
            100, 199, 300, 301, 302, 303, 304, 307, 308, 400, 401, 404, 409, 413, 418, 429, 500, 502, 503,
            504, 599, 999,
        ] {
            check(code, Next::Retry { wait_ms: 5000 });
        }
        check(410, Next::Disable);
        assert_eq!(next(1, Answer::Nothing, 0), Next::Retry { wait_ms: 5000 });
    }

    #[test]
    fn the_timetable_is_the_standards() {
        let waits: Vec<u64> = (0..11).filter_map(|attempt| wait_ms(attempt, 0)).map(|ms| ms / 1000).collect();
        assert_eq!(waits, [0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]);
        assert_eq!(next(9, status(500), 0), Next::Retry { wait_ms: 86_400_000 });
        assert_eq!(next(10, status(500), 0), Next::DeadLetter);
        assert_eq!(next(10, status(200), 0), Next::Delivered);
        assert_eq!(next(10, status(410), 0), Next::Disable);
        assert_eq!(next(u32::MAX, Answer::Nothing, u32::MAX), Next::DeadLetter);
        assert_eq!(wait_ms(1, u32::MAX), Some(6000));
    }

    #[test]
    fn a_wish_to_wait_is_honoured_up_to_a_day() {
        let check = |attempt: u32, code: u16, asked: u64, expect_seconds: u64| {
            let answer = Answer::Status { code, retry_after_seconds: Some(asked) };
            assert_eq!(
                next(attempt, answer, 0),
                Next::Retry { wait_ms: expect_seconds * 1000 },
                "{code} {asked}"
            );
        };
        check(1, 429, 120, 120);
        check(1, 503, 120, 120);
        check(3, 503, 120, 1800);
        check(1, 500, 120, 5);
        check(1, 302, 120, 5);
        check(1, 429, u64::MAX, 86_400);
        check(1, 429, 0, 5);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = 784_111_777 - 60;
        let check = |value: &str, expect: Option<u64>| assert_eq!(retry_after(value, now), expect, "{value}");
        check("120", Some(120));
        check(" 120 ", Some(120));
        check("0", Some(0));
        check("99999999999999999999999", Some(u64::MAX));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(60));
        check("Sunday, 06-Nov-94 08:49:37 GMT", Some(60));
        check("Sun Nov  6 08:49:37 1994", Some(60));
        check("Sun, 06 Nov 1994 08:40:00 GMT", Some(0));
        check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0));
        check("Wed, 31 Dec 1969 23:59:59 GMT", Some(0));
        for odd in
            ["", "-1", "+1", "1.5", "soon", "Sun, 06 Nov 1994", "Mon, 06 Nov 1994 08:49:37 GMT", "１２"]
        {
            check(odd, None);
        }
    }

    proptest! {
        #[test]
        fn a_wait_is_between_the_timetable_and_a_fifth_more(
            attempt in 0_u32..12, code in 0_u16..1000, asked in proptest::option::of(any::<u64>()), chance in any::<u32>(),
        ) {
            let answer = Answer::Status { code, retry_after_seconds: asked };
            match next(attempt, answer, chance) {
                Next::Retry { wait_ms } => {
                    let planned = DELAYS_SECONDS[attempt as usize] * 1000;
                    prop_assert!(wait_ms >= planned);
                    let asked = if code == 429 || code == 503 { asked.unwrap_or(0).min(86_400) * 1000 } else { 0 };
                    prop_assert!(wait_ms >= asked);
                    prop_assert!(wait_ms <= (planned + planned / 5).max(asked));
                }
                Next::Delivered => prop_assert!((200..300).contains(&code)),
                Next::Disable => prop_assert_eq!(code, 410),
                Next::DeadLetter => prop_assert!(attempt >= 10),
            }
        }

        #[test]
        fn more_chance_never_waits_less(attempt in 0_u32..10, one in any::<u32>(), other in any::<u32>()) {
            let (less, more) = (one.min(other), one.max(other));
            prop_assert!(wait_ms(attempt, less) <= wait_ms(attempt, more));
        }

        #[test]
        fn a_receiver_that_always_fails_is_asked_ten_times(chance in any::<u32>(), code in 300_u16..400) {
            let mut attempts = 1;
            while let Next::Retry { .. } = next(attempts, status(code), chance) {
                attempts += 1;
            }
            prop_assert_eq!(attempts, 10);
        }

        #[test]
        fn no_header_makes_it_panic(value in ".{0,60}", now in any::<u64>()) {
            let _ = retry_after(&value, now);
        }
    }
}
