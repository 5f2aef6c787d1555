//! Environments: what the slots hold and what the target sees, side by side.

use std::collections::BTreeMap;

use tidegate_api::{Environment, Instance, InstanceState, Slot};
use tidegate_domain::catalog::Catalog;
use tidegate_domain::environment::EnvironmentSpec;
use tidegate_engine::SlotView;
use tidegate_ports::{InstanceState as Seen, Observed};

use super::catalog::target;

/// What runs of one slot, by version.
pub(crate) type Running = BTreeMap<String, Observed>;

pub(crate) fn environment(
    catalog: &Catalog,
    spec: &EnvironmentSpec,
    slots: Vec<(SlotView, Running)>,
) -> Environment {
    let stage = catalog.pipeline.as_ref().and_then(|pipeline| pipeline.stage(&spec.name));
    Environment {
        name: spec.name.to_string(),
        target: target(spec.target).to_owned(),
        stage: stage.map(|(index, _)| index + 1),
        slots: slots.into_iter().map(|(view, running)| slot(view, running)).collect(),
    }
}

fn slot(view: SlotView, running: Running) -> Slot {
    let instances: Vec<Instance> = running
        .into_iter()
        .flat_map(|(version, observed)| {
            observed.instances.into_iter().map(move |seen| instance(version.clone(), seen))
        })
        .collect();
    Slot {
        drift: drift(&view, &instances),
        component: view.component,
        version: view.version,
        digest: view.digest,
        previous: view.previous,
        replicas: view.replicas,
        ready: view.ready,
        listen: view.listen,
        path: view.path,
        rollout: view.rollout,
        fault: view.fault,
        instances,
    }
}

fn instance(version: String, seen: tidegate_ports::Instance) -> Instance {
    Instance {
        name: seen.name,
        version,
        ordinal: seen.ordinal,
        state: match seen.state {
            Seen::Starting => InstanceState::Starting,
            Seen::Ready => InstanceState::Ready,
            Seen::Unready => InstanceState::Unready,
            Seen::BackingOff => InstanceState::BackingOff,
            Seen::Stopping => InstanceState::Stopping,
        },
        address: seen.address,
        restarts: seen.restarts,
        reason: (!seen.reason.is_empty()).then_some(seen.reason),
        process_id: seen.process,
    }
}

/// While a rollout changes the slot, nothing counts as drift.
fn drift(view: &SlotView, instances: &[Instance]) -> Option<String> {
    if view.rollout.is_some() {
        return None;
    }
    let known =
        |version: &str| [&view.version, &view.previous].iter().any(|known| known.as_deref() == Some(version));
    if let Some(stray) = instances.iter().find(|instance| !known(&instance.version)) {
        return Some(format!("{} runs, but {} is not deployed here", stray.name, stray.version));
    }
    let version = view.version.as_deref()?;
    let of_it = || instances.iter().filter(|instance| instance.version == version);
    let ready = of_it().filter(|instance| instance.state == InstanceState::Ready).count();
    let why = of_it().find_map(|instance| instance.reason.as_deref());
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    let wanted = view.replicas as usize;
    (ready != wanted).then(|| format!("{ready} of {wanted} instances of {version} are ready{why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(version: Option<&str>) -> SlotView {
        SlotView {
            environment: "production".into(),
            component: "api".into(),
            version: version.map(Into::into),
            digest: None,
            previous: Some("1.0.0".into()),
            replicas: 2,
            ready: Vec::new(),
            listen: None,
            path: None,
            rollout: None,
            fault: None,
        }
    }

    fn ran(version: &str, state: InstanceState, reason: &str) -> Instance {
        Instance {
            name: format!("api-{version}-0"),
            version: version.into(),
            ordinal: 0,
            state,
            address: None,
            restarts: 0,
            reason: (!reason.is_empty()).then(|| reason.into()),
            process_id: None,
        }
    }

    #[test]
    fn drift_is_what_differs_and_why() {
        use InstanceState::{BackingOff, Ready};
        let good = ran("1.1.0", Ready, "");
        let check = |view: &SlotView, instances: &[Instance], expect: Option<&str>| {
            assert_eq!(drift(view, instances).as_deref(), expect);
        };
        check(&view(Some("1.1.0")), &[good.clone(), good.clone()], None);
        check(
            &view(Some("1.1.0")),
            &[good.clone(), ran("1.1.0", BackingOff, "exited with status 1")],
            Some("1 of 2 instances of 1.1.0 are ready: exited with status 1"),
        );
        let kept = ran("1.0.0", Ready, "");
        check(&view(Some("1.1.0")), &[good.clone(), good.clone(), kept.clone()], None);
        check(
            &view(Some("1.1.0")),
            &[ran("0.9.0", Ready, "")],
            Some("api-0.9.0-0 runs, but 0.9.0 is not deployed here"),
        );
        check(&view(None), &[], None);
        let changing = SlotView { rollout: Some("rol_1".into()), ..view(Some("1.1.0")) };
        check(&changing, &[], None);
    }
}
