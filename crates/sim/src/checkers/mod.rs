//! What must be true, one property a file.
//!
//! Invariant: a checker sees every fact in order, believes the world and the log and never the engine, and says in one
//! sentence what is wrong. Each is shown able to fail (`tests/`).

mod barred;
mod brief;
mod capacity;
mod contracted;
mod fenced;
mod flag_follows;
mod goes_on;
mod gone;
mod held;
mod idempotent;
mod in_order;
mod journal;
mod notices;
mod one_per_slot;
mod one_stage;
mod read_back;
mod recorded;
mod returns;
mod routed_ready;
mod serving;
mod settled;
mod smoked_first;
mod stable_first;
mod timers;
mod unrouted_first;
mod whole;

pub use flag_follows::share_of;
use tidegate_domain::name::Version;
use tidegate_ports::Serving;

use crate::fact::Fact;
use crate::scenario::Scenario;
use crate::shadow::Shadow;
use crate::world::World;

/// What a checker may look at beside the fact.
pub struct View<'a> {
    pub now_ms: u64,
    pub shadow: &'a Shadow,
    pub world: &'a World,
    pub scenario: &'a Scenario,
}

pub type Verdict = Result<(), String>;

pub trait Checker {
    /// The property as a sentence.
    fn property(&self) -> &'static str;
    fn see(&mut self, fact: &Fact, view: &View<'_>) -> Verdict;
    /// When everything has come to rest.
    fn end(&mut self, _view: &View<'_>) -> Verdict {
        Ok(())
    }
}

pub fn all() -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(journal::Journal::default()),
        Box::new(goes_on::GoesOn::default()),
        Box::new(recorded::Recorded),
        Box::new(fenced::Fenced::default()),
        Box::new(whole::Whole),
        Box::new(routed_ready::RoutedReady::default()),
        Box::new(unrouted_first::UnroutedFirst::default()),
        Box::new(capacity::Capacity::default()),
        Box::new(serving::KeepsServing::default()),
        Box::new(stable_first::StableFirst::default()),
        Box::new(returns::ReturnsAreFinal::default()),
        Box::new(read_back::ReadBack::default()),
        Box::new(gone::Gone),
        Box::new(flag_follows::FlagFollows),
        Box::new(smoked_first::SmokedFirst::default()),
        Box::new(contracted::Contracted::default()),
        Box::new(held::Held::default()),
        Box::new(timers::Timers),
        Box::new(one_stage::OneStage::default()),
        Box::new(in_order::InOrder),
        Box::new(one_per_slot::OnePerSlot::default()),
        Box::new(barred::Barred),
        Box::new(idempotent::Idempotent::default()),
        Box::new(notices::Notices::default()),
        Box::new(brief::Brief::default()),
        Box::new(settled::Settled),
    ]
}

/// Addresses to which a version's requests go.
fn endpoints<'a>(serving: &'a Serving, version: &Version) -> &'a [String] {
    let Serving::Split(backends) = serving else { return &[] };
    backends.iter().find(|backend| backend.version == *version).map_or(&[], |backend| &backend.endpoints)
}

fn require(holds: bool, otherwise: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(otherwise()) }
}

#[cfg(test)]
mod tests;
