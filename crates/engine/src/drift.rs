//! Recorded against observed: what runs and is routed in an environment, and how that differs from what was recorded.
//!
//! Invariant: it only looks, and never guesses: what could not be asked is said; while a rollout changes a slot nothing there
//! counts as drift. Deliberately not here: putting it right (`keep` for what was verified, a rollout for what was
//! configured since), artifacts on disk (the server).

use std::collections::{BTreeMap, BTreeSet};

use tidegate_domain::catalog::Catalog;
use tidegate_domain::component::{Artifact, ComponentSpec};
use tidegate_domain::environment::EnvironmentSpec;
use tidegate_domain::id::{SlotId, StreamId};
use tidegate_domain::moment::Moment;
use tidegate_domain::name::{ComponentName, EnvironmentName};
use tidegate_domain::placed::Placed;
use tidegate_domain::refusal::Refusal;
use tidegate_domain::secret::Secrets;
use tidegate_domain::slot::{self, Slot};
use tidegate_domain::weight::Weight;
use tidegate_ports::{Fault, Instance, Observed, RouteSeen, Serving, variables_digest};

use crate::Engine;
use crate::command::SubmitError;
use crate::perform::{addresses, words};

/// Of one component in one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftView {
    pub component: String,
    pub version: Option<String>,
    /// The rollout that changes it now; then nothing else is said.
    pub rollout: Option<String>,
    /// What runs should be started from.
    pub artifact: Option<Artifact>,
    pub found: Vec<DriftFound>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftFound {
    /// `instances-missing`, `route-elsewhere`…: stable.
    pub kind: &'static str,
    pub severity: Severity,
    /// What it is about: an instance, a variable, a secret; empty for the whole component.
    pub subject: String,
    /// In words; of secrets revisions only.
    pub recorded: String,
    pub observed: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Configured since; comes with the next version.
    Waiting,
    /// It serves, otherwise than recorded.
    Degraded,
    /// Requests fail, or go where they should not.
    Broken,
}

/// What was found of one slot.
struct Seen<'a> {
    slot: &'a Slot,
    running: &'a BTreeMap<String, Observed>,
    /// As the router said it, where it could be asked.
    route: Result<Option<RouteSeen>, Fault>,
}

/// What the configuration says of one slot now.
struct Configured<'a> {
    spec: &'a EnvironmentSpec,
    component: &'a ComponentSpec,
    secrets: &'a Secrets,
}

impl Engine {
    pub async fn drift(
        &self,
        environment: &EnvironmentName,
        now: Moment,
    ) -> Result<Vec<DriftView>, SubmitError> {
        let (catalog, secrets) = (self.catalog().await?, self.secrets().await?);
        let spec = catalog.environment(environment).map_err(Refusal::from)?;
        let mut found = Vec::with_capacity(spec.placements.len());
        for name in spec.placements.keys() {
            found.push(self.slot_drift((&catalog, spec), name, &secrets, now).await?);
        }
        Ok(found)
    }

    async fn slot_drift(
        &self,
        (catalog, spec): (&Catalog, &EnvironmentSpec),
        name: &ComponentName,
        secrets: &Secrets,
        now: Moment,
    ) -> Result<DriftView, SubmitError> {
        let id = SlotId { environment: spec.name.clone(), component: name.clone() };
        let slot = self.cache.load(&StreamId::Slot(id.clone())).await?.state.slot(&id);
        let running = self.world.target.observe(&id).await?;
        let route = self.world.router.read(&id).await;
        let component = catalog.component(name).map_err(Refusal::from)?;
        let seen = Seen { slot: &slot, running: &running, route };
        Ok(drift(&seen, &Configured { spec, component, secrets }, now))
    }
}

