//! Rows for measures out of a log, by tables: what reached users, what is production, what recovers what.
//!
//! Invariant: events are written as the log holds them; a started rollout is the golden one with a few knobs turned.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::{Value, json};
use tidegate_domain::id::{IncidentId, RolloutId, StreamId};
use tidegate_domain::moment::{Moment, Steady};
use tidegate_engine::{Gather, Gathered};
use tidegate_measures::{Deployment, Incident, Kind, Outcome};
use tidegate_ports::Entry;

const STARTED: &str = include_str!("golden/rollout.started.v1.json");

/// A log that grows, and what is gathered from it.
#[derive(Default)]
struct Log {
    gather: Gather,
    position: u64,
    deployments: Vec<Deployment>,
    incidents: Vec<Incident>,
}

fn rollout(bits: u64) -> RolloutId {
    RolloutId::from_bits(bits)
}

impl Log {
    /// One event a second.
    fn tell(&mut self, stream: StreamId, kind: &str, body: &Value) {
        self.position += 1;
        let at = Moment { wall_ms: self.position * 1_000, steady: Steady(self.position * 1_000) };
        let (kind, body) = (kind.to_owned(), body.to_string());
        let (actor, origin) = ("ana".to_owned(), None);
        let entry = Entry { position: self.position, stream, version: 1, kind, body, actor, origin, at };
        let gathered = self.gather.take(&entry).unwrap();
        // As if the server had been started anew after each event.
        self.gather = serde_json::from_str(&serde_json::to_string(&self.gather).unwrap()).unwrap();
        match gathered {
            Some(Gathered::Deployment(row, position)) => {
                assert_eq!(position, self.position);
                self.deployments.push(*row);
            }
            Some(Gathered::Incident(row, _)) => self.incidents.push(row),
            None => {}
        }
    }

    /// Production says that it is; the team of `api` is this one.
    fn configure(&mut self, team: Option<&str>, tiers: &[(&str, Option<&str>)]) {
        let environment = |(name, tier): &(&str, Option<&str>)| json!({"name": name, "target": "Process", "variables": {}, "placements": {}, "tier": tier});
        let environments: Vec<Value> = tiers.iter().map(environment).collect();
        let teams = team.map_or(json!({}), |team| json!({"api": team}));
        let catalog =
            json!({"components": {}, "teams": teams, "environments": environments, "pipeline": null});
        let applied = json!({"Applied": {"catalog": catalog, "changes": []}});
        self.tell(StreamId::Catalog, "catalog.applied", &applied);
    }

    fn of(&mut self, bits: u64, kind: &str, body: &Value) {
        self.tell(StreamId::Rollout(rollout(bits)), kind, body);
    }

    /// With its plan changed.
    fn start(&mut self, bits: u64, change: impl FnOnce(&mut Value)) {
        let mut started: Value = serde_json::from_str(STARTED).unwrap();
        started["Started"]["id"] = json!(rollout(bits));
        started["Started"]["plan"]["kind"] = json!("Release");
        change(&mut started["Started"]["plan"]);
        self.of(bits, "rollout.started", &started);
    }

    fn reach(&mut self, bits: u64, step: usize) {
        self.of(bits, "rollout.step-entered", &json!({"StepEntered": {"leg": 0, "step": step}}));
        self.of(bits, "rollout.stage-entered", &json!({"StageEntered": {"leg": 0, "stage": "Raising"}}));
        self.of(bits, "rollout.stage-entered", &json!({"StageEntered": {"leg": 0, "stage": "Shifting"}}));
    }

    fn succeed(&mut self, bits: u64) {
        self.reach(bits, 1);
        self.of(bits, "rollout.succeeded", &json!("Succeeded"));
    }

    fn go_back(&mut self, bits: u64) {
        let cause = json!({"Person": {"by": "ana", "reason": "bad"}});
        self.of(bits, "rollout.returning", &json!({"Returning": {"cause": cause}}));
        self.of(bits, "rollout.rolled-back", &json!({"RolledBack": {"cause": cause}}));
    }

    fn last(&self) -> &Deployment {
        self.deployments.last().unwrap()
    }
}

fn in_production() -> Log {
    let mut log = Log::default();
    log.configure(Some("payments"), &[("staging", Some("staging")), ("production", Some("production"))]);
    log
}

#[test]
fn a_rollout_counts_from_when_users_could_meet_it() {
    let check = |what: &str, change: &dyn Fn(&mut Value), reaches: bool| {
        let mut log = in_production();
        log.start(1, change);
        log.reach(1, 0);
        log.go_back(1);
        assert_eq!(log.last().reached_ms.is_some(), reaches, "{what}");
        assert_eq!(log.last().outcome, Outcome::RolledBack);
        assert_eq!(log.last().turned_ms, Some(log.last().finished_ms - 1_000));
    };
    let step = |traffic: Value, matches: Value| {
        move |plan: &mut Value| {
            plan["legs"][0]["steps"][0]["traffic"] = traffic.clone();
            plan["legs"][0]["steps"][0]["matches"] = matches.clone();
        }
    };
    let header = json!({"Header": {"name": "x-tester", "value": "yes"}});
    check("nobody answers", &step(json!("Offline"), Value::Null), true);
    check("one in ten thousand", &step(json!({"Candidate": 1}), Value::Null), true);
    check("copies only", &step(json!({"Candidate": 0}), Value::Null), false);
    check("people who are named", &step(json!({"Candidate": 0}), header.clone()), true);
    let preview = |plan: &mut Value| {
        step(json!({"Candidate": 0}), header.clone())(plan);
        plan["strategy"] = json!("blue-green");
    };
    check("a preview", &preview, false);
    let worker = |plan: &mut Value| {
        step(json!({"Candidate": 0}), Value::Null)(plan);
        plan["legs"][0]["candidate"]["route"] = Value::Null;
    };
    check("a worker that nobody calls", &worker, true);
}

