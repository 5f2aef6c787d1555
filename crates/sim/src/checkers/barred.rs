//! Automation never brings a release where it has been before, least of all where it went back from.

use tidegate_domain::release::ReleaseEvent;

use super::{Checker, Verdict, View, require};
use crate::fact::Fact;
use crate::shadow::Event;

pub struct Barred;

impl Checker for Barred {
    fn property(&self) -> &'static str {
        "automation never ships again what went back"
    }

    fn see(&mut self, fact: &Fact, _: &View<'_>) -> Verdict {
        let Fact::Recorded(record) = fact else { return Ok(()) };
        let Event::Release(ReleaseEvent::Entered { environment, rollout }) = &record.event else {
            return Ok(());
        };
        let Some(release) = record.before.release() else { return Ok(()) };
        let known = release.standings.get(environment);
        require(record.entry.actor != "tidegate" || known.is_none(), || {
            format!("automation brings {} to {environment} again by {rollout}: {known:?}", release.version)
        })
    }
}
