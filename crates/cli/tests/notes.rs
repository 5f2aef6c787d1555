//! `tidegate notes` as people use it: real repositories, made by git, and what is printed.
//!
//! Invariant: each ending has its exit code. Not here: which sections and versions follow from what (`crates/notes`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::path::Path;
use std::process::{Command, Stdio};

use common::run;
use serde_json::Value;

struct Scene {
    directory: tempfile::TempDir,
    clock: std::cell::Cell<i64>,
}

impl Scene {
    fn new() -> Self {
        let scene =
            Self { directory: tempfile::tempdir().unwrap(), clock: std::cell::Cell::new(1_795_341_600) };
        scene.git("init -q -b main");
        scene
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn git_words(&self, words: &[&str]) {
        self.clock.set(self.clock.get() + 60);
        let at = format!("{} +0000", self.clock.get());
        let told = Command::new("git")
            .args(words)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@example.com")])
            .envs([("GIT_COMMITTER_NAME", "A"), ("GIT_COMMITTER_EMAIL", "a@example.com")])
            .envs([("GIT_AUTHOR_DATE", &at), ("GIT_COMMITTER_DATE", &at)])
            .stdin(Stdio::null())
            .output()
            .expect("git is installed");
        assert!(told.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&told.stderr));
    }

    fn git(&self, line: &str) {
        self.git_words(&line.split(' ').collect::<Vec<_>>());
    }

    fn commit(&self, message: &str) {
        self.git_words(&["commit", "-q", "--allow-empty", "--cleanup=verbatim", "-m", message]);
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.path().join(file)).unwrap()
    }

    fn run(&self, line: &str) -> String {
        run(self.path(), line)
    }

    fn json(&self, line: &str) -> Value {
        let told = common::tidegate(self.path(), line).output().unwrap();
        serde_json::from_slice(&told.stdout).unwrap_or_else(|why| panic!("{why}: {told:?}"))
    }

    /// What is printed, when it is done.
    fn said(&self, line: &str) -> String {
        let told = common::tidegate(self.path(), line).output().unwrap();
        assert!(told.status.success(), "{line}: {}", String::from_utf8_lossy(&told.stderr));
        String::from_utf8(told.stdout).unwrap().trim_end().to_owned()
    }
}

