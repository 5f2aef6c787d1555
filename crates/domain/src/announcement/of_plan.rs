//! Which announcements a release's plan asks for, as it stands.
//!
//! Invariant: a plan that is a draft or was cancelled asks for none; the clock alone never says that something is on its way or out,
//! only what the plan came to. Deliberately not here: which of them were told (`decide`), and when this is looked at (the server).

use serde::{Deserialize, Serialize};
use tidegate_plan::document::{self, Moment};

use super::{Occasion, Plan, Reaches, When};
use crate::name::{AudienceName, EnvironmentName, Version};
use crate::release_plan::{Phase, ReleasePlan};

const NAME_MAX: usize = 40;

/// An entry of a plan's `announcements`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfPlan {
    pub plan: Version,
    pub entry: String,
    pub title: String,
    /// What a rollout did before that does not count.
    pub since_ms: u64,
}

impl OfPlan {
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.plan, &self.entry) == (&other.plan, &other.entry)
    }
}

/// What a plan is looked at with.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// Where its users are.
    pub places: Vec<EnvironmentName>,
    pub starts_ms: Option<u64>,
    pub ends_ms: Option<u64>,
    pub downtime_minutes: Option<u32>,
    pub now_ms: u64,
}

/// Of one entry, in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub plan: Plan,
    /// One for each step, of which `plan` is the first.
    pub each_step: bool,
}

pub fn wanted(plan: &ReleasePlan, around: &Around) -> Vec<Wanted> {
    if matches!(plan.phase, Phase::Draft | Phase::Cancelled) {
        return Vec::new();
    }
    plan.document.announcements.iter().flat_map(|entry| of_entry(plan, entry, around)).collect()
}

/// Why a plan that stands so asks for none, or for one less.
pub fn why_not(plan: Option<&ReleasePlan>) -> &'static str {
    match plan.map(|plan| (plan.phase, plan.hold.is_some())) {
        Some((Phase::Cancelled, _)) => "the plan was cancelled",
        Some((Phase::Draft, _)) => "the plan is a draft again",
        Some((_, true)) => "the plan is on hold",
        Some((Phase::RollingOut | Phase::Released, false)) => "the release went out before",
        Some(_) | None => "the plan no longer asks for it",
    }
}

/// Whether who was told the one needs not be told the other.
pub fn says_the_same(told: &Plan, wanted: &Plan) -> bool {
    match (&told.when, &wanted.when) {
        (When::At { .. }, When::At { .. }) => {
            (told.starts_ms, told.downtime_minutes) == (wanted.starts_ms, wanted.downtime_minutes)
        }
        (When::Rollout { .. }, When::Rollout { .. }) => told.release == wanted.release,
        (When::At { .. }, When::Rollout { .. }) | (When::Rollout { .. }, When::At { .. }) => false,
    }
}

/// Whether one who was told the one would hear the same again with the other: what a rollout came to, to the same readers.
/// A schedule is told early and reminded of, so it is never the same.
pub fn is_same_news(one: &Plan, other: &Plan) -> bool {
    let reached = match (&one.when, &other.when) {
        (When::Rollout { reaches: one, .. }, When::Rollout { reaches: other, .. }) => one == other,
        (When::At { .. }, _) | (_, When::At { .. }) => true,
    };
    let place = |plan: &Plan| match &plan.when {
        When::Rollout { environment, .. } => Some(environment.clone()),
        When::At { .. } => plan.environment.clone(),
    };
    let here = place(one).zip(place(other)).is_none_or(|(one, other)| one == other);
    let is_of_a_rollout =
        matches!(one.occasion, Occasion::Progress | Occasion::Confirmation | Occasion::Rollback);
    let same = |plan: &Plan| (plan.release.clone(), plan.audience.clone(), plan.occasion);
    is_of_a_rollout && same(one) == same(other) && reached && here
}

