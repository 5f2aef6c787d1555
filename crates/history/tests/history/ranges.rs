//! Which commits lie between two points, and which tag is reached.
//!
//! Invariant: each range is compared with `git rev-list`, with and without a commit-graph.

use std::collections::BTreeSet;

use tidegate_history::Id;

use crate::scene::{Scene, subjects};

/// The same set as git's, and the same with a commit-graph.
fn as_git(scene: &Scene, from: &str, to: &str) {
    let asked = format!("{from}..{to}");
    let told = scene.git(&["rev-list", &asked]);
    let expect: BTreeSet<Id> = told.lines().map(|line| Id::from_hex(line.as_bytes()).unwrap()).collect();
    let found = || {
        let range = scene
            .open()
            .between(&[scene.id(&format!("{from}^{{}}"))], scene.id(&format!("{to}^{{}}")), &[])
            .unwrap();
        assert!(!range.is_cut);
        let found: BTreeSet<Id> = range.commits.iter().map(|commit| commit.id).collect();
        assert_eq!(found.len(), range.commits.len(), "none is told twice");
        found
    };
    let _ = std::fs::remove_file(scene.path().join(".git/objects/info/commit-graph"));
    assert_eq!(found(), expect, "{asked}");
    scene.git(&["commit-graph", "write", "--reachable"]);
    assert_eq!(found(), expect, "{asked} with a commit-graph");
}

/// Two lines of work, merged twice, and an octopus.
fn woven() -> Scene {
    let scene = Scene::new();
    scene.commit("feat: first");
    scene.git(&["tag", "v1.0.0"]);
    scene.git(&["checkout", "-q", "-b", "side"]);
    scene.commit("feat: on the side");
    scene.git(&["checkout", "-q", "main"]);
    scene.commit("fix: on main");
    scene.git(&["merge", "-q", "--no-ff", "-m", "Merge branch 'side'", "side"]);
    scene.git(&["tag", "-a", "-m", "one", "v1.1.0"]);
    for name in ["one", "two", "three"] {
        scene.git(&["checkout", "-q", "-b", name, "main"]);
        scene.change(name, name, &format!("feat: {name}"));
    }
    scene.git(&["checkout", "-q", "main"]);
    scene.wait(60);
    scene.git(&["merge", "-q", "--no-ff", "-m", "Merge three at once", "one", "two", "three"]);
    scene.git(&["checkout", "-q", "side"]);
    scene.commit("fix: later on the side");
    scene.git(&["checkout", "-q", "main"]);
    scene
}

#[test]
fn ranges_are_those_of_git() {
    let scene = woven();
    for (from, to) in [
        ("v1.0.0", "main"),
        ("v1.1.0", "main"),
        ("side", "main"),
        ("main", "side"),
        ("one", "main"),
        ("main", "main"),
        ("main", "v1.0.0"),
    ] {
        as_git(&scene, from, to);
    }
    let range = scene.open().between(&[scene.id("v1.1.0^{}")], scene.id("main"), &[]).unwrap();
    assert_eq!(subjects(&range), ["feat: one", "feat: two", "feat: three", "Merge three at once"]);
    assert_eq!(range.commits[3].parents, 4, "an octopus");
}

#[test]
fn a_clock_that_goes_back_loses_and_adds_nothing() {
    let scene = Scene::new();
    scene.commit("feat: first");
    scene.git(&["checkout", "-q", "-b", "side"]);
    // Excluded commits that look older than what they are built on.
    scene.wait(-7_200);
    scene.commit("feat: an hour ago");
    scene.commit("feat: released");
    scene.git(&["tag", "v1.0.0"]);
    scene.wait(9_000);
    scene.git(&["checkout", "-q", "main"]);
    scene.commit("fix: now");
    scene.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]);
    as_git(&scene, "v1.0.0", "main");
    as_git(&scene, "main~1", "side");
}