fn drift(seen: &Seen<'_>, configured: &Configured<'_>, now: Moment) -> DriftView {
    let stable = seen.slot.stable.as_ref();
    let mut view = DriftView {
        component: seen.slot.id.component.to_string(),
        version: stable.map(|stable| stable.version().to_string()),
        rollout: seen.slot.rollout.as_ref().map(ToString::to_string),
        artifact: stable.map(|stable| stable.artifact.clone()),
        found: Vec::new(),
    };
    if view.rollout.is_some() {
        return view;
    }
    view.found.extend(strays(seen, now));
    if let Some(stable) = stable {
        let none = Observed::default();
        let observed = seen.running.get(stable.version().as_str()).unwrap_or(&none);
        view.found.extend(size(stable, observed));
        view.found.extend(routed(stable, observed, &seen.route));
        view.found.extend(started(stable, observed, configured));
        view.found.extend(configured_since(stable, configured));
    }
    view.found.sort_by(|left, right| {
        right
            .severity
            .cmp(&left.severity)
            .then_with(|| (left.kind, &left.subject).cmp(&(right.kind, &right.subject)))
    });
    view
}

fn found(
    (kind, severity): (&'static str, Severity),
    subject: &(impl ToString + ?Sized),
    (recorded, observed): (impl Into<String>, impl Into<String>),
) -> DriftFound {
    let (recorded, observed) = (recorded.into(), observed.into());
    DriftFound { kind, severity, subject: subject.to_string(), recorded, observed }
}

/// Instances that run, as people count them.
fn instances(count: u32) -> String {
    if count == 1 { "1 instance".to_owned() } else { format!("{count} instances") }
}

/// Versions of which more runs than should.
fn strays(seen: &Seen<'_>, now: Moment) -> Vec<DriftFound> {
    let keep = slot::effects(seen.slot, now.steady);
    let allowed = |version: &str| match &keep {
        Some(keep) if keep.stable.version().as_str() == version => keep.stable.replicas,
        Some(keep) => keep
            .previous
            .filter(|(placed, _)| placed.version().as_str() == version)
            .map_or(0, |(_, kept)| kept),
        None => 0,
    };
    let surplus = |(version, observed): (&String, &Observed)| {
        let (there, most) = (observed.instances.len() as u32, allowed(version));
        let kind = ("instances-surplus", Severity::Degraded);
        (there > most).then(|| found(kind, version, (instances(most), instances(there))))
    };
    seen.running.iter().filter_map(surplus).collect()
}

fn size(stable: &Placed, observed: &Observed) -> Option<DriftFound> {
    let ready = observed.ready().count() as u32;
    let why = observed.instances.iter().find(|instance| !instance.reason.is_empty());
    let why = why.map(|instance| format!(": {}: {}", instance.name, instance.reason)).unwrap_or_default();
    let severity = if ready == 0 { Severity::Broken } else { Severity::Degraded };
    (ready < stable.replicas).then(|| {
        let told =
            (format!("{} ready", instances(stable.replicas)), format!("{} ready{why}", instances(ready)));
        found(("instances-missing", severity), stable.version(), told)
    })
}

/// The route as it was read back: all requests to the ready instances of stable.
fn routed(stable: &Placed, observed: &Observed, route: &Result<Option<RouteSeen>, Fault>) -> Vec<DriftFound> {
    use Severity::{Broken, Degraded};
    let (seen, wanted) = match (route, &stable.route) {
        (Err(fault), Some(wanted)) => {
            let told = ("a route".to_owned(), words(fault));
            return vec![found(("route-unreadable", Degraded), &wanted.listen, told)];
        }
        (Ok(None), Some(wanted)) => {
            return vec![found(("route-missing", Broken), &wanted.listen, ("a route", "none"))];
        }
        (Ok(Some(_)), None) => {
            return vec![found(("route-surplus", Degraded), "", ("no route", "requests are routed to it"))];
        }
        (Err(_) | Ok(None), None) => return Vec::new(),
        (Ok(Some(seen)), Some(wanted)) => (seen, wanted),
    };
    let mut told = Vec::new();
    let all = format!("all requests to {}", stable.version());
    match &seen.serving {
        Serving::Offline { reason } => {
            told.push(found(
                ("route-offline", Broken),
                &wanted.listen,
                (all, format!("answered by nobody: {reason}")),
            ));
        }
        Serving::Split(backends) => {
            let share = seen.weight_of(stable.version());
            if share != Weight::ALL {
                let shares =
                    backends.iter().map(|backend| format!("{} to {}", backend.weight, backend.version));
                let shares = shares.collect::<Vec<_>>().join(", ");
                told.push(found(("route-elsewhere", Broken), &wanted.listen, (all, shares)));
            }
            let own = backends.iter().filter(|backend| backend.version == *stable.version());
            let named: BTreeSet<&String> = own.flat_map(|backend| &backend.endpoints).collect();
            let ready = addresses(observed, stable.replicas);
            if named != ready.iter().collect() {
                let named = named.into_iter().cloned().collect::<Vec<_>>().join(", ");
                let told_now = (format!("requests to {}", ready.join(", ")), format!("requests to {named}"));
                told.push(found(("route-endpoints", Degraded), &wanted.listen, told_now));
            }
        }
    }
    if !seen.durable {
        let now = ("kept by the gateway", "gone when the gateway starts again");
        told.push(found(("route-not-stored", Degraded), &wanted.listen, now));
    }
    told
}

/// What instances were started with and would not be now.
fn started(stable: &Placed, observed: &Observed, configured: &Configured<'_>) -> Vec<DriftFound> {
    let recorded = variables_digest(&stable.component.variables, &stable.variables);
    observed.instances.iter().flat_map(|instance| outdated(instance, &recorded, configured)).collect()
}

fn outdated(instance: &Instance, recorded: &str, configured: &Configured<'_>) -> Vec<DriftFound> {
    let Some(started) = &instance.started_with else { return Vec::new() };
    let mut told = Vec::new();
    if started.variables != recorded {
        let values = ("started with the recorded variables", "started with others");
        told.push(found(("variables-older", Severity::Degraded), &instance.name, values));
    }
    for (name, revision) in &started.secrets {
        let now = configured.secrets.record(&configured.spec.name, name).map(|record| record.revision);
        if let Some(now) = now.filter(|now| now != revision) {
            let subject = format!("{} {name}", instance.name);
            let values = (format!("revision {now}"), format!("started with revision {revision}"));
            told.push(found(("secret-older", Severity::Waiting), &subject, values));
        }
    }
    told
}

/// What stands there as it was planned, against what the configuration says now.
fn configured_since(stable: &Placed, configured: &Configured<'_>) -> Vec<DriftFound> {
    let Configured { spec, component, .. } = configured;
    let was = &stable.component;
    let waiting = |kind, subject: &str, was: &str, now: &str| {
        found((kind, Severity::Waiting), subject, (now.to_owned(), was.to_owned()))
    };
    let parts = [
        ("run", was.run != component.run),
        ("readiness", was.readiness != component.readiness),
        ("stop", was.stop != component.stop),
    ];
    let changed = parts.iter().filter(|(_, changed)| *changed);
    let mut told: Vec<DriftFound> =
        changed.map(|(name, _)| waiting("configuration-newer", name, "as before", "changed since")).collect();
    let now = merged(&component.variables, &spec.variables);
    let before = merged(&was.variables, &stable.variables);
    for name in before.keys().chain(now.keys()).collect::<BTreeSet<_>>() {
        let text = |values: &BTreeMap<&String, &String>| {
            values.get(*name).map_or("not set".to_owned(), |value| format!("`{value}`"))
        };
        if before.get(*name) != now.get(*name) {
            told.push(waiting("variables-newer", name, &text(&before), &text(&now)));
        }
    }
    let (wanted, given) = (spec.secrets_of(&component.name), stable.secrets.keys().cloned().collect());
    let asked = |name: &_, is: bool| waiting("secrets-newer", &format!("{name}"), word(!is), word(is));
    told.extend(wanted.difference(&given).map(|name| asked(name, true)));
    told.extend(given.difference(&wanted).map(|name| asked(name, false)));
    told
}

fn word(is_given: bool) -> &'static str {
    if is_given { "given to its instances" } else { "not given" }
}

fn merged<'a>(
    component: &'a BTreeMap<String, String>,
    environment: &'a BTreeMap<String, String>,
) -> BTreeMap<&'a String, &'a String> {
    component.iter().chain(environment).collect()
}
