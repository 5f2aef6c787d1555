//! Things as people read them: text and rows of pieces from wire types, nothing else.
//!
//! Invariant: pure (what goes in decides what comes out), within 80 columns where the names allow it, and meaning is
//! in the words, never in the colour alone. Not here: writing (`output`), asking (`commands`).

pub mod announcement;
pub mod app_store;
pub mod bundle;
pub mod bundle_shelf;
pub mod calendar;
pub mod database;
pub mod diagnostics;
pub mod difference;
pub mod drift;
pub mod environment;
pub mod event;
pub mod evidence;
pub mod exported;
pub mod failure;
pub mod flag;
pub mod gate;
pub mod health;
pub mod inbound;
pub mod incident;
pub mod measures;
pub mod notes;
pub mod number;
pub mod outcome;
pub mod outline;
pub mod person;
pub mod picture;
pub mod piece;
pub mod plan;
pub mod plan_back;
pub mod plan_book;
pub mod plan_chart;
pub mod plan_decision;
pub mod progress;
pub mod project;
pub mod rates;
pub mod release;
pub mod review;
pub mod rollout;
pub mod sample;
pub mod scope;
pub mod secret;
pub mod smoke;
pub mod table;
pub mod webhook;
pub mod why;

#[cfg(test)]
pub mod plan_samples;
#[cfg(test)]
pub mod samples;

/// A word of the API, as it stands on the wire.
fn spelt(word: &impl serde::Serialize) -> String {
    let told = serde_json::to_value(word).ok();
    told.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}
