//! What is told around a rollout, arranged at once: in the words of the plan, each once, and a way back told as one; and how the
//! release went, beside what its users say.

use serde_json::json;
use tidegate_client::ClientError;
use tidegate_client::api::{
    Announcement, AnnouncementState, ChannelKind, FeedbackRequest, MeasureCauseKind, Occasion,
    OpenIncidentRequest, PlanActRequest, PlanPhase, RolloutState, ScheduleAnnouncementsRequest,
    SetChannelRequest, WritePlanRequest,
};

use crate::announced::{audience, code, mail, settled};
use crate::mailbox::{Mailbox, Manner};
use crate::receiver::Receiver;
use crate::support::{World, bad, key, until};

fn wish(release: &str) -> ScheduleAnnouncementsRequest {
    ScheduleAnnouncementsRequest {
        release: release.to_owned(),
        audience: "users".to_owned(),
        environment: "production".to_owned(),
        at_ms: None,
        starts_ms: None,
        downtime_minutes: None,
        note: String::new(),
    }
}

async fn hook(world: &World) -> Receiver {
    let hook = Receiver::new(|_, _| http::StatusCode::OK).await;
    let request = SetChannelRequest {
        kind: ChannelKind::Webhook,
        mail: None,
        page: None,
        url: Some(hook.url()),
        password: None,
    };
    world.client.set_channel("hook", &request, &key()).await.unwrap();
    audience(world, &["hook"], &[]).await;
    hook
}

async fn plan(world: &World, version: &str, from: &str) {
    let document = json!({
        "title": "The shop", "zone": "Europe/Berlin",
        "deployment": {
            "window": { "from": from, "until": "2027-01-15T06:30:00", "zone": "Europe/Berlin" },
            "expected_downtime_seconds": 150,
        },
    });
    world
        .client
        .write_plan(version, (&WritePlanRequest { document, note: None }, None), &key())
        .await
        .unwrap();
}

async fn arranged(world: &World, release: &str) -> Vec<Announcement> {
    world.client.schedule_announcements(&wish(release), &key()).await.unwrap().items
}

/// Brings a release to production, with a person's word where it waits for one.
async fn through(world: &World, version: &str) -> String {
    let id = world.deploy(version, "production").await;
    until("it ends or waits for a person", || async {
        let rollout = world.client.rollout(&id).await.unwrap();
        (rollout.state.is_final() || rollout.state == RolloutState::Held).then_some(())
    })
    .await;
    if !world.client.rollout(&id).await.unwrap().state.is_final() {
        world.client.resume(&id, &key()).await.unwrap();
    }
    assert_eq!(world.ended(&id).await.state, RolloutState::Succeeded);
    id
}

async fn state(world: &World, id: &str) -> AnnouncementState {
    world.client.announcement(id).await.unwrap().state
}

#[tokio::test]
async fn the_four_are_told_in_the_words_of_the_plan_and_a_way_back_as_one() {
    let world = World::live().await;
    let hook = hook(&world).await;
    through(&world, "1.0.0").await;
    world.release("1.1.0").await;
    plan(&world, "1.1.0", "2027-01-15T05:00:00").await;

    let made = arranged(&world, "1.1.0").await;
    let occasions: Vec<Occasion> = made.iter().map(|it| it.occasion).collect();
    let four = [Occasion::Schedule, Occasion::Progress, Occasion::Confirmation, Occasion::Rollback];
    assert_eq!(occasions, four);
    let [schedule, progress, confirmation, rollback] = [0, 1, 2, 3].map(|at| made[at].id.clone());
    let told = settled(&world, &schedule).await;
    assert_eq!(
        told.text,
        "Release 1.1.0 of tests is planned for 2027-01-15 05:00 CET (until 2027-01-15 06:30 CET at the latest).\n\n\
         It will not answer for about 3 minutes."
    );
    // Asked for again, at the same time and under other keys, they are the same four, and nothing is told twice.
    let (one, other) = tokio::join!(arranged(&world, "1.1.0"), arranged(&world, "1.1.0"));
    let ids = |list: &[Announcement]| list.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
    assert_eq!((ids(&one), ids(&other)), (ids(&made), ids(&made)));

    let rollout = through(&world, "1.1.0").await;
    let begun = settled(&world, &progress).await;
    assert!(begun.text.contains("It may not answer for about 3 minutes."), "{}", begun.text);
    assert!(begun.text.contains("to be done by 2027-01-15 06:30 CET"), "{}", begun.text);
    assert!(settled(&world, &confirmation).await.subject.contains("1.1.0 is out"));
    assert_eq!(state(&world, &rollback).await, AnnouncementState::Planned);

    // The next try has four of its own, but for the schedule, which stands as it was told.
    let next = arranged(&world, "1.1.0").await;
    assert_eq!((&next[0].id, &next[3].id), (&schedule, &rollback));
    assert!(next[1].id != progress && next[2].id != confirmation);
    // What undoes it is no way there: nobody is told that it is on its way, or out.
    let undoing = world.client.roll_back(&rollout, &bad(), &key()).await.unwrap().rollouts[0].clone();
    assert_eq!(world.ended(&undoing).await.state, RolloutState::Succeeded);
    assert!(settled(&world, &rollback).await.subject.contains("1.1.0 was taken back"));
    for id in [&next[1].id, &next[2].id] {
        assert_eq!(state(&world, id).await, AnnouncementState::Planned);
    }
    // A window that was moved is another schedule.
    plan_again(&world, "1.1.0").await;
    let moved = arranged(&world, "1.1.0").await;
    assert_ne!(moved[0].id, schedule);
    assert!(settled(&world, &moved[0].id).await.text.contains("2027-01-15 05:30 CET"));
    until("the last one arrives", async || (hook.got().len() >= 5).then_some(())).await;
    assert_eq!(hook.got().len(), 5, "each was told once: two schedules and three moments");
}

