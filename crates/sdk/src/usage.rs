//! Which flags are asked for, and which variants are given: counted where they are served.
//!
//! Invariant: counting takes neither lock nor memory once a flag and a variant are known. Deliberately not here: keeping
//! or sending it, what follows from it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwap;

/// A flag has no more variants than this.
const VARIANTS_MAX: usize = 1_000;

#[derive(Default)]
pub struct Uses {
    by_flag: ArcSwap<HashMap<Box<str>, Arc<Use>, foldhash::fast::RandomState>>,
}

pub struct Use {
    /// Since when it is counted.
    since_ms: AtomicU64,
    last_ms: AtomicU64,
    news: AtomicBool,
    variants: ArcSwap<Vec<Arc<Given>>>,
}

struct Given {
    variant: Box<str>,
    count: AtomicU64,
    /// Of the count, what was kept already.
    kept: AtomicU64,
    last_ms: AtomicU64,
}

/// What is new about a flag's use.
pub struct News {
    pub key: String,
    pub seen: UseSeen,
    /// How often each variant was given since this was last told.
    pub given: Vec<(String, u64)>,
}

/// What is known of a flag's use in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct UseSeen {
    pub since_ms: u64,
    /// 0 where nobody ever asked.
    pub last_ms: u64,
    pub variants: Vec<VariantSeen>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct VariantSeen {
    pub variant: String,
    pub count: u64,
    pub last_ms: u64,
}

impl Uses {
    /// A flag from now on; one that is known goes on.
    pub fn know(&self, key: &str, now_ms: u64) {
        if self.by_flag.load().contains_key(key) {
            return;
        }
        let used = Arc::new(Use {
            since_ms: AtomicU64::new(now_ms),
            last_ms: AtomicU64::new(0),
            news: AtomicBool::new(false),
            variants: ArcSwap::default(),
        });
        self.by_flag.rcu(|known| {
            let mut known = HashMap::clone(known);
            known.entry(key.into()).or_insert_with(|| Arc::clone(&used));
            known
        });
    }

    /// Many at once, for a beginning.
    pub fn know_all<'a>(&self, keys: impl Iterator<Item = &'a str>, now_ms: u64) {
        let mut known = HashMap::clone(&self.by_flag.load());
        for key in keys {
            known.entry(key.into()).or_insert_with(|| {
                Arc::new(Use {
                    since_ms: AtomicU64::new(now_ms),
                    last_ms: AtomicU64::new(0),
                    news: AtomicBool::new(false),
                    variants: ArcSwap::default(),
                })
            });
        }
        self.by_flag.store(Arc::new(known));
    }

    pub fn note(&self, key: &str, variant: Option<&str>, now_ms: u64) {
        let by_flag = self.by_flag.load();
        let Some(used) = by_flag.get(key) else { return };
        // Written only where it is another, so that threads do not take it from each other for nothing.
        if used.last_ms.load(Ordering::Relaxed) < now_ms {
            used.last_ms.store(now_ms, Ordering::Relaxed);
        }
        if !used.news.load(Ordering::Relaxed) {
            used.news.store(true, Ordering::Relaxed);
        }
        let Some(variant) = variant else { return };
        let variants = used.variants.load();
        match variants.iter().find(|given| &*given.variant == variant) {
            Some(given) => given.add(1, now_ms),
            None => used.first(variant).add(1, now_ms),
        }
    }

    pub fn seen(&self, key: &str) -> Option<UseSeen> {
        Some(self.by_flag.load().get(key)?.seen())
    }

    /// Flags with news since this was last asked, at most so many, with how often each variant was given since then.
    pub fn news(&self, most: usize) -> Vec<News> {
        let by_flag = self.by_flag.load();
        let news = by_flag.iter().filter(|(_, used)| used.news.swap(false, Ordering::Relaxed)).take(most);
        news.map(|(key, used)| News { key: key.to_string(), seen: used.seen(), given: used.since_kept() })
            .collect()
    }

    /// How often each variant was given since news of the flag were last told; they are not told by this.
    pub fn pending(&self, key: &str) -> Vec<(String, u64)> {
        self.by_flag.load().get(key).map(|used| used.pending()).unwrap_or_default()
    }

    /// What somebody else gave, who serves the same flags.
    pub fn add(&self, key: &str, seen: &UseSeen, now_ms: u64) {
        let by_flag = self.by_flag.load();
        let Some(used) = by_flag.get(key) else { return };
        used.last_ms.fetch_max(seen.last_ms.min(now_ms), Ordering::Relaxed);
        used.news.store(true, Ordering::Relaxed);
        for VariantSeen { variant, count, last_ms } in seen.variants.iter().take(VARIANTS_MAX) {
            used.first(variant).add(*count, (*last_ms).min(now_ms));
        }
    }

    /// What an earlier start kept.
    pub fn remember(&self, key: &str, kept: &UseSeen) {
        let by_flag = self.by_flag.load();
        let Some(used) = by_flag.get(key) else { return };
        used.since_ms.fetch_min(kept.since_ms, Ordering::Relaxed);
        used.last_ms.fetch_max(kept.last_ms, Ordering::Relaxed);
        for VariantSeen { variant, count, last_ms } in &kept.variants {
            let given = used.first(variant);
            given.add(*count, *last_ms);
            given.kept.fetch_add(*count, Ordering::Relaxed);
        }
    }
}

