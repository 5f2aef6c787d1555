//! The measures of rollouts that really happened, and the incidents that count against them.

use serde_json::Value;
use tidegate_client::MeasuresQuery;
use tidegate_client::api::{
    ApplyRequest, IncidentState, LinkIncidentRequest, MeasureCauseKind, MeasureName, MeasurePeriod,
    MeasuredKind, MeasuredRows, Measures, NewCommit, OpenIncidentRequest, ReleaseKind, Role, RolloutState,
};
use tidegate_server::{GatewayMode, OnStop};

use crate::people::grant;
use crate::support::{Server, World, bad, key, until};

const HOUR_MS: u64 = 3_600_000;

fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

fn commit(id: &str, authored_ms: u64, request: Option<&str>) -> NewCommit {
    NewCommit { id: id.to_owned(), authored_ms, pull_request: request.map(str::to_owned), message: None }
}

fn value(measures: &Measures, name: MeasureName) -> Option<f64> {
    measures.measures.iter().find(|measure| measure.name == name).unwrap().value
}

impl World {
    async fn release_with(&self, version: &str, kind: ReleaseKind, commits: Vec<NewCommit>) {
        let wish = tidegate_client::api::CreateReleaseRequest { kind, commits, ..self.wish(version) };
        self.client.create_release(&wish, &key()).await.unwrap();
    }

    /// To its end in production, past the step at which it waits for a person.
    async fn through(&self, version: &str) -> String {
        let id = self.deploy(version, "production").await;
        until("it ends, or waits for a person", || async {
            let rollout = self.client.rollout(&id).await.unwrap();
            (rollout.state.is_final() || rollout.state == RolloutState::Held).then_some(())
        })
        .await;
        if !self.client.rollout(&id).await.unwrap().state.is_final() {
            self.client.resume(&id, &key()).await.unwrap();
        }
        assert_eq!(self.ended(&id).await.state, RolloutState::Succeeded);
        id
    }

    async fn code(&self, path: &str) -> (u16, String) {
        let (status, body): (u16, Value) = self.raw("GET", &format!("/api/v1{path}"), None).await;
        (status, body["code"].as_str().unwrap_or_default().to_owned())
    }
}

/// A first version, one that goes back, one that is rolled back later, and the hotfix after it.
async fn told() -> (World, [String; 5]) {
    let world = World::start().await;
    let text = world.configuration().text.replace("  web:\n    run:", "  web:\n    team: payments\n    run:");
    let request = ApplyRequest { text, ..world.configuration() };
    world.client.apply(&request, &key()).await.unwrap();
    let now = now_ms();
    let commits = vec![commit("a1", now - 2 * HOUR_MS, Some("#1")), commit("a2", now - HOUR_MS, Some("#1"))];
    world.release_with("1.0.0", ReleaseKind::Planned, commits).await;
    let first = world.through("1.0.0").await;

    world.release_with("1.1.0", ReleaseKind::Planned, vec![commit("b1", now - HOUR_MS, None)]).await;
    let back = world.deploy("1.1.0", "production").await;
    until("it waits for a person", || async {
        (world.client.rollout(&back).await.unwrap().state == RolloutState::Held).then_some(())
    })
    .await;
    world.client.roll_back(&back, &bad(), &key()).await.unwrap();
    assert_eq!(world.ended(&back).await.state, RolloutState::RolledBack);

    // It brings what the one before did not, and one that is younger than its end.
    let commits = vec![commit("b1", now - HOUR_MS, None), commit("c1", now + 24 * HOUR_MS, None)];
    world.release_with("1.2.0", ReleaseKind::Planned, commits).await;
    let undone = world.through("1.2.0").await;
    let started = world.client.roll_back(&undone, &bad(), &key()).await.unwrap();
    let undoing = started.rollouts[0].clone();
    assert_eq!(world.ended(&undoing).await.state, RolloutState::Succeeded);

    world.release_with("1.2.1", ReleaseKind::Hotfix, Vec::new()).await;
    let hotfix = world.through("1.2.1").await;
    (world, [first, back, undone, undoing, hotfix])
}

