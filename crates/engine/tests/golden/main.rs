//! The form in which each event stands in the log: one golden file for each kind and version.
//!
//! Invariant: a file here is added to, never edited: logs of every earlier Tidegate hold events in this form. An event
//! whose form has to change gets a new kind or version, and a file of its own. A missing file is written by
//! `TIDEGATE_GOLDEN=write cargo test -p tidegate-engine --test golden`; one that differs is never overwritten.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::needless_for_each)]

mod announcements;
mod bundles;
mod flags;
mod outside;
mod people;
mod places;
mod plans;
mod releases;
mod rollouts;
mod samples;
