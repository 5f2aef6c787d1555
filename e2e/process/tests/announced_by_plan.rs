//! What a plan asks to be announced: made when it is agreed, moved with its date, taken back with it, and told once although the
//! server is killed.
//!
//! Invariant: each entry is told once for what it tells: a date, or what a rollout of a release did.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tidegate_api::{
    Announcement, AnnouncementState, ChannelKind, MailChannel, MailSecurity, PlanActRequest, PlanPhase,
    RolloutState, SetAudienceRequest, SetChannelRequest, WritePlanRequest,
};
use tidegate_client::EventsQuery;
use tidegate_e2e::{Install, Mailbox, ONE_API, deploy_request, healthy, key, until};

const READERS: u64 = 3;
const DAY_MINUTES: i64 = 24 * 60;

/// Days since 1970 as a date, after the calendar's rule of 400 years.
fn date(days: i64) -> String {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day = shifted.rem_euclid(146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, later) = (day - (153 * month + 2) / 5 + 1, i64::from(month >= 10));
    format!("{:04}-{:02}-{day:02}", year + era * 400 + later, if later == 1 { month - 9 } else { month + 3 })
}

fn today() -> i64 {
    (SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 86_400).try_into().unwrap()
}

fn document(in_days: i64) -> Value {
    let day = date(today() + in_days);
    let entry = |id: &str, moment: &str, minutes: i64| {
        json!({
            "id": id, "title": format!("Tell of {id}"), "audience": "Users",
            "when": { "moment": moment, "minutes": minutes },
        })
    };
    let ask = json!({
        "id": "ask", "title": "Ask how it is", "audience": "Users", "template": "feedback",
        "when": { "moment": "succeeded", "minutes": 2 * DAY_MINUTES },
    });
    json!({
        "title": "The shop",
        "deployment": { "window": { "from": format!("{day}T02:00:00"), "until": format!("{day}T04:00:00"), "zone": "UTC" } },
        "audiences": [{ "id": "Users", "name": "Everybody" }],
        "announcements": [
            entry("soon", "window-start", -DAY_MINUTES),
            entry("early", "window-start", -300 * DAY_MINUTES),
            entry("begun", "started", 0),
            entry("out", "succeeded", 0),
            entry("back", "rolled-back", 0),
            ask,
        ],
    })
}

async fn set_up(install: &Install, mailbox: &Mailbox) {
    let mail = MailChannel {
        host: "127.0.0.1".to_owned(),
        port: mailbox.address.port(),
        security: MailSecurity::PlainToLoopback,
        from: "shop@example.org".to_owned(),
        from_name: None,
        user: None,
    };
    let request = SetChannelRequest {
        kind: ChannelKind::Mail,
        mail: Some(mail),
        page: None,
        url: None,
        password: None,
    };
    install.client.set_channel("post", &request, &key()).await.unwrap();
    let addresses = (0..READERS).map(|number| format!("reader{number}@example.org")).collect();
    let request = SetAudienceRequest { channels: vec!["post".to_owned()], addresses };
    install.client.set_audience("users", &request, &key()).await.unwrap();
}

async fn write(install: &Install, version: &str, in_days: i64) {
    let request = WritePlanRequest { document: document(in_days), note: None };
    let edition = install.client.plan(version).await.ok().map(|plan| plan.edition);
    install.client.write_plan(version, (&request, edition), &key()).await.unwrap();
}

async fn act(install: &Install, version: &str, act: PlanActRequest) {
    install.client.act_on_plan(version, &act, &key()).await.unwrap();
}

fn to(phase: PlanPhase) -> PlanActRequest {
    PlanActRequest::Move { to: phase, release: None, note: Some("so".to_owned()) }
}

type Entries = BTreeMap<String, Vec<Announcement>>;

/// What there is of a plan, by its entries, once that is so.
async fn entries(install: &Install, version: &str, what: &str, is: impl Fn(&Entries) -> bool) -> Entries {
    until(what, || async {
        let all = install.client.announcements(Some(version)).await.ok()?.items;
        let mut entries = Entries::new();
        for one in all.into_iter().filter(|one| one.plan.as_deref() == Some(version)) {
            entries.entry(one.entry.clone()?).or_default().push(one);
        }
        is(&entries).then_some(entries)
    })
    .await
}

fn states(entries: &Entries, entry: &str) -> Vec<AnnouncementState> {
    entries.get(entry).into_iter().flatten().map(|one| one.state).collect()
}

fn arrived(entries: &Entries, entry: &str, times: usize) -> bool {
    let of = entries.get(entry).into_iter().flatten();
    of.filter(|one| one.state == AnnouncementState::Told && one.delivered == READERS).count() == times
}

