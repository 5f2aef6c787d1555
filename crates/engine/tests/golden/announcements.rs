//! Announcements, and by which ways whom they reach.

use std::collections::BTreeSet;

use tidegate_domain::announcement::{
    AnnouncementEvent, AnnouncementId, Audience, Came, Channel, ChannelKind, MailSecurity, MailSettings,
    Occasion, OfPlan, PageSettings, Plan as AnnouncementPlan, Reaches, SetupEvent, Template, Told, When,
};
use tidegate_domain::name::ChannelName;

use super::samples::{because, check, production, version};

#[test]
fn announcement_events_keep_their_form() {
    let words = || Template { subject: "{{ release }}".to_owned(), text: "It comes".to_owned() };
    let plan = |when| AnnouncementPlan {
        release: version("2.1.0"),
        occasion: Occasion::Schedule,
        audience: "users".parse().unwrap(),
        when,
        environment: Some(production()),
        starts_ms: Some(2),
        downtime_minutes: Some(5),
        note: because(),
        words: Some(words()),
        of_plan: None,
        channels: Vec::new(),
    };
    let rollout = When::reached(production(), Reaches::Step(2));
    let planned =
        |when| AnnouncementEvent::Planned { id: AnnouncementId::from_bits(7), plan: Box::new(plan(when)) };
    check("announcement.planned.at-a-time", &planned(When::At { ms: 1 }));
    let told =
        Told { at_ms: 3, subject: "2.1.0".to_owned(), text: "It comes".to_owned(), public: true, letters: 4 };
    let events = [
        planned(rollout),
        AnnouncementEvent::Told(told),
        AnnouncementEvent::Cancelled { reason: because(), withdrawn: false },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
    let of_plan = OfPlan {
        plan: version("2.1.0"),
        entry: "users".to_owned(),
        title: "It is out".to_owned(),
        since_ms: 9,
    };
    let came = Came { at_ms: 7, step: Some(2), reason: Some(because()) };
    let later = When::Rollout {
        environment: production(),
        reaches: Reaches::Step(2),
        after_minutes: 30,
        came: Some(came),
    };
    let of_plan = AnnouncementPlan {
        of_plan: Some(of_plan),
        channels: vec!["mail".to_owned()],
        words: None,
        ..plan(later)
    };
    let id = AnnouncementId::from_bits(7);
    check("announcement.planned.of-a-plan", &AnnouncementEvent::Planned { id, plan: Box::new(of_plan) });
    let withdrawn = AnnouncementEvent::Cancelled { reason: because(), withdrawn: true };
    check("announcement.cancelled.withdrawn", &withdrawn);
}

#[test]
fn the_setup_of_announcements_keeps_its_form() {
    let name = |text: &str| text.parse::<ChannelName>().unwrap();
    let mail = MailSettings {
        host: "mail.example".to_owned(),
        port: 587,
        security: MailSecurity::StartTls,
        from: "shop@example.org".to_owned(),
        from_name: Some("Shop".to_owned()),
        user: Some("shop".to_owned()),
    };
    let page = PageSettings {
        title: "News".to_owned(),
        mail: Some(name("mail")),
        url: Some("https://news.example".to_owned()),
    };
    let set = |text: &str, kind, host: &str| SetupEvent::ChannelSet {
        name: name(text),
        channel: Channel { kind, host: host.to_owned() },
    };
    check("announcements.channel-set.page", &set("news", ChannelKind::Page(page), ""));
    for kind in [ChannelKind::Slack, ChannelKind::Teams, ChannelKind::Webhook] {
        check(&format!("announcements.channel-set.{}", kind.word()), &set("room", kind, "hooks.example"));
    }
    let audience = Audience { channels: BTreeSet::from([name("mail"), name("news")]), addresses: 2 };
    let template = Template { subject: "{{ release }}".to_owned(), text: "It comes".to_owned() };
    let events = [
        set("mail", ChannelKind::Mail(mail), "mail.example"),
        SetupEvent::ChannelRemoved { name: name("mail") },
        SetupEvent::AudienceSet { name: "users".parse().unwrap(), audience },
        SetupEvent::AudienceRemoved { name: "users".parse().unwrap() },
        SetupEvent::TemplateSet { occasion: Occasion::Progress, template: Some(template) },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
}
