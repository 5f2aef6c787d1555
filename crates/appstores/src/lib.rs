//! A release of a mobile app, exposed step by step by its store.
//!
//! Invariant: nothing is done before the store was asked how it stands, so doing a thing again does it once; a store is never said to
//! have gone back, because none can. Deliberately not here: building and uploading an app, its review, and when a step comes (the
//! engine).

pub mod apple;
pub mod google;
mod jwt;
mod refusal;
mod rules;
mod sending;
mod share;
mod sight;

pub use refusal::StoreRefusal;
pub use rules::{APPLE_DAYS, APPLE_PAUSE_DAYS, Objection, Plan, Store, cannot, objections};
pub use share::{BadShare, Share};
pub use sight::{Act, Sight, Stage};
/// By which a store is asked.
pub use tidegate_connectors::guard;
