//! What is meant to hurt: depth, size, circles.

use tidegate_plan::Plan;
use tidegate_plan::document::{ENTRIES_MAX, check};
use tidegate_plan::markdown::{BadMarkdown, import};

#[test]
fn a_megabyte_of_nested_markdown_is_refused_with_its_line() {
    let bytes = 1_000_000;
    let check = |name: &str, text: &str| {
        let refused = import(text);
        assert!(matches!(refused, Err(BadMarkdown::TooDeep { line: 1.. })), "{name}: {refused:?}");
    };
    check("quotes", &"> ".repeat(bytes / 2));
    check("lists", &format!("{}a", "- ".repeat(bytes / 2)));
    let mut stairs = String::new();
    let mut depth = 0;
    while stairs.len() < bytes {
        stairs.push_str(&" ".repeat(2 * depth));
        stairs.push_str("- a\n");
        depth += 1;
    }
    check("stairs", &stairs);
}

#[test]
fn much_of_what_opens_and_never_closes_is_text_or_refused() {
    for piece in ["[", "![", "<", "`a", "*a ", "_a ", "[a](", "&", "<!--", "a[^", "**a ", "*_"] {
        let text = piece.repeat(200_000 / piece.len());
        let read = import(&text);
        assert!(matches!(read, Ok(_) | Err(BadMarkdown::TooDeep { .. })), "{piece}");
    }
}

#[test]
fn a_hundred_thousand_rows_are_refused() {
    let rows = |count: usize| {
        let mut text = "# P\n\n## Scope\n\n|Title|\n|---|\n".to_owned();
        text.push_str(&"|a|\n".repeat(count));
        text
    };
    assert!(matches!(import(&rows(100_000)), Err(BadMarkdown::TooManyRows { line: 10_007 })));
    // What is read may still be more than a plan holds, which is said of the plan.
    let read = import(&rows(ENTRIES_MAX + 1)).unwrap();
    let problems = check(&read.plan);
    assert_eq!((problems[0].path.as_str(), problems[0].code), ("/scope", "too-many"));
    assert_eq!(check(&import(&rows(ENTRIES_MAX)).unwrap().plan), []);
}

#[test]
fn more_bytes_or_items_than_allowed_are_refused() {
    assert_eq!(import(&"a".repeat(2 << 20)), Err(BadMarkdown::TooLong { bytes: 2 << 20 }));
    assert!(matches!(import(&"- a\n".repeat(100_000)), Err(BadMarkdown::TooManyItems { line: 20_001 })));
}

#[test]
fn an_unknown_member_and_a_day_that_is_none_are_refused_when_read() {
    let read = |text: &str| serde_json::from_str::<Plan>(text).map_err(|refused| refused.to_string());
    assert!(read(r#"{"title":"P","colour":"red"}"#).unwrap_err().contains("unknown field `colour`"));
    assert!(read(r#"{"title":"P","ready_on":"2026-02-31"}"#).unwrap_err().contains("day"));
    assert!(read(r#"{"title":"P","kind":"big-bang"}"#).unwrap_err().contains("big-bang"));
    assert_eq!(read(r#"{"title":"P"}"#).unwrap().zone, "UTC");
}
