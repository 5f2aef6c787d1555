//! Following through whatever a server, or something in its place, may do.
//!
//! Invariant: what was learnt last is answered, whatever comes after it that is not whole, and the client says that it may
//! be old.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

mod liar;

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use liar::{DEADLINE, KEY, Liar, Says, Streams, flags, until};
use serde_json::json;
use tidegate_sdk::{BadSources, Client, ErrorCode, Options, Reason};

fn options(liar: &Liar) -> Options {
    Options::new(liar.url(), KEY)
}

fn started(options: Options) -> Client {
    let client = Client::start(options).unwrap();
    client.wait_ready(DEADLINE).unwrap();
    until("all is well", || client.stale_for().is_none());
    client
}

fn is_on(client: &Client) -> bool {
    client.boolean("f", &client.context(), false)
}

/// An address where nobody is.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn a_change_arrives_and_is_told() {
    let liar = Liar::start(Says::Flag("off", 1));
    let client = started(options(&liar));
    let mut changes = client.changes();
    assert!(!is_on(&client));
    liar.says(Says::Flag("on", 2));
    let change = changes.wait(DEADLINE).unwrap();
    assert_eq!((change.flags, change.stale), (vec!["f".to_owned()], false));
    assert!(is_on(&client));
    // Nothing became another: nothing is told.
    liar.says(Says::Flag("on", 2));
    until("it was fetched", || liar.fetched() >= 3);
    assert_eq!(changes.look(), None);
}

#[test]
fn what_is_not_whole_is_refused_and_the_last_good_is_kept() {
    let check = |bad: Says, why: &str| {
        let liar = Liar::start(Says::Flag("on", 1));
        let options =
            options(&liar).with_answer_bytes_max(100_000).with_answer_within(Duration::from_secs(1));
        let client = started(options);
        liar.says(bad);
        until(&format!("`{why}` is told"), || client.trouble().is_some_and(|trouble| trouble.contains(why)));
        assert!(client.stale_for().is_some());
        assert!(is_on(&client), "{why}");
        let details = client.boolean_details("f", &client.context(), false);
        assert_eq!((details.value, details.metadata["stale"].as_bool()), (true, Some(true)));
        liar.says(Says::Flag("off", 2));
        until("it is well again", || client.stale_for().is_none() && !is_on(&client));
        assert_eq!(client.trouble(), None);
    };
    check(Says::Body("<html>".to_owned()), "cannot be read");
    check(Says::Body(r#"{"project": "shop"}"#.to_owned()), "cannot be read");
    check(Says::Body(flags("off", 9).replace("production", "staging")), "another environment");
    check(Says::Body(flags("off", 9).replace("\"flags\"", "\"falgs\"")), "has no `flags`");
    check(Says::Body(" ".repeat(100_001)), "longer than");
    check(Says::Giant { bytes: usize::MAX / 2, said: true }, "longer than");
    check(Says::Giant { bytes: 10_000_000, said: false }, "longer than");
    check(Says::Drip, "cannot be reached");
    check(Says::Status(302), "elsewhere are not followed");
    check(Says::Status(401), "opens nothing");
    check(Says::Status(500), "answers 500");
}

#[test]
fn an_older_answer_never_wins() {
    let liar = Liar::start(Says::Flag("on", 7));
    let client = started(options(&liar));
    let before = liar.fetched();
    liar.says(Says::Flag("off", 6));
    until("it was fetched", || liar.fetched() > before);
    liar.says(Says::Flag("off", 7));
    until("it was fetched again", || liar.fetched() > before + 1);
    assert!(is_on(&client));
}

#[test]
fn a_stream_in_single_bytes_is_followed() {
    let liar = Liar::streaming(Says::Flag("off", 1), Streams::Drip);
    let client = started(options(&liar));
    liar.says(Says::Flag("on", 2));
    until("the change arrives", || is_on(&client));
}

#[test]
fn a_flood_of_events_is_not_answered_by_one_of_requests() {
    let liar = Liar::streaming(Says::Flag("off", 1), Streams::Flood);
    let began = Instant::now();
    let client = started(options(&liar));
    until("some were answered", || liar.fetched() >= 5);
    let most = 2 + began.elapsed().as_millis() / 100;
    assert!(liar.fetched() as u128 <= most, "{} in {:?}", liar.fetched(), began.elapsed());
    drop(client);
}

#[test]
fn where_one_is_gone_or_behind_the_next_is_followed() {
    let behind = Liar::start(Says::Stale("off", 1, 500));
    let well = Liar::start(Says::Flag("on", 2));
    let options = Options::new(nowhere(), KEY).with_address(behind.url()).with_address(well.url());
    let client = started(options);
    assert!(is_on(&client));
    // The one that was well goes: what it said is newer than what the one that is behind says.
    well.says(Says::Status(500));
    until("it is known to be stale", || client.stale_for().is_some());
    assert!(is_on(&client));
    behind.says(Says::Flag("off", 3));
    until("the other has news", || client.stale_for().is_none() && !is_on(&client));
}

#[test]
fn one_that_is_behind_is_better_than_none() {
    let behind = Liar::start(Says::Stale("on", 1, 500));
    let client = Client::start(Options::new(behind.url(), KEY).with_address(nowhere())).unwrap();
    client.wait_ready(DEADLINE).unwrap();
    assert!(is_on(&client));
    until("its age is known", || client.stale_for().is_some_and(|since| since.as_secs() >= 500));
}

#[test]
fn a_copy_outlives_the_program_and_says_how_old_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flags.json");
    let liar = Liar::start(Says::Flag("on", 1));
    let client = started(options(&liar).with_file(&path));
    client.wait_stop();
    let about = std::fs::metadata(&path).unwrap();
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
    assert!(!std::fs::read_to_string(&path).unwrap().contains("5ec2e7"), "no key is in it");
    let earlier = std::time::SystemTime::now() - Duration::from_hours(2);
    std::fs::File::options().append(true).open(&path).unwrap().set_modified(earlier).unwrap();

    let again = Client::start(Options::new(nowhere(), KEY).with_file(&path)).unwrap();
    assert!(again.is_ready() && is_on(&again), "at once");
    assert!(again.stale_for().unwrap() >= Duration::from_hours(2));
    // What is in the file is not believed blindly either.
    std::fs::write(&path, "{").unwrap();
    let garbage = Client::start(Options::new(nowhere(), KEY).with_file(&path)).unwrap();
    assert!(!garbage.is_ready());
    let started = started(options(&liar).with_file(&path));
    assert!(is_on(&started));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), flags("on", 1));
}

