//! Gates.

use tidegate_api::{Gate, Gates};
use tidegate_domain::gate::GateStatus;
use tidegate_engine::GatesView;

pub(crate) fn gates(view: GatesView) -> Gates {
    let GatesView { release, environment, open, digest, gates } = view;
    Gates { release, environment, open, digest, gates: gates.into_iter().map(gate).collect() }
}

pub(super) fn gate(status: GateStatus) -> Gate {
    let GateStatus { gate, kind, open, why, since_ms, opens_ms, who, command } = status;
    Gate { name: gate.into(), kind, open, why, since_ms, opens_ms, who, command }
}
