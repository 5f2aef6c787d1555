//! `/rollouts` and `/environments/{environment}/rollouts`.

use tidegate_client::RolloutsQuery;
use tidegate_client::api::{
    ApplyRequest, JudgementAction, RolloutKind, RolloutState, StartRolloutRequest, StrategyName, Verdict,
};

use crate::support::{World, bad, deploy, key, until};

#[tokio::test]
async fn a_first_release_goes_live_and_is_told() {
    let world = World::live().await;
    assert_eq!(world.visit(world.ports[0]).await, (200, "1.0.0".to_owned()));
    let page = world.client.rollouts(&RolloutsQuery::default()).await.unwrap();
    let rollout = &page.items[0];
    assert_eq!((rollout.state, rollout.kind), (RolloutState::Succeeded, RolloutKind::Release));
    assert_eq!(rollout.legs[0].weight, Some(10_000));
    assert_eq!(&world.client.rollout(&rollout.id).await.unwrap(), rollout);
    assert!(world.client.samples(&rollout.id, None).await.unwrap().items.is_empty(), "nothing was judged");
    // A notice is sent after the answer, so it may still be on its way.
    let notices = world.data.path().join("notices.jsonl");
    let told =
        || async { std::fs::read_to_string(&notices).ok().filter(|text| text.contains("/succeeded\"")) };
    let text = until("the end is told", told).await;
    assert_eq!(text.lines().count(), 2, "{text}");
}

#[tokio::test]
async fn a_canary_waits_for_a_person_who_lets_it_go_on() {
    let (world, id) = World::held().await;
    let rollout = world.client.rollout(&id).await.unwrap();
    let leg = &rollout.legs[0];
    assert_eq!((leg.stable.as_deref(), &*leg.candidate, leg.weight), (Some("1.0.0"), "1.1.0", Some(1_000)));
    let listed = |state| RolloutsQuery {
        environment: Some("production".to_owned()),
        state: Some(state),
        ..RolloutsQuery::default()
    };
    assert_eq!(world.client.rollouts(&listed(RolloutState::Held)).await.unwrap().items[0].id, id);
    assert!(world.client.rollouts(&listed(RolloutState::Returning)).await.unwrap().items.is_empty());
    assert_eq!(world.client.resume(&id, &key()).await.unwrap().rollouts, std::slice::from_ref(&id));
    assert_eq!(world.ended(&id).await.state, RolloutState::Succeeded);
    assert_eq!(world.visit(world.ports[1]).await, (200, "1.1.0".to_owned()));
    let late = world.client.hold(&id, "too late", &key()).await.unwrap_err();
    assert_eq!((late.problem().unwrap().status, late.code()), (409, "rollout-ended"));
}

#[tokio::test]
async fn a_hold_has_a_name_and_a_reason() {
    let (world, id) = World::held().await;
    let client = world.client.clone().with_actor("ann@example.org");
    client.hold(&id, "lunch", &key()).await.unwrap();
    let hold = client.rollout(&id).await.unwrap().hold.unwrap();
    assert_eq!((&*hold.by, &*hold.reason), ("ann@example.org", "lunch"));
    assert_eq!(client.hold(&id, "again", &key()).await.unwrap_err().code(), "rollout-held");
    client.promote(&id, &key()).await.unwrap();
    client.resume(&id, &key()).await.ok();
    assert_eq!(world.ended(&id).await.state, RolloutState::Succeeded);
}

#[tokio::test]
async fn an_abort_goes_back_without_blame_and_a_rollback_with_it() {
    let (world, id) = World::held().await;
    world.client.abort(&id, "not today", &key()).await.unwrap();
    let aborted = world.ended(&id).await;
    assert_eq!(aborted.state, RolloutState::RolledBack);
    assert_eq!(aborted.cause.as_deref(), Some("aborted by operator@local: not today"));
    assert!(!world.client.release("1.1.0").await.unwrap().standings["production"].barred);
    let again = world.deploy("1.1.0", "production").await;
    let rolled = world.client.roll_back(&again, &bad(), &key()).await.unwrap();
    assert_eq!(rolled.rollouts, std::slice::from_ref(&again));
    world.ended(&again).await;
    assert!(world.client.release("1.1.0").await.unwrap().standings["production"].barred);
    assert_eq!(world.visit(world.ports[1]).await, (200, "1.0.0".to_owned()));
}