#[test]
fn before_anything_is_known_everybody_gets_their_default() {
    let client = Client::start(Options::new(nowhere(), KEY)).unwrap();
    let told = client.string_details("f", &client.context(), "mine");
    assert_eq!(
        (told.value.as_str(), told.error, told.reason),
        ("mine", Some(ErrorCode::ProviderNotReady), Reason::Error)
    );
    let not_ready = client.wait_ready(Duration::from_millis(1)).unwrap_err();
    assert!(not_ready.to_string().contains("no flags were learnt"), "{not_ready}");
    until("it is known why", || client.trouble().is_some());
    assert_eq!(client.trouble().unwrap(), "it cannot be reached");
    client.wait_stop();
    assert!(client.wait_ready(DEADLINE).is_err(), "it does not wait for who follows no longer");
}

#[test]
fn a_key_that_opens_nothing_is_said() {
    let liar = Liar::streaming(Says::Flag("on", 1), Streams::Status(401));
    let client = Client::start(options(&liar)).unwrap();
    until("it is known why", || client.trouble().is_some());
    assert_eq!(client.trouble().unwrap(), "it answers 401: the key opens nothing there");
    assert!(matches!(Client::start(Options::new(liar.url(), "nonsense")), Err(BadSources::Key)));
}

#[test]
fn values_have_the_type_asked_for_or_the_default_holds() {
    let of = |values: serde_json::Value| json!({"state": "ENABLED", "variants": {"v": values}, "defaultVariant": "v"});
    let all = json!({"flags": {
        "boolean": of(json!(true)), "text": of(json!("x")), "whole": of(json!(7)), "half": of(json!(0.5)),
        "object": of(json!({"a": [1, null]})), "none": {"state": "ENABLED", "variants": {"v": 1}, "defaultVariant": null},
        "broken": {"state": "MAYBE"},
        "share": {"state": "ENABLED", "variants": {"v": 1}, "defaultVariant": "v", "targeting": {"fractional": [["v", 1]]}},
        "off": {"state": "DISABLED", "variants": {"a": 1, "b": 2}, "defaultVariant": "a", "offVariant": "b"},
    }});
    let body = json!({"project": "p", "environment": "e", "version": 1, "changed_ms": 1, "definitions": all});
    let liar = Liar::start(Says::Body(body.to_string()));
    let client = started(options(&liar));
    let ann = client.context().with_targeting_key("ann");
    assert!(client.boolean("boolean", &ann, false));
    assert_eq!(client.string("text", &ann, ""), "x");
    assert_eq!((client.integer("whole", &ann, 0), client.integer("half", &ann, 9)), (7, 9));
    assert!((client.float("half", &ann, 0.0) - 0.5).abs() < f64::EPSILON);
    assert_eq!(client.object("object", &ann, &json!(null)), json!({"a": [1, null]}));
    assert_eq!(client.integer("off", &ann, 0), 2);
    let check = |key: &str, error: Option<ErrorCode>, reason: Reason| {
        let told = client.boolean_details(key, &ann, true);
        assert_eq!((told.value, told.variant, told.error, told.reason), (true, None, error, reason), "{key}");
    };
    check("text", Some(ErrorCode::TypeMismatch), Reason::Error);
    check("absent", Some(ErrorCode::FlagNotFound), Reason::Error);
    check("broken", Some(ErrorCode::ParseError), Reason::Error);
    check("none", None, Reason::Default);
    let nobody = client.integer_details("share", &client.context(), 5);
    assert_eq!((nobody.value, nobody.error), (5, Some(ErrorCode::TargetingKeyMissing)));
    assert_eq!(client.evaluate("off", &ann).reason, Reason::Disabled);
}