impl Use {
    /// The variant, which may be new.
    fn first(&self, variant: &str) -> Arc<Given> {
        self.variants.rcu(|known| {
            let mut known = Vec::clone(known);
            if known.len() < VARIANTS_MAX && !known.iter().any(|given| &*given.variant == variant) {
                known.push(Arc::new(Given::new(variant)));
            }
            known
        });
        let known = self.variants.load();
        let found = known.iter().find(|given| &*given.variant == variant);
        // One more than a flag may have is counted nowhere.
        found.map_or_else(|| Arc::new(Given::new(variant)), Arc::clone)
    }

    fn seen(&self) -> UseSeen {
        let seen = |given: &Arc<Given>| VariantSeen {
            variant: given.variant.to_string(),
            count: given.count.load(Ordering::Relaxed),
            last_ms: given.last_ms.load(Ordering::Relaxed),
        };
        UseSeen {
            since_ms: self.since_ms.load(Ordering::Relaxed),
            last_ms: self.last_ms.load(Ordering::Relaxed),
            variants: self.variants.load().iter().map(seen).collect(),
        }
    }

    fn pending(&self) -> Vec<(String, u64)> {
        let since = |given: &Arc<Given>| {
            let kept = given.kept.load(Ordering::Relaxed);
            (given.variant.to_string(), given.count.load(Ordering::Relaxed).saturating_sub(kept))
        };
        self.variants.load().iter().map(since).filter(|(_, count)| *count > 0).collect()
    }

    fn since_kept(&self) -> Vec<(String, u64)> {
        let since = |given: &Arc<Given>| {
            let count = given.count.load(Ordering::Relaxed);
            let kept = given.kept.swap(count, Ordering::Relaxed);
            (given.variant.to_string(), count.saturating_sub(kept))
        };
        self.variants.load().iter().map(since).filter(|(_, count)| *count > 0).collect()
    }
}

impl Given {
    fn new(variant: &str) -> Self {
        let (count, kept, last_ms) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        Self { variant: variant.into(), count, kept, last_ms }
    }

    fn add(&self, count: u64, at_ms: u64) {
        self.count.fetch_add(count, Ordering::Relaxed);
        if self.last_ms.load(Ordering::Relaxed) < at_ms {
            self.last_ms.fetch_max(at_ms, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, u64)]) -> Vec<VariantSeen> {
        let one = |(variant, last_ms): &(&str, u64)| VariantSeen {
            variant: (*variant).to_owned(),
            count: 1,
            last_ms: *last_ms,
        };
        pairs.iter().map(one).collect()
    }

    #[test]
    fn what_is_given_is_counted_and_told_once() {
        let uses = Uses::default();
        uses.know("f", 0);
        uses.note("f", Some("on"), 5);
        uses.note("f", Some("on"), 7);
        uses.note("f", None, 8);
        uses.note("unknown", Some("on"), 9);
        let seen = uses.seen("f").unwrap();
        assert_eq!((seen.last_ms, seen.variants[0].count, seen.variants[0].last_ms), (8, 2, 7));
        let news = uses.news(10);
        assert_eq!((news.len(), &news[0].given[..]), (1, &[("on".to_owned(), 2)][..]));
        assert!(uses.news(10).is_empty());
        uses.note("f", Some("off"), 9);
        assert_eq!(uses.pending("f"), [("off".to_owned(), 1)]);
        assert_eq!(uses.news(10)[0].given, [("off".to_owned(), 1)]);
        assert!(uses.pending("f").is_empty() && uses.pending("unknown").is_empty());
        assert_eq!(uses.seen("unknown"), None);
    }

    #[test]
    fn what_was_kept_is_added_and_not_kept_again() {
        let uses = Uses::default();
        uses.know("f", 99);
        uses.note("f", Some("on"), 50);
        let kept = UseSeen { since_ms: 1, last_ms: 20, variants: given(&[("on", 20), ("off", 10)]) };
        uses.remember("f", &kept);
        let seen = uses.seen("f").unwrap();
        assert_eq!((seen.since_ms, seen.last_ms, seen.variants.len()), (1, 50, 2));
        assert_eq!(uses.news(10)[0].given, [("on".to_owned(), 1)]);
    }
}
