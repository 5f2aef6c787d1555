//! Limits of rooms, and that text stays text.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn post(text: &str) -> Post {
    Post {
        title: "Shop 2.1".to_owned(),
        text: text.to_owned(),
        url: Some("https://t.example/a|b?x=1&y=2".to_owned()),
    }
}

fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

#[test]
fn text_is_never_markup() {
    let evil = "<!channel> <https://evil.example|your bank> [x](https://evil.example) *bold* # title";
    let said = read(&slack(&post(evil)));
    let text = said["blocks"][1]["text"]["text"].as_str().unwrap();
    assert!(!text.contains('<') && text.contains("&lt;!channel&gt;"), "{text}");
    assert_eq!(said["blocks"][2]["elements"][0]["text"], "<https://t.example/a%7Cb?x=1&amp;y=2|Open>");
    let card = read(&teams(&post(evil)));
    let content = &card["attachments"][0]["content"];
    let text = content["body"][1]["text"].as_str().unwrap();
    assert!(text.contains(r"\[x\]\(https://evil.example\)") && text.contains(r"\*bold\*"), "{text}");
    assert_eq!(content["actions"][0]["url"], "https://t.example/a|b?x=1&y=2");
    assert_eq!(
        (&card["type"], &content["type"], &content["version"]),
        (&"message".into(), &"AdaptiveCard".into(), &"1.4".into())
    );
}

#[test]
fn what_is_too_long_ends_in_a_link() {
    let long = "Ä& ".repeat(20_000);
    let said = read(&slack(&post(&long)));
    let text = said["blocks"][1]["text"]["text"].as_str().unwrap();
    assert!(text.len() <= 3_000 && text.ends_with('…'), "{}", text.len());
    assert!(said["blocks"][2]["elements"][0]["text"].as_str().unwrap().ends_with("|Read the rest>"));
    let body = teams(&post(&long));
    assert!(body.len() <= 28 * 1024, "{}", body.len());
    assert_eq!(read(&body)["attachments"][0]["content"]["actions"][0]["title"], "Read the rest");
    assert!(read(&slack(&post("")))["blocks"][1]["text"]["text"] == "…", "a section cannot be empty");
}

#[test]
fn what_will_not_change_is_not_tried_again() {
    let outcome =
        |answer| Outcome { answer, status: None, said: String::new(), failure: None, duration_ms: 0 };
    let check = |code: u16, expect: Next| {
        let answer = Answer::Status { code, retry_after_seconds: Some(120) };
        assert_eq!(next(1, &outcome(answer), 0), expect, "{code}");
    };
    for code in [200, 202, 204] {
        check(code, Next::Delivered);
    }
    for code in [400, 403, 404, 410, 413] {
        check(code, Next::DeadLetter);
    }
    check(429, Next::Retry { wait_ms: 120_000 });
    check(500, Next::Retry { wait_ms: 5_000 });
    assert_eq!(next(1, &outcome(Answer::Nothing), 0), Next::Retry { wait_ms: 5_000 });
    assert_eq!(next(10, &outcome(Answer::Nothing), 0), Next::DeadLetter);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn every_text_fits(title in ".{0,400}", text in "(?s).{0,9000}") {
        let post = Post { title, text, url: None };
        let said = read(&slack(&post));
        prop_assert!(said["blocks"][1]["text"]["text"].as_str().unwrap().len() <= 3_000);
        prop_assert!(said["blocks"][0]["text"]["text"].as_str().unwrap().len() <= 150);
        prop_assert!(teams(&post).len() <= 28 * 1024);
    }
}
