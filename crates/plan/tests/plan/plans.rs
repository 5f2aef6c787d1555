//! Plans that fit together, of every shape, with texts that would like to be markup.
//!
//! Invariant: `check` finds nothing in them; a test holds that.

use jiff::civil::{Date, DateTime, date};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use tidegate_plan::Plan;
use tidegate_plan::document::*;

/// Pieces of which texts are made: words, and whatever has a meaning in Markdown, HTML or JSON.
const PIECES: &[&str] = &[
    "word",
    "Ünïcode",
    "日本",
    "|",
    "`",
    "``",
    "*",
    "**",
    "_",
    "snake_case",
    "[x]",
    "[a](b)",
    "![i](u)",
    "<br>",
    "<script>",
    "</main>",
    "&",
    "&amp;",
    "&#10;",
    "\\",
    "\\|",
    "#",
    "##",
    "-",
    "+",
    "1.",
    "2)",
    ">",
    "---",
    "===",
    "~~~",
    "```",
    ":",
    "\"",
    "'",
    "`id`:",
    "yes",
    "no",
    "MM/DD/YYYY",
    "-->",
    "<!--",
    "http://a.example/?b=c&d",
    "{",
    "}",
    "\u{a0}",
    "\u{2028}",
    "!",
    "$x$",
    "%",
    "^",
];

fn matrix() -> impl Strategy<Value = Option<Matrix>> {
    maybe(prop::array::uniform4(prop::array::uniform3(select(Decision::EACH)))).prop_map(|rows| {
        let rows = rows?.map(|[low, medium, high]| ByRisk { low, medium, high });
        let [trivial, minor, major, critical] = rows;
        Some(Matrix { trivial, minor, major, critical })
    })
}

pub fn text() -> impl Strategy<Value = String> {
    let gap = select(vec![" ", "", "  ", "\n", "\n\n", "\t", "\n\n\n"]);
    prop::collection::vec((select(PIECES), gap), 0..6)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, gap)| format!("{piece}{gap}")).collect())
}

pub fn line() -> impl Strategy<Value = String> {
    let gap = select(vec![" ", "", "  "]);
    (prop::collection::vec((select(PIECES), gap), 0..4), select(vec!["a", "Zeile", "7"])).prop_map(
        |(pieces, word)| {
            let first: String = pieces.into_iter().map(|(piece, gap)| format!("{piece}{gap}")).collect();
            format!("{first}{word}")
        },
    )
}

fn said() -> impl Strategy<Value = String> {
    (text(), "[a-z]{1,3}").prop_map(|(text, word)| format!("{text}{word}"))
}

fn word() -> impl Strategy<Value = String> {
    line().prop_map(|line| line.replace([',', ';'], "").trim().to_owned())
}

fn some_id() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "[a-zA-Z0-9][-_.#/:@+!a-z0-9]{0,8}",
        Just("-".to_owned()),
        Just("1.".to_owned())
    ]
}

fn ids(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set(some_id(), 0..=most).prop_map(|ids| ids.into_iter().collect())
}

pub fn day() -> impl Strategy<Value = Date> {
    (2020_i16..2040, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| date(year, month, day))
}

fn moment() -> impl Strategy<Value = DateTime> {
    (day(), 0_i8..24, 0_i8..60, 0_i8..60)
        .prop_map(|(day, hour, minute, second)| day.at(hour, minute, second, 0))
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(each: &'static [T]) -> impl Strategy<Value = T> {
    select(each)
}

fn maybe<T: std::fmt::Debug + Clone>(some: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::of(some)
}

/// An entry for each id.
fn each<T: std::fmt::Debug, S: Strategy<Value = T>>(
    most: usize,
    entry: impl Fn(String) -> S + 'static,
) -> impl Strategy<Value = Vec<T>> {
    ids(most).prop_flat_map(move |ids| ids.into_iter().map(&entry).collect::<Vec<_>>())
}

fn words() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(word(), 0..3)
}

fn scope() -> impl Strategy<Value = Vec<ScopeItem>> {
    each(3, |id| {
        let estimates = prop::collection::btree_map(word(), 0_u32..HOURS_MAX, 0..3);
        let first = (
            line(),
            maybe(line()),
            maybe(line()),
            one_of(ScopeState::EACH),
            prop::collection::vec(word(), 0..3),
        );
        let second =
            (maybe(one_of(Severity::EACH)), maybe(one_of(FixRisk::EACH)), maybe(one_of(Decision::EACH)));
        let third = (
            estimates,
            any::<u8>(),
            any::<bool>(),
            prop::collection::vec(one_of(TestNeed::EACH), 0..3),
            words(),
        );
        (first, second, third).prop_map(move |(first, second, third)| ScopeItem {
            id: id.clone(),
            title: first.0,
            source: first.1,
            url: first.2,
            state: first.3,
            component: None,
            labels: first.4,
            severity: second.0,
            fix_risk: second.1,
            decision: second.2,
            estimates: third.0.into_iter().map(|(skill, hours)| Estimate { skill, hours }).collect(),
            priority: third.1,
            feature: third.2,
            tests: third.3,
            suites: third.4,
        })
    })
}

