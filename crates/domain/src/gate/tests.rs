//! Gates by tables and laws.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tidegate_calendar::Status;
use tidegate_evidence::{GateKind, Requirement};

use super::sign::Ballot;
use super::*;
use crate::name::{EnvironmentName, GateName, GroupName, PersonName, Version};
use crate::rights::Role;

const HOUR_MS: u64 = 3_600_000;
const NOW: u64 = 1_000 * HOUR_MS;

fn gate(name: &str) -> GateName {
    GateName::new(name).unwrap()
}

fn person(name: &str) -> PersonName {
    PersonName::new(name).unwrap()
}

fn rule(count: u32) -> SignRule {
    SignRule {
        act: SignAct::Approval,
        from: vec![Signer::Role(Role::Approver), Signer::Group(GroupName::new("security").unwrap())],
        count,
        emergency_count: 1,
        author_counts: false,
        expires_seconds: 24 * 3600,
    }
}

fn vote(name: &str, choice: Choice) -> Vote {
    Vote {
        gate: gate("sign-off"),
        person: person(name),
        choice,
        reason: String::new(),
        digest: "d1".into(),
        at_ms: NOW - HOUR_MS,
    }
}

/// ann and bo approve, cy manages releases, dev develops, sec is of the security group.
fn voters() -> BTreeMap<PersonName, Voter> {
    let one = |name: &str, role: Option<Role>, group: Option<&str>| {
        let groups = group.map(|group| GroupName::new(group).unwrap()).into_iter().collect();
        (person(name), Voter { name: person(name), roles: role.into_iter().collect(), groups })
    };
    BTreeMap::from([
        one("ann", Some(Role::Approver), None),
        one("bo", Some(Role::Approver), None),
        one("cy", Some(Role::ReleaseManager), None),
        one("dev", Some(Role::Developer), None),
        one("sec", None, Some("security")),
        one("adam", Some(Role::Admin), None),
    ])
}

fn count(rule: &SignRule, votes: &[Vote], change: ChangeType) -> Tally {
    let voters = voters();
    tally(
        rule,
        &gate("sign-off"),
        votes,
        &Ballot { voters: &voters, author: "bo", digest: "d1", change, now_ms: NOW },
    )
}

#[track_caller]
fn check(votes: &[Vote], yes: &[&str], missing: u32) {
    let tally = count(&rule(2), votes, ChangeType::Normal);
    assert_eq!(
        (tally.yes.iter().map(PersonName::as_str).collect::<Vec<_>>(), tally.missing),
        (yes.to_vec(), missing)
    );
}

#[test]
fn line_10_one_person_counts_once() {
    check(&[vote("ann", Choice::Yes), vote("ann", Choice::Yes)], &["ann"], 1);
    check(&[vote("ann", Choice::Yes), vote("cy", Choice::Yes)], &["ann", "cy"], 0);
    check(&[vote("ann", Choice::Yes), vote("sec", Choice::Yes)], &["ann", "sec"], 0);
}

#[test]
fn line_10_the_author_does_not_count_where_duties_are_separated() {
    check(&[vote("ann", Choice::Yes), vote("bo", Choice::Yes)], &["ann"], 1);
    let both = SignRule { author_counts: true, ..rule(2) };
    assert_eq!(
        count(&both, &[vote("ann", Choice::Yes), vote("bo", Choice::Yes)], ChangeType::Normal).missing,
        0
    );
}

#[test]
fn line_10_who_may_no_longer_sign_does_not_count() {
    for name in ["dev", "adam", "gone"] {
        check(&[vote(name, Choice::Yes)], &[], 2);
    }
}

#[test]
fn line_10_a_change_after_approval_voids_it() {
    let old = Vote { digest: "d0".into(), ..vote("ann", Choice::Yes) };
    check(std::slice::from_ref(&old), &[], 2);
    assert_eq!(count(&rule(2), &[old], ChangeType::Normal).void, [(person("ann"), Void::Changed)]);
}

