//! Events are numbered without gaps, in the log and in each stream, and time in it does not run backwards by much.

use std::collections::BTreeMap;

use tidegate_domain::id::StreamId;

use super::{Checker, Verdict, View, require};
use crate::fact::Fact;

#[derive(Default)]
pub struct Journal {
    position: u64,
    versions: BTreeMap<StreamId, u64>,
}

impl Checker for Journal {
    fn property(&self) -> &'static str {
        "events are gapless"
    }

    fn see(&mut self, fact: &Fact, _: &View<'_>) -> Verdict {
        let Fact::Recorded(record) = fact else { return Ok(()) };
        let entry = &record.entry;
        require(entry.position == self.position + 1, || {
            format!("position {} follows {}", entry.position, self.position)
        })?;
        self.position = entry.position;
        let version = self.versions.entry(entry.stream.clone()).or_default();
        require(entry.version == *version + 1, || {
            format!("version {} of {} follows {version}", entry.version, entry.stream)
        })?;
        *version = entry.version;
        Ok(())
    }
}
