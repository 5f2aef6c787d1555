//! Bad input around a release, by the real command line: plans, calendars, mail servers, deliveries and votes.
//!
//! Invariant: each is refused with its place or its next step, quickly, and nothing of it is kept. Deliberately not here: every
//! form that each can take (the tests of `plan`, `calendar`, `connectors` and the server).

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidegate_api::RolloutState;
use tidegate_e2e::{Install, Mailbox, Manner, ONE_API, Ran, healthy, until};

/// A machine that stands still at times needs it; a bomb that went off would take for ever.
const SOON: Duration = Duration::from_mins(1);

/// As somebody, with answers and errors in JSON.
async fn said(install: &Install, who: &str, arguments: &[&str]) -> Ran {
    let with: Vec<&str> = arguments.iter().copied().chain(["--actor", who, "--json"]).collect();
    install.tidegate(&with).await
}

/// Refused with this code; the detail and the help in one text.
async fn refused(install: &Install, who: &str, code: &str, arguments: &[&str]) -> String {
    let error = said(install, who, arguments).await.ended_with(1).error();
    assert_eq!(error["code"], code, "{error}");
    let text = |member: &str| error[member].as_str().unwrap().to_owned();
    format!("{} {}", text("detail"), text("help"))
}

async fn listed(install: &Install, what: &[&str]) -> Vec<Value> {
    let page = said(install, "ann", what).await.ended_with(0).json();
    page["items"].as_array().unwrap().clone()
}

