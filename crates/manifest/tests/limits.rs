//! Hostile files cost little and are refused with a place; no text makes the reader panic.

#![allow(clippy::unwrap_used)] // tests may unwrap, their helpers too

use std::fmt::Write as _;

use proptest::prelude::*;
use tidegate_domain::catalog::{Catalog, CatalogCommand, decide};
use tidegate_manifest::{FILE_BYTES_MAX, parse, starter};

fn code(text: &str) -> String {
    parse("tidegate.yaml", text).unwrap_err().entries[0].code.clone()
}

#[test]
fn billion_laughs() {
    let mut text = String::from("project: shop\ncomponents:\n  a: {run: &l0 [lol]}\n");
    for level in 1..30 {
        let below = format!("*l{}, ", level - 1).repeat(10);
        writeln!(text, "  a{level}: {{run: &l{level} [{below}]}}").unwrap();
    }
    // No list of lists belongs anywhere in the file, so it ends before anything is multiplied.
    assert_eq!(code(&text), "wrong-type");
}

#[test]
fn billion_laughs_of_merged_mappings() {
    let mut text = String::from("project: shop\ncomponents:\n  a0: &l0 {run: ./a}\n");
    for level in 1..30 {
        let below = format!("*l{}, ", level - 1).repeat(5);
        writeln!(text, "  a{level}: &l{level} {{<<: [{below}]}}").unwrap();
    }
    assert_eq!(code(&text), "yaml-limit");
}

#[test]
fn billion_laughs_of_one_long_value() {
    let mut text = format!("project: shop\ncomponents:\n  a: {{run: [&l {}]}}\n", "lol".repeat(2_000));
    for number in 0..20_000 {
        writeln!(text, "  a{number}: {{run: [*l]}}").unwrap();
    }
    assert_eq!(code(&text), "yaml-limit");
}

#[test]
fn an_alias_that_holds_itself() {
    assert_eq!(code("project: shop\ncomponents: &all\n  a: {run: *all}\n"), "yaml-limit");
}

#[test]
fn deep_nesting() {
    for open in ["[", "{a: ", "- ", "? "] {
        let refused = code(&format!("project: {}", open.repeat(100_000)));
        assert!(
            ["yaml-limit", "yaml-syntax", "wrong-type", "missing-key"].contains(&refused.as_str()),
            "{refused}"
        );
    }
    let mut text = String::from("project: shop\ncomponents:\n");
    for depth in 1..400 {
        writeln!(text, "{}a:", " ".repeat(depth)).unwrap();
    }
    assert!(parse("tidegate.yaml", &text).is_err());
}

#[test]
fn nesting_inside_a_value_that_is_skipped_or_kept() {
    let deep = format!("{}{}", "[".repeat(30), "]".repeat(30));
    for text in [
        format!("project: shop\nunknown: {deep}\n"),
        format!("project: shop\ncomponents: {{a: {{run: {deep}}}}}\n"),
        format!("project: shop\n{deep}: 1\n"),
    ] {
        assert!(parse("tidegate.yaml", &text).is_err(), "{text}");
    }
}

#[test]
fn too_large_and_too_many() {
    assert_eq!(code(&"#".repeat(FILE_BYTES_MAX + 1)), "file-too-large");
    let mut text = String::from("project: shop\nenvironments: []\ncomponents:\n");
    for number in 0..1_000 {
        writeln!(text, "  c{number}: {{run: ./c}}").unwrap();
    }
    assert_eq!(code(&text), "too-many");
    let mut many = text.clone();
    while many.len() < FILE_BYTES_MAX - 100 {
        let next = many.len();
        writeln!(many, "  d{next}: {{run: ./c}}").unwrap();
    }
    assert_eq!(code(&many), "yaml-limit");
    let value = format!("project: {}\n", "x".repeat(9_000));
    assert!(parse("tidegate.yaml", &value).unwrap_err().entries.iter().any(|entry| entry.code == "too-long"));
}

