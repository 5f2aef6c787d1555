//! Deadlines for thousands of connections at the price of one timer per worker thread.
//!
//! A deadline is a cell that its owner moves as often as it likes for nothing; a sweep every 20 ms wakes
//! the owners whose time has come. So a deadline fires up to 40 ms late.
//! Invariant: a deadline never fires early, and one that is dropped or cleared never fires.
//! Not here: what a missed deadline means.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

const SWEEP: Duration = Duration::from_millis(20);

pub(crate) struct Deadlines {
    slots: RefCell<Slots>,
    /// The time of the last sweep; at most one sweep old while there is any deadline.
    now: Cell<Instant>,
    first: Notify,
}

/// Entries are used again, because every request needs one.
#[derive(Default)]
struct Slots {
    entries: Vec<Rc<Entry>>,
    free: Vec<usize>,
}

#[derive(Default)]
struct Entry {
    due: Cell<Option<Instant>>,
    waker: RefCell<Option<Waker>>,
}

pub(crate) struct Deadline {
    owner: Rc<Deadlines>,
    entry: Rc<Entry>,
    slot: usize,
}

impl Deadlines {
    pub fn new() -> Rc<Deadlines> {
        Rc::new(Deadlines { slots: RefCell::default(), now: Cell::new(Instant::now()), first: Notify::new() })
    }

    pub fn deadline(self: &Rc<Self>) -> Deadline {
        let mut slots = self.slots.borrow_mut();
        if slots.is_empty() {
            self.now.set(Instant::now());
            self.first.notify_one();
        }
        let (slot, entry) = slots.take();
        Deadline { owner: Rc::clone(self), entry, slot }
    }

    pub fn now(&self) -> Instant {
        self.now.get()
    }

    /// Runs as long as the worker does; sleeps without a timer while there is nothing to watch.
    pub async fn sweep(self: Rc<Self>) {
        loop {
            if self.slots.borrow().is_empty() {
                self.first.notified().await;
            }
            tokio::time::sleep(SWEEP).await;
            let now = Instant::now();
            self.now.set(now);
            self.slots.borrow().wake_due(now);
        }
    }
}

impl Slots {
    fn is_empty(&self) -> bool {
        self.entries.len() == self.free.len()
    }

    fn take(&mut self) -> (usize, Rc<Entry>) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.entries.push(Rc::default());
            self.entries.len() - 1
        });
        (slot, Rc::clone(&self.entries[slot]))
    }

    fn give_back(&mut self, slot: usize) {
        self.entries[slot].due.set(None);
        *self.entries[slot].waker.borrow_mut() = None;
        self.free.push(slot);
    }

    fn wake_due(&self, now: Instant) {
        for entry in &self.entries {
            if entry.due.get().is_some_and(|due| due <= now)
                && let Some(waker) = entry.waker.borrow_mut().take()
            {
                waker.wake();
            }
        }
    }
}

impl Deadline {
    pub fn set_in_ms(&self, ms: u32) {
        let after = Duration::from_millis(u64::from(ms)) + SWEEP;
        self.entry.due.set(Some(self.owner.now.get() + after));
    }

    pub fn clear(&self) {
        self.entry.due.set(None);
    }

    /// Also wakes the task at [`Deadline::wake`], whether or not there is a due time.
    pub fn poll_due(&self, cx: &Context<'_>) -> Poll<()> {
        if self.entry.due.get().is_some_and(|due| due <= self.owner.now.get()) {
            return Poll::Ready(());
        }
        let mut waker = self.entry.waker.borrow_mut();
        match waker.as_mut() {
            Some(known) => known.clone_from(cx.waker()),
            None => *waker = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// Lets somebody who is not in the task wake its owner.
    pub fn wake(&self) {
        if let Some(waker) = self.entry.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.owner.slots.borrow_mut().give_back(self.slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[test]
    fn fires_once_due_and_never_when_cleared_or_moved_on() {
        let runtime = tokio::runtime::LocalRuntime::new().unwrap();
        runtime.block_on(async {
            let deadlines = Deadlines::new();
            let sweep = tokio::task::spawn_local(Rc::clone(&deadlines).sweep());
            let cleared = deadlines.deadline();
            cleared.set_in_ms(1);
            cleared.clear();
            let due = deadlines.deadline();
            let begun = Instant::now();
            due.set_in_ms(60_000);
            due.set_in_ms(30);
            poll_fn(|cx| due.poll_due(cx)).await;
            assert!(begun.elapsed() >= Duration::from_millis(30));
            assert!(poll_fn(|cx| Poll::Ready(cleared.poll_due(cx))).await.is_pending());
            drop((cleared, due));
            assert!(deadlines.slots.borrow().is_empty());
            sweep.abort();
        });
    }
}