#[test]
fn what_ended_before_it_touched_anything_or_elsewhere_is_no_row() {
    let mut log = in_production();
    log.start(1, |_| {});
    let cause = json!({"Cancelled": {"cause": {"Aborted": {"by": "ana", "reason": ""}}}});
    log.of(1, "rollout.cancelled", &cause);
    log.start(2, |plan| plan["environment"] = json!("staging"));
    log.succeed(2);
    assert!(log.deployments.is_empty());
    // What the configuration says when it ends is what counts: another tier, another team.
    log.start(3, |plan| plan["environment"] = json!("staging"));
    log.configure(Some("storefront"), &[("staging", Some("production"))]);
    log.succeed(3);
    assert_eq!(log.last().environment, "staging");
    assert_eq!(log.last().teams, ["storefront"]);
    assert_eq!((log.last().components.len(), log.last().kind), (1, Kind::Planned));
    // Without any tier it is the last one.
    log.configure(None, &[("staging", None), ("production", None)]);
    log.start(4, |_| {});
    log.succeed(4);
    assert_eq!(log.last().environment, "production");
    assert!(log.last().teams.is_empty());
    assert_eq!(log.deployments.len(), 2);
}

#[test]
fn a_hotfix_fixes_what_ended_last_in_its_place_and_a_rollback_what_it_was_asked_for() {
    let mut log = in_production();
    let hotfix = |plan: &mut Value| plan["kind"] = json!("Hotfix");
    let back_of = |bits| move |plan: &mut Value| plan["kind"] = json!({"Rollback": {"of": rollout(bits)}});
    let of = |bits| vec![rollout(bits).to_string()];
    // The first version needs no other to be a hotfix.
    log.start(1, hotfix);
    log.succeed(1);
    assert_eq!((log.last().kind, log.last().recovers.len()), (Kind::Hotfix, 0));
    log.start(2, |_| {});
    log.succeed(2);
    log.start(3, back_of(2));
    log.succeed(3);
    assert_eq!((log.last().kind, log.last().recovers.clone()), (Kind::Rollback, of(2)));
    // The rollback brought the version before back; what was wrong is what it undid.
    log.start(4, hotfix);
    log.succeed(4);
    assert_eq!(log.last().recovers, of(2));
    // One that went back before it succeeded.
    log.start(5, |_| {});
    log.reach(5, 1);
    log.go_back(5);
    log.start(6, hotfix);
    log.succeed(6);
    assert_eq!(log.last().recovers, of(5));
    // What users never met, and what went elsewhere, are not it.
    log.start(7, |plan| plan["legs"][0]["steps"][0]["traffic"] = json!({"Candidate": 0}));
    log.go_back(7);
    log.start(8, |plan| plan["environment"] = json!("staging"));
    log.succeed(8);
    log.start(9, hotfix);
    log.succeed(9);
    assert_eq!(log.last().recovers, of(6));
}

#[test]
fn an_incident_is_a_row_as_it_stands_after_each_event() {
    let mut log = in_production();
    let id = IncidentId::from_bits(7);
    let about = json!({"title": "Orders fail", "detected_ms": 500});
    let events = [
        ("incident.opened", json!({"Opened": {"id": id, "about": about, "by": "ana"}})),
        ("incident.linked", json!({"Linked": {"rollout": rollout(1)}})),
        ("incident.linked", json!({"Linked": {"rollout": rollout(2)}})),
        ("incident.unlinked", json!({"Unlinked": {"rollout": rollout(1)}})),
        ("incident.resolved", json!({"Resolved": {"at_ms": 900}})),
        ("incident.reopened", json!("Reopened")),
    ];
    for (kind, body) in events {
        log.tell(StreamId::Incident(id.clone()), kind, &body);
    }
    let told: Vec<_> = log.incidents.iter().map(|row| (row.deployments.len(), row.resolved_ms)).collect();
    assert_eq!(told, [(0, None), (1, None), (2, None), (1, None), (1, Some(900)), (1, None)]);
    assert_eq!(log.incidents[3].deployments, [rollout(2).to_string()]);
    assert!(log.incidents.iter().all(|row| row.detected_ms == 500 && row.id == id.to_string()));
}

#[test]
fn an_event_that_cannot_be_read_is_told_and_one_that_says_nothing_here_is_not_read() {
    let mut gather = Gather::default();
    let entry = |kind: &str| Entry {
        position: 1,
        stream: StreamId::Rollout(rollout(1)),
        version: 1,
        kind: kind.to_owned(),
        body: "{".to_owned(),
        actor: "ana".to_owned(),
        origin: None,
        at: Moment::default(),
    };
    assert_eq!(gather.take(&entry("rollout.seen")).unwrap(), None);
    assert_eq!(gather.take(&entry("rollout.started")).unwrap_err().code, "event-unreadable");
}
