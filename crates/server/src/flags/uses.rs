//! When a flag looks as if nobody needed it any more, from what was counted.
//!
//! Invariant: a flag is not called stale before it was watched for the whole window. Deliberately not here: counting
//! (`tidegate_sdk::usage`), keeping (`usage`).

use tidegate_sdk::usage::UseSeen;

/// Why a flag looks as if nobody needed it any more, from what was given in the last `window_ms`; none while it was
/// not watched for so long.
pub(crate) fn stale(seen: &UseSeen, now_ms: u64, window_ms: u64) -> Option<String> {
    let from = now_ms.saturating_sub(window_ms);
    if seen.since_ms > from {
        return None;
    }
    let days = window_ms / 86_400_000;
    if seen.last_ms < from {
        return Some(format!("nobody asked for it in {days} days"));
    }
    let mut lately = seen.variants.iter().filter(|variant| variant.last_ms >= from);
    match (lately.next(), lately.next()) {
        (Some(only), None) => Some(format!("everybody got `{}` for {days} days", only.variant)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tidegate_sdk::usage::VariantSeen;

    use super::*;

    const DAY: u64 = 86_400_000;

    fn given(pairs: &[(&str, u64)]) -> Vec<VariantSeen> {
        let one = |(variant, last_ms): &(&str, u64)| VariantSeen {
            variant: (*variant).to_owned(),
            count: 1,
            last_ms: *last_ms,
        };
        pairs.iter().map(one).collect()
    }

    #[test]
    fn a_flag_is_stale_when_it_does_nothing_any_more() {
        let check = |last_ms, variants: &[(&str, u64)], expect: Option<&str>| {
            let seen = UseSeen { since_ms: 0, last_ms, variants: given(variants) };
            let told = stale(&seen, 100 * DAY, 30 * DAY);
            assert_eq!(told.as_deref(), expect, "{variants:?}");
        };
        check(0, &[], Some("nobody asked for it in 30 days"));
        check(60 * DAY, &[("on", 60 * DAY)], Some("nobody asked for it in 30 days"));
        check(99 * DAY, &[("on", 99 * DAY), ("off", 60 * DAY)], Some("everybody got `on` for 30 days"));
        check(99 * DAY, &[("on", 99 * DAY), ("off", 80 * DAY)], None);
        let young = UseSeen { since_ms: 80 * DAY, last_ms: 0, variants: Vec::new() };
        assert_eq!(stale(&young, 100 * DAY, 30 * DAY), None, "it was not watched for so long");
    }
}