#[tokio::test]
async fn one_rollout_at_a_time_unless_it_is_superseded() {
    let (world, id) = World::held().await;
    world.release("1.2.0").await;
    let busy = world.client.start_rollout("production", &deploy("1.2.0"), &key()).await.unwrap_err();
    assert_eq!((busy.problem().unwrap().status, busy.code()), (409, "rollout-in-progress"));
    let request =
        StartRolloutRequest { strategy: Some(StrategyName::Recreate), supersede: true, ..deploy("1.2.0") };
    let started = world.client.start_rollout("production", &request, &key()).await.unwrap();
    assert_eq!(world.ended(&id).await.state, RolloutState::RolledBack);
    let taken = until("it begins", || async {
        let rollout = world.client.rollout(&started.rollouts[0]).await.unwrap();
        (rollout.state != RolloutState::Waiting).then_some(rollout)
    })
    .await;
    assert_eq!(taken.strategy, "recreate");
}

/// Half of the visitors of production meet the candidate, and the rule looks often.
pub fn judged(world: &World) -> ApplyRequest {
    let mut request = world.configuration();
    let analysis = "{scrape_interval: 50ms, block: 50ms, rollback_when: []}";
    request.text = request.text.replace("shift: 10%, confirm", "shift: 50%, wait: 1h");
    request.text = request.text.replace("analysis: off", &format!("analysis: {analysis}"));
    request
}

#[tokio::test]
async fn a_version_that_fails_its_visitors_comes_back_by_itself() {
    let world = World::live().await;
    world.client.apply(&judged(&world), &key()).await.unwrap();
    let first = world.deploy("1.0.0", "production").await;
    world.ended(&first).await;
    std::fs::write(world.artifact("1.1.0").join("fails"), "").unwrap();
    world.release("1.1.0").await;
    let id = world.deploy("1.1.0", "production").await;
    let began = std::time::Instant::now();
    let rollout = loop {
        world.visit(world.ports[1]).await;
        let rollout = world.client.rollout(&id).await.unwrap();
        if rollout.state.is_final() {
            break rollout;
        }
        assert!(began.elapsed() < std::time::Duration::from_mins(1), "{rollout:?}");
    };
    assert_eq!(rollout.state, RolloutState::RolledBack, "{rollout:?}");
    let judgement = rollout.legs[0].judgement.clone().unwrap();
    assert_eq!((judgement.verdict, judgement.action), (Verdict::Fail, JudgementAction::RollBack));
    assert_eq!(rollout.cause, Some(judgement.explanation));
    let samples = world.client.samples(&id, Some(1)).await.unwrap().items;
    let last = &samples[0];
    assert_eq!((samples.len(), last.verdict), (1, Verdict::Fail));
    assert!(last.evidence.harm >= last.evidence.rollback_at, "{last:?}");
    assert!(last.candidate.errors > 0 && last.stable.errors == 0, "{last:?}");
    let all = world.client.samples(&id, None).await.unwrap().items;
    assert!(all.len() > 1, "{all:?}");
    let later = world.client.samples_after(&id, all[0].at_ms, None).await.unwrap().items;
    assert_eq!(later, all[1..], "what is new since the first");
    assert_eq!(world.client.samples_after(&id, all[0].at_ms, Some(1)).await.unwrap().items, all[1..2]);
    assert!(world.client.samples_after(&id, last.at_ms, None).await.unwrap().items.is_empty());
    let (status, version) = world.visit(world.ports[1]).await;
    assert_eq!((status, &*version), (200, "1.0.0"));
}