#[test]
fn many_dependencies_are_walked_quickly() {
    let names: Vec<String> = (0..100).map(|number| format!("c{number}")).collect();
    let mut text = String::from("project: shop\nenvironments: []\ncomponents:\n");
    for name in &names {
        let others: Vec<&str> = names.iter().filter(|other| *other != name).map(String::as_str).collect();
        writeln!(text, "  {name}: {{run: ./c, depends_on: [{}]}}", others.join(", ")).unwrap();
    }
    let wrong = parse("tidegate.yaml", &text).unwrap_err();
    assert!(wrong.entries.iter().all(|entry| entry.code == "dependency-cycle"), "{}", wrong.render(false));
}

const ESCAPE: char = '\u{1b}';

#[test]
fn long_names_are_compared_with_nothing() {
    let dashes = "-".repeat(500_000);
    let mut text = format!("project: shop\ncomponents:\n  ? \"{dashes}\"\n  : {{run: ./c}}\nenvironments:\n");
    for environment in 0..50 {
        writeln!(text, "  - name: e{environment}\n    components:").unwrap();
        for component in 0..100 {
            writeln!(text, "      c{component}:").unwrap();
        }
    }
    let wrong = parse("tidegate.yaml", &text).unwrap_err();
    assert_eq!((wrong.entries.len(), wrong.omitted), (20, 4_981));
    assert!(serde_json::to_string(&wrong).unwrap().len() < 100_000);
}

/// One change to a text: some characters cut out and something put in their place.
#[derive(Debug, Clone)]
struct Edit {
    at: prop::sample::Index,
    cut: usize,
    put: String,
}

fn edit() -> impl Strategy<Value = Edit> {
    let pieces = prop_oneof![
        Just(String::new()),
        Just("\n".to_owned()),
        Just("  ".to_owned()),
        Just("\t".to_owned()),
        Just(": ".to_owned()),
        Just("- ".to_owned()),
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("[".to_owned()),
        Just("&a ".to_owned()),
        Just("*a".to_owned()),
        Just("!x ".to_owned()),
        Just("<<: ".to_owned()),
        Just("null".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just("-1".to_owned()),
        Just("0%".to_owned()),
        Just("\u{0}\u{1b}\u{feff}".to_owned()),
        any::<char>().prop_map(String::from),
        "[a-z_]{1,12}: ",
    ];
    (any::<prop::sample::Index>(), 0usize..12, pieces).prop_map(|(at, cut, put)| Edit { at, cut, put })
}

fn edited(text: &str, edits: &[Edit]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for Edit { at, cut, put } in edits {
        let from = at.index(characters.len() + 1);
        let to = (from + cut).min(characters.len());
        characters.splice(from..to, put.chars());
    }
    characters.into_iter().collect()
}

fn check(text: &str) -> Result<(), TestCaseError> {
    match parse("tidegate.yaml", text) {
        Ok(manifest) => {
            let taken = decide(&Catalog::default(), CatalogCommand::Apply(manifest.catalog));
            prop_assert!(taken.is_ok(), "the domain refuses what was read");
        }
        Err(wrong) => {
            prop_assert!(!wrong.entries.is_empty() && wrong.entries.len() <= 20);
            let lines = text.lines().count().max(1);
            for entry in &wrong.entries {
                prop_assert!(entry.line >= 1 && entry.line <= lines, "line {} of {lines}", entry.line);
                prop_assert!(entry.column >= entry.source_column && entry.length >= 1);
                prop_assert!(entry.suggestion.is_some(), "{}", entry.code);
                prop_assert!(!entry.source_line.chars().any(char::is_control));
            }
            let shown = wrong.render(false);
            prop_assert!(!shown.contains(ESCAPE));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_good_file_with_a_few_slips_is_read_or_refused(edits in prop::collection::vec(edit(), 1..5)) {
        check(&edited(&starter("shop"), &edits))?;
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        check(&text)?;
    }

    #[test]
    fn any_bytes_that_are_text_are_read_or_refused(text in any::<String>()) {
        check(&text)?;
    }
}
