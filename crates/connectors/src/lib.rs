//! Messages out and in: signed webhooks, their timetable, a client that cannot be sent inside, CDEvents, what arrives, what
//! trackers hold.
//!
//! Invariant: nothing here decides what is said or keeps what was sent; clocks and chance are arguments, and no secret
//! has a `Debug` that shows it. Deliberately not here: the outbox, endpoints and their storage (the server's).

pub mod cdevents;
pub mod chat;
pub mod deliver;
pub mod feed;
pub mod guard;
mod hex;
pub mod inbound;
pub mod inquire;
pub mod link;
pub mod mail;
pub mod prometheus;
pub mod schedule;
pub mod scope;
pub mod standard_webhooks;
pub mod template;

/// The headers of what is sent and received; the same type as axum's.
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
