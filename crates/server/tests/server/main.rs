//! The server over real HTTP: a real store, real processes, a real gateway.
//!
//! Invariant: each test has a server, data directory and ports of its own, and leaves no process behind.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

mod announced;
mod announced_around;
mod announced_publicly;
mod audit;
mod bundles;
mod calendar;
mod configuration;
mod edition;
mod environments;
mod events;
mod evidence;
mod flags;
mod flags_served;
mod idempotency;
mod inbound;
mod inquiries;
mod issuer;
mod life;
mod limits;
mod logs;
mod looking_back;
#[path = "../../../../e2e/process/src/mailbox.rs"]
#[allow(dead_code)] // it serves other tests too
mod mailbox;
mod measures;
mod metrics;
mod openapi;
mod openid;
mod pages;
mod people;
mod plan_book;
mod plans;
mod problems;
mod projects;
mod quality;
mod receiver;
mod release_notes;
mod releases;
mod reviews;
mod rights;
mod rollouts;
mod security;
mod smoke;
mod support;
mod system;
mod webhooks;