#[test]
fn line_10_an_approval_expires() {
    let at = |ago_ms: u64| Vote { at_ms: NOW - ago_ms, ..vote("ann", Choice::Yes) };
    check(&[at(24 * HOUR_MS - 1)], &["ann"], 1);
    check(&[at(24 * HOUR_MS)], &[], 2);
}

#[test]
fn a_word_taken_back_does_not_count_and_the_last_one_does() {
    check(&[vote("ann", Choice::Yes), vote("ann", Choice::Withdrawn)], &[], 2);
    check(&[vote("ann", Choice::No), vote("ann", Choice::Yes)], &["ann"], 1);
}

#[test]
fn one_valid_no_outweighs_every_yes_and_an_invalid_one_nothing() {
    let yes = [vote("ann", Choice::Yes), vote("cy", Choice::Yes)];
    let with = |no: Vote| [yes.as_slice(), &[no]].concat();
    assert_eq!(
        count(&rule(2), &with(vote("sec", Choice::No)), ChangeType::Normal).no.unwrap().person,
        person("sec")
    );
    for name in ["dev", "bo"] {
        assert_eq!(count(&rule(2), &with(vote(name, Choice::No)), ChangeType::Normal).no, None, "{name}");
    }
}

#[test]
fn the_kind_of_change_says_how_many() {
    assert_eq!(count(&rule(2), &[], ChangeType::Standard).missing, 0);
    assert_eq!(count(&rule(2), &[], ChangeType::Emergency).missing, 1);
    let test = SignRule { act: SignAct::ManualTest, ..rule(2) };
    assert_eq!(count(&test, &[], ChangeType::Standard).missing, 2, "a test is done whatever the change");
}

struct World {
    votes: Vec<Vote>,
    overrides: Vec<Override>,
    calendar: Status,
    change: ChangeType,
    verified_before_ms: Option<u64>,
    dues: Dues,
    findings: BTreeMap<GateName, Finding>,
    inquiries: BTreeMap<GateName, Inquiries>,
    overdue: Option<OverdueReview>,
}

fn world() -> World {
    World {
        votes: Vec::new(),
        overrides: Vec::new(),
        calendar: Status::Open { until_ms: None },
        change: ChangeType::Normal,
        verified_before_ms: None,
        dues: Dues::default(),
        findings: BTreeMap::new(),
        inquiries: BTreeMap::new(),
        overdue: None,
    }
}

fn asked(gates: &[GateSpec], world: &World) -> Vec<GateStatus> {
    let (release, environment, voters) =
        (Version::new("2.1.0").unwrap(), EnvironmentName::new("production").unwrap(), voters());
    let facts = Facts {
        now_ms: NOW,
        release: &release,
        environment: &environment,
        author: "bo",
        change: world.change,
        digest: "d1",
        votes: &world.votes,
        voters: &voters,
        overrides: &world.overrides,
        calendar: &world.calendar,
        verified_before_ms: world.verified_before_ms,
        dues: &world.dues,
        findings: &world.findings,
        inquiries: &world.inquiries,
        overdue: world.overdue.as_ref(),
    };
    evaluate(gates, &facts)
}

fn asks() -> WebhookRule {
    WebhookRule {
        url: "https://change.example.test/gate?key=1".into(),
        secret: "CHANGE_KEY".parse().unwrap(),
        deadline_seconds: 10,
        holds_seconds: 300,
    }
}

fn every_gate() -> Vec<GateSpec> {
    let spec = |name: &str, rule| GateSpec::new(gate(name), rule);
    vec![
        spec("sign-off", GateRule::Sign(rule(2))),
        spec("scan", GateRule::Evidence(Requirement::new(GateKind::SecurityScan))),
        spec("soaked", GateRule::Soak { seconds: 3600 }),
        spec(
            "base",
            GateRule::Dependency(Dependency::Release {
                release: Version::new("2.0.0").unwrap(),
                environment: EnvironmentName::new("production").unwrap(),
            }),
        ),
        spec("small", GateRule::Expression { source: "true".into() }),
        spec("ask", GateRule::Webhook(asks())),
    ]
}

