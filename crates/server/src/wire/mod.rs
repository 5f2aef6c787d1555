//! Views become wire types.
//!
//! Invariant: nothing is decided here; every field has one source. Deliberately not here: what the fields mean
//! (`tidegate-api`).

mod calendar;
mod catalog;
mod difference;
mod drift;
mod environment;
mod event;
mod evidence;
mod flag;
mod gate;
mod incident;
mod measure;
mod notes;
mod outline;
mod person;
mod plan;
mod release;
mod review;
mod rollout;
mod sample;
mod scope;
mod smoke;
mod why;

pub(crate) use calendar::calendar_entry;
pub(crate) use catalog::catalog;
pub(crate) use difference::difference;
pub(crate) use drift::drift;
pub(crate) use environment::environment;
pub(crate) use event::event;
pub(crate) use evidence::{evidence_added, evidence_report, evidence_shown, evidence_waiver};
pub(crate) use flag::{Window, flag, flag_history, flag_key, read_flag_kind};
pub(crate) use gate::gates;
pub(crate) use incident::{incident, incident_of_row};
pub(crate) use measure::{measure_row, measures, spread};
pub(crate) use notes::{note_given, note_told, release_notes};
pub(crate) use outline::outline;
pub(crate) use person::{group, person, read_grants, token, whoami};
pub(crate) use plan::{
    plan, plan_call, plan_candidate, plan_of_row, plan_phase, plan_readiness, plan_said, plan_votes, retold,
    stranger,
};
pub(crate) use release::{release, release_of_row};
pub(crate) use review::review;
pub(crate) use rollout::{rollout, rollout_of_row, say_what_is_awaited};
pub(crate) use sample::sample;
pub(crate) use scope::{scope_source, tracked_item};
pub(crate) use smoke::{smoke_brief, smoke_test};
pub(crate) use why::why;

use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use tidegate_ports::{Fault, Row};

/// A word of a view as the wire's enum of the same words.
pub(crate) fn word<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let words: StrDeserializer<'_, Error> = text.into_deserializer();
    T::deserialize(words).map_err(unreadable)
}

fn read_row<T: DeserializeOwned>(row: &Row) -> Result<T, Fault> {
    serde_json::from_str(&row.body).map_err(unreadable)
}

fn unreadable(why: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::hold("row-unreadable", "what the store holds is of a form that this build does not know")
        .with_help("start the build that wrote it, or a newer one")
        .caused_by(why)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// JSON has no infinity; the largest number stands for it.
fn finite(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number.clamp(f64::MIN, f64::MAX) }
}