fn roles() -> impl Strategy<Value = Vec<Role>> {
    let roles = each(3, |id| {
        (line(), text(), maybe(line())).prop_map(move |(name, responsibilities, person)| Role {
            id: id.clone(),
            name,
            responsibilities,
            person,
            decides: false,
        })
    });
    (roles, maybe(any::<Index>())).prop_map(|(mut roles, decides)| {
        if let Some(decides) = decides.filter(|_| !roles.is_empty()) {
            let at = decides.index(roles.len());
            roles[at].decides = true;
        }
        roles
    })
}

fn days_off() -> impl Strategy<Value = DaysOff> {
    (day(), day()).prop_map(|(one, other)| DaysOff { from: one.min(other), until: one.max(other) })
}

fn people() -> impl Strategy<Value = Vec<Person>> {
    let zone = maybe(select(vec!["Europe/Berlin".to_owned(), "UTC".to_owned()]));
    let person =
        (prop::collection::vec(word(), 0..3), 0..=WEEK_HOURS, prop::collection::vec(days_off(), 0..3), zone);
    prop::collection::btree_map(word(), person, 0..3).prop_map(|people| {
        let person = |(id, (skills, hours_per_week, days_off, zone))| Person {
            id,
            skills,
            hours_per_week,
            days_off,
            zone,
        };
        people.into_iter().map(person).collect()
    })
}

pub fn activities() -> impl Strategy<Value = Vec<Activity>> {
    let activity = (
        line(),
        maybe(line()),
        maybe((day(), 0_i64..30)),
        one_of(ActivityState::EACH),
        maybe(day()),
        any::<u16>(),
    );
    (ids(6), prop::collection::vec(activity, 6)).prop_map(|(ids, entries)| {
        let mut activities: Vec<Activity> = Vec::new();
        for (id, (name, owner, dates, state, done_on, before)) in ids.into_iter().zip(entries) {
            // Only what stands before it, so that there is no circle.
            let after = activities.iter().enumerate().filter(|(at, _)| before >> at & 1 == 1);
            let after = after.map(|(_, activity)| activity.id.clone()).collect();
            let end = dates.map(|(start, days)| start.checked_add(jiff::Span::new().days(days)).unwrap());
            activities.push(Activity {
                id,
                name,
                owner,
                start: dates.map(|(start, _)| start),
                end,
                after,
                state,
                done_on: done_on.filter(|_| state == ActivityState::Done),
            });
        }
        activities
    })
}

fn checklist() -> impl Strategy<Value = Vec<ChecklistItem>> {
    each(3, |id| {
        (text(), some_id(), maybe(line()), any::<bool>()).prop_map(move |(text, area, owner, done)| {
            ChecklistItem { id: id.clone(), text, area, audience: None, owner, done }
        })
    })
}

fn test_cases() -> impl Strategy<Value = Vec<TestCase>> {
    each(3, |id| {
        let flags = any::<[bool; 2]>();
        let steps = prop::collection::vec(said(), 0..3);
        (line(), steps, text(), maybe(line()), flags, words()).prop_map(
            move |(title, steps, expected, assignee, [regression, acceptance], sets)| TestCase {
                id: id.clone(),
                title,
                steps,
                expected,
                assignee,
                regression,
                acceptance,
                sets,
                feature: None,
            },
        )
    })
}

fn runbook() -> impl Strategy<Value = Vec<RunbookStep>> {
    each(3, |id| {
        (said(), maybe(said())).prop_map(move |(text, command)| RunbookStep { id: id.clone(), text, command })
    })
}

fn risks() -> impl Strategy<Value = Vec<Risk>> {
    each(3, |id| {
        let bound = (one_of(BoundKind::EACH), some_id()).prop_map(|(kind, name)| Bound { kind, name });
        let first = (text(), 1_u8..=5, 1_u8..=5, one_of(RiskState::EACH), text());
        (first, maybe(bound), text(), maybe(line()), runbook()).prop_map(
            move |(first, bound, trigger, owner, contingency)| Risk {
                id: id.clone(),
                description: first.0,
                probability: first.1,
                impact: first.2,
                state: first.3,
                mitigation: first.4,
                bound,
                trigger,
                owner,
                contingency,
            },
        )
    })
}

fn deployment() -> impl Strategy<Value = Deployment> {
    let window = (moment(), 1_i64..2_000_000).prop_map(|(from, seconds)| Window {
        from,
        until: from.checked_add(jiff::Span::new().seconds(seconds)).unwrap(),
        zone: "America/New_York".to_owned(),
    });
    (maybe(window), maybe(0_u64..100_000), maybe(some_id()), [runbook(), runbook(), runbook(), runbook()])
        .prop_map(
            |(
                window,
                expected_downtime_seconds,
                strategy,
                [steps, database_steps, rollback, contingency],
            )| Deployment {
                window,
                expected_downtime_seconds,
                strategy,
                steps,
                database_steps,
                rollback,
                contingency,
            },
        )
}

