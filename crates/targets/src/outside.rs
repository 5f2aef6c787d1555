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

#[cfg(test)]
mod tests {
    use tidegate_ports::FaultKind;

    use super::*;

    #[test]
    fn each_error_says_what_to_do() {
        use FaultKind::{Hold, Retry};
        for (errno, code, kind) in [
            (Errno::NOSPC, "disk-full", Retry),
            (Errno::DQUOT, "disk-full", Retry),
            (Errno::ACCESS, "permission-denied", Hold),
            (Errno::ROFS, "permission-denied", Hold),
            (Errno::MFILE, "too-many-open-files", Retry),
            (Errno::NOMEM, "out-of-resources", Retry),
            (Errno::IO, "io-failed", Retry),
        ] {
            let fault = io_fault("write the log /x", errno.into());
            assert_eq!((fault.code, fault.kind), (code, kind));
            assert!(fault.message.starts_with("could not write the log /x: "), "{fault}");
            assert!(!fault.help.is_empty() && fault.source.is_some());
            let copy = copy_of(&fault);
            assert_eq!(
                (copy.code, copy.kind, &copy.message, &copy.help),
                (code, kind, &fault.message, &fault.help)
            );
            assert_eq!(copy.source.unwrap().to_string(), fault.source.unwrap().to_string());
        }
    }
}