#[test]
fn what_is_not_known_keeps_a_gate_closed_and_each_says_what_to_do() {
    let statuses = asked(&every_gate(), &world());
    assert_eq!(statuses.len(), 6);
    for status in &statuses {
        assert!(
            !status.open && !status.why.is_empty() && !status.who.is_empty() && !status.command.is_empty(),
            "{status:?}"
        );
    }
    insta::assert_snapshot!(statuses.iter().map(told).collect::<Vec<_>>().join("\n"));
}

fn told(status: &GateStatus) -> String {
    format!("{} ({}): {}\n  {}: {}", status.gate, status.kind, status.why, status.who, status.command)
}

#[test]
fn everything_met_opens_every_gate() {
    let finding = |open| Finding {
        open,
        why: "it holds".into(),
        since_ms: None,
        command: String::new(),
        who: String::new(),
    };
    let mut met = World {
        votes: vec![vote("ann", Choice::Yes), vote("sec", Choice::Yes)],
        verified_before_ms: Some(NOW - HOUR_MS),
        dues: Dues {
            verified: vec![(Version::new("2.0.0").unwrap(), EnvironmentName::new("production").unwrap())],
            serving: vec![],
        },
        findings: ["scan", "small"].into_iter().map(|name| (gate(name), finding(true))).collect(),
        inquiries: BTreeMap::from([(gate("ask"), answered(&said(true, "CHG1"), NOW))]),
        ..world()
    };
    assert!(asked(&every_gate(), &met).iter().all(|status| status.open));
    met.findings.insert(gate("scan"), finding(false));
    assert_eq!(asked(&every_gate(), &met).iter().filter(|status| !status.open).count(), 1);
}

fn said(open: bool, reason: &str) -> Reply {
    Reply::Said { open, reason: reason.into() }
}

fn answered(reply: &Reply, at_ms: u64) -> Inquiries {
    Inquiries::default().with("d1", reply, at_ms)
}

