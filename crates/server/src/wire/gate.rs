//! Gates.

use tidegate_api::{Gate, Gates, Signing};
use tidegate_domain::gate::{self as domain, GateStatus, Signer};
use tidegate_domain::rights::Role;
use tidegate_engine::GatesView;

use super::person::role_of;

pub(crate) fn gates(view: GatesView) -> Gates {
    let GatesView { release, environment, open, digest, gates } = view;
    Gates { release, environment, open, digest, gates: gates.into_iter().map(gate).collect() }
}

pub(super) fn gate(status: GateStatus) -> Gate {
    let GateStatus { gate, kind, open, why, since_ms, opens_ms, who, command, signing } = status;
    Gate {
        name: gate.into(),
        kind,
        open,
        why,
        since_ms,
        opens_ms,
        who,
        command,
        signing: signing.map(self::signing),
    }
}

/// A role is named with those that include it, so that whoever reads this knows whose word counts.
fn signing(signing: domain::Signing) -> Signing {
    let domain::Signing { needed, yes, no, from, author_counts } = signing;
    let asks =
        |role: Role| from.iter().any(|one| matches!(one, Signer::Role(asked) if role.includes(*asked)));
    let groups = from.iter().filter_map(|one| match one {
        Signer::Group(group) => Some(group.to_string()),
        Signer::Role(_) => None,
    });
    Signing {
        needed,
        yes: yes.into_iter().map(String::from).collect(),
        no: no.map(String::from),
        roles: Role::ALL.into_iter().filter(|role| asks(*role)).map(role_of).collect(),
        groups: groups.collect(),
        author_counts,
    }
}