#[tokio::test]
async fn what_has_succeeded_is_rolled_back_by_another_rollout() {
    let world = World::live().await;
    world.release("1.1.0").await;
    let id = world.deploy("1.1.0", "development").await;
    world.ended(&id).await;
    let back = world.client.roll_back(&id, &bad(), &key()).await.unwrap();
    assert_ne!(back.rollouts[0], id);
    let rollout = world.ended(&back.rollouts[0]).await;
    assert_eq!((rollout.state, rollout.kind), (RolloutState::Succeeded, RolloutKind::Rollback));
    assert_eq!(world.visit(world.ports[0]).await, (200, "1.0.0".to_owned()));
}

#[tokio::test]
async fn pages_of_rollouts_miss_none() {
    let world = World::live().await;
    for version in ["1.1.0", "1.2.0"] {
        world.release(version).await;
        let id = world.deploy(version, "development").await;
        world.ended(&id).await;
    }
    let mut query = RolloutsQuery { limit: Some(1), ..RolloutsQuery::default() };
    let mut releases = Vec::new();
    loop {
        let page = world.client.rollouts(&query).await.unwrap();
        releases.extend(page.items.into_iter().map(|rollout| rollout.release));
        match page.next {
            Some(next) => query.before = Some(next),
            None => break,
        }
    }
    assert_eq!(releases, ["1.2.0", "1.1.0", "1.0.0"]);
    assert_eq!(
        world.client.rollouts(&RolloutsQuery { limit: Some(3), before: None, ..query }).await.unwrap().next,
        None
    );
}

#[tokio::test]
async fn an_outline_tells_what_would_happen_and_changes_nothing() {
    let world = World::applied().await;
    world.release("1.0.0").await;
    let outline = world.client.outline("production", "1.0.0", None).await.unwrap();
    assert_eq!((&*outline.strategy, outline.judged, &outline.refusal), ("canary", false, &None));
    assert_eq!((&outline.legs[0].stable, outline.legs[0].runs), (&None, true));
    assert_eq!(outline.legs[0].listen, Some(format!("127.0.0.1:{}", world.ports[1])));
    let other = world.client.outline("production", "1.0.0", Some(StrategyName::Recreate)).await.unwrap();
    assert_eq!((&*other.strategy, other.judged), ("recreate", false));
    assert!(world.client.rollouts(&RolloutsQuery::default()).await.unwrap().items.is_empty());
    let id = world.deploy("1.0.0", "production").await;
    world.ended(&id).await;
    let again = world.client.outline("production", "1.0.0", None).await.unwrap();
    assert_eq!(again.refusal.unwrap().code, "nothing-to-do");
    for (environment, release, code) in
        [("nowhere", "1.0.0", "unknown-environment"), ("production", "9.9.9", "unknown-release")]
    {
        assert_eq!(world.client.outline(environment, release, None).await.unwrap_err().code(), code);
    }
}

#[tokio::test]
async fn what_is_planned_only_is_outlined_and_refused() {
    let world = World::start().await;
    let text = world.configuration().text.replace("    run:", "    planned: on\n    # run:");
    world.client.apply(&ApplyRequest { text, ..world.configuration() }, &key()).await.unwrap();
    let artifact = tidegate_client::api::NewArtifact { command: true, ..Default::default() };
    let wish = tidegate_client::api::CreateReleaseRequest {
        components: [("web".to_owned(), artifact)].into(),
        ..world.wish("1.0.0")
    };
    world.client.create_release(&wish, &key()).await.unwrap();
    let outline = world.client.outline("development", "1.0.0", None).await.unwrap();
    assert!(!outline.legs[0].runs && !outline.legs[0].steps.is_empty());
    assert_eq!(outline.refusal.unwrap().code, "nothing-to-run");
    let request = StartRolloutRequest {
        release: "1.0.0".to_owned(),
        strategy: None,
        supersede: false,
        independent: false,
    };
    let refused = world.client.start_rollout("development", &request, &key()).await.unwrap_err();
    assert_eq!((refused.problem().unwrap().status, refused.code()), (409, "nothing-to-run"));
}
