//! Plans as their users write them.

use jiff::civil::date;
use proptest::prelude::*;
use proptest::sample::select;
use tidegate_plan::document::{Moment, ScopeState, check};
use tidegate_plan::markdown::{RemarkCode, export, import};

const FILLED: &str = include_str!("../../../../examples/edulibra/plan.md");
const PLACEHOLDERS: &str = include_str!("../../../../examples/edulibra/placeholders.md");

#[test]
fn the_plan_of_edulibra_is_read_whole() {
    let read = import(FILLED).unwrap();
    let plan = &read.plan;
    assert_eq!(check(plan), []);
    assert_eq!(plan.title, "Release Plan for EduLibra");
    assert_eq!(plan.objectives.len(), 3);
    assert_eq!(plan.scope.len(), 2);
    assert!(plan.scope.iter().all(|item| item.state == ScopeState::In));
    assert_eq!(plan.roles.len(), 6);
    assert_eq!(plan.roles[0].id, "release-manager");
    assert_eq!(plan.activities.len(), 6);
    assert_eq!(plan.activities[3].name, "Production Deployment");
    assert_eq!(plan.activities[3].start, Some(date(2026, 12, 15)));
    assert_eq!(plan.activities[3].after, ["deployment-preparation", "final-qa-and-sign-off"]);
    let areas: Vec<&str> = plan.readiness.iter().map(|item| item.area.as_str()).collect();
    let expected = ["final-testing", "final-testing", "release-candidate", "release-candidate"];
    assert_eq!(areas[..4], expected);
    assert_eq!(
        areas[4..],
        ["environment-and-data", "environment-and-data", "deployment-plan", "deployment-plan"]
    );
    assert_eq!(plan.deployment.steps.len(), 2);
    assert_eq!(plan.announcements.len(), 2);
    assert_eq!(plan.announcements[0].when.moment, Moment::WindowStart);
    assert_eq!(plan.afterwards.len(), 8);
    assert_eq!(plan.afterwards[0].area, "verification-and-testing");
    assert_eq!(plan.risks.len(), 3);
    assert!(plan.risks[1].mitigation.starts_with("Backup and recovery"));
    assert_eq!(plan.deployment.contingency.len(), 2);
    let headings: Vec<&str> = plan.notes.iter().map(|note| note.heading.as_str()).collect();
    assert_eq!(headings, ["Conclusion"]);
    let kept: Vec<_> = read.remarks.iter().filter(|remark| remark.code == RemarkCode::KeptInNotes).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(FILLED.lines().nth(kept[0].line - 1).unwrap().contains("Conclusion"));
    // Written out as structure, it is the same plan again.
    assert_eq!(import(&export(plan)).unwrap().plan, *plan);
}

#[test]
fn a_placeholder_is_no_date_yet_and_said_with_its_line() {
    let read = import(PLACEHOLDERS).unwrap();
    assert_eq!(check(&read.plan), []);
    assert!(read.plan.activities.iter().all(|activity| activity.start.is_none() && activity.end.is_none()));
    let not_yet: Vec<_> = read.remarks.iter().filter(|remark| remark.code == RemarkCode::NoDateYet).collect();
    assert_eq!(not_yet.len(), 12);
    assert!(PLACEHOLDERS.lines().nth(not_yet[0].line - 1).unwrap().contains("MM/DD/YYYY"));
}

fn activities(cells: &str) -> String {
    format!(
        "# P\n\n## Activities\n\n| Activity | Start Date | End Date |\n|---|---|---|\n| Deploy | {cells} |\n"
    )
}

#[test]
fn a_day_that_is_none_or_two_is_said_and_kept() {
    let check = |cells: &str, code: RemarkCode, kept: &str| {
        let read = import(&activities(cells)).unwrap();
        assert_eq!(read.plan.activities.len(), 1, "{cells}");
        let said = read.remarks.iter().find(|remark| remark.code == code);
        assert_eq!(said.map(|remark| remark.line), Some(7), "{cells}: {:?}", read.remarks);
        assert!(
            read.plan.notes.iter().any(|note| note.text.contains(kept)),
            "{cells}: {:?}",
            read.plan.notes
        );
    };
    check("31 February 2026 | 2026-03-01", RemarkCode::NoSuchDay, "31 February 2026");
    check("2026-02-31 | 2026-03-01", RemarkCode::NoSuchDay, "2026-02-31");
    check("03/04/2026 | 2026-05-01", RemarkCode::AmbiguousDate, "03/04/2026");
    check("when it is warm | 2026-05-01", RemarkCode::NotUnderstood, "when it is warm");
}

#[test]
fn what_is_no_part_of_a_plan_stands_in_the_notes_as_it_was() {
    let text = "---\ntitle: \"Release Management\"\npublished: true\n---\n\n## Why\nEvery *product* [needs](https://a.example \"more\") it.\n\n\
                - one\n- two\n\n```python\nrelease()\n```\n\n## Objectives\n\nBecause:\n\n- first\n  > quoted below\n\n\
                | a | b |\n|---|---|\n| c | d | beyond |\n\n[unused]: https://b.example\n";
    let read = import(text).unwrap();
    assert_eq!(read.plan.title, "Release Management");
    let notes: Vec<(&str, &str)> =
        read.plan.notes.iter().map(|note| (note.heading.as_str(), note.text.as_str())).collect();
    let why = "Every *product* [needs](https://a.example \"more\") it.\n\n- one\n- two\n\n```python\nrelease()\n```";
    assert!(notes.contains(&("Why", why)), "{notes:?}");
    let all = format!("{notes:?}");
    for kept in
        ["published: true", "Because:", "quoted below", "| c | d | beyond |", "[unused]: https://b.example"]
    {
        assert!(all.contains(kept), "{kept} is lost: {all}");
    }
    assert_eq!(read.plan.objectives.len(), 1);
    assert_eq!(import(&export(&read.plan)).unwrap().plan, read.plan);
}

