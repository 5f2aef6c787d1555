//! Automation never brings a release where it has been before, least of all where it went back from, unless a person has
//! allowed it since.

use tidegate_domain::release::{ReleaseEvent, Standing};

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
        let allowed = matches!(known, None | Some(Standing::GoneBack { allowed: true, .. }));
        require(record.entry.actor != "tidegate" || allowed, || {
            format!("automation brings {} to {environment} again by {rollout}: {known:?}", release.version)
        })
    }
}