#[tokio::test]
async fn figures_come_from_what_happened_and_each_can_be_followed_to_its_rows() {
    let (world, [first, back, undone, undoing, hotfix]) = told().await;
    let all = MeasuresQuery { period: Some(MeasurePeriod::Day), ..MeasuresQuery::default() };
    let told = world.client.measures(&all).await.unwrap();
    assert_eq!((told.zone.as_str(), told.environments.as_slice()), ("UTC", &["production".to_owned()][..]));
    assert_eq!((told.measures.len(), told.periods.len()), (5, 12));
    let total = &told.total;
    assert_eq!((total.deployments, total.failed, total.unplanned), (5, 2, 2));
    assert_eq!((total.unrecovered, total.errors), (0, 1));
    let lead = total.lead_of_commits.unwrap();
    assert_eq!((lead.count, total.lead_of_pull_requests.unwrap().count), (3, 1));
    assert!(lead.p50_ms >= HOUR_MS as f64 && lead.p50_ms < 1.5 * HOUR_MS as f64, "{lead:?}");
    assert_eq!(total.recovery.unwrap().count, 2);
    assert_eq!(value(&told, MeasureName::ChangeFailRate), Some(0.4));
    assert_eq!(value(&told, MeasureName::DeploymentReworkRate), Some(0.4));
    assert_eq!(value(&told, MeasureName::DeploymentFrequency), Some(5.0 / 12.0));
    assert!(
        told.measures.iter().all(|measure| measure.definition.len() > 40 && measure.by_period.len() == 12)
    );
    assert_eq!(told.table.version, "2024");

    let rows = async |which, page| world.client.measure_rows(which, &all, page).await.unwrap();
    let failed = rows(MeasuredRows::ChangeFailRate, (None, None)).await;
    let why: Vec<(&str, Vec<MeasureCauseKind>)> = failed
        .items
        .iter()
        .map(|row| (row.rollout.as_str(), row.failed.iter().map(|cause| cause.kind).collect()))
        .collect();
    let undone_by = vec![MeasureCauseKind::Hotfixed, MeasureCauseKind::Undone];
    assert_eq!(why, [(undone.as_str(), undone_by), (back.as_str(), vec![MeasureCauseKind::WentBack])]);
    assert_eq!(failed.items[0].restored.as_ref().unwrap().by.id.as_deref(), Some(undoing.as_str()));
    let unplanned = rows(MeasuredRows::DeploymentReworkRate, (None, None)).await;
    let kinds: Vec<_> = unplanned.items.iter().map(|row| (row.rollout.as_str(), row.kind)).collect();
    assert_eq!(kinds, [(hotfix.as_str(), MeasuredKind::Hotfix), (undoing.as_str(), MeasuredKind::Rollback)]);
    let errors = rows(MeasuredRows::Errors, (None, None)).await;
    assert_eq!(errors.items.len(), 1);
    assert_eq!(errors.items[0].errors, ["one commit is younger than the end of this rollout"]);
    assert_eq!(
        (errors.items[0].release.as_str(), errors.items[0].teams.as_slice()),
        ("1.2.0", &["payments".to_owned()][..])
    );

    // Page by page it is the same list.
    let (mut paged, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
    loop {
        let asked =
            world.client.measure_rows(MeasuredRows::DeploymentFrequency, &all, (after.as_deref(), Some(2)));
        let page = asked.await.unwrap();
        assert!(!page.items.is_empty());
        paged.extend(page.items.into_iter().map(|row| row.rollout));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, [&hotfix, &undoing, &undone, &back, &first].map(String::clone));

    let csv = world.client.measures_csv(&all).await.unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 14);
    let column = lines[0].split(',').position(|name| name == "deployments").unwrap();
    assert_eq!(lines[13].split(',').nth(column), Some("5"));

    // Who has the team, has all of it; another one has nothing.
    let of = MeasuresQuery { teams: vec!["payments".to_owned()], ..all.clone() };
    assert_eq!(world.client.measures(&of).await.unwrap().total, *total);

    // One more deployment is in the next answer, without reading the log again.
    let wish = LinkIncidentRequest { release: Some("1.0.0".to_owned()), ..LinkIncidentRequest::default() };
    let open = OpenIncidentRequest { title: "Orders fail".to_owned(), ..OpenIncidentRequest::default() };
    let incident = world.client.open_incident(&open, &key()).await.unwrap();
    assert_eq!(world.client.measures(&all).await.unwrap().total, *total);
    let linked = world.client.link_incident(&incident.id, &wish, &key()).await.unwrap();
    assert_eq!(linked.rollouts, std::slice::from_ref(&first));
    let after = world.client.measures(&all).await.unwrap();
    assert_eq!((after.total.failed, after.total.unrecovered), (3, 1));
    world.client.resolve_incident(&incident.id, None, &key()).await.unwrap();
    let after = world.client.measures(&all).await.unwrap();
    assert_eq!((after.total.failed, after.total.unrecovered), (3, 0));

    // Another start reads the same from the log.
    let World { server, data, gateway, .. } = world;
    tokio::task::spawn_blocking(move || drop(server)).await.unwrap();
    let mode = GatewayMode::Url(format!("http://{}", gateway.ready().admin));
    let server = Server::start(data.path(), mode, OnStop::StopEverything).unwrap();
    let again = server.client().measures(&all).await.unwrap();
    assert_eq!((again.total, again.periods), (after.total, after.periods));
    tokio::task::spawn_blocking(move || drop(server)).await.unwrap();
}