fn audiences() -> impl Strategy<Value = Vec<Audience>> {
    each(3, |id| {
        (line(), prop::collection::vec(word(), 0..3)).prop_map(move |(name, channels)| Audience {
            id: id.clone(),
            name,
            channels,
        })
    })
}

fn announcements() -> impl Strategy<Value = Vec<Announcement>> {
    each(3, |id| {
        let when = (one_of(Moment::EACH), -100_000_i32..100_000)
            .prop_map(|(moment, minutes)| When { moment, minutes });
        (line(), prop::collection::vec(word(), 0..3), maybe(line()), when).prop_map(
            move |(title, channels, template, when)| Announcement {
                id: id.clone(),
                title,
                audience: String::new(),
                channels,
                template,
                when,
            },
        )
    })
}

fn materials() -> impl Strategy<Value = Vec<Material>> {
    each(3, |id| {
        (line(), one_of(MaterialKind::EACH), maybe(line()), maybe(line()), any::<bool>()).prop_map(
            move |(title, kind, owner, location, done)| Material {
                id: id.clone(),
                title,
                kind,
                audience: None,
                owner,
                location,
                done,
            },
        )
    })
}

fn meetings() -> impl Strategy<Value = Vec<Meeting>> {
    each(3, |id| {
        let agenda = prop::collection::vec(said(), 0..3);
        (line(), one_of(MeetingKind::EACH), maybe(moment()), maybe(1_u32..1440), agenda, text()).prop_map(
            move |(title, kind, at, minutes, agenda, outcome)| Meeting {
                id: id.clone(),
                kind,
                title,
                at,
                minutes,
                agenda,
                outcome,
            },
        )
    })
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    each(3, |id| {
        (text(), maybe(line()), maybe(day()), maybe(line()), any::<bool>()).prop_map(
            move |(text, owner, due, from, done)| Action { id: id.clone(), text, owner, due, from, done },
        )
    })
}

fn notes() -> impl Strategy<Value = Vec<Note>> {
    prop::collection::vec((line(), text()).prop_map(|(heading, text)| Note { heading, text }), 0..3)
}

pub fn plan() -> impl Strategy<Value = Plan> {
    let template = (some_id(), any::<u32>()).prop_map(|(name, version)| TemplateUse { name, version });
    let zone = select(vec!["UTC".to_owned(), "Europe/Berlin".to_owned()]);
    let dates = (maybe(day()), maybe(day()));
    let head = (line(), one_of(Kind::EACH), maybe(template), zone, text(), dates);
    let objectives = each(3, |id| text().prop_map(move |text| Objective { id: id.clone(), text }));
    let components = each(3, |id| text().prop_map(move |change| Component { id: id.clone(), change }));
    let first = (objectives, (scope(), matrix()), components, roles(), people(), activities());
    let second = (checklist(), test_cases(), risks(), deployment(), audiences(), announcements());
    let third =
        (materials(), meetings(), checklist(), actions(), notes(), prop::collection::vec(any::<Index>(), 8));
    (head, first, second, third).prop_map(|(head, first, second, third)| {
        let (one, other) = head.5;
        let (freeze_on, ready_on) = match (one, other) {
            (Some(one), Some(other)) => (Some(one.min(other)), Some(one.max(other))),
            both => both,
        };
        let mut plan = Plan {
            title: head.0,
            kind: head.1,
            template: head.2,
            zone: head.3,
            overview: head.4,
            objectives: first.0,
            freeze_on,
            ready_on,
            scope: first.1.0,
            triage: first.1.1,
            components: first.2,
            roles: first.3,
            people: first.4,
            activities: first.5,
            readiness: second.0,
            test_cases: second.1,
            risks: second.2,
            deployment: second.3,
            audiences: second.4,
            announcements: second.5,
            materials: third.0,
            meetings: third.1,
            afterwards: third.2,
            actions: third.3,
            notes: third.4,
        };
        connect(&mut plan, &third.5);
        plan
    })
}

/// References to entries that are there.
fn connect(plan: &mut Plan, choices: &[Index]) {
    let of =
        |at: usize, ids: Vec<String>| (!ids.is_empty()).then(|| ids[choices[at].index(ids.len())].clone());
    let audience =
        |at: usize, plan: &Plan| of(at, plan.audiences.iter().map(|audience| audience.id.clone()).collect());
    for at in 0..plan.readiness.len() {
        plan.readiness[at].audience = audience(at, plan);
    }
    for at in 0..plan.materials.len() {
        plan.materials[at].audience = audience(at + 1, plan);
    }
    match audience(2, plan) {
        None => plan.announcements.clear(),
        Some(id) => {
            for announcement in &mut plan.announcements {
                announcement.audience.clone_from(&id);
            }
        }
    }
    let component = of(3, plan.components.iter().map(|component| component.id.clone()).collect());
    plan.scope.iter_mut().for_each(|item| item.component.clone_from(&component));
    let feature = of(4, plan.scope.iter().map(|item| item.id.clone()).collect());
    plan.test_cases.iter_mut().for_each(|case| case.feature.clone_from(&feature));
}
