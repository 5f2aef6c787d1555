//! Files that people write: fragments and the configuration.
//!
//! Invariant: each mistake is told with the line where it stands.

use tidegate_notes::fragment::{self, is_fragment};
use tidegate_notes::section::Bump;
use tidegate_notes::{Audience, Section, Settings};

fn parse(text: &str) -> Result<fragment::Fragment, (usize, String)> {
    let settings = Settings::parse("components: {api: {paths: [api]}}\n").unwrap();
    fragment::parse("notes.d/a-note.md", text.as_bytes(), &settings).map_err(|why| (why.line, why.message))
}

#[test]
fn a_fragment_is_a_front_and_a_note() {
    let told = parse(
        "---\ntype: feat\nbreaking: true\naudience: [users, support]\ncomponent: api\nissue: [PAY-7, 12]\n---\n\nCount lines,\neach once.\n\nMore\n\n- of it\n",
    )
    .unwrap();
    assert_eq!((told.section, told.bump), (Section::Breaking, Bump::Major));
    assert_eq!((told.text.as_str(), told.details.as_str()), ("Count lines, each once.", "More\n\n- of it"));
    assert_eq!(told.audiences.unwrap(), [Audience::Users, Audience::Support]);
    assert_eq!(told.issues, ["PAY-7", "#12"]);
    let told = parse("\u{FEFF}---\r\nsection: known-issues\r\naudience: support\r\n---\r\nSlow.").unwrap();
    assert_eq!((told.section, told.bump, told.text.as_str()), (Section::KnownIssues, Bump::None, "Slow."));
    assert_eq!(parse("---\ntype: fix\nbump: none\n---\na").unwrap().bump, Bump::None);
}

#[test]
fn a_broken_fragment_is_told_with_its_line() {
    for (text, line, says) in [
        ("Just text", 1, "does not say what kind"),
        ("---\ntype: fix\nno end", 1, "has no end"),
        ("---\ntype: fix\ntipe: fix\n---\na", 3, "tipe"),
        ("---\naudience: users\ntype: fxi\n---\na", 3, "`fxi` is no type"),
        ("---\ntype: fix\naudience: [users,\n  nobody]\n---\na", 3, ""),
        ("---\ntype: fix\ncomponent: web\n---\na", 3, "no component `web`"),
        ("---\ntype: fix\ncommit: xyz\n---\na", 3, "no commit"),
        ("---\ntype: fix\n---\n\n", 4, "no text"),
        ("---\naudience: users\n---\na", 2, "does not say what kind"),
        ("---\n---\na", 2, "does not say what kind"),
        ("---\ntype: fix\ntype: feat\n---\na", 3, ""),
    ] {
        let (found, message) = parse(text).expect_err(text);
        assert!(message.contains(says), "{text:?}: {message}");
        assert_eq!(found, line, "{text:?}: {message}");
    }
    let settings = Settings::default();
    let wrong = |file: &str, bytes: &[u8]| fragment::parse(file, bytes, &settings).unwrap_err();
    assert_eq!(wrong("notes.d/a.md", b"---\ntype: fix\n---\ncaf\xe9").line, 4);
    assert!(wrong("notes.d/a b.md", b"").message.contains("name"));
    assert!(wrong("notes.d/a.md", &vec![b'a'; 70_000]).message.contains("bytes"));
}

#[test]
fn other_files_may_lie_there() {
    for (name, expect) in [
        ("a.md", true),
        ("README.md", false),
        (".hidden.md", false),
        ("a.txt", false),
        ("_template.md", false),
    ] {
        assert_eq!(is_fragment(name), expect, "{name}");
    }
}

#[test]
fn the_configuration_is_taken_whole_or_refused_with_its_line() {
    let settings = Settings::parse(
        "tag-prefix: r\nfirst-version: 1.0.0\ninitial-development: {breaking: major, feature: patch}\ntypes:\n  feat: improvements\n  deps: {section: fixes, bump: patch}\ntitles: {fixes: Mended}\nshow: [other]\n",
    )
    .unwrap();
    assert_eq!(settings.rule("feat"), Some((Section::Improvements, Bump::Patch)));
    assert_eq!(settings.rule("deps"), Some((Section::Fixes, Bump::Patch)));
    assert_eq!((settings.title(Section::Fixes), settings.rule("nope")), ("Mended", None));
    assert!(settings.is_shown(Section::Other));
    assert_eq!(Settings::parse("# nothing\n").unwrap(), Settings::default());
    for (text, line, says) in [
        ("show: [other]\nrun: make\n", 2, "run"),
        ("types:\n  feat: everything\n", 2, "section like"),
        ("a: [\n", 1, ""),
        ("first-version: 1.0\n", 1, "no version"),
        ("components:\n  api: {}\n", 2, "neither paths nor scopes"),
        ("components:\n  api:\n    paths: [../other]\n", 3, "../other"),
        ("components:\n  api:\n    paths: [/etc]\n", 3, "/etc"),
        ("components:\n  api:\n    paths: [\"lib-*\"]\n", 3, "a whole part"),
        ("fragments: ../x\n", 1, "no directory"),
        ("links:\n  commit: javascript:{key}\n", 2, "no web address"),
        ("a: &a [*a]\n", 1, ""),
    ] {
        let wrong = Settings::parse(text).expect_err(text);
        assert!(wrong.message.contains(says), "{text:?}: {wrong}");
        assert_eq!(wrong.line, line, "{text:?}: {wrong}");
    }
}