#[tokio::test]
async fn a_question_that_has_no_answer_is_refused() {
    let world = World::applied().await;
    let check = async |path: &str, status: u16, code: &str| {
        assert_eq!(world.code(path).await, (status, code.to_owned()), "{path}");
    };
    check("/measures?environments=development", 422, "environment-not-measured").await;
    check("/measures?environments=nowhere", 404, "unknown-environment").await;
    check("/measures?components=nothing", 404, "unknown-component").await;
    check("/measures?teams=nobody", 404, "unknown-team").await;
    check("/measures?components=", 422, "bad-name").await;
    check("/measures?zone=Mars/Base", 422, "unknown-time-zone").await;
    check("/measures?from=2026-02-02&to=2026-02-01", 422, "period-ends-first").await;
    check("/measures?from=2016-01-01&to=2026-01-01&period=day", 422, "too-many-periods").await;
    check("/measures?from=0026-01-01", 422, "day-out-of-time").await;
    check("/measures?from=yesterday", 422, "members-unfit").await;
    check("/measures?period=year", 400, "bad-request").await;
    check("/measures?team=x", 400, "bad-request").await;
    check("/measures/rows", 400, "bad-request").await;
    check("/measures/rows?measure=velocity", 400, "bad-request").await;
    check("/measures/rows?measure=errors&limit=0", 400, "bad-request").await;
    check("/measures/rows?measure=mean-time-to-recovery", 200, "").await;
    check("/measures.csv?zone=utc", 200, "").await;
    let nothing = world.client.measures(&MeasuresQuery::default()).await.unwrap();
    assert!(nothing.measures.iter().all(|measure| measure.level.is_none()));
    assert_eq!((nothing.total.deployments, nothing.total.recovery), (0, None));

    // Commits that are none.
    let twice = vec![commit("a", 1, None), commit("a", 1, None)];
    let wish = tidegate_client::api::CreateReleaseRequest { commits: twice, ..world.wish("1.0.0") };
    assert_eq!(world.client.create_release(&wish, &key()).await.unwrap_err().code(), "bad-commit");
    let many = (0..5_001).map(|number| commit(&number.to_string(), 1, None)).collect();
    let wish = tidegate_client::api::CreateReleaseRequest { commits: many, ..world.wish("1.0.0") };
    assert_eq!(world.client.create_release(&wish, &key()).await.unwrap_err().code(), "too-many-commits");
    // The same release again is the same with the same commits, or where nothing is said of them.
    let wish = |commits| tidegate_client::api::CreateReleaseRequest { commits, ..world.wish("1.0.0") };
    let made = world.client.create_release(&wish(vec![commit("a", 1, None)]), &key()).await.unwrap();
    assert_eq!(made.commits, 1);
    world.client.create_release(&wish(vec![commit("a", 1, None)]), &key()).await.unwrap();
    let other = world.client.create_release(&wish(vec![commit("b", 1, None)]), &key()).await.unwrap_err();
    assert_eq!(other.code(), "release-exists");
    assert_eq!(world.client.create_release(&wish(Vec::new()), &key()).await.unwrap().commits, 1);
}