#[test]
fn the_first_that_is_reached_is_found_in_order_of_preference() {
    let scene = woven();
    let reached = |names: &[&str], to: &str| {
        let history = scene.open();
        let ids: Vec<Id> = names.iter().map(|name| scene.id(&format!("{name}^{{}}"))).collect();
        history.first_reached(&ids, scene.id(to)).unwrap().map(|at| names[at].to_owned())
    };
    let check = || {
        assert_eq!(reached(&["v1.1.0", "v1.0.0"], "main").as_deref(), Some("v1.1.0"));
        assert_eq!(
            reached(&["v1.1.0", "v1.0.0"], "side").as_deref(),
            Some("v1.0.0"),
            "a branch before the tag"
        );
        assert_eq!(reached(&["v1.1.0"], "v1.1.0^{}").as_deref(), Some("v1.1.0"), "itself");
        assert_eq!(reached(&["main", "v1.1.0"], "v1.0.0"), None);
        assert_eq!(reached(&[], "main"), None);
    };
    check();
    scene.git(&["commit-graph", "write", "--reachable"]);
    check();
    // New commits stand outside of the graph that was written.
    scene.commit("fix: newer than the graph");
    check();
    as_git(&scene, "v1.1.0", "main");
}

#[test]
fn commits_say_which_paths_they_touch() {
    let scene = Scene::new();
    scene.change("services/api/a.txt", "1", "feat: api");
    scene.change("web/b.txt", "1", "feat: web");
    scene.change("services/other/c.txt", "1", "feat: beside");
    scene.commit("chore: nothing");
    scene.change("services/api/deep/d.txt", "1", "fix: deep in api");
    std::fs::remove_dir_all(scene.path().join("web")).unwrap();
    scene.git(&["add", "-A"]);
    scene.commit("feat: no web any more");
    scene.git(&["checkout", "-q", "-b", "side", "HEAD~1"]);
    scene.change("services/api/e.txt", "1", "feat: api on the side");
    scene.git(&["checkout", "-q", "main"]);
    scene.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]);
    let sets = [
        vec!["services/api/".to_owned()],
        vec!["web".to_owned(), "Makefile".to_owned()],
        vec!["*/*/c.txt".to_owned()],
    ];
    let range = scene.open().between(&[], scene.id("HEAD"), &sets).unwrap();
    let told: Vec<(&str, &[usize])> =
        range.commits.iter().map(|commit| (commit.message.trim_end(), commit.touches.as_slice())).collect();
    let expect: [(&str, &[usize]); 8] = [
        ("feat: api", &[0]),
        ("feat: web", &[1]),
        ("feat: beside", &[2]),
        ("chore: nothing", &[]),
        ("fix: deep in api", &[0]),
        ("feat: no web any more", &[1]),
        ("feat: api on the side", &[0]),
        ("Merge", &[]),
    ];
    assert_eq!(told, expect);
}

#[test]
fn files_of_a_commit_are_read_without_a_working_directory() {
    let scene = Scene::new();
    scene.change("notes.d/a.md", "one", "feat: a");
    std::os::unix::fs::symlink("/etc/hostname", scene.path().join("notes.d/link.md")).unwrap();
    scene.change("notes.d/b.md", "second", "feat: b");
    let history = scene.open();
    let head = scene.id("HEAD");
    assert_eq!(history.file_names(head, "notes.d").unwrap(), ["a.md", "b.md"], "links are none");
    assert_eq!(history.file_names(scene.id("HEAD~1"), "notes.d/").unwrap(), ["a.md"]);
    let files = history.files(head, "notes.d", 3).unwrap();
    assert_eq!(files[0].bytes.as_deref(), Some(&b"one"[..]));
    assert_eq!(files[1].bytes, None, "longer than was asked for");
    assert!(history.files(head, "nothing/here", 3).unwrap().is_empty());
    assert!(history.files(head, "notes.d/a.md", 3).unwrap().is_empty());
    assert_eq!(history.file(head, "notes.d/a.md", 9).unwrap().as_deref(), Some(&b"one"[..]));
    assert_eq!(history.file(head, "nothing", 9).unwrap(), None);
}