fn of_entry(plan: &ReleasePlan, entry: &document::Announcement, around: &Around) -> Vec<Wanted> {
    let Some(audience) = audience(&entry.audience) else { return Vec::new() };
    let whom = plan.document.audiences.iter().find(|known| known.id == entry.audience);
    let channels = Some(&entry.channels).filter(|channels| !channels.is_empty());
    let channels = channels.or(whom.map(|whom| &whom.channels)).cloned().unwrap_or_default();
    let asked: Option<Occasion> = entry.template.as_deref().and_then(|name| name.parse().ok());
    let one = |release: &Version, occasion, when| Plan {
        release: release.clone(),
        occasion,
        audience: audience.clone(),
        when,
        environment: None,
        starts_ms: None,
        downtime_minutes: None,
        note: String::new(),
        words: None,
        of_plan: Some(OfPlan {
            plan: plan.version.clone(),
            entry: entry.id.clone(),
            title: entry.title.clone(),
            since_ms: plan.moved.at_ms.max(plan.written.at_ms),
        }),
        channels: channels.clone(),
    };
    let (reaches, usual) = match entry.when.moment {
        Moment::WindowStart | Moment::WindowEnd => {
            let base_ms =
                if entry.when.moment == Moment::WindowStart { around.starts_ms } else { around.ends_ms };
            let Some(base_ms) = base_ms else { return Vec::new() };
            let occasion = asked.filter(|asked| *asked != Occasion::Rollback).unwrap_or(Occasion::Schedule);
            if !is_true(plan, occasion, around) {
                return Vec::new();
            }
            let ms = base_ms.saturating_add_signed(i64::from(entry.when.minutes) * 60_000);
            let when = When::At { ms };
            let environment = Some(&around.places).filter(|places| places.len() == 1);
            let plan = Plan {
                environment: environment.and_then(|places| places.first().cloned()),
                starts_ms: around.starts_ms,
                downtime_minutes: around.downtime_minutes,
                ..one(&plan.version, occasion, when)
            };
            return vec![Wanted { plan, each_step: false }];
        }
        Moment::Started => (Reaches::Start, Occasion::Progress),
        Moment::Step => (Reaches::Step(1), Occasion::Progress),
        Moment::Succeeded => (Reaches::Success, Occasion::Confirmation),
        Moment::RolledBack => (Reaches::Rollback, Occasion::Rollback),
    };
    let release = plan.candidate.as_ref().map_or(&plan.version, |candidate| &candidate.release);
    // Nobody knows how long it is before a rollout does something.
    let after_minutes = u32::try_from(entry.when.minutes).unwrap_or(0);
    let in_place = |environment: &EnvironmentName| {
        let when = When::Rollout { environment: environment.clone(), reaches, after_minutes, came: None };
        let each_step = entry.when.moment == Moment::Step;
        Wanted { plan: one(release, asked.unwrap_or(usual), when), each_step }
    };
    around.places.iter().map(in_place).collect()
}

/// Whether what the clock would tell is so.
fn is_true(plan: &ReleasePlan, occasion: Occasion, around: &Around) -> bool {
    if plan.hold.is_some() {
        return false;
    }
    match occasion {
        Occasion::Schedule => {
            let is_ahead = around.ends_ms.is_some_and(|ends_ms| around.now_ms < ends_ms);
            is_ahead && !matches!(plan.phase, Phase::RollingOut | Phase::Released)
        }
        Occasion::Progress => plan.phase == Phase::RollingOut,
        Occasion::Confirmation | Occasion::Feedback => plan.phase == Phase::Released,
        Occasion::Rollback => false,
    }
}

