//! A task for each of several things, as long as the thing is there and is what it was.
//!
//! Invariant: never two for one; dropping ends them all. Deliberately not here: what the tasks do.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use tokio::task::JoinHandle;

pub(crate) struct Each<K, V> {
    running: BTreeMap<K, Running<V>>,
}

struct Running<V> {
    of: V,
    task: JoinHandle<()>,
}

impl<V> Drop for Running<V> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl<K, V> Default for Each<K, V> {
    fn default() -> Self {
        Self { running: BTreeMap::new() }
    }
}

impl<K: Ord + Clone, V: PartialEq> Each<K, V> {
    /// Ends those of what is gone or changed, and begins those that are missing or ended by themselves.
    pub fn keep(&mut self, wanted: BTreeMap<K, V>, begin: impl Fn(&K, &V) -> JoinHandle<()>) {
        self.running
            .retain(|key, running| wanted.get(key) == Some(&running.of) && !running.task.is_finished());
        for (key, of) in wanted {
            if let Entry::Vacant(place) = self.running.entry(key) {
                let task = begin(place.key(), &of);
                place.insert(Running { of, task });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn there_is_one_for_each_and_none_for_what_is_gone() {
        let (begun, alive) = (Arc::new(AtomicUsize::new(0)), Arc::new(()));
        let mut each = Each::default();
        let keep = |each: &mut Each<u8, u8>, wanted: &[(u8, u8)]| {
            each.keep(wanted.iter().copied().collect(), |_, _| {
                begun.fetch_add(1, Ordering::Relaxed);
                let alive = Arc::clone(&alive);
                tokio::spawn(async move {
                    std::future::pending::<()>().await;
                    drop(alive);
                })
            });
        };
        keep(&mut each, &[(1, 1), (2, 1)]);
        keep(&mut each, &[(1, 1), (2, 1)]);
        assert_eq!(begun.load(Ordering::Relaxed), 2);
        keep(&mut each, &[(1, 2)]);
        assert_eq!(begun.load(Ordering::Relaxed), 3, "what changed begins anew");
        drop(each);
        while Arc::strong_count(&alive) > 1 {
            tokio::task::yield_now().await;
        }
    }
}
