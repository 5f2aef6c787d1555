//! Work done side by side where a machine has more than one core.
//!
//! Invariant: what comes out is what would come out of one after the other.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread::available_parallelism;

pub(crate) fn cores() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

/// Both, the first of them on a thread of its own where that is worth it.
pub(crate) fn both<A: Send, B>(
    is_worth_it: bool,
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B,
) -> (A, B) {
    if !is_worth_it || cores() < 2 {
        return (first(), second());
    }
    std::thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        (first.join().unwrap_or_else(|bug| resume_unwind(bug)), second)
    })
}