#[test]
fn a_webhook_opens_by_an_answer_that_still_holds_and_about_this_alone() {
    let gates = [GateSpec::new(gate("ask"), GateRule::Webhook(asks()))];
    let status = |known: Inquiries| {
        asked(&gates, &World { inquiries: BTreeMap::from([(gate("ask"), known)]), ..world() }).remove(0)
    };
    let failed = Reply::Failed { code: "secret-missing".into(), message: "CHANGE_KEY has no value".into() };
    let table = [
        status(answered(&said(true, "CHG1 is approved"), NOW - 299_999)),
        status(answered(&said(true, "CHG1 is approved"), NOW - 300_000)),
        status(answered(&said(true, ""), NOW + 1)),
        status(Inquiries::default().with("d0", &said(true, "CHG1"), NOW)),
        status(answered(&said(false, "wait for the board"), NOW - 1000)),
        status(answered(&said(false, ""), NOW)),
        status(answered(&failed, NOW)),
        status(answered(&said(true, "CHG1"), NOW - 1000).with("d1", &failed, NOW)),
        status(answered(&said(true, "CHG1"), NOW - 300_000).with("d1", &failed, NOW)),
    ];
    assert_eq!(
        table.iter().map(|status| status.open).collect::<Vec<_>>(),
        [true, false, false, false, false, false, false, true, false]
    );
    insta::assert_snapshot!(table.iter().map(told).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_host_is_told_without_what_may_be_secret_beside_it() {
    for (url, host) in [
        ("https://change.example/x?key=1", "change.example"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("https://user:pass@change.example#x", "change.example"),
        ("https://[::1]:8/", "[::1]:8"),
    ] {
        assert_eq!(WebhookRule { url: url.into(), ..asks() }.host(), host);
    }
}

#[test]
fn an_overdue_review_stands_before_the_gates_and_names_the_command() {
    let overdue = OverdueReview {
        release: Version::new("2.0.1").unwrap(),
        environment: EnvironmentName::new("production").unwrap(),
        due_ms: NOW - 1,
    };
    let statuses = asked(&[], &World { overdue: Some(overdue), change: ChangeType::Emergency, ..world() });
    insta::assert_snapshot!(statuses.iter().map(told).collect::<Vec<_>>().join("\n"));
}

#[test]
fn soak_counts_from_the_verification_to_the_millisecond() {
    let soaked = |since: u64| {
        asked(&every_gate()[2..3], &World { verified_before_ms: Some(since), ..world() }).remove(0)
    };
    assert!(soaked(NOW - HOUR_MS).open);
    let closed = soaked(NOW - HOUR_MS + 1);
    assert_eq!((closed.open, closed.opens_ms), (false, Some(NOW + 1)));
    assert_eq!(closed.why, "1 s of 3600 s are left in the stage before");
}

#[test]
fn line_9_a_freeze_closes_and_only_a_valid_override_opens() {
    let frozen = Status::Frozen {
        name: "year-end".into(),
        reason: "holidays".into(),
        since_ms: NOW - 5,
        opens_ms: Some(NOW + 5),
    };
    let pass = |name: &str, digest: &str, until_ms: u64| Override {
        name: name.into(),
        by: person("cy"),
        reason: "the fix".into(),
        digest: digest.into(),
        at_ms: NOW - 1,
        until_ms,
    };
    let with = |overrides: Vec<Override>| {
        asked(&[], &World { calendar: frozen.clone(), overrides, ..world() }).remove(0)
    };
    let closed = with(vec![]);
    assert_eq!((closed.open, closed.kind.as_str(), closed.opens_ms), (false, "freeze", Some(NOW + 5)));
    assert!(
        closed.command.starts_with("tidegate override 2.1.0 --to production --name year-end"),
        "{}",
        closed.command
    );
    for void in [pass("other", "d1", NOW + 9), pass("year-end", "d0", NOW + 9), pass("year-end", "d1", NOW)] {
        assert!(!with(vec![void]).open);
    }
    let open = with(vec![pass("year-end", "d1", NOW + 9)]);
    assert!(open.open && open.why.contains("cy let it through: the fix"), "{}", open.why);
}

fn some_vote() -> impl Strategy<Value = Vote> {
    let people = prop::sample::select(vec!["ann", "bo", "cy", "dev", "sec", "adam", "gone"]);
    let choice = prop::sample::select(vec![Choice::Yes, Choice::Yes, Choice::No, Choice::Withdrawn]);
    (people, choice, 0..48_u64, prop::bool::weighted(0.9)).prop_map(|(name, choice, hours, same)| Vote {
        at_ms: NOW - hours * HOUR_MS,
        digest: if same { "d1" } else { "d0" }.into(),
        ..vote(name, choice)
    })
}

proptest! {
    /// Saying the same again, or words of people who may not sign, never opens a gate; and nobody is counted twice.
    #[test]
    fn no_words_but_those_of_enough_different_people_open_a_gate(votes in prop::collection::vec(some_vote(), 0..12), count_wanted in 1..4_u32) {
        let tally = count(&rule(count_wanted), &votes, ChangeType::Normal);
        let distinct: BTreeSet<_> = tally.yes.iter().collect();
        prop_assert_eq!(distinct.len(), tally.yes.len());
        prop_assert!(tally.yes.iter().all(|person| ["ann", "cy", "sec"].contains(&person.as_str())));
        prop_assert_eq!(tally.missing == 0, tally.yes.len() >= count_wanted as usize);
        let twice = [votes.clone(), votes].concat();
        let again = count(&rule(count_wanted), &twice, ChangeType::Normal);
        prop_assert_eq!(again, tally);
    }
}
