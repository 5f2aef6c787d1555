//! Announcements: each told once to everybody it is for, by real mail servers and receivers that take, hang, cut and refuse.

use std::collections::BTreeSet;

use axum::response::IntoResponse as _;
use http::StatusCode;
use tidegate_client::api::{
    AnnounceRequest, AnnounceWhen, Announcement, AnnouncementDelivery, AnnouncementState, ChannelKind,
    DeliveryState, MailChannel, MailSecurity, Occasion, PageChannel, PreviewAnnouncementRequest, Reaches,
    SetAnnouncementTemplateRequest, SetAudienceRequest, SetChannelRequest,
};
use tidegate_client::{ClientError, EventsQuery};

use crate::mailbox::{Mailbox, Manner};
use crate::receiver::Receiver;
use crate::support::{World, bad, key, until};

pub async fn mail(world: &World, name: &str, mailbox: &Mailbox) {
    let mail = MailChannel {
        host: "127.0.0.1".to_owned(),
        port: mailbox.address.port(),
        security: MailSecurity::PlainToLoopback,
        from: "shop@example.org".to_owned(),
        from_name: Some("Shop".to_owned()),
        user: None,
    };
    let request = SetChannelRequest {
        kind: ChannelKind::Mail,
        mail: Some(mail),
        page: None,
        url: None,
        password: None,
    };
    world.client.set_channel(name, &request, &key()).await.unwrap();
}

async fn room(world: &World, name: &str, kind: ChannelKind, receiver: &Receiver) -> Option<String> {
    let url = Some(receiver.url());
    let request = SetChannelRequest { kind, mail: None, page: None, url, password: None };
    world.client.set_channel(name, &request, &key()).await.unwrap().secret
}

pub async fn page(world: &World, mail: Option<&str>) {
    let page =
        PageChannel { title: "News <of> the shop".to_owned(), mail: mail.map(str::to_owned), url: None };
    let request = SetChannelRequest {
        kind: ChannelKind::Page,
        mail: None,
        page: Some(page),
        url: None,
        password: None,
    };
    world.client.set_channel("news", &request, &key()).await.unwrap();
}

pub async fn audience(world: &World, channels: &[&str], addresses: &[&str]) {
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    let request = SetAudienceRequest { channels: owned(channels), addresses: owned(addresses) };
    world.client.set_audience("users", &request, &key()).await.unwrap();
}

pub fn wish(occasion: Occasion) -> AnnounceRequest {
    AnnounceRequest {
        release: "1.0.0".to_owned(),
        occasion,
        audience: "users".to_owned(),
        at_ms: None,
        when: None,
        environment: None,
        starts_ms: None,
        downtime_minutes: None,
        note: String::new(),
        subject: None,
        text: None,
    }
}

pub async fn settled(world: &World, id: &str) -> Announcement {
    until("everything arrived or was given up", async || {
        let now = world.client.announcement(id).await.unwrap();
        (now.state == AnnouncementState::Told && now.waiting == 0).then_some(now)
    })
    .await
}

async fn deliveries(world: &World, id: &str) -> Vec<AnnouncementDelivery> {
    world.client.announcement_deliveries(id, None).await.unwrap().items
}

pub fn code<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> (u16, String) {
    let refused = answer.unwrap_err();
    let ClientError::Problem(problem) = refused else { panic!("{refused:?}") };
    (problem.status, problem.code)
}