/// A plan that tells readers itself once it is out, agreed by a person.
async fn telling_plan(world: &World, version: &str) {
    let entry = |id: &str, template: &str| {
        let when = json!({"moment": "succeeded", "minutes": 0});
        json!({"id": id, "title": id, "audience": "users", "channels": ["hook"], "template": template, "when": when})
    };
    let document = json!({
        "title": "The shop", "zone": "UTC", "audiences": [{"id": "users", "name": "Users"}],
        "announcements": [entry("out", "confirmation"), entry("ask", "feedback")],
    });
    let request = WritePlanRequest { document, note: None };
    world.client.write_plan(version, (&request, None), &key()).await.unwrap();
    let to = PlanActRequest::Move { to: PlanPhase::Planned, release: None, note: None };
    world.client.act_on_plan(version, &to, &key()).await.unwrap();
}

/// What the plan itself has of a release's readers, once its question is there.
async fn of_the_plan(world: &World, version: &str) -> Vec<Announcement> {
    until("the plan asks for it", || async {
        let mut all = world.client.announcements(Some(version)).await.unwrap().items;
        all.retain(|it| it.plan.is_some());
        all.iter().any(|it| it.entry.as_deref() == Some("ask")).then_some(all)
    })
    .await
}

#[tokio::test]
async fn readers_hear_of_one_success_once_whoever_asked_first() {
    let world = World::live().await;
    let hook = hook(&world).await;
    through(&world, "1.0.0").await;
    world.release("1.1.0").await;
    telling_plan(&world, "1.1.0").await;
    let own = of_the_plan(&world, "1.1.0").await;
    let out = own.iter().find(|it| it.entry.as_deref() == Some("out")).unwrap();
    let four = arranged(&world, "1.1.0").await;
    assert_eq!((&four[2].id, four[2].occasion), (&out.id, Occasion::Confirmation));
    through(&world, "1.1.0").await;
    settled(&world, &out.id).await;
    let is_out = |got: &&crate::receiver::Got| String::from_utf8_lossy(&got.body).contains("1.1.0 is out");
    until("the question came too", || async { (hook.got().len() >= 4).then_some(()) }).await;
    assert_eq!((hook.got().len(), hook.got().iter().filter(is_out).count()), (4, 1), "{:?}", hook.got());

    world.release("1.2.0").await;
    let four = arranged(&world, "1.2.0").await;
    telling_plan(&world, "1.2.0").await;
    let own = of_the_plan(&world, "1.2.0").await;
    let entries: Vec<_> = own.iter().filter_map(|it| it.entry.as_deref()).collect();
    assert_eq!(entries, ["ask"], "the other is arranged: {four:?}");
}