/// `School staff` of a plan is the audience `school-staff`; none where nothing of it can be in a name.
fn audience(id: &str) -> Option<AudienceName> {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let name: String = id.chars().map(plain).take(NAME_MAX).collect();
    name.trim_matches('-').parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::release_plan::{Candidate, PlanEvent, Said, evolve};

    const MINUTE: u64 = 60_000;

    fn said(at_ms: u64) -> Said {
        Said { by: "ann".to_owned(), at_ms, note: String::new() }
    }

    fn plan(phase: Phase) -> ReleasePlan {
        let entry = |id: &str, moment: &str, minutes: i32, template: Option<&str>| {
            let when = json!({"moment": moment, "minutes": minutes});
            json!({"id": id, "title": id, "audience": "School staff", "template": template, "when": when})
        };
        let document = json!({
            "title": "Shop",
            "audiences": [{"id": "School staff", "name": "Staff", "channels": ["room"]}],
            "announcements": [
                entry("soon", "window-start", -90, None), entry("over", "window-end", 30, Some("confirmation")),
                entry("begun", "started", -5, None), entry("steps", "step", 0, None),
                entry("ask", "succeeded", 60, Some("feedback")), entry("back", "rolled-back", 0, Some("for people")),
            ],
        });
        let document = Box::new(serde_json::from_value(document).unwrap());
        let version = Version::new("2.1.0").unwrap();
        let plan = evolve(None, &PlanEvent::Written { version, document, said: said(1) });
        evolve(plan, &PlanEvent::Moved { to: phase, candidate: None, said: said(2) }).unwrap()
    }

    fn around() -> Around {
        Around {
            places: vec!["production".parse().unwrap()],
            starts_ms: Some(1_000 * MINUTE),
            ends_ms: Some(1_060 * MINUTE),
            downtime_minutes: Some(5),
            now_ms: 0,
        }
    }

    fn entries(plan: &ReleasePlan, around: &Around) -> Vec<String> {
        let entry = |wanted: Wanted| wanted.plan.of_plan.map(|of_plan| of_plan.entry);
        wanted(plan, around).into_iter().filter_map(entry).collect()
    }

    #[test]
    fn a_plan_asks_for_what_is_so_in_its_phase() {
        let rollouts = ["begun", "steps", "ask", "back"];
        let with = |more: &[&str]| more.iter().chain(&rollouts).map(ToString::to_string).collect::<Vec<_>>();
        for (phase, expected) in [
            (Phase::Draft, Vec::new()),
            (Phase::Planned, with(&["soon"])),
            (Phase::Go, with(&["soon"])),
            (Phase::RollingOut, with(&[])),
            (Phase::Released, with(&["over"])),
            (Phase::Cancelled, Vec::new()),
        ] {
            assert_eq!(entries(&plan(phase), &around()), expected, "{phase}");
        }
        let over = Around { now_ms: 1_060 * MINUTE, ..around() };
        assert_eq!(entries(&plan(Phase::Planned), &over), rollouts, "the window is over");
        let held = evolve(Some(plan(Phase::Planned)), &PlanEvent::Held { said: said(3) }).unwrap();
        assert_eq!(entries(&held, &around()), rollouts, "nobody is told a date that may not hold");
        let nowhere = Around { places: Vec::new(), starts_ms: None, ends_ms: None, ..around() };
        assert_eq!(entries(&plan(Phase::Planned), &nowhere), Vec::<String>::new());
    }

    #[test]
    fn each_entry_says_when_to_whom_and_which_way() {
        let mut planned = plan(Phase::Candidate);
        let (number, release) = (1, Version::new("2.1.0-rc.1").unwrap());
        planned.candidate = Some(Candidate { number, release: release.clone(), artifacts: String::new() });
        let all = wanted(&planned, &around());
        let of = |entry: &str| {
            all.iter().find(|it| it.plan.of_plan.as_ref().is_some_and(|of| of.entry == entry)).unwrap()
        };
        let soon = &of("soon").plan;
        assert_eq!((soon.when.due_ms(), soon.occasion), (Some(910 * MINUTE), Occasion::Schedule));
        assert_eq!(
            (soon.audience.as_str(), soon.channels.as_slice()),
            ("school-staff", ["room".to_owned()].as_slice())
        );
        // What users hear of beforehand is the release, what happens is that of the candidate.
        assert_eq!((soon.release.as_str(), &of("begun").plan.release), ("2.1.0", &release));
        let occasions = ["begun", "ask", "back"].map(|entry| of(entry).plan.occasion);
        assert_eq!(occasions, [Occasion::Progress, Occasion::Feedback, Occasion::Rollback]);
        assert_eq!(of("begun").plan.when, When::reached("production".parse().unwrap(), Reaches::Start));
        let later = |when: &When| matches!(when, When::Rollout { after_minutes: 60, came: None, .. });
        assert!(later(&of("ask").plan.when) && of("steps").each_step);

        // Another date has to be told, and another candidate; other minutes do not.
        let moved = Plan { starts_ms: Some(1), ..soon.clone() };
        let sooner = Plan { when: When::At { ms: 1 }, ..soon.clone() };
        assert!(!says_the_same(soon, &moved) && says_the_same(soon, &sooner));
        let next = Plan { release: Version::new("2.1.0-rc.2").unwrap(), ..of("begun").plan.clone() };
        assert!(!says_the_same(&of("begun").plan, &next) && !says_the_same(soon, &next));
    }
}
