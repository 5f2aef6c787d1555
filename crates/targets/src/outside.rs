//! Errors of the operating system as faults, each with its next step.
//!
//! Invariant: the kind follows from what a person can do about it, never from where it happened. Deliberately not
//! here: faults that only one module can meet.

use std::io;

use rustix::io::Errno;
use tidegate_ports::Fault;

/// `doing` finishes the sentence "could not …": `write the log /x/y.log`.
pub(crate) fn io_fault(doing: &str, error: io::Error) -> Fault {
    let message = format!("could not {doing}: {error}");
    let fault = match Errno::from_io_error(&error) {
        Some(Errno::NOSPC | Errno::DQUOT) => {
            Fault::retry("disk-full", message).with_help("free space on that disk; it goes on by itself")
        }
        Some(Errno::ACCESS | Errno::PERM | Errno::ROFS) => Fault::hold("permission-denied", message)
            .with_help(
                "give the user that runs Tidegate the right to do this, then `tidegate rollout resume`",
            ),
        Some(Errno::MFILE | Errno::NFILE) => Fault::retry("too-many-open-files", message)
            .with_help("raise the limit on open files (`ulimit -n`) for Tidegate; it goes on by itself"),
        Some(Errno::AGAIN | Errno::NOMEM) => Fault::retry("out-of-resources", message)
            .with_help("free memory or raise the limit on processes (`ulimit -u`); it goes on by itself"),
        Some(_) | None => {
            Fault::retry("io-failed", message).with_help("see the message; it is tried again by itself")
        }
    };
    fault.caused_by(error)
}

/// A fault that has to be told twice (its source is kept as text).
pub(crate) fn copy_of(fault: &Fault) -> Fault {
    let copy = Fault {
        kind: fault.kind,
        code: fault.code,
        message: fault.message.clone(),
        help: fault.help.clone(),
        source: None,
    };
    match &fault.source {
        Some(source) => copy.caused_by(source.to_string()),
        None => copy,
    }
}
