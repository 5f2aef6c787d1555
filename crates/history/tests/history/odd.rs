//! Repositories that are not as one would wish: empty, shallow, damaged, full of strange tags.
//!
//! Invariant: each gets a clear answer with a code and a next step, never a panic.

use tidegate_history::{History, Trouble};

use crate::scene::{Scene, subjects};

#[test]
fn no_repository_is_said() {
    let directory = tempfile::tempdir().unwrap();
    for path in [directory.path().to_owned(), directory.path().join("nothing")] {
        let Err(trouble) = History::open(&path) else { panic!("{} opened", path.display()) };
        assert_eq!((trouble.code(), trouble.help().is_empty()), ("no-repository", false));
    }
}

#[test]
fn a_repository_of_sha_256_is_refused_with_what_can_be_read() {
    let scene = Scene::of(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    scene.git(&["commit", "-q", "--allow-empty", "-m", "feat: a"]);
    let trouble = History::open(scene.path()).and_then(|history| history.resolve("HEAD")).unwrap_err();
    assert_eq!(trouble.code(), "history-unreadable");
    assert!(trouble.help().contains("SHA-1 repositories"), "{}", trouble.help());
}

#[test]
fn an_empty_repository_has_no_commit() {
    let scene = Scene::new();
    let history = scene.open();
    assert_eq!(history.resolve("HEAD"), Err(Trouble::Empty));
    assert!(history.tags(|_| true).unwrap().all.is_empty());
}

#[test]
fn points_are_resolved_as_git_does() {
    let scene = Scene::new();
    let first = scene.commit("feat: a");
    scene.git(&["tag", "-a", "-m", "x", "v1.0.0"]);
    let second = scene.commit("feat: b");
    let history = scene.open();
    for name in [
        "HEAD~1",
        "HEAD^",
        "@~",
        "v1.0.0",
        "refs/tags/v1.0.0",
        "main~1",
        &first.to_string()[..10],
        "main^1^0",
    ] {
        assert_eq!(history.resolve(name), Ok(first), "{name}");
    }
    for name in ["HEAD", "main", "HEAD~0", "@"] {
        assert_eq!(history.resolve(name), Ok(second), "{name}");
    }
    for name in [
        "nope",
        "HEAD~5",
        "HEAD^2",
        "",
        "HEAD~x",
        "..",
        "main^{tree}",
        "ä~1",
        "HEAD~1ä",
        "HEAD~99999999999999999999999",
    ] {
        let found = history.resolve(name);
        let told = matches!(found, Err(Trouble::UnknownPoint(_) | Trouble::Unreadable(_)));
        assert!(told || (name.is_empty() && found == Ok(second)), "{name}: {found:?}");
    }
    let tree = scene.git(&["rev-parse", "HEAD^{tree}"]);
    assert!(matches!(history.resolve(&tree), Err(Trouble::NoCommit(_))));
}

#[test]
fn tags_of_tags_are_followed_and_those_that_lead_nowhere_are_named() {
    let scene = Scene::new();
    let commit = scene.commit("feat: a");
    scene.git(&["tag", "-a", "-m", "one", "v1.0.0"]);
    scene.git(&["tag", "-a", "-m", "of a tag", "v1.0.1", "v1.0.0"]);
    for number in 2..40 {
        let before = format!("v1.0.{}", number - 1);
        scene.git(&["tag", "-a", "-m", "of a tag", &format!("v1.0.{number}"), &before]);
    }
    // Many at one commit, a tree, a circle of names, one whose object is gone.
    scene.git(&["tag", "v2.0.0"]);
    scene.git(&["tag", "v3.0.0", "HEAD^{tree}"]);
    let tags = scene.path().join(".git/refs/tags");
    std::fs::write(tags.join("v4.0.0"), "ref: refs/tags/v4.0.1\n").unwrap();
    std::fs::write(tags.join("v4.0.1"), "ref: refs/tags/v4.0.0\n").unwrap();
    std::fs::write(tags.join("v5.0.0"), format!("{}\n", "1".repeat(40))).unwrap();
    std::fs::write(tags.join("v6.0.0"), "not an id\n").unwrap();
    let found = scene.open().tags(|_| true).unwrap();
    assert_eq!(found.all.len(), 41, "{found:?}");
    assert!(found.all.iter().all(|tag| tag.commit == commit));
    let mut unusable: Vec<&str> = found.unusable.iter().map(|(name, _)| name.as_str()).collect();
    unusable.sort_unstable();
    assert_eq!(
        unusable,
        ["v3.0.0", "v4.0.0", "v4.0.1", "v5.0.0"],
        "what has no id at all has no name to tell"
    );
    scene.git(&["tag", "-d", "v2.0.0"]);
    assert_eq!(scene.open().tags(|name| name == "v1.0.7").unwrap().all.len(), 1);
}

#[test]
fn packed_tags_are_the_same() {
    let scene = Scene::new();
    let commit = scene.commit("feat: a");
    scene.git(&["tag", "-a", "-m", "one", "v1.0.0"]);
    scene.git(&["tag", "-a", "-m", "two", "v1.0.1", "v1.0.0"]);
    scene.git(&["pack-refs", "--all"]);
    scene.git(&["gc", "-q"]);
    let found = scene.open().tags(|_| true).unwrap();
    assert_eq!((found.all.len(), found.all.iter().all(|tag| tag.commit == commit)), (2, true));
}

#[test]
fn messages_that_are_no_utf8_are_read_as_far_as_they_can_be() {
    let scene = Scene::new();
    scene.commit("feat: a");
    let tree = scene.git(&["rev-parse", "HEAD^{tree}"]);
    let parent = scene.id("HEAD");
    let raw = |encoding: &str, message: &[u8]| {
        let mut bytes = format!(
            "tree {tree}\nparent {parent}\nauthor A <a@b> 1700000999 +0000\ncommitter A <a@b> 1700000999 +0000\n{encoding}\n"
        )
        .into_bytes();
        bytes.extend_from_slice(message);
        let id = scene.git_with(&["hash-object", "-t", "commit", "-w", "--stdin"], &bytes);
        scene.git(&["update-ref", "refs/heads/main", &id]);
        let range = scene.open().between(&[parent], scene.id("HEAD"), &[]).unwrap();
        (subjects(&range).join(""), range.commits[0].is_lossy)
    };
    assert_eq!(raw("", b"fix: caf\xe9\n"), ("fix: caf\u{fffd}".to_owned(), true));
    assert_eq!(raw("encoding ISO-8859-1\n", b"fix: caf\xe9\n"), ("fix: café".to_owned(), false));
    assert_eq!(raw("", b""), (String::new(), false));
}

#[test]
fn a_shallow_clone_says_where_it_ends() {
    let scene = Scene::new();
    for number in 0..5 {
        scene.commit(&format!("feat: {number}"));
    }
    let url = format!("file://{}", scene.path().display());
    scene.git(&["clone", "-q", "--depth", "3", &url, "shallow"]);
    let history = History::open(&scene.path().join("shallow")).unwrap();
    assert!(history.is_shallow() && !scene.open().is_shallow());
    let head = history.resolve("HEAD").unwrap();
    let range = history.between(&[], head, &[]).unwrap();
    assert_eq!((range.commits.len(), range.is_cut), (3, true));
    // Within what it has, nothing is cut.
    let range = history.between(&[history.resolve("HEAD~1").unwrap()], head, &[]).unwrap();
    assert_eq!((range.commits.len(), range.is_cut), (1, false));
}

#[test]
fn an_object_that_is_gone_is_named() {
    let scene = Scene::new();
    let first = scene.commit("feat: a");
    scene.commit("feat: b");
    let hex = first.to_string();
    std::fs::remove_file(scene.path().join(".git/objects").join(&hex[..2]).join(&hex[2..])).unwrap();
    let history = scene.open();
    assert_eq!(history.between(&[], scene.id("HEAD"), &[]), Err(Trouble::Missing(hex)));
}

#[test]
fn nothing_in_a_configuration_starts_a_program() {
    let scene = Scene::new();
    scene.commit("feat: a");
    scene.commit("feat: b");
    let mark = scene.path().join("ran");
    let script = scene.path().join("evil");
    std::fs::write(&script, format!("#!/bin/sh\ntouch {}\n", mark.display())).unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let evil = script.display().to_string();
    let config = format!(
        "[core]\n\tfsmonitor = {evil}\n\tpager = {evil}\n\teditor = {evil}\n\tsshCommand = {evil}\n\thooksPath = {}\n[filter \"x\"]\n\tsmudge = {evil}\n\tprocess = {evil}\n[include]\n\tpath = {evil}\n[credential]\n\thelper = {evil}\n[diff]\n\texternal = {evil}\n[gpg]\n\tprogram = {evil}\n[alias]\n\tlog = !{evil}\n",
        scene.path().display()
    );
    let path = scene.path().join(".git/config");
    let old = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, old + &config).unwrap();
    std::fs::write(scene.path().join(".gitattributes"), "* filter=x diff=x\n").unwrap();
    let history = scene.open();
    let head = history.resolve("HEAD").unwrap();
    assert_eq!(history.between(&[], head, &[vec!["evil".to_owned()]]).unwrap().commits.len(), 2);
    history.tags(|_| true).unwrap();
    assert!(!mark.exists(), "a program of the repository ran");
}

#[test]
fn linked_worktrees_and_bare_repositories_are_read_too() {
    let scene = Scene::new();
    let commit = scene.commit("feat: a");
    scene.git(&["worktree", "add", "-q", "-b", "other", "linked"]);
    scene.git(&["clone", "-q", "--bare", ".", "bare.git"]);
    for (name, bare) in [("linked", false), ("bare.git", true)] {
        let history = History::open(&scene.path().join(name)).unwrap();
        assert_eq!(history.resolve("HEAD"), Ok(commit), "{name}");
        assert_eq!(history.root().is_none(), bare, "{name}");
    }
    std::fs::create_dir_all(scene.path().join("deep/down")).unwrap();
    assert!(History::open(&scene.path().join("deep/down")).is_ok());
}
