//! A changelog through its life: written, edited, written again.
//!
//! Invariant: the file is compared whole where it matters; each story can fail in both directions.

use proptest::prelude::*;
use tidegate_notes::changelog::{Refused, Written, waiting, write};
use tidegate_notes::entry::grouped;
use tidegate_notes::{Notes, Settings, collect};

use crate::collecting::changes;

fn notes(version: Option<&str>, messages: &[&str]) -> Notes {
    let settings = Settings::default();
    let collected = collect(&changes(messages), &[], &settings, None);
    let (sections, hidden) = grouped(&collected.entries, &settings, None, false);
    let date = version.map(|_| "2026-11-22".to_owned());
    Notes { version: version.map(str::to_owned), date, sections, hidden, ..Notes::default() }
}

fn again(old: &str, version: Option<&str>, messages: &[&str]) -> Written {
    let written = write(old, &notes(version, messages), &Settings::default()).unwrap();
    let twice = write(&written.text, &notes(version, messages), &Settings::default()).unwrap();
    assert_eq!(twice.text, written.text, "writing twice changes nothing");
    assert_eq!((twice.added, twice.renewed, twice.dropped, twice.conflicts.len()), (0, 0, 0, 0));
    written
}

/// Less the lines that fit.
fn without(text: &str, fits: impl Fn(&str) -> bool) -> String {
    let kept: Vec<&str> = text.lines().filter(|line| !fits(line)).collect();
    kept.join("\n") + "\n"
}

const ALL: [&str; 3] = ["feat: count lines", "fix: pay once", "fix: say please"];

#[test]
fn a_first_file_has_marks_and_the_next_version_goes_above() {
    let first = again("", Some("1.0.0"), &ALL[..1]);
    assert!(first.text.starts_with("# Changelog\n\n## 1.0.0 (2026-11-22) <!-- tidegate:version 1.0.0 -->\n\n### New features <!-- tidegate:section features -->\n\n- Count lines ("), "{}", first.text);
    let second = again(&first.text, Some("1.1.0"), &ALL);
    let (one, two) = (second.text.find("## 1.0.0").unwrap(), second.text.find("## 1.1.0").unwrap());
    assert!(two < one);
    assert!(
        second.text.ends_with(&first.text[first.text.find("## 1.0.0").unwrap()..]),
        "older notes stay as they are"
    );
}

#[test]
fn what_people_wrote_stays_and_what_is_new_comes() {
    let first = again("", None, &ALL[..2]).text;
    let edited = first
        .replace("- Pay once", "- Nobody pays twice any more")
        .replace("### Fixes", "Thanks to everybody!\n\n### Fixes");
    let edited = edited.replace("<!-- tidegate:known", "- By hand, without a mark\n\n<!-- tidegate:known");
    let second = again(&edited, None, &ALL);
    assert!(second.text.contains("Thanks to everybody!\n"), "{}", second.text);
    assert!(second.text.contains("- Nobody pays twice any more") && !second.text.contains("- Pay once"));
    assert!(second.text.contains("- By hand, without a mark\n"));
    assert!(second.text.contains("- Say please"));
    assert_eq!((second.added, second.edited, second.conflicts.len()), (1, 1, 0));
}

#[test]
fn what_people_took_out_stays_out() {
    let first = again("", None, &ALL).text;
    let cut = without(&first, |line| line.starts_with("- Pay once"));
    let second = again(&cut, None, &ALL);
    assert!(!second.text.contains("Pay once"), "{}", second.text);
    assert_eq!((second.left_out, second.added), (1, 0));
    // All of a section.
    let cut = without(&second.text, |line| line.starts_with("- Say please"));
    let third = again(&cut, None, &ALL);
    assert!(!third.text.contains("### Fixes"), "{}", third.text);
}

#[test]
fn an_entry_that_nobody_touched_follows_its_source() {
    let first = again("", None, &ALL).text;
    let second = again(&first, None, &["feat: count all lines", "perf: pay once", "fix: say please"]);
    assert!(second.text.contains("- Count all lines") && !second.text.contains("- Count lines"));
    let (performance, pay) =
        (second.text.find("### Performance").unwrap(), second.text.find("- Pay once").unwrap());
    assert!(performance < pay, "it goes where its source says: {}", second.text);
    assert_eq!((second.renewed, second.added, second.left_out), (1, 0, 0));
    // Gone from the history, gone from the file.
    let third = again(&second.text, None, &["feat: count all lines"]);
    assert!(!third.text.contains("Say please"));
    assert_eq!(third.dropped, 2);
}

#[test]
fn when_both_changed_theirs_is_kept_and_the_other_is_shown_until_it_is_answered() {
    let first = again("", None, &ALL).text;
    let edited = first.replace("- Count lines", "- Lines are counted");
    let changed = ["feat: count lines --> and -- sums", "fix: pay once", "fix: say please"];
    let second = again(&edited, None, &changed);
    let [conflict] = second.conflicts.as_slice() else { panic!("{:?}", second.conflicts) };
    assert!(conflict.kept.starts_with("- Lines are counted") && conflict.source.starts_with("- Count lines"));
    assert_eq!(
        second.text.lines().nth(conflict.line - 1).unwrap().split(" (").next(),
        Some("- Lines are counted")
    );
    assert_eq!(waiting(&second.text).len(), 1);
    // Whoever takes the line out has answered.
    let answered = without(&second.text, |line| line.contains("tidegate:changed"));
    let third = again(&answered, None, &changed);
    assert!(third.text.contains("- Lines are counted") && waiting(&third.text).is_empty());
    assert!(third.conflicts.is_empty());
}

