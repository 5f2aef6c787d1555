//! When a stream is due, who holds it, and what happens to a wake-up that comes in meanwhile.
//!
//! Invariant: a wake-up is never lost: what others ask for while a stream is held is kept apart (`called_at`) and
//! joins in when the holder gives the stream back or its lease ends. Deliberately not here: how it is stored.

use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Steady;
use tidegate_ports::{Batch, Lease, StreamAppend};

use crate::limits::LEASE_MS;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct WakeState {
    pub next_at: Option<Steady>,
    /// The earliest time that others asked for while the stream was held.
    pub called_at: Option<Steady>,
    pub held: Option<Hold>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hold {
    pub holder: String,
    pub fence: u64,
    pub until: Steady,
}

/// How a writer of a wake-up stands to the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its lease is on this stream: what it says replaces what was planned.
    Holder,
    /// It appends to this stream, so it has decided on the newest state: replaces, unless somebody holds the stream.
    Author,
    /// It only knows that the stream should look: this can bring the time forward, never put it off.
    Other,
}

impl Standing {
    pub fn of(batch: &Batch, stream: &StreamId) -> Self {
        if batch.lease.as_ref().is_some_and(|lease| lease.stream == *stream) {
            return Self::Holder;
        }
        let writes = |append: &StreamAppend| append.stream == *stream && !append.events.is_empty();
        if batch.appends.iter().any(writes) { Self::Author } else { Self::Other }
    }
}

fn earlier(one: Option<Steady>, other: Option<Steady>) -> Option<Steady> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl WakeState {
    /// When the stream can be claimed: a held one not before its lease ends.
    pub fn due_at(&self) -> Option<Steady> {
        let wanted = earlier(self.next_at, self.called_at);
        match &self.held {
            Some(hold) => wanted.map(|at| at.max(hold.until)),
            None => wanted,
        }
    }
    /// Nothing here is worth keeping.
    pub fn is_idle(&self) -> bool {
        *self == Self::default()
    }
    pub fn is_held_under(&self, lease: &Lease) -> bool {
        self.held.as_ref().is_some_and(|hold| hold.holder == lease.holder && hold.fence == lease.fence)
    }
    pub fn set(&mut self, at: Option<Steady>, standing: Standing) {
        match standing {
            Standing::Holder => self.next_at = at,
            Standing::Author if self.held.is_none() => self.next_at = at,
            Standing::Author | Standing::Other if self.held.is_some() => {
                self.called_at = earlier(self.called_at, at);
            }
            Standing::Author | Standing::Other => self.next_at = earlier(self.next_at, at),
        }
    }
    /// The caller has checked that the stream is due. `next_at` stays as it is: should the holder die, it is due still.
    pub fn claim(&mut self, holder: &str, fence: u64, now: Steady) -> Hold {
        if self.called_at.is_some_and(|at| at <= now) {
            self.next_at = earlier(self.next_at, self.called_at);
            self.called_at = None;
        }
        let hold = Hold { holder: holder.to_owned(), fence, until: now.plus_ms(LEASE_MS) };
        self.held = Some(hold.clone());
        hold
    }
    /// None when the lease is no longer the caller's.
    pub fn renew(&mut self, lease: &Lease, now: Steady) -> Option<Lease> {
        if !self.is_held_under(lease) {
            return None;
        }
        let hold = self.held.as_mut()?;
        hold.until = hold.until.max(now.plus_ms(LEASE_MS));
        Some(Lease { until: hold.until, ..lease.clone() })
    }
    /// `moved_on`: the stream has events that the holder had not seen when it worked `next` out.
    pub fn release(&mut self, next: Option<Steady>, moved_on: bool) {
        let next = if moved_on { Some(Steady(0)) } else { next };
        *self = Self { next_at: earlier(next, self.called_at), called_at: None, held: None };
    }
    /// The store was opened anew: whoever held the stream is gone.
    pub fn void(&mut self) {
        *self = Self { next_at: earlier(self.next_at, self.called_at), called_at: None, held: None };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held_until(until: u64) -> WakeState {
        let hold = Hold { holder: "a".to_owned(), fence: 7, until: Steady(until) };
        WakeState { next_at: Some(Steady(10)), called_at: None, held: Some(hold) }
    }

    #[test]
    fn a_call_during_a_hold_outlives_the_release() {
        let mut wake = held_until(15_010);
        wake.set(Some(Steady(40)), Standing::Other);
        wake.set(None, Standing::Author);
        wake.release(Some(Steady(9_000)), false);
        assert_eq!(wake.due_at(), Some(Steady(40)));
    }

    #[test]
    fn others_bring_a_time_forward_and_never_put_it_off() {
        let mut wake = WakeState { next_at: Some(Steady(50)), ..WakeState::default() };
        wake.set(Some(Steady(80)), Standing::Other);
        assert_eq!(wake.due_at(), Some(Steady(50)));
        wake.set(Some(Steady(30)), Standing::Other);
        assert_eq!(wake.due_at(), Some(Steady(30)));
        wake.set(Some(Steady(80)), Standing::Author);
        assert_eq!(wake.due_at(), Some(Steady(80)));
    }

    #[test]
    fn a_held_stream_is_due_when_its_lease_ends_or_later() {
        let mut wake = held_until(15_010);
        assert_eq!(wake.due_at(), Some(Steady(15_010)));
        wake.set(Some(Steady(60_000)), Standing::Holder);
        assert_eq!(wake.due_at(), Some(Steady(60_000)));
        wake.set(None, Standing::Holder);
        assert_eq!(wake.due_at(), None);
    }

    #[test]
    fn a_stream_that_moved_on_is_due_at_once() {
        let mut wake = held_until(15_010);
        wake.release(None, true);
        assert_eq!(wake.due_at(), Some(Steady(0)));
    }
}
