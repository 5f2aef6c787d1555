//! Feature flags and the keys of programs.

use tidegate_domain::flag::{
    Archived, Change, Definition, Edition, FlagEvent, FlagKind, Life, Proposal, Said,
};
use tidegate_domain::flag_keys::{FlagKeyKind, FlagKeysEvent, FlagSdkKey};
use tidegate_domain::person::TokenId;

use super::samples::{ana, because, check, exposure, production, rollout, version};

#[test]
fn flag_events_keep_their_form() {
    let key: tidegate_domain::name::FlagKey = "checkout/new".parse().unwrap();
    let given = serde_json::json!({
        "state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
    });
    let definition = Definition::compiled(&key, &given).unwrap();
    let said = || Said { by: ana(), approved_by: Some("bob".to_owned()), at_ms: 1, reason: because() };
    let edition = || Edition { number: 2, definition: definition.clone(), said: said() };
    let life = || Life {
        kind: FlagKind::Operations,
        owner: "Team Shop".to_owned(),
        description: "The new checkout".to_owned(),
        remove_by_ms: Some(2),
        release: Some(version("2.0.0")),
    };
    let proposal = |change| Proposal {
        environment: production(),
        change,
        against: 1,
        said: Said { approved_by: None, ..said() },
    };
    let events = [
        FlagEvent::Created { key: key.clone(), life: life() },
        FlagEvent::Described { life: life() },
        FlagEvent::Configured { environment: production(), edition: edition() },
        FlagEvent::Switched { environment: production(), on: false, number: 3, said: said() },
        FlagEvent::Reverted { environment: production(), to: 1, edition: edition() },
        FlagEvent::Archived(Archived { by: ana(), at_ms: 1, reason: because() }),
        FlagEvent::Restored,
        FlagEvent::Claimed { environment: production(), rollout: rollout(), variant: "on".to_owned() },
        FlagEvent::Shown {
            environment: production(),
            rollout: rollout(),
            exposure: exposure(),
            edition: edition(),
        },
        FlagEvent::TakenBack { environment: production(), rollout: rollout(), edition: edition() },
        FlagEvent::Released { environment: production(), rollout: rollout() },
        FlagEvent::ChangeProposed {
            id: 1,
            proposal: proposal(Change::Configure { definition: definition.clone() }),
        },
        FlagEvent::ChangeApproved { id: 1, said: said() },
        FlagEvent::ChangeRejected { id: 1, said: said() },
        FlagEvent::ChangeWithdrawn { id: 1 },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
    check("flag.changes", &[Change::Switch { on: true }, Change::Revert { to: 1 }].map(proposal).to_vec());
}

#[test]
fn flag_key_events_keep_their_form() {
    let id = TokenId("7f".to_owned());
    let key = FlagSdkKey {
        project: "shop".parse().unwrap(),
        environment: production(),
        kind: FlagKeyKind::Server,
        label: "api".to_owned(),
        hash: "00ff".to_owned(),
        by: ana(),
        issued_ms: 1,
        expires_ms: Some(2),
        revoked: false,
    };
    let events = [FlagKeysEvent::Issued { id: id.clone(), key }, FlagKeysEvent::Revoked { id }];
    events.iter().for_each(|event| check(event.kind(), event));
}