#[tokio::test]
async fn a_release_is_announced_once_to_everybody_by_every_way() {
    let world = World::applied().await;
    world.release("1.0.0").await;
    let mailbox = Mailbox::new(Manner::Takes).await;
    let (slack, hook) =
        (Receiver::new(|_, _| StatusCode::OK).await, Receiver::new(|_, _| StatusCode::NO_CONTENT).await);
    mail(&world, "post", &mailbox).await;
    assert_eq!(room(&world, "room", ChannelKind::Slack, &slack).await, None);
    let secret = room(&world, "hook", ChannelKind::Webhook, &hook).await.unwrap();
    page(&world, None).await;
    audience(&world, &["post", "room", "hook", "news"], &["ada@example.org", "bob@example.org"]).await;
    for name in ["post", "room", "hook", "news"] {
        let tested = world.client.test_channel(name, None, &key()).await.unwrap();
        assert!(tested.ok, "{name}: {tested:?}");
    }
    let (of_slack, of_hook) = (slack.got().len(), hook.got().len());

    let request = AnnounceRequest {
        downtime_minutes: Some(65),
        note: "Thank you <all>.".to_owned(),
        ..wish(Occasion::Schedule)
    };
    let once = key();
    let made = world.client.announce(&request, &once).await.unwrap();
    assert_eq!(
        world.client.announce(&request, &once).await.unwrap().id,
        made.id,
        "one key, one announcement"
    );
    let told = settled(&world, &made.id).await;
    assert_eq!((told.deliveries, told.delivered, told.dead), (4, 4, 0));
    assert_eq!(told.subject, "tests: release 1.0.0 is planned");
    assert!(
        told.text.contains("for about 1 hour 5 minutes.") && told.text.contains("Thank you <all>."),
        "{told:?}"
    );

    assert_eq!(mailbox.wrong(), Vec::<String>::new());
    let ids = mailbox.ids();
    assert_eq!(ids.keys().collect::<Vec<_>>(), ["ada@example.org", "bob@example.org"]);
    assert_eq!(ids.values().flatten().collect::<BTreeSet<_>>().len(), 2, "each letter has an id of its own");
    let letter = &mailbox.taken()[0];
    assert!(letter.message_id().starts_with(&format!("<{}-", made.id)), "{letter:?}");
    assert_eq!(letter.header("Subject"), Some("tests: release 1.0.0 is planned"));
    assert_eq!(letter.header("From"), Some("Shop <shop@example.org>"));
    assert!(letter.letter.contains("Thank you &lt;all&gt;."), "HTML holds text alone: {}", letter.letter);

    let posted = &slack.got()[of_slack..];
    assert_eq!((posted.len(), mailbox.count()), (1, 2));
    assert_eq!(posted[0].json()["blocks"][0]["text"]["text"], "tests: release 1.0.0 is planned");
    let message = &hook.got()[of_hook..];
    assert_eq!(message.len(), 1);
    message[0].verify(&secret);
    let body = message[0].json();
    assert_eq!((&body["type"], &body["occasion"]), (&"announcement".into(), &"schedule".into()));
    assert!(body["url"].as_str().unwrap().ends_with(&format!("/public/announcements/{}", made.id)));

    // Neither log nor answers hold what is secret, and the log holds nobody's address.
    let events = world.client.events(&EventsQuery::default()).await.unwrap();
    let log = serde_json::to_string(&events).unwrap();
    let channels = serde_json::to_string(&world.client.channels().await.unwrap()).unwrap();
    for text in ["s3cret-path", &secret["whsec_".len()..]] {
        assert!(!log.contains(text) && !channels.contains(text), "{text}");
    }
    assert!(!log.contains("ada@example.org"), "{log}");
    let kinds: BTreeSet<&str> = events.items.iter().map(|event| event.kind.as_str()).collect();
    assert!(kinds.contains("announcement.planned") && kinds.contains("announcement.told"), "{kinds:?}");

    // By hand, one letter goes again, under the id that it had.
    let one =
        deliveries(&world, &made.id).await.into_iter().find(|it| it.recipient == "bob@example.org").unwrap();
    assert_eq!(world.client.announce_again(&made.id, Some(&one.id), &key()).await.unwrap().deliveries, 1);
    until("it comes again", async || (mailbox.count() == 3).then_some(())).await;
    assert_eq!(mailbox.ids(), ids);
}

