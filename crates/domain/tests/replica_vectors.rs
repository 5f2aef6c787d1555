//! The public tables of Argo Rollouts and Kubernetes, case by case, against our replica arithmetic.
//!
//! Invariant: every case of every file under `vectors/rollouts` is asserted; the number of cases is asserted too, so
//! that none gets lost. Deliberately not here: our own laws, which stand beside the code.

#![allow(clippy::unwrap_used, reason = "clippy's exemption for tests does not reach their helpers")]

use serde_json::Value;
use tidegate_domain::replicas::{
    AfterAbort, Amount, CandidateScale, Counts, Division, FencePosts, Group, Headcount, Pace, ProgressMarks,
    RollingView, Situation, lower_to_least, next_counts, replicas_for_weight, resolve_fence_posts,
    stalled_too_long, unready_to_remove,
};
use tidegate_domain::weight::Weight;

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn kubernetes(table: &str) -> Value {
    read(include_str!("vectors/rollouts/kubernetes_deployment_tables.json"))[table].clone()
}

fn cases(table: &Value, count: usize) -> Vec<Value> {
    let cases = table["cases"].as_array().unwrap().clone();
    assert_eq!(cases.len(), count, "cases got lost or were added");
    cases
}

/// A number that must be there.
fn number(case: &Value, key: &str) -> u32 {
    u32::try_from(case[key].as_u64().unwrap_or_else(|| panic!("{key} in {case}"))).unwrap()
}

/// A number, 0 when absent.
fn count(case: &Value, key: &str) -> u32 {
    if case[key].is_null() { 0 } else { number(case, key) }
}

/// An amount; absent or null counts as none.
fn amount(case: &Value, key: &str) -> Result<Amount, serde_json::Error> {
    if case[key].is_null() { Ok(Amount::Count(0)) } else { serde_json::from_value(case[key].clone()) }
}

fn percent(case: &Value, key: &str) -> Weight {
    Weight::from_percent(u8::try_from(count(case, key)).unwrap())
}

fn group(wanted: u32, ready: u32) -> Group {
    Group { wanted, ready }
}

#[test]
fn weight_to_replicas() {
    for case in cases(&read(include_str!("vectors/rollouts/weight_to_replicas.json")), 57) {
        assert_eq!(number(&case, "maxWeight"), 100, "our weights are shares of one whole");
        let counts = replicas_for_weight(
            number(&case, "replicas"),
            percent(&case, "weight"),
            number(&case, "maxSurge") > 0,
        );
        let expect = Counts { candidate: number(&case, "expCanary"), stable: number(&case, "expStable") };
        assert_eq!(counts, expect, "{case}");
    }
}

fn check_fence_posts(case: &Value) {
    let parsed = amount(case, "maxSurge").and_then(|surge| Ok((surge, amount(case, "maxUnavailable")?)));
    assert_eq!(parsed.is_err(), case["expectError"].as_bool().unwrap(), "{case}");
    if let Ok((surge, unavailable)) = parsed {
        let posts = resolve_fence_posts(surge, unavailable, number(case, "desired"));
        assert_eq!(posts.surge(), number(case, "expectSurge"), "{case}");
        assert_eq!(posts.unavailable(), number(case, "expectUnavailable"), "{case}");
    }
}

#[test]
fn fence_posts() {
    cases(&read(include_str!("vectors/rollouts/resolve_fenceposts.json")), 7)
        .iter()
        .for_each(check_fence_posts);
    cases(&kubernetes("resolve_fenceposts"), 4).iter().for_each(check_fence_posts);
}

/// The file was transcribed by machine and says `trafficRouting: true` here, while the original has `nil`, as the
/// case's own name says (argo-rollouts, utils/replicaset/canary_test.go).
const ROUTING_MISREAD: &str =
    "Ignore setCanaryScale when trafficRouting is missing and use setWeight for replicas";

fn division(case: &Value) -> Division {
    if case["trafficRouting"] != true || case["name"] == ROUTING_MISREAD {
        return Division::ByReplicas;
    }
    let given = &case["setCanaryScale"];
    let scale = if given["matchTrafficWeight"] == true {
        None
    } else if !given["replicas"].is_null() {
        Some(CandidateScale::Replicas(number(given, "replicas")))
    } else if !given["weight"].is_null() {
        Some(CandidateScale::Percent(number(given, "weight")))
    } else {
        None
    };
    Division::ByRouter { scale, candidate_least: count(case, "minPodsPerReplicaSet") }
}

