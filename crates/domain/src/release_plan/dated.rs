//! What of a plan stands in calendars: when it goes out, by when it is ready, its activities and meetings.
//!
//! Invariant: an entry keeps its name for life, and its revision grows with each change of what a calendar shows, and only then.
//! Deliberately not here: the form of a calendar.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use tidegate_plan::document::{ActivityState, Meeting, Window};

use super::{Mark, Phase, PlanEvent, ReleasePlan};

const MEETING_MINUTES: u32 = 60;

/// An entry of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// `window`, `ready`, `freeze`, `activity/ID`, `meeting/ID`.
    pub name: String,
    /// What it is, after the version.
    pub title: String,
    /// More of it, in lines.
    pub says: String,
    pub when: When,
    /// It does not take place.
    pub off: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// On the clock of a zone of the IANA database.
    Times { from: DateTime, until: DateTime, zone: String },
    /// From the first day to the last.
    Days { from: Date, until: Date },
}

impl ReleasePlan {
    /// Entries without a date are none.
    pub fn dated(&self) -> Vec<Dated> {
        let document = &*self.document;
        let off = self.phase == Phase::Cancelled;
        let mut all = Vec::new();
        if let Some(window) = &document.deployment.window {
            let Window { from, until, zone } = window.clone();
            let downtime = document.deployment.expected_downtime_seconds;
            let says =
                downtime.map(|seconds| format!("{} minutes of downtime are expected.", seconds.div_ceil(60)));
            let (name, title, says) = ("window".to_owned(), "goes out".to_owned(), says.unwrap_or_default());
            all.push(Dated { name, title, says, when: When::Times { from, until, zone }, off });
        }
        for (name, title, day) in [
            ("freeze", "code freeze", document.freeze_on),
            ("ready", "everything is ready", document.ready_on),
        ] {
            let (name, title) = (name.to_owned(), title.to_owned());
            all.extend(day.map(|day| Dated {
                name,
                title,
                says: String::new(),
                when: When::Days { from: day, until: day },
                off,
            }));
        }
        for activity in &document.activities {
            let Some(from) = activity.start.or(activity.end) else { continue };
            let owner = activity.owner.as_ref().map(|owner| format!("Owner: {owner}\n")).unwrap_or_default();
            all.push(Dated {
                name: format!("activity/{}", activity.id),
                title: activity.name.clone(),
                says: format!("{owner}State: {}", activity.state.word()),
                when: When::Days { from, until: activity.end.unwrap_or(from).max(from) },
                off: off || activity.state == ActivityState::Cancelled,
            });
        }
        all.extend(document.meetings.iter().filter_map(|meeting| self.meeting(meeting, off)));
        all
    }

    fn meeting(&self, meeting: &Meeting, off: bool) -> Option<Dated> {
        let from = meeting.at?;
        let minutes = i64::from(meeting.minutes.unwrap_or(MEETING_MINUTES));
        let until = from.checked_add(jiff::Span::new().try_minutes(minutes).ok()?).ok()?;
        Some(Dated {
            name: format!("meeting/{}", meeting.id),
            title: meeting.title.clone(),
            says: meeting.agenda.join("\n"),
            when: When::Times { from, until, zone: self.document.zone.clone() },
            off,
        })
    }

    /// Whether an event may change what calendars show: most do not, and comparing costs more than they do.
    pub(super) fn may_date(&self, event: &PlanEvent) -> bool {
        match event {
            PlanEvent::Written { .. } => true,
            PlanEvent::Moved { to, .. } => *to == Phase::Cancelled || self.phase == Phase::Cancelled,
            PlanEvent::Marked { mark: Mark::Activity { activity, state }, .. } => {
                let known = self.document.activities.iter().find(|known| known.id == *activity);
                known.is_some_and(|known| known.state != *state)
            }
            PlanEvent::Marked { .. }
            | PlanEvent::Followed { .. }
            | PlanEvent::Held { .. }
            | PlanEvent::Resumed { .. }
            | PlanEvent::Triaged { .. }
            | PlanEvent::Adopted { .. }
            | PlanEvent::LookedBack { .. }
            | PlanEvent::Voted { .. }
            | PlanEvent::Called { .. } => false,
        }
    }

    pub(super) fn stamps(&self) -> BTreeMap<String, Dated> {
        self.dated().into_iter().map(|dated| (dated.name.clone(), dated)).collect()
    }

    /// Also of those that are gone: what comes back is newer than what went.
    pub(super) fn count_changes(&mut self, before: &BTreeMap<String, Dated>) {
        let now = self.stamps();
        let changed: Vec<String> = before
            .iter()
            .filter(|(name, dated)| now.get(*name) != Some(dated))
            .map(|(name, _)| name.clone())
            .collect();
        for name in changed {
            *self.revisions.entry(name).or_default() += 1;
        }
    }
}