#[tokio::test]
async fn an_incident_is_told_linked_ended_and_seen_by_those_who_may() {
    let world = World::live().await;
    let rollout = world.through("1.0.0").await;
    let elsewhere = world.client.rollouts(&tidegate_client::RolloutsQuery::default()).await.unwrap().items;
    let elsewhere = elsewhere.into_iter().find(|rollout| rollout.environment == "development").unwrap().id;
    let request = OpenIncidentRequest {
        title: "Orders fail".to_owned(),
        severity: Some("critical".to_owned()),
        environment: Some("production".to_owned()),
        component: Some("web".to_owned()),
        ..OpenIncidentRequest::default()
    };
    let same = key();
    let made = world.client.open_incident(&request, &same).await.unwrap();
    assert_eq!(world.client.open_incident(&request, &same).await.unwrap().id, made.id, "a key opens one");
    assert_eq!((made.state, made.rollouts.len()), (IncidentState::Open, 0));
    let link = |rollout: Option<&str>, release: Option<&str>| LinkIncidentRequest {
        rollout: rollout.map(str::to_owned),
        release: release.map(str::to_owned),
        environment: None,
    };
    let code = async |request: LinkIncidentRequest| {
        world.client.link_incident(&made.id, &request, &key()).await.unwrap_err().code().to_owned()
    };
    assert_eq!(code(link(None, None)).await, "members-unfit");
    assert_eq!(code(link(Some(&rollout), Some("1.0.0"))).await, "members-unfit");
    assert_eq!(code(link(Some("rol_0123456789abcdef"), None)).await, "unknown-rollout");
    assert_eq!(code(link(Some(&elsewhere), None)).await, "incident-not-linked");
    assert_eq!(code(link(None, Some("9.9.9"))).await, "unknown-release");
    world.release("1.1.0").await;
    assert_eq!(code(link(None, Some("1.1.0"))).await, "incident-not-linked");
    let linked = world.client.link_incident(&made.id, &link(None, Some("1.0.0")), &key()).await.unwrap();
    assert_eq!(linked.rollouts, std::slice::from_ref(&rollout));
    let noted = world.client.note_incident(&made.id, "The pool is empty.", &key()).await.unwrap();
    assert_eq!((noted.note_count, noted.notes[0].text.as_str()), (1, "The pool is empty."));
    let unlinked = world.client.unlink_incident(&made.id, &rollout, &key()).await.unwrap();
    assert!(unlinked.rollouts.is_empty());
    let resolve = async |at: Option<u64>| world.client.resolve_incident(&made.id, at, &key()).await;
    assert_eq!(resolve(Some(made.detected_ms - 1)).await.unwrap_err().code(), "incident-ends-first");
    assert_eq!(resolve(Some(now_ms() + HOUR_MS)).await.unwrap_err().code(), "incident-ahead");
    assert_eq!(resolve(Some(made.detected_ms)).await.unwrap().state, IncidentState::Resolved);
    assert_eq!(resolve(None).await.unwrap_err().code(), "incident-resolved");
    let list = async |state| world.client.incidents(state, None, (None, None)).await.unwrap().items;
    assert!(list(Some(IncidentState::Open)).await.is_empty());
    assert_eq!(list(Some(IncidentState::Resolved)).await.len(), 1);
    world.client.reopen_incident(&made.id, &key()).await.unwrap();
    assert_eq!(world.client.reopen_incident(&made.id, &key()).await.unwrap_err().code(), "incident-open");
    let unknown = world.client.incident("inc_0123456789abcdef").await.unwrap_err();
    assert_eq!(unknown.code(), "unknown-incident");
    assert_eq!(world.code("/incidents/nothing").await, (422, "bad-name".to_owned()));
    let without = OpenIncidentRequest { environment: None, ..request.clone() };
    assert_eq!(world.client.open_incident(&without, &key()).await.unwrap_err().code(), "members-unfit");

    // Somebody who is at home in development only.
    let root = world.set_up().await;
    let dev = world.person(&root, "dev", vec![grant(Role::Developer, Some("development"))]).await;
    assert!(dev.incidents(None, None, (None, None)).await.unwrap().items.is_empty());
    assert_eq!(dev.incident(&made.id).await.unwrap_err().code(), "not-allowed");
    assert_eq!(dev.resolve_incident(&made.id, None, &key()).await.unwrap_err().code(), "not-allowed");
    assert_eq!(dev.open_incident(&request, &key()).await.unwrap_err().code(), "not-allowed");
    let theirs = dev.measures(&MeasuresQuery::default()).await.unwrap();
    assert_eq!((theirs.total.deployments, theirs.environments.len()), (0, 0));
    let there = MeasuresQuery { environments: vec!["production".to_owned()], ..MeasuresQuery::default() };
    assert_eq!(dev.measures(&there).await.unwrap_err().code(), "not-allowed");
    assert_eq!(root.measures(&there).await.unwrap().total.deployments, 1);
}