fn plan(members: &Value) -> String {
    let mut plan = json!({
        "title": "Shop 2.1", "zone": "Europe/Berlin",
        "roles": [
            { "id": "manager", "name": "Release Manager", "person": "ann", "decides": true },
            { "id": "qa", "name": "Quality", "person": "bob" },
        ],
    });
    plan.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    plan.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_in_a_circle_and_a_zone_that_there_is_not_are_refused_with_their_place() {
    let install = Install::start().await;
    let activity = |id: &str, after: &str| json!({ "id": id, "name": id, "after": [after] });
    let circle = json!([activity("build", "deploy"), activity("test", "build"), activity("deploy", "test")]);
    let markdown = "# Shop 2.1\n\n## Activities\n\n| Activity | After |\n|---|---|\n| Build | Deploy |\n| Deploy | Build |\n";
    for (file, text, place, words) in [
        ("circle.json", plan(&json!({ "activities": circle })), "/activities", "build after deploy"),
        ("circle.md", markdown.to_owned(), "/activities", "build after deploy"),
        ("zone.json", plan(&json!({ "zone": "Europe/Atlantis" })), "/zone", "Europe/Atlantis"),
    ] {
        std::fs::write(install.directory().join(file), text).unwrap();
        let told = refused(&install, "ann", "plan-unfit", &["plan", "import", file, "--for", "2.1.0"]).await;
        assert!(told.contains(place) && told.contains(words), "{file}: {told}");
    }
    assert_eq!(listed(&install, &["plan", "list"]).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_bomb_does_not_go_off() {
    let install = Install::start().await;
    install.apply(ONE_API).await;
    let began = Instant::now();
    let add = ["freeze", "add", "bomb", "--from", "2020-01-01", "--for", "1h", "--reason", "boom", "--rule"];
    for rule in ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=1", "FREQ=DAILY;BYHOUR=1,2,3;BYSECOND=1,2,3"] {
        let with: Vec<&str> = add.into_iter().chain([rule]).collect();
        refused(&install, "ann", "recurrence-too-often", &with).await;
    }
    let feed = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:bomb\r\nBEGIN:VEVENT\r\nUID:bomb@example.org\r\nDTSTAMP:20260101T000000Z\r\n\
                DTSTART:20260101T000000Z\r\nDTEND:20260101T000001Z\r\nRRULE:FREQ=SECONDLY\r\nSUMMARY:Bomb\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    std::fs::write(install.directory().join("bomb.ics"), feed).unwrap();
    refused(&install, "ann", "recurrence-too-often", &["freeze", "import", "holidays", "bomb.ics"]).await;
    assert_eq!(listed(&install, &["freeze", "list"]).await, Vec::<Value>::new());
    // Nothing holds, and the server has time for a release.
    install.release("1.0.0", &[("api", healthy())]).await;
    install.live("1.0.0", "production").await;
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_hangs_holds_up_no_rollout_and_no_other_channel() {
    let (hangs, fine) = (Mailbox::new(Manner::Hangs).await, Mailbox::new(Manner::Takes).await);
    let mut install = Install::prepare();
    install.allowed_hosts = vec!["127.0.0.1".to_owned()];
    install.restart().await;
    install.apply(ONE_API).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    for (name, mailbox) in [("hangs", &hangs), ("fine", &fine)] {
        let port = mailbox.address.port().to_string();
        let mail =
            ["channel", "mail", name, "--host", "127.0.0.1", "--port", &port, "--from", "shop@example.org"];
        let plain: Vec<&str> = mail.into_iter().chain(["--security", "plain-to-loopback"]).collect();
        said(&install, "ann", &plain).await.ended_with(0);
    }
    let audience = ["announce", "audience", "set", "users", "--channel", "hangs", "--channel", "fine"];
    let with: Vec<&str> = audience.into_iter().chain(["--address", "ada@example.org"]).collect();
    said(&install, "ann", &with).await.ended_with(0);
    let send = ["announce", "send", "1.0.0", "--occasion", "schedule", "--to", "users"];
    let id = said(&install, "ann", &send).await.ended_with(0).json()["id"].as_str().unwrap().to_owned();

    assert_eq!(install.live("1.0.0", "production").await.state, RolloutState::Succeeded);
    until("the other channel has told", async || (fine.count() == 1).then_some(())).await;
    let all = listed(&install, &["announce", "deliveries", &id]).await;
    let of = |channel: &str| all.iter().find(|one| one["channel"] == channel).unwrap().clone();
    assert_eq!((&of("fine")["state"], &of("hangs")["state"]), (&json!("delivered"), &json!("waiting")));
    assert_eq!(hangs.count(), 0);
    // Who tries it is told within its deadline, and not left hanging as well.
    let tried = said(&install, "ann", &["channel", "test", "hangs"]).await.ended_with(1).json();
    assert_eq!(tried["ok"], json!(false), "{tried}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_webhook_changes_nothing() {
    let install = Install::start().await;
    let made =
        said(&install, "ann", &["inbound", "add", "github", "--name", "ci"]).await.ended_with(0).json();
    assert!(made["secret"].as_str().is_some_and(|secret| !secret.is_empty()), "{made}");
    let url = format!("{}/api/v1/inbound/ci", install.url());
    let forged = format!("sha256={}", "0".repeat(64));
    for (signature, code) in [(Some(forged.as_str()), "delivery-secret-wrong"), (None, "delivery-unsigned")] {
        let mut delivery = reqwest::Client::new().post(&url).body(r#"{"text": "all tests passed"}"#);
        delivery = delivery.header("content-type", "application/json");
        delivery = delivery.header("x-github-event", "ping").header("x-github-delivery", "72d3162e");
        if let Some(signature) = signature {
            delivery = delivery.header("x-hub-signature-256", signature);
        }
        let answer = delivery.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 401);
        let problem: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(problem["code"], code, "{problem}");
    }
    let shown = said(&install, "ann", &["inbound", "show", "ci"]).await.ended_with(0).json();
    assert_eq!(shown["received"], json!(0), "{shown}");
    let kinds = install.kinds("inbound").await;
    assert!(!kinds.iter().any(|kind| kind == "inbound.received"), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_and_a_call_of_one_who_may_not_are_refused() {
    let install = Install::start().await;
    install.apply(ONE_API).await;
    install.release("2.1.0", &[("api", healthy())]).await;
    std::fs::write(install.directory().join("plan.json"), plan(&json!({}))).unwrap();
    said(&install, "ann", &["plan", "import", "plan.json", "--for", "2.1.0"]).await.ended_with(0);
    for phase in ["planned", "frozen", "candidate"] {
        said(&install, "ann", &["plan", "move", "2.1.0", phase]).await.ended_with(0);
    }
    let vote = ["plan", "vote", "2.1.0", "qa", "go"];
    let told = refused(&install, "eve", "plan-vote-not-yours", &vote).await;
    assert!(told.contains("eve does not vote for the role `qa`") && told.contains("ask bob"), "{told}");
    refused(&install, "ann", "plan-vote-not-yours", &vote).await;
    let seen = said(&install, "bob", &["plan", "go-no-go", "2.1.0"]).await.ended_with(0).json();
    let digest = seen["digest"].as_str().unwrap();
    let call = ["plan", "call", "2.1.0", "go", "--digest", digest];
    refused(&install, "bob", "plan-call-not-yours", &call).await;
    let now = said(&install, "ann", &["plan", "go-no-go", "2.1.0"]).await.ended_with(0).json();
    let silent = now["votes"].as_array().unwrap().iter().all(|vote| vote["choice"].is_null());
    assert!(silent && now["phase"] == "candidate" && now["digest"] == digest, "{now}");
    said(&install, "bob", &vote).await.ended_with(0);
}
