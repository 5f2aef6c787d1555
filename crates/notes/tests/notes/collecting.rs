//! Histories into entries: sections, reverts, fixups, merges, components, fragments.
//!
//! Invariant: every commit is counted once, whatever becomes of it.

use tidegate_notes::entry::grouped;
use tidegate_notes::fragment;
use tidegate_notes::render::{markdown, text};
use tidegate_notes::section::Bump;
use tidegate_notes::{Audience, Change, Collected, Notes, Section, Settings, collect};

pub fn id(number: usize) -> String {
    format!("{:08x}", 0x1111_1111_u64 * (number as u64 + 1)).repeat(5)
}

pub fn changes(messages: &[&str]) -> Vec<Change> {
    let change = |(at, message): (usize, &&str)| Change {
        id: id(at),
        is_merge: message.starts_with("Merge"),
        message: (*message).to_owned(),
        touches: false,
    };
    messages.iter().enumerate().map(change).collect()
}

fn told(collected: &Collected) -> Vec<(Section, &str)> {
    collected.entries.iter().map(|entry| (entry.section, entry.text.as_str())).collect()
}

fn usual(messages: &[&str]) -> Collected {
    collect(&changes(messages), &[], &Settings::default(), None)
}

#[test]
fn types_make_sections_and_footers_make_more() {
    let collected = usual(&[
        "feat(cart): count lines (#12)\n\nUpgrade-note: run the\n migration first\nRollback-note: none is needed\nKnown-issue: slow at 1000 lines",
        "perf: faster",
        "improvement: nicer",
        "chore: tidy",
        "wip: what",
        "no type here",
        "fix!: pay once\n\nBREAKING CHANGE: amounts are in cents",
        "fix: hide me\n\nRelease-note: none",
        "fix: internal words\n\nRelease-note: Invoices show the right sum",
    ]);
    assert_eq!(
        told(&collected),
        [
            (Section::Features, "Count lines"),
            (Section::KnownIssues, "Slow at 1000 lines"),
            (Section::Upgrade, "Run the migration first"),
            (Section::Rollback, "None is needed"),
            (Section::Performance, "Faster"),
            (Section::Improvements, "Nicer"),
            (Section::Other, "Tidy"),
            (Section::Other, "What"),
            (Section::Other, "No type here"),
            (Section::Breaking, "Pay once"),
            (Section::Other, "Hide me"),
            (Section::Fixes, "Invoices show the right sum"),
        ]
    );
    assert_eq!(collected.bump, Bump::Major);
    assert_eq!(collected.entries[9].details, "amounts are in cents");
    assert_eq!((collected.commits, collected.unconventional.len()), (9, 1));
    assert_eq!(collected.unknown_types.get("wip"), Some(&1));
    assert_eq!(collected.entries[1].id, format!("{}.2", &id(0)[..12]));
}

#[test]
fn a_revert_and_what_it_reverts_are_both_gone() {
    let first = id(0);
    let revert = |target: &str| format!("Revert \"feat: a\"\n\nThis reverts commit {target}.");
    let collected = usual(&["feat: a", &revert(&first), "fix: b"]);
    assert_eq!(told(&collected), [(Section::Fixes, "B")]);
    assert_eq!((collected.reverted, collected.commits, collected.bump), (2, 3, Bump::Patch));
    // Reverted twice, it is there again.
    let collected = usual(&["feat: a", &revert(&first), &revert(&id(1))]);
    assert_eq!(told(&collected), [(Section::Features, "A")]);
    // What was released before is news when it goes.
    let collected = usual(&[&revert("abcdef0123"), "revert: the noodle incident\n\nRefs: 676104e"]);
    assert_eq!(
        told(&collected),
        [(Section::Fixes, "Reverted: a"), (Section::Fixes, "Reverted: the noodle incident")]
    );
    assert_eq!(collected.bump, Bump::Patch);
}

#[test]
fn a_revert_that_names_a_later_commit_takes_nothing() {
    let later = format!("Revert \"x\"\n\nThis reverts commit {}.", id(1));
    let collected = usual(&[&later, "feat: a"]);
    assert!(told(&collected).contains(&(Section::Features, "A")));
}

#[test]
fn merges_and_fixups_are_no_entries_unless_somebody_wrote_one() {
    let mut all =
        changes(&["feat: a", "fixup! feat: a", "Merge pull request #3 from a/b\n\nfeat: title", "x"]);
    all[3].is_merge = true;
    all[3].message = "feat(ui): merged by squash (#4)".to_owned();
    let collected = collect(&all, &[], &Settings::default(), None);
    assert_eq!(told(&collected), [(Section::Features, "A"), (Section::Features, "Merged by squash")]);
    assert_eq!((collected.merges, collected.absorbed, collected.left_behind.len()), (1, 1, 1));
}

