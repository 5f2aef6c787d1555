//! Tables of what may be announced and set, and the law that an announcement is told once.

use proptest::prelude::*;

use super::*;
use crate::name::ChannelName;
use crate::refusal::Refuse as _;

fn id() -> AnnouncementId {
    AnnouncementId::from_bits(7)
}

fn plan() -> Plan {
    Plan {
        release: Version::new("2.1.0").unwrap(),
        occasion: Occasion::Schedule,
        audience: "users".parse().unwrap(),
        when: When::At { ms: 1 },
        environment: None,
        starts_ms: None,
        downtime_minutes: None,
        note: String::new(),
        words: None,
        of_plan: None,
        channels: Vec::new(),
    }
}

fn told(at_ms: u64) -> Told {
    Told { at_ms, subject: "s".to_owned(), text: "t".to_owned(), public: true, letters: 2 }
}

fn after(commands: Vec<AnnouncementCommand>) -> (Option<Announcement>, Vec<&'static str>) {
    let (mut state, mut kinds) = (None, Vec::new());
    for command in commands {
        for event in decide(state.as_ref(), &id(), command).unwrap_or_default() {
            kinds.push(event.kind());
            state = evolve(state, &event);
        }
    }
    (state, kinds)
}

#[test]
fn what_was_told_stays_as_it_was_told() {
    let cancel = || AnnouncementCommand::Cancel { reason: "no".to_owned() };
    let plan = || AnnouncementCommand::Plan(Box::new(plan()));
    let (state, kinds) =
        after(vec![plan(), AnnouncementCommand::Tell(told(1)), AnnouncementCommand::Tell(told(2)), plan()]);
    assert_eq!(kinds, ["announcement.planned", "announcement.told"]);
    assert_eq!(state.unwrap().told, Some(told(1)));
    let (state, kinds) = after(vec![plan(), cancel(), AnnouncementCommand::Tell(told(1)), cancel()]);
    assert_eq!(kinds, ["announcement.planned", "announcement.cancelled"]);
    assert_eq!(state.unwrap().word(), "cancelled");
    let (state, _) = after(vec![plan(), AnnouncementCommand::Tell(told(1)), cancel()]);
    let state = state.unwrap();
    assert_eq!((state.word(), state.told.is_some()), ("cancelled", true));
    for command in [AnnouncementCommand::Tell(told(1)), cancel()] {
        assert_eq!(decide(None, &id(), command).unwrap_err().code(), "unknown-announcement");
    }
}

#[test]
fn a_plan_that_cannot_be_meant_is_refused() {
    let check = |what: &str, change: &dyn Fn(&mut Plan)| {
        let mut plan = plan();
        change(&mut plan);
        let refused = decide(None, &id(), AnnouncementCommand::Plan(Box::new(plan))).unwrap_err();
        assert_eq!((refused.code(), refused.is_invalid()), ("members-unfit", true), "{what}");
    };
    let production: EnvironmentName = "production".parse().unwrap();
    let rollout = |reaches| When::reached(production.clone(), reaches);
    check("note", &|plan| plan.note = "x".repeat(NOTE_CHARS_MAX + 1));
    check("downtime", &|plan| plan.downtime_minutes = Some(u32::MAX));
    check("step", &|plan| plan.when = rollout(Reaches::Step(0)));
    check("place", &|plan| {
        plan.when = rollout(Reaches::Start);
        plan.environment = Some("staging".parse().unwrap());
    });
    for (subject, text) in [("", "t"), ("a\nb", "t"), ("s", " ")] {
        let words = Template { subject: subject.to_owned(), text: text.to_owned() };
        check(subject, &|plan| plan.words = Some(words.clone()));
    }
}

fn channel(kind: ChannelKind) -> Channel {
    Channel { kind, host: String::new() }
}

fn mail() -> ChannelKind {
    ChannelKind::Mail(MailSettings {
        host: "mail.example".to_owned(),
        port: 587,
        security: MailSecurity::StartTls,
        from: "shop@example.org".to_owned(),
        from_name: None,
        user: None,
    })
}

fn page(mail: Option<&str>) -> ChannelKind {
    let mail = mail.map(|name| name.parse().unwrap());
    ChannelKind::Page(PageSettings { title: "News".to_owned(), mail, url: None })
}

fn set(name: &str, kind: ChannelKind) -> SetupCommand {
    SetupCommand::SetChannel { name: name.parse().unwrap(), channel: channel(kind) }
}

fn audience(name: &str, channels: &[&str], addresses: u32) -> SetupCommand {
    let channels = channels.iter().map(|name| name.parse().unwrap()).collect();
    SetupCommand::SetAudience { name: name.parse().unwrap(), audience: Audience { channels, addresses } }
}

fn setup(commands: Vec<SetupCommand>) -> Setup {
    commands.into_iter().fold(Setup::default(), |state, command| {
        setup::decide(&state, command).unwrap().iter().fold(state, setup::evolve)
    })
}

