//! The decisions of release management, and nothing else.
//!
//! Invariant: no I/O, no async, no clock, no randomness, no iteration over hash maps; time, ids and observations come
//! in as arguments. Deliberately not here: storage, processes, traffic, wire formats.

pub mod announcement;
pub mod bundles;
pub mod calendar;
pub mod catalog;
pub mod component;
pub mod consequences;
pub mod database;
pub mod difference;
pub mod environment;
pub mod flag;
pub mod flag_keys;
pub mod gate;
pub mod groups;
pub mod id;
pub mod inbound;
pub mod incident;
pub mod matching;
pub mod moment;
pub mod name;
pub mod person;
pub mod pipeline;
pub mod placed;
pub mod plan_book;
pub mod planning;
pub mod projects;
pub mod refusal;
pub mod release;
pub mod release_plan;
pub mod replicas;
pub mod retention;
pub mod review;
pub mod rights;
pub mod rollout;
pub mod scope_source;
pub mod secret;
pub mod slot;
pub mod smoke;
pub mod strategy;
pub mod webhook;
pub mod weight;
pub mod why;