#[tokio::test]
async fn a_channel_that_fails_holds_up_no_other_and_says_why() {
    let world = World::applied().await;
    world.release("1.0.0").await;
    let refusing =
        Manner::Says { to: "bob@example.org".to_owned(), reply: "550 5.1.1 nobody here".to_owned() };
    let (fine, hangs, cuts) =
        (Mailbox::new(refusing).await, Mailbox::new(Manner::Hangs).await, Mailbox::new(Manner::Cuts).await);
    let busy = Receiver::answering(|number, _| match number {
        0 => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "1")]).into_response(),
        _ => StatusCode::OK.into_response(),
    })
    .await;
    let gone = Receiver::new(|_, _| StatusCode::NOT_FOUND).await;
    mail(&world, "hangs", &hangs).await;
    mail(&world, "cuts", &cuts).await;
    mail(&world, "post", &fine).await;
    room(&world, "busy", ChannelKind::Slack, &busy).await;
    room(&world, "gone", ChannelKind::Teams, &gone).await;
    audience(&world, &["hangs", "cuts", "post", "busy", "gone"], &["ada@example.org", "bob@example.org"])
        .await;
    let made = world.client.announce(&wish(Occasion::Progress), &key()).await.unwrap();

    let found = until("the others are through, and one waits for its server", async || {
        let found = deliveries(&world, &made.id).await;
        let through = |channel: &str, recipient: &str| {
            found.iter().any(|it| {
                it.channel == channel
                    && it.recipient.starts_with(recipient)
                    && (it.state != DeliveryState::Waiting || it.said.is_some())
            })
        };
        let all =
            through("post", "ada") && through("post", "bob") && through("cuts", "ada") && through("gone", "");
        let busy = found.iter().any(|it| it.channel == "busy" && it.state == DeliveryState::Delivered);
        (all && busy).then_some(found)
    })
    .await;
    let of = |channel: &str, recipient: &str| {
        found.iter().find(|it| it.channel == channel && it.recipient.starts_with(recipient)).unwrap().clone()
    };
    assert_eq!(of("post", "ada").state, DeliveryState::Delivered);
    let refused = of("post", "bob");
    assert_eq!((refused.state, refused.attempts), (DeliveryState::Dead, 1));
    assert!(refused.said.as_ref().unwrap().contains("nobody here"), "{refused:?}");
    let cut = of("cuts", "ada");
    assert_eq!(cut.state, DeliveryState::Waiting);
    assert!(cut.next_ms.unwrap() > cut.attempted_ms.unwrap(), "{cut:?}");
    assert_eq!((of("gone", "").state, of("gone", "").attempts), (DeliveryState::Dead, 1));
    assert!(of("gone", "").said.unwrap().contains("404"));
    assert_eq!(of("busy", "").attempts, 2);
    let waits = of("hangs", "ada");
    assert_eq!(waits.state, DeliveryState::Waiting);
    let channel = world.client.channel("gone").await.unwrap();
    assert!(channel.dead == 1 && channel.failure.unwrap().contains("404"));

    // What has not gone out does not any more; what has stays.
    let cancelled = world.client.cancel_announcement(&made.id, Some("not today"), &key()).await.unwrap();
    assert_eq!((cancelled.state, cancelled.waiting), (AnnouncementState::Cancelled, 0));
    assert_eq!(cancelled.delivered, 2);
    let given_up = deliveries(&world, &made.id).await;
    let why = given_up.iter().find(|it| it.channel == "hangs").unwrap().said.clone().unwrap();
    assert_eq!(why, "cancelled: not today");
    let again = world.client.announce_again(&made.id, None, &key()).await;
    assert_eq!(code(again), (409, "announcement-cancelled".to_owned()));
}