#[test]
fn what_is_used_cannot_go_and_what_is_not_there_cannot_be_used() {
    let state = setup(vec![
        set("post", mail()),
        set("room", ChannelKind::Slack),
        set("news", page(Some("post"))),
        audience("users", &["news", "room"], 0),
        audience("support", &["post"], 2),
    ]);
    let refused = |command| setup::decide(&state, command).unwrap_err().code();
    let remove = |name: &str| SetupCommand::RemoveChannel { name: name.parse().unwrap() };
    for used in ["post", "room", "news"] {
        assert_eq!(refused(remove(used)), "channel-in-use", "{used}");
    }
    assert_eq!(refused(remove("nothing")), "unknown-channel");
    assert_eq!(refused(set("post", ChannelKind::Slack)), "channel-in-use");
    assert_eq!(refused(set("other", page(None))), "second-page");
    assert_eq!(refused(set("news", page(Some("room")))), "members-unfit");
    assert_eq!(refused(set("news", page(Some("nothing")))), "unknown-channel");
    assert_eq!(refused(audience("a", &[], 0)), "members-unfit");
    assert_eq!(refused(audience("a", &["nothing"], 0)), "unknown-channel");
    assert_eq!(refused(audience("a", &["room"], 1)), "members-unfit");
    assert_eq!(refused(audience("a", &["post"], 0)), "members-unfit");
    assert_eq!(refused(audience("a", &["post"], 501)), "announcements-full");
    let gone = SetupCommand::RemoveAudience { name: "nobody".parse().unwrap() };
    assert_eq!(refused(gone), "unknown-audience");
    let (page, _) = state.page().unwrap();
    assert_eq!(*page, "news".parse::<ChannelName>().unwrap());
}

#[test]
fn words_go_back_to_what_they_were_at_first() {
    let words = Template { subject: "a".to_owned(), text: "b".to_owned() };
    let set = |template| SetupCommand::SetTemplate { occasion: Occasion::Progress, template };
    let state = setup(vec![set(Some(words.clone()))]);
    assert_eq!(state.template(Occasion::Progress), words);
    assert_eq!(setup::decide(&state, set(Some(words))), Ok(Vec::new()));
    assert_eq!(setup(vec![set(None)]).template(Occasion::Progress), Occasion::Progress.template());
    for occasion in Occasion::ALL {
        assert_eq!(occasion.template().check(), Ok(()));
        assert_eq!(occasion.as_str().parse(), Ok(occasion));
    }
}

fn of_plan(entry: &str, starts_ms: u64) -> Box<Plan> {
    let of_plan = OfPlan {
        plan: Version::new("2.1.0").unwrap(),
        entry: entry.to_owned(),
        title: "Tell them".to_owned(),
        since_ms: 1,
    };
    Box::new(Plan { of_plan: Some(of_plan), starts_ms: Some(starts_ms), ..plan() })
}

#[test]
fn what_a_plan_asks_for_changes_while_it_waits_and_comes_back() {
    let follow = |starts_ms| AnnouncementCommand::Follow(of_plan("notice", starts_ms));
    let withdraw = || AnnouncementCommand::Withdraw { reason: "the plan is on hold".to_owned() };
    let cancel = || AnnouncementCommand::Cancel { reason: "no".to_owned() };
    let (state, kinds) = after(vec![follow(1), follow(1), follow(2), withdraw(), withdraw()]);
    let planned = "announcement.planned";
    assert_eq!(kinds, [planned, planned, "announcement.cancelled"]);
    assert_eq!(state.unwrap().word(), "cancelled");
    let (state, _) = after(vec![follow(1), withdraw(), follow(3)]);
    let state = state.unwrap();
    assert_eq!((state.word(), state.plan.starts_ms), ("planned", Some(3)));
    // What a person cancelled does not come back, also where the plan took it back before.
    for asked in [vec![follow(1), cancel()], vec![follow(1), withdraw(), cancel()]] {
        let (state, _) = after(asked.into_iter().chain([withdraw(), follow(2)]).collect());
        assert_eq!(state.unwrap().cancelled.as_deref(), Some("no"));
    }
    let (state, kinds) = after(vec![follow(1), AnnouncementCommand::Tell(told(1)), follow(2), withdraw()]);
    assert_eq!((kinds.len(), state.unwrap().word()), (2, "told"));
    // Neither another entry nor a plan changes what somebody arranged.
    let other = AnnouncementCommand::Follow(of_plan("other", 9));
    let (state, _) = after(vec![follow(1), other.clone()]);
    assert_eq!(state.unwrap().plan.starts_ms, Some(1));
    let (state, _) = after(vec![AnnouncementCommand::Plan(Box::new(plan())), other]);
    assert_eq!(state.unwrap().plan, plan());
}

proptest! {
    #[test]
    fn it_is_told_at_most_once_whatever_is_asked(asked in prop::collection::vec(0..5_u8, 0..16)) {
        let command = |(at, asked): (usize, &u8)| match asked {
            0 => AnnouncementCommand::Plan(of_plan("notice", 1)),
            1 => AnnouncementCommand::Tell(told(at as u64)),
            2 => AnnouncementCommand::Withdraw { reason: String::new() },
            3 => AnnouncementCommand::Follow(of_plan("notice", at as u64)),
            _ => AnnouncementCommand::Cancel { reason: String::new() },
        };
        let (state, kinds) = after(asked.iter().enumerate().map(command).collect());
        let tellings = kinds.iter().filter(|kind| **kind == "announcement.told").count();
        prop_assert!(tellings <= 1, "{kinds:?}");
        // Nothing follows on a person's cancelling, and no words change once they were told.
        let told = kinds.iter().position(|kind| *kind == "announcement.told");
        prop_assert!(told.is_none_or(|at| !kinds[at..].contains(&"announcement.planned")), "{kinds:?}");
        let made = asked.iter().position(|asked| matches!(asked, 0 | 3)).unwrap_or(asked.len());
        let by_hand = asked[made..].contains(&4);
        prop_assert!(!by_hand || state.is_some_and(|state| state.cancelled.is_some() && !state.withdrawn));
    }
}
