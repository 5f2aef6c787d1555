//! What the tests of whole processes share: a real Tidegate, real services, visitors who count.
//!
//! Invariant: whatever a test starts is ended with it, also when it fails, and something left running fails it.
//! Deliberately not here: what is tested (`tests/`, one file for each subject).

// A harness says what is wrong by panicking, and keeps what the server said for whoever reads the failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod asking;
mod collector;
mod edge;
mod install;
mod mailbox;
mod manifests;
mod ports;
mod processes;
mod programs;
mod tracker;
mod visitors;
mod waiting;

pub use asking::{because, behaviour, deploy_request, healthy, key};
pub use collector::{Collector, Span, Told};
pub use edge::Edge;
pub use install::Install;
pub use mailbox::{Mailbox, Manner, Taken};
pub use manifests::ONE_API;
pub use ports::Ports;
pub use processes::{Found, find, signal_process};
pub use programs::{Ran, program, run};
pub use tracker::{TOKEN, Tracker, Turn};
pub use visitors::{Answers, Book, Dropped, Visitors};
pub use waiting::{DEADLINE, until};