#[test]
fn an_edited_entry_outlives_its_source() {
    let edited = again("", None, &ALL).text.replace("- Say please", "- We say please");
    let second = again(&edited, None, &ALL[..2]);
    assert!(second.text.contains("- We say please"));
    assert_eq!((second.orphans.len(), second.dropped), (1, 0));
}

#[test]
fn an_entry_that_people_moved_stays_where_they_put_it() {
    let first = again("", None, &ALL).text;
    let line = first.lines().find(|line| line.starts_with("- Pay once")).unwrap().to_owned();
    let without = first.replace(&format!("{line}\n"), "");
    let moved = without.replace("- Count lines", &format!("{line}\n- Count lines"));
    let second = again(&moved, None, &ALL);
    let (pay, fixes) = (second.text.find("- Pay once").unwrap(), second.text.find("### Fixes").unwrap());
    assert!(pay < fixes, "{}", second.text);
    assert_eq!(second.text.matches("- Pay once").count(), 1);
}

#[test]
fn what_was_unreleased_gets_its_version_with_all_edits() {
    let edited = again("", None, &ALL).text.replace("- Pay once", "- Nobody pays twice");
    let released = again(&edited, Some("1.0.0"), &ALL);
    assert!(released.text.contains("## 1.0.0 (2026-11-22) <!--") && !released.text.contains("Unreleased"));
    assert!(released.text.contains("- Nobody pays twice"));
}

#[test]
fn files_of_others_are_kept_and_their_versions_not_doubled() {
    let others = "# History\n\nAll notable changes.\n\n## [1.0.0] - 2025-01-01\n\n- Old\n\n[1.0.0]: https://example.com\n";
    let written = again(others, Some("1.1.0"), &ALL);
    assert!(written.text.starts_with("# History\n\nAll notable changes.\n\n## 1.1.0"), "{}", written.text);
    assert!(written.text.ends_with("\n\n## [1.0.0] - 2025-01-01\n\n- Old\n\n[1.0.0]: https://example.com\n"));
    let refused = write(others, &notes(Some("1.0.0"), &ALL), &Settings::default());
    assert_eq!(refused, Err(Refused::Foreign { line: 5, title: "1.0.0".to_owned() }));
}

#[test]
fn ends_of_lines_and_fences_stay() {
    let first = again("", None, &ALL).text;
    let with_code = first.replace(
        "### Fixes",
        "```\n## 9.9.9 <!-- tidegate:version 9.9.9 -->\n\n\n- no entry\n```\n\n### Fixes",
    );
    let second = again(&with_code, None, &ALL);
    assert!(second.text.contains("-->\n\n\n- no entry\n```\n"), "{}", second.text);
    let windows = first.replace('\n', "\r\n");
    let third = again(&windows, None, &ALL);
    assert_eq!(third.text, windows);
}

#[test]
fn renamed_headings_are_found_by_their_marks() {
    let first = again("", None, &ALL[..2]).text.replace("### Fixes <", "### What we mended <");
    let second = again(&first, None, &ALL);
    assert!(second.text.contains("### What we mended") && !second.text.contains("### Fixes"));
    assert!(second.text.find("### What we mended").unwrap() < second.text.find("- Say please").unwrap());
}

proptest! {
    /// Any line that people put anywhere into a file is there afterwards.
    #[test]
    fn no_line_of_people_is_lost(at in 0usize..30, line in "[A-Za-z#*>` -]{1,30}[a-z]") {
        let first = write("", &notes(None, &ALL[..2]), &Settings::default()).unwrap().text;
        let mut lines: Vec<&str> = first.lines().collect();
        // Within the marks at the end there is no room for text.
        let last = lines.iter().position(|line| line.contains("tidegate:known")).unwrap();
        lines.insert(at.min(last), &line);
        let text = format!("{}\n", lines.join("\n"));
        let second = write(&text, &notes(None, &ALL), &Settings::default()).unwrap();
        prop_assert!(second.text.lines().any(|found| found.trim() == line.trim()), "{}\n---\n{}", text, second.text);
    }

    /// Whatever a file holds, writing it again with the same notes changes nothing.
    #[test]
    fn any_file_settles(text in "(?s)([#\\- a`~]|\n|<!-- tidegate:(known a|version unreleased|section fixes|a b|changed x) -->){0,60}") {
        let notes = notes(None, &ALL);
        let once = write(&text, &notes, &Settings::default()).unwrap();
        let twice = write(&once.text, &notes, &Settings::default()).unwrap();
        prop_assert_eq!(&once.text, &twice.text);
    }
}
