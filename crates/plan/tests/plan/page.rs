//! The page to print: whatever the plan holds stays text.

use proptest::prelude::*;
use tidegate_plan::document::Kind;
use tidegate_plan::markdown::page;
use tidegate_plan::{Plan, markdown::import};

use crate::plans::plan;

/// Tags that the page is made of; none of them has anything from a plan in it.
const TAGS: &[&str] = &[
    "!doctype html",
    "html lang=\"en\"",
    "head",
    "/head",
    "meta charset=\"utf-8\"",
    "meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"",
    "title",
    "/title",
    "style",
    "/style",
    "body",
    "/body",
    "main",
    "/main",
    "h1",
    "/h1",
    "h2",
    "/h2",
    "h3",
    "/h3",
    "p",
    "/p",
    "ul",
    "/ul",
    "li",
    "/li",
    "div class=\"wide\"",
    "/div",
    "table",
    "/table",
    "thead",
    "/thead",
    "tbody",
    "/tbody",
    "tr",
    "/tr",
    "th scope=\"col\"",
    "/th",
    "td",
    "/td",
    "br",
    "pre",
    "/pre",
    "/html",
];

/// What is between the tags, which are all known.
fn texts(page: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = page;
    while let Some((text, after)) = rest.split_once('<') {
        texts.push(text.to_owned());
        let (tag, after) = after.split_once('>').expect("a tag that ends");
        assert!(TAGS.contains(&tag), "<{tag}> is no tag of the page");
        rest = after;
    }
    texts.push(rest.to_owned());
    texts
}

fn unescaped(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

proptest! {
    #[test]
    fn no_input_gets_out_of_text(plan in plan()) {
        let page = page(&plan);
        let texts: Vec<String> = texts(&page).iter().map(|text| unescaped(text)).collect();
        prop_assert!(texts.contains(&plan.title), "the title is there as it is");
        for objective in plan.objectives.iter().filter(|objective| !objective.text.contains('\n')) {
            prop_assert!(texts.contains(&objective.text));
        }
    }

    #[test]
    fn any_title_stays_a_title(title in any::<String>()) {
        let plan = Plan::new(&title, Kind::Planned);
        let shown = texts(&page(&plan));
        let clean: String = title
            .chars()
            .map(|letter| if letter.is_control() && letter != '\n' && letter != '\t' { '\u{fffd}' } else { letter })
            .collect();
        prop_assert!(shown.iter().any(|text| unescaped(text) == clean));
    }
}

#[test]
fn the_page_says_what_the_plan_says_and_asks_no_other_place() {
    let plan = import(include_str!("../../../../examples/edulibra/plan.md")).unwrap().plan;
    let page = page(&plan);
    for said in [
        "Release Plan for EduLibra",
        "2026-12-15",
        "Backup and recovery",
        "<th scope=\"col\">Final call</th>",
    ] {
        assert!(page.contains(said), "{said}");
    }
    for place in ["http://", "https://", "src=", "href=", "url(", "@import", "<script"] {
        assert!(!page.contains(place), "{place}");
    }
}

#[test]
fn the_page_of_a_day_has_a_chart_and_says_the_same_in_words() {
    use serde_json::json;
    use tidegate_plan::markdown::page_on;
    let plan: Plan = serde_json::from_value(json!({
        "title": "A", "audiences": [{ "id": "users", "name": "Users & co" }],
        "activities": [
            { "id": "qa", "name": "<b>QA</b>", "start": "2026-11-23", "end": "2026-11-27" },
            { "id": "deploy", "name": "Deploy", "after": ["qa"] },
            { "id": "gone", "name": "Gone", "state": "cancelled" },
        ],
        "readiness": [{ "id": "notes", "text": "Notes", "area": "release-candidate", "audience": "users" }],
    }))
    .unwrap();
    let page = page_on(&plan, "2026-11-24".parse().unwrap());
    assert_eq!(page.matches("<rect ").count(), 2, "{page}");
    assert!(page.contains("◆ &lt;b&gt;QA&lt;/b&gt;") && !page.contains("<b>"), "{page}");
    assert!(page.contains("The critical path (◆): &lt;b&gt;QA&lt;/b&gt;, then Deploy."), "{page}");
    assert!(
        page.contains("class=\"today\"") && page.contains("<td>Users &amp; co</td><td>0 of 1</td>"),
        "{page}"
    );
    assert!(!page.contains("<script") && !page.contains("style="), "{page}");
    assert!(!page_on(&Plan::new("None", Kind::Planned), "2026-11-24".parse().unwrap()).contains("<svg"));
}