fn texts(notes: &Value) -> Vec<String> {
    let sections = notes["sections"].as_array().unwrap().iter();
    let entries = sections.flat_map(|section| section["entries"].as_array().unwrap());
    entries.map(|entry| entry["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn notes_of_a_life_with_candidates_and_a_hotfix() {
    let scene = Scene::new();
    scene.commit("feat: the shop");
    assert_eq!(scene.said("notes next-version"), "0.1.0");
    scene.git("tag v1.0.0");
    assert!(scene.run("notes next-version").contains("code: nothing-to-release"));
    scene.commit("feat(cart): count lines (#12)");
    assert_eq!(scene.said("notes next-version --channel rc"), "1.1.0-rc.1");
    scene.git("tag v1.1.0-rc.1");
    scene.commit("fix: pay once");
    assert_eq!(scene.said("notes next-version --channel rc --tag"), "v1.1.0-rc.2");
    assert_eq!(texts(&scene.json("notes --json --channel rc")), ["Pay once"], "since the candidate");
    assert_eq!(texts(&scene.json("notes --json")), ["Count lines", "Pay once"], "since the release");
    scene.git("tag -a -m x v1.1.0");
    scene.commit("feat!: another API");
    scene.git("tag v2.0.0");
    let notes = scene.json("notes --to v1.1.0 --json");
    assert_eq!(
        (&notes["version"], &notes["previous"], &notes["date"]),
        (&"1.1.0".into(), &"v1.0.0".into(), &"2026-11-22".into())
    );
    assert_eq!(texts(&notes), ["Count lines", "Pay once"]);
    scene.git("checkout -q -b hotfix v1.1.0");
    scene.commit("fix: please");
    assert_eq!(scene.said("notes next-version"), "1.1.1");
    scene.commit("feat!: too much");
    assert!(scene.run("notes next-version").contains("code: version-taken"));
    assert!(scene.run("notes next-version --hotfix").contains("code: hotfix-breaking"));
    assert_eq!(scene.said("notes next-version --hotfix --bump patch"), "1.1.1");
}

#[test]
fn a_changelog_keeps_what_people_wrote() {
    let scene = Scene::new();
    scene.commit("feat: the shop");
    scene.commit("fix: pay once");
    let told = scene.run("notes --write CHANGELOG.md");
    assert!(told.contains("CHANGELOG.md: Unreleased: 2 new\n") && told.ends_with("exit code 0\n"), "{told}");
    let edited = scene.read("CHANGELOG.md").replace("- Pay once", "- Nobody pays twice");
    scene.write("CHANGELOG.md", &edited);
    scene.commit("feat: search");
    scene.said("notes --release 1.0.0 --write CHANGELOG.md");
    let written = scene.read("CHANGELOG.md");
    assert!(
        written.starts_with("# Changelog\n\n## 1.0.0 (2026-11-22) <!-- tidegate:version 1.0.0 -->\n"),
        "{written}"
    );
    assert!(written.contains("- Nobody pays twice (") && written.contains("- Search ("), "{written}");
    scene.said("notes --release 1.0.0 --write CHANGELOG.md");
    assert_eq!(scene.read("CHANGELOG.md"), written, "twice is once");
    scene.write("OTHER.md", "# Changes\n\n## 1.0.0\n\n- mine\n");
    let told = scene.run("notes --release 1.0.0 --write OTHER.md");
    assert!(told.contains("code: notes-section-foreign") && told.ends_with("exit code 1\n"), "{told}");
    assert!(scene.run("notes --write no/such/directory.md").contains("code: file-unwritable"));
    let comment = "\n  <!-- tidegate:changed - Find things -->";
    let mark = |line: &str| {
        if line.starts_with("- Search") { format!("{line}{comment}\n") } else { format!("{line}\n") }
    };
    let waits: String = written.lines().map(mark).collect();
    scene.write("CHANGELOG.md", &waits);
    let told = scene.run("notes check --changelog CHANGELOG.md");
    assert!(
        told.contains("CHANGELOG.md:8: its source says by now: - Find things")
            && told.ends_with("exit code 1\n"),
        "{told}"
    );
}

#[test]
fn fragments_belong_to_the_release_whose_commit_has_them() {
    let scene = Scene::new();
    scene.write("notes.d/old.md", "---\ntype: fix\n---\nOld\n");
    scene.git("add -A");
    scene.commit("feat: the shop");
    scene.git("tag v1.0.0");
    scene.write("notes.d/new.md", "---\nsection: upgrade\naudience: operators\n---\nRun the migration.\n");
    scene.write("notes.d/README.md", "How to write notes\n");
    std::os::unix::fs::symlink("/etc/hostname", scene.path().join("notes.d/link.md")).unwrap();
    assert_eq!(texts(&scene.json("notes --json")), ["Run the migration."], "as it lies there");
    assert!(texts(&scene.json("notes --json --audience users")).is_empty());
    assert!(texts(&scene.json("notes --json --to HEAD")).is_empty(), "it is in no commit yet");
    assert_eq!(texts(&scene.json("notes --json --to v1.0.0")), ["The shop", "Old"]);
    scene.write("notes.d/broken.md", "---\ntype: fxi\n---\na\n");
    let told = scene.run("notes");
    assert!(
        told.contains("notes.d/broken.md:2: `fxi` is no type") && told.ends_with("exit code 1\n"),
        "{told}"
    );
}

#[test]
fn components_have_their_own_tags_and_paths() {
    let scene = Scene::new();
    scene
        .write("tidegate-notes.yaml", "components:\n  api: {paths: [services/api]}\n  web: {paths: [web]}\n");
    scene.write("services/api/a", "1");
    scene.git("add -A");
    scene.commit("feat: api");
    scene.git("tag api-v1.0.0");
    scene.git("tag v9.0.0");
    scene.write("web/b", "1");
    scene.git("add -A");
    scene.commit("feat: web");
    scene.write("services/api/a", "2");
    scene.git("add -A");
    scene.commit("fix: api again");
    assert_eq!(texts(&scene.json("notes --json --component api")), ["Api again"]);
    assert_eq!(scene.said("notes next-version --component api --tag"), "api-v1.0.1");
    assert_eq!(scene.said("notes next-version --component web"), "0.1.0");
    assert_eq!(scene.said("notes next-version"), "9.1.0");
    let told = scene.run("notes --component ap");
    assert!(told.contains("there are: api, web") && told.ends_with("exit code 2\n"), "{told}");
}

#[test]
fn histories_that_cannot_be_told_are_refused_with_the_next_step() {
    let scene = Scene::new();
    let refused = |line: &str, code: &str, exit: u8| {
        let told = scene.run(line);
        assert!(told.contains(&format!("code: {code} (")), "{line}: {told}");
        assert!(told.contains("help: ") && told.ends_with(&format!("exit code {exit}\n")), "{line}: {told}");
    };
    refused("notes", "history-empty", 1);
    refused("notes --repository /proc", "no-repository", 2);
    for number in 0..5 {
        scene.commit(&format!("feat: {number}"));
    }
    refused("notes --from v9", "history-point-unknown", 2);
    refused("notes --release 1.4", "version-malformed", 2);
    refused("notes next-version --channel 1", "notes-channel-malformed", 2);
    refused("notes next-version --hotfix", "hotfix-without-release", 1);
    let url = format!("file://{}", scene.path().display());
    scene.git(&format!("clone -q --depth 2 {url} shallow"));
    refused("notes --repository shallow", "history-shallow", 1);
    assert_eq!(texts(&scene.json("notes --json --repository shallow --allow-shallow")).len(), 2);
    scene.write("tidegate-notes.yaml", "show: [other]\nrun: make\n");
    refused("notes", "notes-settings-invalid", 2);
}

#[test]
fn a_check_finds_what_cannot_be_told() {
    let scene = Scene::new();
    scene.commit("feat: fine");
    assert!(scene.run("notes check").ends_with("1 commit, nothing found\n--- exit code 0\n"));
    scene.commit("no type");
    scene.commit("fixup! feat: fine");
    scene.write("notes.d/a.md", "nothing in front\n");
    let told = scene.run("notes check");
    for expect in
        ["`no type` has no `type: `", "`fixup! feat: fine` was to become", "notes.d/a.md:1: it does not say"]
    {
        assert!(told.contains(expect), "{told}");
    }
    assert!(told.ends_with("exit code 1\n"), "{told}");
    let found = scene.json("notes check --json");
    assert_eq!(found["findings"].as_array().unwrap().len(), 3);
    let message = |text: &str| common::run_with_input(scene.path(), "notes check --message -", text);
    assert!(message("fix: a\n\n# git's own remark\n").ends_with("exit code 0\n"));
    assert!(message("whatever\n").ends_with("exit code 1\n"));
}