/// In Argo Rollouts a delay of 0 means that the canary is never scaled down after an abort.
fn aborted(case: &Value) -> Option<AfterAbort> {
    (case["statusAbort"] == true).then(|| match number(case, "abortScaleDownDelaySeconds") {
        0 => AfterAbort::KeepCandidate,
        _ => AfterAbort::LowerCandidate,
    })
}

fn situation(case: &Value) -> Situation {
    let replicas = number(case, "rolloutSpecReplicas");
    let older = &case["olderRS"];
    Situation {
        replicas,
        weight: percent(case, "setWeight"),
        posts: resolve_fence_posts(
            amount(case, "maxSurge").unwrap(),
            amount(case, "maxUnavailable").unwrap(),
            replicas,
        ),
        stable: Some(group(number(case, "stableSpecReplica"), number(case, "stableAvailableReplica"))),
        candidate: group(count(case, "canarySpecReplica"), count(case, "canaryAvailableReplica")),
        older: group(count(older, "specReplicas"), count(older, "availableReplicas")),
        division: division(case),
        promote_full: case["promoteFull"] == true,
        aborted: aborted(case),
    }
}

#[test]
fn canary_next_replicas() {
    let file = read(include_str!("vectors/rollouts/canary_next_replicas.json"));
    let known = [
        "name",
        "rolloutSpecReplicas",
        "setWeight",
        "maxSurge",
        "maxUnavailable",
        "stableSpecReplica",
        "stableAvailableReplica",
        "canarySpecReplica",
        "canaryAvailableReplica",
        "expectedStableReplicaCount",
        "expectedCanaryReplicaCount",
        "trafficRouting",
        "setCanaryScale",
        "olderRS",
        "promoteFull",
        "statusAbort",
        "abortScaleDownDelaySeconds",
        "minPodsPerReplicaSet",
    ];
    for case in cases(&file, 39) {
        for key in case.as_object().unwrap().keys() {
            assert!(known.contains(&key.as_str()), "{key} would be ignored in {}", case["name"]);
        }
        let expect = Counts {
            candidate: number(&case, "expectedCanaryReplicaCount"),
            stable: number(&case, "expectedStableReplicaCount"),
        };
        assert_eq!(next_counts(&situation(&case)), expect, "{}", case["name"]);
    }
}

fn pace(case: &Value, replicas: u32, surge: Amount, unavailable: Amount) -> Pace {
    if case["strategy"] == "Recreate" {
        Pace::Recreate
    } else {
        Pace::Rolling(resolve_fence_posts(surge, unavailable, replicas))
    }
}

#[test]
fn kubernetes_max_unavailable() {
    for case in cases(&kubernetes("max_unavailable"), 8) {
        let replicas = count(&case, "replicas");
        let pace = pace(&case, replicas, Amount::Count(0), amount(&case, "maxUnavailable").unwrap());
        assert_eq!(pace.unavailable_most(replicas), number(&case, "expect"), "{case}");
    }
}

/// The table's note: an old version with 5 replicas always runs, and 1 may be unavailable.
#[test]
fn kubernetes_new_rs_new_replicas() {
    for case in cases(&kubernetes("new_rs_new_replicas"), 3) {
        let replicas = number(&case, "depReplicas");
        let pace = pace(&case, replicas, amount(&case, "maxSurge").unwrap(), Amount::Count(1));
        let raised = pace.raise_candidate(replicas, number(&case, "newRSReplicas"), 5);
        assert_eq!(raised, number(&case, "expect"), "{case}");
    }
}

#[test]
fn kubernetes_reconcile_new_replica_set() {
    for case in cases(&kubernetes("reconcile_new_replica_set"), 5) {
        let replicas = number(&case, "deploymentReplicas");
        let before = number(&case, "newReplicas");
        // Unavailability (0 in the table's note) has no part in raising the candidate.
        let posts = FencePosts::new(number(&case, "maxSurge"), 0);
        let after = Pace::Rolling(posts).candidate_target(replicas, before, number(&case, "oldReplicas"));
        assert_eq!(after != before, case["expect_scale"].as_bool().unwrap(), "{case}");
        if after != before {
            assert_eq!(after, number(&case, "expect_new"), "{case}");
        }
    }
}