#[tokio::test]
async fn an_announcement_waits_for_what_its_rollout_does() {
    let world = World::live().await;
    let hook = Receiver::new(|_, _| StatusCode::OK).await;
    room(&world, "hook", ChannelKind::Webhook, &hook).await;
    audience(&world, &["hook"], &[]).await;
    let waiting = |occasion, reaches, step| AnnounceRequest {
        when: Some(AnnounceWhen { environment: "production".to_owned(), reaches, step }),
        ..wish(occasion)
    };
    let plan = async |occasion, reaches, step| {
        world.client.announce(&waiting(occasion, reaches, step), &key()).await.unwrap().id
    };
    let starts = plan(Occasion::Progress, Reaches::Start, None).await;
    let success = plan(Occasion::Confirmation, Reaches::Success, None).await;
    let foreseen = world.client.announcement(&success).await.unwrap().text;
    assert!(foreseen.contains("in production"), "it would not read as it will: {foreseen}");
    let back = plan(Occasion::Rollback, Reaches::Rollback, None).await;
    let never = plan(Occasion::Progress, Reaches::Step, Some(77)).await;
    let cancelled = plan(Occasion::Progress, Reaches::Start, None).await;
    world.client.cancel_announcement(&cancelled, None, &key()).await.unwrap();

    let first = world.deploy("1.0.0", "production").await;
    world.ended(&first).await;
    settled(&world, &starts).await;
    let done = settled(&world, &success).await;
    assert_eq!(done.subject, "tests: release 1.0.0 is out");
    assert!(done.text.contains("in production") && done.text.contains("- A note"), "{}", done.text);
    // What was planned after it happened waits for the next time.
    let late = plan(Occasion::Progress, Reaches::Start, None).await;

    world.release("1.1.0").await;
    let request = AnnounceRequest {
        release: "1.1.0".to_owned(),
        ..waiting(Occasion::Rollback, Reaches::Rollback, None)
    };
    let of_other = world.client.announce(&request, &key()).await.unwrap().id;
    let second = world.deploy("1.1.0", "production").await;
    until("it waits for a person", async || {
        let rollout = world.client.rollout(&second).await.unwrap();
        (rollout.state == tidegate_client::api::RolloutState::Held).then_some(())
    })
    .await;
    world.client.roll_back(&second, &bad(), &key()).await.unwrap();
    let told = settled(&world, &of_other).await;
    assert!(told.subject.contains("1.1.0 was taken back") && told.text.contains("it is bad"), "{told:?}");

    let state = async |id: &str| world.client.announcement(id).await.unwrap().state;
    for id in [&back, &never, &late] {
        assert_eq!(state(id).await, AnnouncementState::Planned, "{id}");
    }
    assert_eq!(state(&cancelled).await, AnnouncementState::Cancelled);
    until("the last one arrives", async || (hook.got().len() >= 3).then_some(())).await;
    assert_eq!(hook.got().len(), 3, "each was told once, and nothing else");
    let listed = world.client.announcements(Some("1.1.0")).await.unwrap().items;
    assert_eq!(listed.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), [of_other.as_str()]);
}

