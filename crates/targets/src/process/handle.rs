//! A hold on one process: told when it ends, and signalled without ever meeting another with the same id.
//!
//! Invariant: a signal goes to the process that was named by id and start time, or to nobody. Deliberately not here:
//! when to signal.

use std::io;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::process::{PidfdFlags, Signal, WaitOptions, WaitStatus, pidfd_open, pidfd_send_signal, waitpid};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::proc::{Identity, stat};

pub(crate) struct Handle {
    pub(crate) identity: Identity,
    fd: AsyncFd<OwnedFd>,
}

/// How a process ended, as far as the kernel told us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Status(i32),
    Signal(i32),
    /// It was no child of ours: started before this control plane was.
    Unknown,
}

impl std::fmt::Display for Ending {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(out, "exited with status {status}"),
            Self::Signal(signal) => write!(out, "was ended by {}", signal_name(*signal)),
            Self::Unknown => {
                out.write_str("ended (Tidegate was restarted since it started, so how is not known)")
            }
        }
    }
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL (by a person, or by the kernel for want of memory)",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

impl Handle {
    /// None where that process is gone. The descriptor is opened first and the start time read after, so a process
    /// that took the id in between is told apart.
    pub(crate) fn open(identity: Identity) -> io::Result<Option<Self>> {
        match open_pidfd(identity)? {
            Some(fd) => Ok(Some(Self { identity, fd: watched(fd)? })),
            None => Ok(None),
        }
    }

    /// Waits until the process has ended. A zombie has.
    pub(crate) async fn ended(&self) {
        while let Ok(mut ready) = self.fd.readable().await {
            if !self.identity.runs() {
                return;
            }
            ready.clear_ready();
        }
        // The runtime is going away, and we with it; the process is not, so this must not say that it ended.
        std::future::pending::<()>().await;
    }

    /// To a process that has ended is no error.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        send(self.fd.get_ref(), signal)
    }

    /// Takes the ended process off the kernel's table if it is our child, and says how it ended.
    pub(crate) fn reap(&self) -> Ending {
        match waitpid(self.identity.pid(), WaitOptions::NOHANG) {
            Ok(Some((_, status))) => ending(status),
            Ok(None) | Err(_) => Ending::Unknown,
        }
    }
}

/// The constructors that took its place are `unsafe`, because some types answer another descriptor each time they are
/// asked; an `OwnedFd` does not.
#[expect(deprecated, reason = "sound for an OwnedFd, and this crate has no unsafe code")]
fn watched(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(fd, Interest::READABLE)
}

fn ending(status: WaitStatus) -> Ending {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(status), _) => Ending::Status(status),
        (None, Some(signal)) => Ending::Signal(signal),
        (None, None) => Ending::Unknown,
    }
}

/// Signals a process that nobody waits for.
pub(crate) fn signal_once(identity: Identity, signal: Signal) -> io::Result<()> {
    match open_pidfd(identity)? {
        Some(fd) => send(&fd, signal),
        None => Ok(()),
    }
}

fn open_pidfd(identity: Identity) -> io::Result<Option<OwnedFd>> {
    let Some(pid) = identity.pid() else { return Ok(None) };
    let fd = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(fd) => fd,
        Err(Errno::SRCH | Errno::INVAL) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(stat(identity.pid).is_ok_and(|stat| stat.start_ticks == identity.start_ticks).then_some(fd))
}

fn send(fd: &OwnedFd, signal: Signal) -> io::Result<()> {
    match pidfd_send_signal(fd, signal) {
        Ok(()) | Err(Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
