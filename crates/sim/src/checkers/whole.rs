//! The weights of a split sum to exactly the whole, at every instant.

use tidegate_ports::Serving;

use super::{Checker, Verdict, View, require};
use crate::fact::Fact;

pub struct Whole;

impl Checker for Whole {
    fn property(&self) -> &'static str {
        "weights sum to 10 000"
    }

    fn see(&mut self, fact: &Fact, _: &View<'_>) -> Verdict {
        let Fact::Routed(routed) = fact else { return Ok(()) };
        let Some(Serving::Split(backends)) = &routed.after else { return Ok(()) };
        let sum: u32 = backends.iter().map(|backend| u32::from(backend.weight.basis_points())).sum();
        require(sum == 10_000, || format!("the weights of {} sum to {sum}", routed.intent.slot))
    }
}
