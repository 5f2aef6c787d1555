//! Releases, their gates and what people said at them.

use std::collections::BTreeMap;

use tidegate_domain::gate::{ChangeType, Choice, GateAnswer, Override, Reply, Vote};
use tidegate_domain::release::{EvidenceRecord, ReleaseEvent, ReleaseKind};
use tidegate_domain::review::{Outcome, Review};
use tidegate_evidence::Waiver;

use super::samples::{ana, api, artifact, because, check, name, production, rollout, version};

fn release_events() -> Vec<ReleaseEvent> {
    let (environment, went) = (production(), rollout());
    let vote = Vote {
        gate: "sign-off".parse().unwrap(),
        person: name(),
        choice: Choice::Yes,
        reason: because(),
        digest: "00ff".to_owned(),
        at_ms: 1,
    };
    let pass = Override {
        name: "weekends".to_owned(),
        by: name(),
        reason: because(),
        digest: "00ff".to_owned(),
        at_ms: 1,
        until_ms: 2,
    };
    let evidence = EvidenceRecord {
        id: "ff00".to_owned(),
        format: "sarif".to_owned(),
        tool: "scanner".to_owned(),
        name: "scan.sarif".to_owned(),
        gate: Some("security_scan".to_owned()),
        artifact: Some("sha256:00".to_owned()),
        kept: "0f".to_owned(),
        findings: 3,
        at_ms: 1,
        file: None,
    };
    let waiver = Waiver { waives: "CVE-1".to_owned().into(), who: ana(), why: because(), expires_ms: 2 };
    vec![
        ReleaseEvent::Created {
            version: version("2.0.0"),
            kind: ReleaseKind::Hotfix,
            components: BTreeMap::from([(api(), artifact("2.0.0"))]),
            notes: vec!["Faster.".to_owned()],
            author: ana(),
        },
        ReleaseEvent::Entered { environment: environment.clone(), rollout: went.clone() },
        ReleaseEvent::Verified { environment: environment.clone(), rollout: went.clone() },
        ReleaseEvent::WentBack {
            environment: environment.clone(),
            rollout: went,
            reason: because(),
            barred: true,
        },
        ReleaseEvent::Allowed { environment: environment.clone() },
        ReleaseEvent::ChangeTyped { change: ChangeType::Emergency },
        ReleaseEvent::Voted { environment: environment.clone(), vote },
        ReleaseEvent::Overridden { environment, pass },
        ReleaseEvent::EvidenceAdded { evidence },
        ReleaseEvent::Waived { waiver },
        ReleaseEvent::ReviewOwed { environment: production(), rollout: rollout(), ended_ms: 1, due_ms: 2 },
        ReleaseEvent::Reviewed {
            rollout: rollout(),
            review: Review { by: name(), outcome: Outcome::Unjustified, note: because(), at_ms: 2 },
        },
        ReleaseEvent::GateAnswered {
            environment: production(),
            answer: answered(Reply::Said { open: true, reason: because() }),
        },
        ReleaseEvent::Completed { components: BTreeMap::from([(api(), artifact("2.0.0"))]) },
    ]
}

fn answered(reply: Reply) -> GateAnswer {
    GateAnswer { gate: "change".parse().unwrap(), digest: "00ff".to_owned(), reply, at_ms: 1 }
}

#[test]
fn release_events_keep_their_form() {
    release_events().iter().for_each(|event| check(event.kind(), event));
    let reply = Reply::Failed { code: "endpoint-too-slow".to_owned(), message: because() };
    let failed = ReleaseEvent::GateAnswered { environment: production(), answer: answered(reply) };
    check("release.gate-answered.failed", &failed);
}