#[test]
fn names_become_ids_where_a_table_speaks_of_entries() {
    let text = "# P\n\n## Activities\n\n| Activity | After |\n|---|---|\n| Build it | |\n| Ship it | Build it |\n\n\
                ## Release Preparation\n\n| Item | Audience |\n|---|---|\n| Notes | Paying users |\n";
    let plan = import(text).unwrap().plan;
    assert_eq!(plan.activities[1].after, ["build-it"]);
    assert_eq!(plan.readiness[0].audience.as_deref(), Some("paying-users"));
    assert_eq!(plan.audiences[0].name, "Paying users");
    assert_eq!(check(&plan), []);
}

#[test]
fn a_control_character_that_an_entity_spells_out_is_none_in_the_plan() {
    let plan = import("# a&#1;b\n\nc&#13;d&#10;e [f](g&#2;h)\n").unwrap().plan;
    assert_eq!((plan.title.as_str(), plan.overview.as_str()), ("a\u{fffd}b", "c\u{fffd}d\ne f (g\u{fffd}h)"));
    assert_eq!(check(&plan), []);
    assert_eq!(import(&export(&plan)).unwrap().plan, plan);
}

/// Markdown of every kind, in which each word is told from every other.
fn anything() -> impl Strategy<Value = String> {
    let shapes = select(vec![
        "# @\n\n",
        "## @\n\n",
        "### @\n\n",
        "## Objectives\n\n",
        "## Scope\n\n",
        "## Roles\n\n",
        "## Activities\n\n",
        "## Release Preparation\n\n",
        "## Release Deployment\n\n",
        "## Risk Management\n\n",
        "## Notes\n\n",
        "## Test Cases\n\n",
        "## Meetings\n\n",
        "## Actions\n\n",
        "## Communication\n\n",
        "## Post-Deployment Activities\n\n",
        "## Components\n\n",
        "@ @ @\n\n",
        "- @\n- @\n\n",
        "1. **@:**\n   - @\n   - @\n\n",
        "- @\n  - @\n    - @\n      - @\n\n",
        "* [x] @\n\n",
        "> @\n\n",
        "```@\n@\n```\n\n",
        "| @ | @ |\n|---|---|\n| @ | @ |\n| @ | @ | @ |\n| @ |\n\n",
        "| Role | @ |\n|---|---|\n| @ | @ |\n\n",
        "| Activity | Start Date | State |\n|---|---|---|\n| @ | @ | @ |\n\n",
        "| Title | Severity | Estimates | Priority |\n|---|---|---|---|\n| @ | @ | @ | @ |\n\n",
        "| Plan | Value |\n|---|---|\n| @ | @ |\n| Kind | @ |\n\n",
        "<div>@</div>\n\n",
        "<!-- @ -->\n\n",
        "[@]: http://@ \"@\"\n\n",
        "[@](@ \"@\") ![@](@)\n\n",
        "`@`: @\n\n",
        "- `@`: @\n\n- `@ @`: @\n\n",
        "@\n===\n\n",
        "    @\n\n",
        "1) @\n\n   @\n\n   | @ |\n   |---|\n   | @ |\n\n",
        "Identified Risks\n\n",
        "1. **Identified Risks:**\n   - @\n2. **Mitigation Strategies:**\n   - @\n   - @\n3. **@:**\n   - @\n\n",
        "| Risk | Probability | Impact | Mitigated by |\n|---|---|---|---|\n| @ | @ | @ | @ |\n\n",
        "| Step | Risk |\n|---|---|\n| @ | @ |\n\n",
        "| Test | Steps | Regression |\n|---|---|---|\n| @ | @<br>@ | @ |\n\n",
        "| Announcement | When |\n|---|---|\n| @ | @ |\n\n",
    ]);
    prop::collection::vec(shapes, 1..12).prop_map(|shapes| {
        let mut text = shapes.concat();
        let mut number = 0;
        while let Some(at) = text.find('@') {
            number += 1;
            text.replace_range(at..=at, &format!("w{number}w"));
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_word_of_an_imported_text_is_lost(text in anything()) {
        let read = import(&text).unwrap();
        let kept = serde_json::to_string(&read.plan).unwrap();
        for word in text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| word.starts_with('w')) {
            prop_assert!(kept.contains(word), "{word} of\n{text}\nis not in {kept}");
        }
        let lines = text.lines().count();
        prop_assert!(read.remarks.iter().all(|remark| (1..=lines.max(1)).contains(&remark.line)));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[ \\-#*|>`\\[\\]()<!a1.:\n&;_~=]{0,200}") {
        let read = import(&text).unwrap();
        prop_assert_eq!(import(&export(&read.plan)).unwrap().plan, read.plan);
    }
}
