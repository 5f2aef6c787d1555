//! The machine's clocks, read and put on the installation's timeline.
//!
//! Invariant: what `now` answers follows the time since boot, so no step of the wall clock moves a timer; the timeline
//! is kept in a file, so a restart goes on from it. Deliberately not here: the arithmetic (the engine's `Timeline`).

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use tidegate_domain::moment::{Moment, Steady};
use tidegate_engine::{Reading, Timeline};
use tidegate_ports::Fault;

use crate::places::{read_json, write_json};

/// Names one boot of the machine (Documentation/admin-guide/sysctl/kernel.rst, `random`).
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

#[derive(Debug)]
pub(crate) struct Clock {
    timeline: Timeline,
    boot: String,
    path: PathBuf,
}

impl Clock {
    /// Goes on from the kept timeline, or begins one.
    pub fn open(path: PathBuf) -> Result<Self, Fault> {
        let boot = std::fs::read_to_string(BOOT_ID).map_err(|error| {
            Fault::hold("clock-unreadable", format!("cannot read {BOOT_ID}"))
                .with_help("Tidegate needs Linux with /proc mounted")
                .caused_by(error)
        })?;
        let boot = boot.trim().to_owned();
        let now = read(&boot);
        let timeline = match read_json::<Timeline>(&path) {
            Some(kept) => kept.resume(now),
            None => Timeline::begin(now),
        };
        let clock = Self { timeline, boot, path };
        clock.keep()?;
        Ok(clock)
    }

    /// Never before what stands in the log: the kept timeline may be a little older than the newest event, or lost.
    pub fn not_before(self, latest: Steady) -> Result<Self, Fault> {
        let clock = Self { timeline: self.timeline.not_before(latest), ..self };
        clock.keep()?;
        Ok(clock)
    }

    pub fn now(&self) -> Moment {
        self.timeline.at(&read(&self.boot))
    }

    /// Across boots the timeline goes on from what was last kept.
    pub fn keep(&self) -> Result<(), Fault> {
        let now = self.timeline.clone().resume(read(&self.boot));
        write_json(&self.path, &now).map_err(|error| {
            Fault::retry("timeline-unwritable", format!("cannot write {}", self.path.display()))
                .with_help("check the space and the rights of the data directory")
                .caused_by(error)
        })
    }
}

fn read(boot: &str) -> Reading {
    let since_boot = clock_gettime(ClockId::Boottime);
    let since_boot_ms = since_boot.tv_sec as u64 * 1000 + since_boot.tv_nsec as u64 / 1_000_000;
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Reading { boot: boot.to_owned(), since_boot_ms, wall_ms: wall.as_millis() as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_goes_on_from_where_the_timeline_stood() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("timeline.json");
        let first = Clock::open(path.clone()).unwrap();
        let before = first.now().steady;
        let second = Clock::open(path.clone()).unwrap();
        assert!(second.now().steady >= before);
        let latest = before.plus_seconds(3_600);
        let after_a_power_cut = Clock::open(path.clone()).unwrap().not_before(latest).unwrap();
        assert!(after_a_power_cut.now().steady >= latest);
        assert!(Clock::open(path.clone()).unwrap().now().steady >= latest, "and that is kept");
        std::fs::write(&path, "{").unwrap();
        assert!(Clock::open(path).unwrap().now().steady >= before, "a lost file begins at the wall clock");
    }
}