/// As the plan is changed: with the edition that was read.
async fn plan_again(world: &World, version: &str) {
    let stands = world.client.plan(version).await.unwrap();
    let mut document = stands.document.clone();
    document["deployment"]["window"]["from"] = "2027-01-15T05:30:00".into();
    let request = WritePlanRequest { document, note: None };
    world.client.write_plan(version, (&request, Some(stands.edition)), &key()).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_arranged_is_refused_whole() {
    let world = World::live().await;
    hook(&world).await;
    let code = async |request: ScheduleAnnouncementsRequest| match world
        .client
        .schedule_announcements(&request, &key())
        .await
    {
        Err(ClientError::Problem(problem)) => (problem.status, problem.code),
        other => panic!("{other:?}"),
    };
    for (request, expected) in [
        (wish("9.9.9"), (404, "unknown-release")),
        (
            ScheduleAnnouncementsRequest { audience: "nobody".to_owned(), ..wish("1.0.0") },
            (404, "unknown-audience"),
        ),
        (
            ScheduleAnnouncementsRequest { environment: "moon".to_owned(), ..wish("1.0.0") },
            (404, "unknown-environment"),
        ),
        (
            ScheduleAnnouncementsRequest { downtime_minutes: Some(1_000_000), ..wish("1.0.0") },
            (422, "members-unfit"),
        ),
    ] {
        let (status, code) = code(request).await;
        assert_eq!((status, code.as_str()), expected);
    }
    assert!(world.client.announcements(None).await.unwrap().items.is_empty(), "none of the four was planned");
}

#[tokio::test]
async fn a_release_says_how_it_went_and_what_its_users_say() {
    let world = World::live().await;
    through(&world, "1.0.0").await;
    let before = world.client.release_outcome("1.0.0").await.unwrap();
    assert_eq!((before.deployments.len(), before.failed, before.feedback.count), (1, 0, 0));
    world.release("1.1.0").await;
    let back = world.deploy("1.1.0", "production").await;
    until("it waits for a person", || async {
        (world.client.rollout(&back).await.unwrap().state == RolloutState::Held).then_some(())
    })
    .await;
    world.client.roll_back(&back, &bad(), &key()).await.unwrap();
    world.ended(&back).await;
    let request = OpenIncidentRequest {
        title: "Orders fail".to_owned(),
        severity: None,
        environment: Some("production".to_owned()),
        component: None,
        detected_ms: None,
        rollout: Some(back.clone()),
        release: None,
    };
    world.client.open_incident(&request, &key()).await.unwrap();
    let evil = "<img src=x onerror=alert(1)> \u{1b}[2Jslow";
    for (release, rating, text) in [("1.1.0", 1, evil), ("1.1.0", 4, "fine by me"), ("1.0.0", 5, "")] {
        let request = FeedbackRequest { rating, text: text.to_owned() };
        world.client.add_feedback(release, &request, &key()).await.unwrap();
    }

    let went = world.client.release_outcome("1.1.0").await.unwrap();
    assert_eq!((went.deployments.len(), went.failed, went.rolled_back), (1, 1, 1));
    assert_eq!(went.deployments[0].rollout, back);
    assert!(went.deployments[0].failed.iter().any(|cause| cause.kind == MeasureCauseKind::Incident));
    let titles: Vec<&str> = went.incidents.iter().map(|incident| incident.title.as_str()).collect();
    assert_eq!(titles, ["Orders fail"]);
    assert_eq!((went.feedback.count, went.feedback.average), (2, Some(2.5)));
    assert_eq!(went.feedback.answers[0].text, "fine by me", "the newest first");
    assert!(!went.feedback.answers[1].text.contains('\u{1b}'), "without what a terminal obeys");
    let other = world.client.release_outcome("1.0.0").await.unwrap();
    assert_eq!((other.deployments.len(), other.incidents.len(), other.feedback.count), (1, 0, 1));

    // Answer by answer, by page, of one release or of all.
    let all = world.client.list_feedback(None, None, (None, Some(2))).await.unwrap();
    let of = |items: &[tidegate_client::api::FeedbackAnswer]| {
        items.iter().map(|it| (it.release.clone(), it.rating)).collect::<Vec<_>>()
    };
    assert_eq!(of(&all.items), [("1.0.0".to_owned(), 5), ("1.1.0".to_owned(), 4)]);
    let rest = world.client.list_feedback(None, None, (all.next, Some(2))).await.unwrap();
    assert_eq!((of(&rest.items), rest.next), (vec![("1.1.0".to_owned(), 1)], None));
    let bad = world.client.list_feedback(Some("1.1.0"), Some(1), (None, None)).await.unwrap();
    assert_eq!(of(&bad.items), [("1.1.0".to_owned(), 1)]);
    assert!(world.client.list_feedback(None, Some(9), (None, None)).await.is_err());
    assert!(world.client.release_outcome("9.9.9").await.is_err());
}

#[tokio::test]
async fn a_trial_letter_arrives_and_is_no_announcement() {
    let world = World::live().await;
    hook(&world).await;
    let mailbox = Mailbox::new(Manner::Takes).await;
    mail(&world, "post", &mailbox).await;
    let tested = world.client.test_channel("post", Some("eve@example.org"), &key()).await.unwrap();
    assert!(tested.ok, "{tested:?}");
    let taken = mailbox.taken();
    assert_eq!(taken.len(), 1);
    assert!(
        taken[0].to == "eve@example.org" && taken[0].letter.contains("only a test"),
        "{}",
        taken[0].letter
    );
    assert_eq!(mailbox.wrong(), Vec::<String>::new());
    for (name, to, expected) in
        [("hook", "eve@example.org", "members-unfit"), ("post", "eve@@", "mail-address-malformed")]
    {
        assert_eq!(code(world.client.test_channel(name, Some(to), &key()).await), (422, expected.to_owned()));
    }
    assert_eq!(mailbox.count(), 1);
    assert!(world.client.announcements(None).await.unwrap().items.is_empty());
}
