//! Environments: what stands where, and what runs there.
//!
//! Invariant: a difference between what should be and what is stands in words. Not here: changing it.

use tidegate_api::{Environment, Instance, InstanceState, Slot};

use super::piece::{self, Row};
use super::table::Table;
use crate::paint::{Paint, Tone};

pub fn list(environments: &[Environment], paint: Paint, width: Option<usize>) -> String {
    if environments.is_empty() {
        let hint = "No environments. Write a tidegate.yaml with `tidegate init`, then run `tidegate apply`.";
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut table = Table::new(&["environment", "component", "version", "ready", "address", "rollout"]);
    for environment in environments {
        for slot in &environment.slots {
            table.row(vec![
                (Tone::Strong, environment.name.clone()),
                (Tone::Plain, slot.component.clone()),
                (Tone::Plain, version(slot)),
                ready(slot),
                (Tone::Plain, address(slot)),
                (Tone::Candidate, slot.rollout.clone().unwrap_or_else(|| "-".to_owned())),
            ]);
        }
    }
    piece::text(&table.rows(width), paint)
}

fn version(slot: &Slot) -> String {
    slot.version.clone().unwrap_or_else(|| "nothing yet".to_owned())
}

/// Counted among what runs now; what was last seen of the version alone may be some seconds old.
fn ready(slot: &Slot) -> (Tone, String) {
    let is_ready = |instance: &&Instance| {
        instance.state == InstanceState::Ready && Some(&instance.version) == slot.version.as_ref()
    };
    let count = match slot.instances.len() {
        0 => slot.ready.len(),
        _ => slot.instances.iter().filter(is_ready).count(),
    };
    let tone = if count < slot.replicas as usize { Tone::Warning } else { Tone::Plain };
    (tone, format!("{count} of {}", slot.replicas))
}

fn address(slot: &Slot) -> String {
    match (&slot.listen, &slot.path) {
        (Some(listen), Some(path)) => format!("http://{listen}{path}"),
        (Some(listen), None) => format!("http://{listen}/"),
        (None, _) => "-".to_owned(),
    }
}

pub fn one(environment: &Environment, paint: Paint) -> String {
    let stage = environment
        .stage
        .map_or("in no pipeline".to_owned(), |stage| format!("stage {stage} of the pipeline"));
    let mut rows = vec![
        Row::new()
            .add(Tone::Strong, &environment.name)
            .plain(format!(", {stage}, runs on {}", environment.target)),
    ];
    for slot in &environment.slots {
        rows.push(Row::new());
        rows.extend(slot_rows(slot));
    }
    piece::text(&rows, paint)
}

fn slot_rows(slot: &Slot) -> Vec<Row> {
    let previous = slot.previous.as_ref().map(|version| format!(" (before: {version})")).unwrap_or_default();
    let (tone, ready) = ready(slot);
    let mut rows = vec![
        Row::new()
            .add(Tone::Strong, &slot.component)
            .plain(format!(" {}{previous}, ", version(slot)))
            .add(tone, format!("{ready} ready"))
            .plain(slot.listen.as_ref().map(|_| format!(", {}", address(slot))).unwrap_or_default()),
    ];
    let mut say = |label: &str, text: &Option<String>, tone| {
        rows.extend(text.iter().map(|text| Row::new().plain(format!("  {label}: ")).add(tone, text)));
    };
    say("changed by", &slot.rollout, Tone::Candidate);
    say("fault", &slot.fault, Tone::Bad);
    say("differs", &slot.drift, Tone::Warning);
    rows.extend(instances(&slot.instances).into_iter().map(|row| Row::new().plain("  ").join(row)));
    rows
}

fn instances(instances: &[Instance]) -> Vec<Row> {
    if instances.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(&["instance", "state", "address", "process", "restarts", ""]);
    for instance in instances {
        let (tone, word) = state(instance.state);
        table.row(vec![
            (Tone::Plain, instance.name.clone()),
            (tone, word.to_owned()),
            (Tone::Plain, instance.address.clone().unwrap_or_else(|| "-".to_owned())),
            (Tone::Plain, instance.process_id.map_or("-".to_owned(), |id| id.to_string())),
            (Tone::Plain, instance.restarts.to_string()),
            (Tone::Warning, instance.reason.clone().unwrap_or_default()),
        ]);
    }
    table.rows(None)
}

fn state(state: InstanceState) -> (Tone, &'static str) {
    match state {
        InstanceState::Starting => (Tone::Plain, "starting"),
        InstanceState::Ready => (Tone::Good, "ready"),
        InstanceState::Unready => (Tone::Warning, "unready"),
        InstanceState::BackingOff => (Tone::Bad, "backing off"),
        InstanceState::Stopping => (Tone::Quiet, "stopping"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        let instance = |ordinal: u32, state, reason: Option<&str>| Instance {
            name: format!("api-2.1.0-{ordinal}"),
            version: "2.1.0".to_owned(),
            ordinal,
            state,
            address: Some(format!("127.0.0.1:4000{ordinal}")),
            restarts: ordinal,
            reason: reason.map(str::to_owned),
            process_id: Some(4_711 + ordinal),
        };
        let slot = Slot {
            component: "api".to_owned(),
            version: Some("2.1.0".to_owned()),
            digest: None,
            previous: Some("2.0.0".to_owned()),
            replicas: 2,
            ready: vec!["127.0.0.1:40000".to_owned()],
            listen: Some("127.0.0.1:8080".to_owned()),
            path: Some("/".to_owned()),
            rollout: Some("rol_4f1e9c0a7b3d2e58".to_owned()),
            fault: Some("the gateway does not answer".to_owned()),
            drift: Some("1 of 2 instances is ready".to_owned()),
            instances: vec![
                instance(0, InstanceState::Ready, None),
                instance(1, InstanceState::BackingOff, Some("exited with status 1")),
            ],
        };
        let empty = Slot {
            component: "worker".to_owned(),
            version: None,
            previous: None,
            ready: Vec::new(),
            replicas: 0,
            listen: None,
            path: None,
            rollout: None,
            fault: None,
            drift: None,
            instances: Vec::new(),
            ..slot.clone()
        };
        Environment {
            name: "production".to_owned(),
            target: "process".to_owned(),
            stage: Some(3),
            slots: vec![slot, empty],
        }
    }

    #[test]
    fn environments() {
        insta::assert_snapshot!("list", list(&[environment()], Paint::default(), None));
        insta::assert_snapshot!("one", one(&environment(), Paint::default()));
    }
}
