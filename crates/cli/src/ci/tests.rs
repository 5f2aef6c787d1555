//! What a build server is told of a deployment that went well, was refused, was rolled back.

use super::*;
use crate::render::samples;

fn gate(open: bool, why: &str) -> Gate {
    Gate {
        name: "scan".to_owned(),
        kind: "evidence".to_owned(),
        open,
        why: why.to_owned(),
        since_ms: None,
        opens_ms: None,
        who: if open { String::new() } else { "whoever scans".to_owned() },
        command: "tidegate evidence add FILE --for 2.1.0".to_owned(),
        signing: None,
    }
}

fn refused() -> Story {
    let failure = Failure::refused("gates-closed", "2.1.0 may not enter production: `scan` is closed")
        .help("add a report: tidegate evidence add FILE --for 2.1.0");
    let Failure::Said(saying) = failure else { panic!() };
    Story {
        release: "2.1.0".to_owned(),
        environment: "production".to_owned(),
        gates: vec![gate(false, "a <critical> finding,\n100% certain: \"x\" & ::error::y\u{1b}")],
        rollouts: Vec::new(),
        failure: Some(*saying),
    }
}

fn story(state: RolloutState, cause: Option<&str>) -> Story {
    let rollout = Rollout { state, cause: cause.map(str::to_owned), ..samples::rollout() };
    Story {
        release: "2.1.0".to_owned(),
        environment: "production".to_owned(),
        gates: vec![gate(true, "its evidence holds")],
        rollouts: vec![rollout],
        failure: None,
    }
}

fn told(story: &Story) -> String {
    let annotations = github::annotations(story).join("\n");
    format!("{annotations}\n----\n{}----\n{}", github::summary(story), junit::report(story))
}

#[test]
fn a_deployment_as_a_build_server_sees_it() {
    let back = story(RolloutState::RolledBack, Some("error_rate was 31 %, over 5 %, for 60 s"));
    insta::assert_snapshot!("ci-refused", told(&refused()));
    insta::assert_snapshot!("ci-rolled-back", told(&back));
    insta::assert_snapshot!("ci-live", told(&story(RolloutState::Succeeded, None)));
}

#[test]
fn nothing_from_outside_begins_a_command_or_ends_an_element() {
    for line in github::annotations(&refused()) {
        assert_eq!(line.lines().count(), 1, "{line}");
        let (_, title_and_data) = line.split_once("title=").unwrap();
        let (title, _) = title_and_data.split_once("::").unwrap();
        assert!(!title.contains([',', ':']), "{title}");
    }
    let report = junit::report(&refused());
    assert!(!report.contains('\u{1b}') && report.contains("a &lt;critical&gt; finding"));
    let read =
        tidegate_evidence::read(report.as_bytes(), "tidegate.xml", tidegate_evidence::Limits::default());
    let tests = read.expect("it is JUnit, as our own reader reads it").tests;
    assert!(tests.is_some_and(|tests| tests.all.failed == 2), "{report}");
}

#[test]
fn a_report_goes_to_junit_and_a_file() {
    assert_eq!(report_to("junit=a=b.xml"), Ok("a=b.xml".into()));
    for bad in ["junit", "junit=", "html=x", ""] {
        assert!(report_to(bad).is_err(), "{bad}");
    }
}

/// Every line of the scripts in a file of examples that calls us.
fn commands(file: &str) -> Vec<String> {
    fn scripts(value: &serde_json::Value, within: bool, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(members) => {
                for (key, part) in members {
                    scripts(part, within || key == "run" || key == "script", found);
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| scripts(item, within, found)),
            serde_json::Value::String(text) if within => found.extend(text.lines().map(str::to_owned)),
            serde_json::Value::String(_)
            | serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Number(_) => {}
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/ci").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let parsed: serde_json::Value =
        serde_saphyr::from_str(&text).unwrap_or_else(|why| panic!("{file}: {why}"));
    assert!(text.contains("TIDEGATE_TOKEN") && text.contains("TIDEGATE_SERVER"), "{file}");
    let mut lines = Vec::new();
    scripts(&parsed, false, &mut lines);
    lines.retain(|line| line.starts_with("tidegate "));
    lines
}

fn understood(line: &str) -> Result<crate::arguments::Arguments, clap::Error> {
    let words = line.split_whitespace().map(|word| match word.trim_matches('"') {
        variable if variable.starts_with('$') => "1.0.0".to_owned(),
        word => word.to_owned(),
    });
    clap::Parser::try_parse_from(words)
}

#[test]
fn the_examples_for_build_servers_say_what_we_understand() {
    for file in ["github-actions.yml", "gitlab-ci.yml"] {
        let lines = commands(file);
        assert!(lines.len() >= 6, "{file}: {lines:?}");
        for line in &lines {
            if let Err(why) = understood(line) {
                panic!("{file}: {line}\n{why}");
            }
        }
        assert!(lines.iter().any(|line| line.contains("--wait") && line.contains("--report junit=")));
        assert!(understood(&lines[0].replace("--file", "--fil-e")).is_err(), "a slip is seen");
    }
}