/// The original asserts only whether stable is scaled; we also hold the counts that it lists.
#[test]
fn kubernetes_reconcile_old_replica_sets() {
    for case in cases(&kubernetes("reconcile_old_replica_sets"), 5) {
        let replicas = number(&case, "deploymentReplicas");
        let stable = group(number(&case, "oldReplicas"), number(&case, "readyOld"));
        let view = RollingView {
            replicas,
            posts: resolve_fence_posts(Amount::Count(0), amount(&case, "maxUnavailable").unwrap(), replicas),
            stable,
            candidate: group(number(&case, "newReplicas"), number(&case, "readyNew")),
        };
        let after = view.stable_target();
        assert_eq!(after != stable.wanted, case["expect_scale"].as_bool().unwrap(), "{case}");
        if after != stable.wanted {
            assert_eq!(after, number(&case, "listed_expect_old"), "{case}");
        }
    }
}

#[test]
fn kubernetes_cleanup_unhealthy() {
    for case in cases(&kubernetes("cleanup_unhealthy"), 4) {
        let stable = group(number(&case, "oldReplicas"), number(&case, "ready"));
        assert_eq!(stable.wanted - stable.ready, number(&case, "unhealthy"), "{case}");
        assert_eq!(unready_to_remove(stable, number(&case, "maxCleanup")), number(&case, "expect"), "{case}");
    }
}

#[test]
fn kubernetes_scale_down_old() {
    for case in cases(&kubernetes("scale_down_old"), 5) {
        let replicas = number(&case, "deploymentReplicas");
        let posts = resolve_fence_posts(Amount::Count(0), amount(&case, "maxUnavailable").unwrap(), replicas);
        let before = number(&case, "oldReplicas");
        let after = lower_to_least(before, number(&case, "ready"), posts.ready_least(replicas));
        assert_eq!(after != before, case["expect_scale"].as_bool().unwrap(), "{case}");
        if after != before {
            assert_eq!(after, number(&case, "expect_old"), "{case}");
        }
    }
}

fn row(case: &Value) -> Vec<u32> {
    case.as_array().unwrap().iter().filter_map(Value::as_u64).map(|n| u32::try_from(n).unwrap()).collect()
}

#[test]
fn kubernetes_deployment_complete() {
    for case in cases(&kubernetes("deployment_complete"), 6) {
        let [desired, current, updated, available, ..] = row(&case)[..] else { panic!("{case}") };
        let now = Headcount { current, updated, ready: available, available };
        assert_eq!(now.is_complete(desired), case[6].as_bool().unwrap(), "{case}");
    }
}

fn headcount(case: &Value) -> Headcount {
    let [current, updated, ready, available] = row(case)[..] else { panic!("{case}") };
    Headcount { current, updated, ready, available }
}

#[test]
fn kubernetes_deployment_progressing() {
    for case in cases(&kubernetes("deployment_progressing"), 7) {
        let marks = ProgressMarks::of(headcount(&case[0]));
        assert_eq!(marks.are_beaten_by(headcount(&case[1])), case[2].as_bool().unwrap(), "{case}");
    }
}

fn clock_ms(case: &Value, key: &str) -> u64 {
    let Some(text) = case[key].as_str() else { return 0 };
    1_000 * text.split(':').fold(0, |seconds, part| seconds * 60 + part.parse::<u64>().unwrap())
}

#[test]
fn kubernetes_deployment_timed_out() {
    for case in cases(&kubernetes("deployment_timed_out"), 4) {
        let stalled_ms = clock_ms(&case, "now") - clock_ms(&case, "last_update");
        let deadline_ms = case["progressDeadlineSeconds"].as_u64().map(|seconds| seconds * 1_000);
        let is_complete = case["reason"] == "NewReplicaSetAvailable";
        let late = stalled_too_long(stalled_ms, deadline_ms, is_complete);
        assert_eq!(late, case["expect"].as_bool().unwrap(), "{case}");
    }
}
