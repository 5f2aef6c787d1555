//! A few threads that read, each with its own connection, beside the one that writes.
//!
//! Invariant: a question asked after a commit was answered sees that commit. Deliberately not here: the questions.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tidegate_ports::Fault;
use tokio::sync::mpsc;

use super::opening::{fault_at_open, open_reader};

const READERS: usize = 2;
/// The most questions that wait before callers are held back.
const QUEUE_MAX: usize = 1_024;

pub(super) type Question = Box<dyn FnOnce(&Connection) + Send>;

/// Whoever is free takes the next question.
type Shared = Arc<Mutex<mpsc::Receiver<Question>>>;

pub(super) fn start(path: &Path) -> Result<(mpsc::Sender<Question>, Vec<JoinHandle<()>>), Fault> {
    let (sender, receiver) = mpsc::channel(QUEUE_MAX);
    let shared: Shared = Arc::new(Mutex::new(receiver));
    let spawn = |number: usize| {
        let connection = open_reader(path).map_err(|error| fault_at_open(path, &error))?;
        let shared = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name(format!("store-read-{number}"));
        thread.spawn(move || run(&connection, &shared)).map_err(super::no_thread)
    };
    let threads = (0..READERS).map(spawn).collect::<Result<Vec<_>, Fault>>()?;
    Ok((sender, threads))
}

fn run(connection: &Connection, shared: &Shared) {
    loop {
        // Waiting with the lock held is the queue: the next reader waits for the lock instead of the channel.
        let next = shared.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(question) = next else { return };
        question(connection);
    }
}
