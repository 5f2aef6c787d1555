//! Announcements by mail while the server is killed: everybody is told, and told once.
//!
//! Invariant: each recipient gets each announcement under one id, whatever happens to the server; a copy of a letter can only
//! come of a kill between the mail server's yes and the note of it, at most one for each kill, and is the same to the byte.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may unwrap, their helpers too

use std::collections::BTreeMap;

use tidegate_api::{
    AnnounceRequest, AnnounceWhen, Announcement, AnnouncementState, ChannelKind, MailChannel, MailSecurity,
    Occasion, Reaches, RolloutState, ScheduleAnnouncementsRequest, SetAudienceRequest, SetChannelRequest,
};
use tidegate_e2e::{Install, Mailbox, ONE_API, deploy_request, healthy, key, until};

const RECIPIENTS: usize = 60;

fn recipient(number: usize) -> String {
    format!("reader{number}@example.org")
}

async fn set_up(install: &Install, mailbox: &Mailbox) {
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
    install.client.set_channel("post", &request, &key()).await.unwrap();
    let addresses = (0..RECIPIENTS).map(recipient).collect();
    let request = SetAudienceRequest { channels: vec!["post".to_owned()], addresses };
    install.client.set_audience("users", &request, &key()).await.unwrap();
}

fn wish(occasion: Occasion, reaches: Option<Reaches>) -> AnnounceRequest {
    AnnounceRequest {
        release: "1.0.0".to_owned(),
        occasion,
        audience: "users".to_owned(),
        at_ms: None,
        when: reaches.map(|reaches| AnnounceWhen {
            environment: "production".to_owned(),
            reaches,
            step: None,
        }),
        environment: None,
        starts_ms: None,
        downtime_minutes: Some(5),
        note: String::new(),
        subject: None,
        text: None,
    }
}

async fn arrived(install: &Install, id: &str) -> Announcement {
    until("everybody is told", || async {
        let now = install.client.announcement(id).await.ok()?;
        (now.state == AnnouncementState::Told && now.delivered == RECIPIENTS as u64).then_some(now)
    })
    .await
}

/// What is arranged around a rollout at once, while rollout and letters are killed on their way.
async fn around(install: &mut Install, mailbox: &Mailbox) {
    install.release("1.1.0", &[("api", healthy())]).await;
    let wish = ScheduleAnnouncementsRequest {
        release: "1.1.0".to_owned(),
        audience: "users".to_owned(),
        environment: "production".to_owned(),
        at_ms: None,
        starts_ms: None,
        downtime_minutes: Some(5),
        note: String::new(),
    };
    let before: BTreeMap<String, usize> =
        mailbox.ids().into_iter().map(|(to, ids)| (to, ids.len())).collect();
    let four = install.client.schedule_announcements(&wish, &key()).await.unwrap().items;
    install.kill();
    install.restart().await;
    let again = install.client.schedule_announcements(&wish, &key()).await.unwrap().items;
    let ids = |list: &[Announcement]| list.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&four), "a kill makes none of them twice");
    let id = install.client.start_rollout("production", &deploy_request("1.1.0"), &key()).await.unwrap();
    install.kill();
    install.restart().await;
    let from = mailbox.count();
    until("letters of it come", || async { (mailbox.count() >= from + 20).then_some(()) }).await;
    install.kill();
    install.restart().await;
    assert_eq!(install.ended(&id.rollouts[0]).await.state, RolloutState::Succeeded);
    for told in &four[..3] {
        arrived(install, &told.id).await;
    }
    let back = install.client.announcement(&four[3].id).await.unwrap();
    assert_eq!(back.state, AnnouncementState::Planned, "nothing went back, so nobody is told that it did");
    for (to, ids) in mailbox.ids() {
        assert_eq!(
            ids.len(),
            before[&to] + 3,
            "{to} got schedule, progress and confirmation, each under one id"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_told_once_although_the_server_is_killed() {
    let mailbox = Mailbox::silent().await;
    let mut install = Install::prepare();
    install.allowed_hosts = vec!["127.0.0.1".to_owned()];
    install.restart().await;
    install.apply(ONE_API).await;
    install.release("1.0.0", &[("api", healthy())]).await;
    set_up(&install, &mailbox).await;
    // One waits for the rollout, which is killed as well.
    let done = install.client.announce(&wish(Occasion::Confirmation, Some(Reaches::Success)), &key()).await;
    let done = done.unwrap();
    assert_eq!(done.state, AnnouncementState::Planned);
    let soon = install.client.announce(&wish(Occasion::Schedule, None), &key()).await.unwrap();

    // Killed when the mail server has a letter and has not said so: the one moment in which a copy may come.
    let mut kills = 0;
    for answered in [0, 6, 13, 20] {
        // What the server sent since it was started may wait already.
        mailbox.answer(answered);
        until("the next letter is there, and not answered", || async {
            mailbox.keeps_waiting().then_some(())
        })
        .await;
        install.kill();
        kills += 1;
        install.restart().await;
    }
    // From here on at any moment: as the rollout begins that the other announcement waits for, and while both go out.
    mailbox.answer(10);
    let id = install.client.start_rollout("production", &deploy_request("1.0.0"), &key()).await.unwrap();
    install.kill();
    kills += 1;
    install.restart().await;
    // A mail server that says nothing for longer than a rollout takes would get its letter again without a kill.
    mailbox.answer_all();
    assert_eq!(install.ended(&id.rollouts[0]).await.state, RolloutState::Succeeded);
    for more in [1, 30] {
        let from = mailbox.count();
        until("letters of both come", || async {
            let all = mailbox.ids().values().map(std::collections::BTreeSet::len).sum::<usize>();
            (all == 2 * RECIPIENTS || mailbox.count() >= from + more).then_some(())
        })
        .await;
        install.kill();
        kills += 1;
        install.restart().await;
    }
    let (soon, done) = (arrived(&install, &soon.id).await, arrived(&install, &done.id).await);
    assert_eq!((soon.waiting, soon.dead, done.waiting, done.dead), (0, 0, 0, 0));

    assert_eq!(mailbox.wrong(), Vec::<String>::new());
    let ids = mailbox.ids();
    assert_eq!(ids.len(), RECIPIENTS, "everybody got something");
    for (to, ids) in &ids {
        assert_eq!(ids.len(), 2, "{to} got both announcements, each under one id: {ids:?}");
    }
    let mut copies: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for taken in mailbox.taken() {
        copies.entry(taken.message_id().to_owned()).or_default().push(taken.letter);
    }
    assert_eq!(copies.len(), 2 * RECIPIENTS);
    let mut extra = 0;
    for (id, letters) in &copies {
        extra += letters.len() - 1;
        assert!(letters.iter().all(|letter| *letter == letters[0]), "{id} is not the same letter each time");
    }
    assert!((1..=kills).contains(&extra), "{extra} copies of {kills} kills");

    // Told is told: nothing comes again, also not of another start.
    let before = mailbox.count();
    install.kill();
    install.restart().await;
    let again = install.client.announce(&wish(Occasion::Progress, None), &key()).await.unwrap();
    arrived(&install, &again.id).await;
    assert_eq!(mailbox.count(), before + RECIPIENTS, "only what is new came");
    around(&mut install, &mailbox).await;
    install.audited().await;
}