#[test]
fn what_was_given_is_reported_at_the_end() {
    let liar = Liar::start(Says::Flag("on", 1));
    let client = started(options(&liar));
    for _ in 0..3 {
        assert!(is_on(&client));
    }
    client.boolean("absent", &client.context(), false);
    client.wait_stop();
    let [report] = &liar.usage()[..] else { panic!("{:?}", liar.usage()) };
    assert_eq!(
        report["f"]["variants"],
        json!([{"variant": "on", "count": 3, "last_ms": report["f"]["last_ms"]}])
    );
    assert!(report["f"]["last_ms"].as_u64().unwrap() > 0);
    assert!(report.get("absent").is_none());

    let silent = started(options(&liar).without_reports());
    assert!(is_on(&silent));
    silent.wait_stop();
    assert_eq!(liar.usage().len(), 1);
}

#[test]
fn how_requests_went_is_told_until_somebody_takes_it() {
    let liar = Liar::start(Says::Flag("on", 1));
    liar.takes_outcomes(503);
    let client = started(options(&liar));
    let quick = std::time::Duration::from_millis(3);
    client.outcome("f", "on", true, quick);
    client.outcome("f", "on", false, std::time::Duration::from_secs(3));
    until("it was refused", || !liar.outcomes().is_empty());
    client.outcome("f", "off", true, quick);
    liar.takes_outcomes(200);
    let refused = liar.outcomes().len();
    until("it was told again", || liar.outcomes().len() > refused);
    let told = liar.outcomes().pop().unwrap();
    let on = json!({"requests": 2, "errors": 1, "buckets": [1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2]});
    let off = json!({"requests": 1, "errors": 0, "buckets": vec![1; 12]});
    assert_eq!(told["flags"], json!({"f": {"on": on, "off": off}}));
    // The end tells what is left, and everything again.
    client.outcome("f", "off", true, quick);
    client.wait_stop();
    let last = liar.outcomes().pop().unwrap();
    assert_eq!((&last["instance"], &last["flags"]["f"]["off"]["requests"]), (&told["instance"], &json!(2)));
    client.wait_stop();
}

#[tokio::test]
async fn it_is_awaited_as_it_is_waited_for() {
    let liar = Liar::start(Says::Flag("off", 1));
    let client = Client::start(options(&liar)).unwrap();
    client.ready(DEADLINE).await.unwrap();
    let mut changes = client.changes();
    let mut news = tokio::spawn(async move {
        while changes.next().await.is_some_and(|change| change.flags.is_empty()) {}
        changes
    });
    liar.says(Says::Flag("on", 2));
    let mut changes = tokio::time::timeout(DEADLINE, &mut news).await.unwrap().unwrap();
    assert!(is_on(&client));
    client.stop().await;
    let last = tokio::time::timeout(DEADLINE, async { while changes.next().await.is_some() {} }).await;
    last.expect("a client that was stopped has no more changes");
    assert!(is_on(&client), "what is known stays");
    assert!(client.stale_for().is_some());
}

#[test]
fn asking_takes_no_memory() {
    let liar = Liar::start(Says::Flag("on", 1));
    let client = started(options(&liar));
    let ann = client.context().with_targeting_key("ann").with("plan", "gold");
    assert!(client.boolean("f", &ann, false), "the first time, a thread makes itself known");
    let counted = allocation_counter::measure(|| {
        for _ in 0..100 {
            assert!(client.boolean("f", &ann, false));
            client.integer("absent", &ann, 1);
            client.with("f", &ann, |details| assert_eq!(details.variant(), Some("on")));
        }
    });
    assert_eq!(counted.count_total, 0);
}