#[tokio::test]
async fn words_are_tried_before_they_are_taken() {
    let world = World::applied().await;
    world.release("1.0.0").await;
    let client = &world.client;
    let words = |subject: &str, text: &str| SetAnnouncementTemplateRequest {
        subject: subject.to_owned(),
        text: text.to_owned(),
    };
    let set = async |subject: &str, text: &str| {
        client.set_announcement_template("progress", &words(subject, text), &key()).await
    };
    assert_eq!(code(set("{{ relaese }}", "x").await), (422, "template-name-unknown".to_owned()));
    assert_eq!(code(set("x", "{{ 'x' * 99999999 }}").await), (422, "template-malformed".to_owned()));
    assert_eq!(code(set("two\nlines", "x").await), (422, "members-unfit".to_owned()));
    let unknown = client.set_announcement_template("birthday", &words("a", "b"), &key()).await;
    assert_eq!(code(unknown), (404, "unknown-occasion".to_owned()));
    assert!(set("{{ release }}!", "It comes, {{ project }}.").await.unwrap().own);
    let request = PreviewAnnouncementRequest {
        occasion: Occasion::Progress,
        release: Some("1.0.0".to_owned()),
        subject: None,
        text: None,
    };
    let preview = client.preview_announcement(&request, &key()).await.unwrap();
    assert_eq!((preview.subject.as_str(), preview.text.as_str()), ("1.0.0!", "It comes, tests."));
    assert!(preview.names.contains(&"downtime".to_owned()));
    assert!(!client.reset_announcement_template("progress", &key()).await.unwrap().own);
    let templates = client.announcement_templates().await.unwrap().items;
    assert!(templates.len() == 5 && templates.iter().all(|template| !template.own));
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_its_next_step() {
    let world = World::applied().await;
    world.release("1.0.0").await;
    let hook = Receiver::new(|_, _| StatusCode::OK).await;
    room(&world, "hook", ChannelKind::Webhook, &hook).await;
    audience(&world, &["hook"], &[]).await;
    let check = async |what: &str, path: &str, body: serde_json::Value, expect: (u16, &str)| {
        let method = if path.starts_with("announcements") { "POST" } else { "PUT" };
        let (status, answer) = world.raw(method, &format!("/api/v1/{path}"), Some(&body.to_string())).await;
        assert_eq!((status, answer["code"].as_str().unwrap_or("none")), expect, "{what}: {answer}");
        assert!(!answer["help"].as_str().unwrap().is_empty(), "{what} names the next step");
    };
    let announce = |change: serde_json::Value| {
        let mut body = serde_json::json!({"release": "1.0.0", "occasion": "schedule", "audience": "users"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let unfit = (422, "members-unfit");
    let when = serde_json::json!({"environment": "production", "reaches": "start"});
    let step = serde_json::json!({"environment": "production", "reaches": "step"});
    let nowhere = serde_json::json!({"environment": "nowhere", "reaches": "start"});
    for (what, change, expect) in [
        ("audience", serde_json::json!({"audience": "nobody"}), (404, "unknown-audience")),
        ("release", serde_json::json!({"release": "9.9.9"}), (404, "unknown-release")),
        ("two times", serde_json::json!({"at_ms": 1, "when": when}), unfit),
        ("no step", serde_json::json!({"when": step}), unfit),
        ("nowhere", serde_json::json!({"when": nowhere}), (404, "unknown-environment")),
        ("half words", serde_json::json!({"subject": "x"}), unfit),
        ("bad words", serde_json::json!({"subject": "x", "text": "{{ y }}"}), (422, "template-name-unknown")),
        ("two places", serde_json::json!({"environment": "development", "when": when}), unfit),
        ("downtime", serde_json::json!({"downtime_minutes": 1_000_000}), unfit),
    ] {
        check(what, "announcements", announce(change), expect).await;
    }
    let mail = |change: serde_json::Value| {
        let mut body = serde_json::json!({"host": "mail.example", "port": 587, "from": "a@example.org"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        serde_json::json!({"kind": "mail", "mail": body})
    };
    for (what, body, expect) in [
        ("nothing", serde_json::json!({"kind": "mail"}), unfit),
        (
            "both",
            serde_json::json!({"kind": "slack", "page": {"title": "x"}, "url": "https://a.example/"}),
            unfit,
        ),
        ("no url", serde_json::json!({"kind": "slack"}), unfit),
        (
            "inside",
            serde_json::json!({"kind": "slack", "url": "http://10.0.0.1/x"}),
            (422, "address-not-allowed"),
        ),
        ("host", mail(serde_json::json!({"host": "a b"})), (422, "mail-server-malformed")),
        ("from", mail(serde_json::json!({"from": "a b"})), (422, "mail-address-malformed")),
        ("user", mail(serde_json::json!({"user": "ada"})), unfit),
        ("name", mail(serde_json::json!({"from_name": "a\r\nBcc: b@example.org"})), unfit),
        ("title", serde_json::json!({"kind": "page", "page": {"title": " "}}), unfit),
        (
            "page url",
            serde_json::json!({"kind": "page", "page": {"title": "x", "url": "javascript:1"}}),
            unfit,
        ),
        ("page mail", serde_json::json!({"kind": "page", "page": {"title": "x", "mail": "hook"}}), unfit),
    ] {
        check(what, "channels/other", body, expect).await;
    }
    for (what, body, expect) in [
        ("none", serde_json::json!({"channels": []}), unfit),
        ("unknown", serde_json::json!({"channels": ["nothing"]}), (404, "unknown-channel")),
        (
            "address",
            serde_json::json!({"channels": ["hook"], "addresses": ["a@b", "x y"]}),
            (422, "mail-address-malformed"),
        ),
        ("no mail", serde_json::json!({"channels": ["hook"], "addresses": ["a@example.org"]}), unfit),
    ] {
        check(what, "audiences/others", body, expect).await;
    }
    assert_eq!(code(world.client.remove_channel("hook", &key()).await), (409, "channel-in-use".to_owned()));
    assert_eq!(
        code(world.client.announcement("ann_0000000000000000").await),
        (404, "unknown-announcement".to_owned())
    );
    assert_eq!(
        code(world.client.remove_subscriber("sub_x", &key()).await),
        (404, "unknown-subscriber".to_owned())
    );
    world.client.remove_audience("users", &key()).await.unwrap();
    world.client.remove_channel("hook", &key()).await.unwrap();
}