#[test]
fn a_component_gets_what_touches_it_or_names_it() {
    let settings = Settings::parse(
        "components:\n  api: {paths: [services/api], scopes: [api]}\n  web: {paths: [web]}\n",
    )
    .unwrap();
    let mut all =
        changes(&["feat: touches", "feat(api): names", "feat(web): neither", "feat(web, api): both"]);
    all[0].touches = true;
    let fragment = |name: &str, component: &str| {
        let text = format!("---\ntype: fix\ncomponent: {component}\n---\nBy hand\n");
        fragment::parse(&format!("notes.d/{name}.md"), text.as_bytes(), &settings).unwrap()
    };
    let fragments = [fragment("one", "api"), fragment("two", "web")];
    let collected = collect(&all, &fragments, &settings, Some("api"));
    let texts: Vec<&str> = collected.entries.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["Touches", "Names", "Both", "By hand"]);
    assert_eq!(collected.commits, 3);
}

#[test]
fn a_fragment_takes_the_place_of_its_commit() {
    let text = format!(
        "---\nsection: features\ncommit: {}\n---\nCount lines, *each once*.\n\n- more\n",
        &id(0)[..40]
    );
    let one = fragment::parse("notes.d/lines.md", text.as_bytes(), &Settings::default()).unwrap();
    let collected = collect(&changes(&["feat!: cart lines", "fix: b"]), &[one], &Settings::default(), None);
    assert_eq!(told(&collected), [(Section::Fixes, "B"), (Section::Features, "Count lines, *each once*.")]);
    assert_eq!(collected.bump, Bump::Major, "the words gave way, not the break");
}

#[test]
fn who_reads_what_follows_from_the_section_the_scope_and_the_commit() {
    let settings = Settings::parse(
        "scopes: {deploy: {audiences: [operators], title: Deployment}}\naudiences: {performance: [support]}\n",
    )
    .unwrap();
    let collected = collect(
        &changes(&["feat: a", "feat(deploy): b", "perf: c", "fix: d\n\nAudience: operators, users"]),
        &[],
        &settings,
        None,
    );
    let count = |audience| {
        grouped(&collected.entries, &settings, Some(audience), false)
            .0
            .iter()
            .map(|group| group.entries.len())
            .sum::<usize>()
    };
    assert_eq!([count(Audience::Users), count(Audience::Operators), count(Audience::Support)], [2, 2, 2]);
    assert_eq!(collected.entries[1].scope.as_deref(), Some("Deployment"));
}

#[test]
fn notes_are_written_for_people() {
    let settings = Settings::parse(
        "links:\n  issue: https://t.example/{key}\n  pull-request: https://g.example/p/{key}\n  commit: https://g.example/c/{key}\n",
    )
    .unwrap();
    let collected = collect(
        &changes(&[
            "fix(cart): count `Vec<T>` & <b>once</b> <!-- tidegate:x y --> (#12)\n\nCloses PAY-7",
            "feat!: iOS and npm\n\nBREAKING CHANGE: use <this>\n\nand that",
        ]),
        &[],
        &settings,
        None,
    );
    let (sections, hidden) = grouped(&collected.entries, &settings, None, false);
    let notes = Notes {
        version: Some("2.0.0".to_owned()),
        date: Some("2026-11-22".to_owned()),
        sections,
        hidden,
        ..Notes::default()
    };
    let c = |number: usize| format!("[{}](https://g.example/c/{})", &id(number)[..7], id(number));
    assert_eq!(
        markdown::notes(&notes, &settings),
        format!(
            "## 2.0.0 (2026-11-22)\n\n### Breaking changes\n\n- iOS and npm ({})\n\n  use &lt;this>\n\n  and that\n\n### Fixes\n\n- **cart:** Count `Vec<T>` & &lt;b>once&lt;/b> &lt;!-- tidegate:x y --> ([#12](https://g.example/p/12), [PAY-7](https://t.example/PAY-7), {})\n",
            c(1),
            c(0)
        )
    );
    let plain = text::notes(&notes);
    assert!(
        plain.starts_with("2.0.0 (2026-11-22)\n==================\n\nBREAKING CHANGES\n  * iOS"),
        "{plain}"
    );
    assert!(plain.contains("  * cart: Count `Vec<T>` & <b>once</b>"), "{plain}");
}