async fn log_length(install: &Install) -> usize {
    let query = EventsQuery { stream: None, limit: Some(1_000), after: None };
    install.client.events(&query).await.unwrap().items.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plans_announcements_follow_it_and_are_told_once() {
    use AnnouncementState::{Cancelled, Planned, Told};
    let mailbox = Mailbox::silent().await;
    mailbox.answer_all();
    let mut install = Install::prepare();
    install.allowed_hosts = vec!["127.0.0.1".to_owned()];
    install.restart().await;
    install.apply(ONE_API).await;
    set_up(&install, &mailbox).await;
    write(&install, "1.0.0", 30).await;
    // A draft asks for nothing; the release is not even there when the plan is agreed.
    assert_eq!(install.client.announcements(None).await.unwrap().items.len(), 0);
    act(&install, "1.0.0", to(PlanPhase::Planned)).await;
    install.kill();
    install.restart().await;
    let first = entries(&install, "1.0.0", "the plan's entries are announcements", |entries| {
        entries.len() == 6 && arrived(entries, "early", 1)
    })
    .await;
    for entry in ["soon", "begun", "out", "back", "ask"] {
        assert_eq!(states(&first, entry), [Planned], "{entry}");
    }
    let window_ms = u64::try_from(today() + 30).unwrap() * 86_400_000 + 2 * 3_600_000;
    assert_eq!(first["soon"][0].at_ms, Some(window_ms - 86_400_000));
    assert_eq!((first["ask"][0].after_minutes, first["ask"][0].at_ms), (Some(2_880), None));
    assert!(first["early"][0].text.contains(&date(today() + 30)), "{}", first["early"][0].text);

    // Another date: what waits moves with it under its id, and who heard the old one hears the new one.
    write(&install, "1.0.0", 40).await;
    let moved =
        entries(&install, "1.0.0", "the new date is told", |entries| arrived(entries, "early", 2)).await;
    assert_eq!(moved["soon"][0].id, first["soon"][0].id);
    assert_eq!(moved["soon"][0].at_ms, Some(window_ms + 9 * 86_400_000));
    assert!(moved["early"].iter().any(|one| one.text.contains(&date(today() + 40))));

    // On hold nobody is told of a date; what a person cancelled stays so.
    act(&install, "1.0.0", PlanActRequest::Hold { note: "a doubt".to_owned() }).await;
    let held = entries(&install, "1.0.0", "the date is taken back", |entries| {
        states(entries, "soon") == [Cancelled]
    })
    .await;
    assert_eq!(held["soon"][0].cancelled.as_deref(), Some("the plan is on hold"));
    assert_eq!(states(&held, "out"), [Planned]);
    let client = &install.client;
    client.cancel_announcement(&held["begun"][0].id, Some("too much mail"), &key()).await.unwrap();
    act(&install, "1.0.0", PlanActRequest::Resume { note: None }).await;
    let resumed = entries(&install, "1.0.0", "the date is asked for again", |entries| {
        states(entries, "soon") == [Planned]
    })
    .await;
    assert_eq!(resumed["soon"][0].id, first["soon"][0].id);
    assert_eq!(states(&resumed, "begun"), [Cancelled]);

    // It goes out, over a kill.
    install.release("1.0.0", &[("api", healthy())]).await;
    let id = install.client.start_rollout("production", &deploy_request("1.0.0"), &key()).await.unwrap();
    install.kill();
    install.restart().await;
    assert_eq!(install.ended(&id.rollouts[0]).await.state, RolloutState::Succeeded);
    let out =
        entries(&install, "1.0.0", "they hear that it is out", |entries| arrived(entries, "out", 1)).await;
    assert_eq!((states(&out, "begun"), states(&out, "back")), (vec![Cancelled], vec![Planned]));
    let asked =
        entries(&install, "1.0.0", "the question has its time", |entries| entries["ask"][0].at_ms.is_some())
            .await;
    assert_eq!(states(&asked, "ask"), [Planned]);
    let gone = entries(&install, "1.0.0", "its date is no news any more", |entries| {
        states(entries, "soon") == [Cancelled]
    })
    .await;
    assert_eq!(gone["soon"][0].cancelled.as_deref(), Some("the release went out before"));

    // One that is cancelled takes back what waits, and nothing of it is told.
    write(&install, "1.1.0", 400).await;
    act(&install, "1.1.0", to(PlanPhase::Planned)).await;
    entries(&install, "1.1.0", "its entries wait", |entries| entries.len() == 6).await;
    act(&install, "1.1.0", to(PlanPhase::Cancelled)).await;
    let cancelled = entries(&install, "1.1.0", "all of them are taken back", |entries| {
        entries.values().flatten().all(|one| one.state == Cancelled)
    })
    .await;
    assert!(
        cancelled.values().flatten().all(|one| one.cancelled.as_deref() == Some("the plan was cancelled"))
    );

    // Another start finds everything as it is to be: nothing is planned anew, and nothing told again.
    let (letters, events) = (mailbox.count(), log_length(&install).await);
    install.kill();
    install.restart().await;
    write(&install, "1.2.0", 400).await;
    act(&install, "1.2.0", to(PlanPhase::Planned)).await;
    let later =
        entries(&install, "1.2.0", "the plans are looked at again", |entries| entries.len() == 6).await;
    assert!(later.values().flatten().all(|one| one.state == Planned), "{later:?}");
    // Two acts and six announcements.
    assert_eq!(log_length(&install).await, events + 8);
    assert_eq!(mailbox.count(), letters);
    let told: usize = out.values().flatten().filter(|one| one.state == Told).count();
    assert_eq!(told, 3, "the two dates, and that it is out");
    assert_eq!(mailbox.wrong(), Vec::<String>::new());
    for (reader, ids) in mailbox.ids() {
        assert_eq!(ids.len(), 3, "{reader}: {ids:?}");
    }
    install.audited().await;
}
