//! Tables of what may be subscribed to, and what a pattern takes in.

use super::*;
use crate::refusal::Refuse as _;

fn name(text: &str) -> WebhookName {
    text.parse().unwrap()
}

fn webhook(patterns: &[&str]) -> Webhook {
    let patterns = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
    Webhook { host: "a.example".to_owned(), patterns, format: WebhookFormat::Cdevents, disabled: None }
}

fn after(commands: &[WebhookCommand]) -> Webhooks {
    commands.iter().fold(Webhooks::default(), |state, command| {
        decide(&state, command.clone()).unwrap().iter().fold(state, evolve)
    })
}

#[test]
fn a_pattern_is_a_kind_or_the_beginning_of_kinds() {
    let check = |pattern: &str, kind: &str, expect: bool| {
        assert_eq!(webhook(&[pattern]).wants(kind), expect, "{pattern} {kind}");
    };
    check("*", "rollout.started", true);
    check("rollout.*", "rollout.started", true);
    check("rollout.*", "release.created", false);
    check("rollout.s*", "rollout.succeeded", true);
    check("release.created", "release.created", true);
    check("release.create", "release.created", false);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let add = |patterns: &[&str]| WebhookCommand::Add { name: name("ci"), webhook: webhook(patterns) };
    let code = |state: &Webhooks, command| decide(state, command).unwrap_err().code();
    for bad in [&[][..], &[""], &["Rollout.*"], &["rollout.*.x"], &["a b"], &["*", "!"]] {
        assert_eq!(code(&Webhooks::default(), add(bad)), "webhook-pattern-malformed", "{bad:?}");
    }
    let one = after(&[add(&["*"])]);
    assert_eq!(code(&one, add(&["*"])), "webhook-exists");
    for command in [
        WebhookCommand::Remove { name: name("other") },
        WebhookCommand::Enable { name: name("other") },
        WebhookCommand::Disable { name: name("other"), why: String::new() },
        WebhookCommand::RotateSecret { name: name("other") },
    ] {
        assert_eq!(code(&one, command), "unknown-webhook");
    }
    let many = (0..WEBHOOKS_MAX)
        .map(|at| WebhookCommand::Add { name: name(&format!("w{at}")), webhook: webhook(&["*"]) });
    assert_eq!(code(&after(&many.collect::<Vec<_>>()), add(&["*"])), "webhooks-full");
}

#[test]
fn what_stands_already_is_no_event() {
    let add = WebhookCommand::Add { name: name("ci"), webhook: webhook(&["*"]) };
    let disable = || WebhookCommand::Disable { name: name("ci"), why: "410".to_owned() };
    let enable = || WebhookCommand::Enable { name: name("ci") };
    let one = after(std::slice::from_ref(&add));
    assert_eq!(decide(&one, enable()), Ok(Vec::new()));
    let off = after(&[add.clone(), disable()]);
    assert_eq!(off.by_name[&name("ci")].disabled.as_deref(), Some("410"));
    assert_eq!(decide(&off, disable()), Ok(Vec::new()));
    assert_eq!(after(&[add, disable(), enable()]), one);
}
