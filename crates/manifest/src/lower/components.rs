//! Components.

use std::collections::BTreeMap;

use tidegate_domain::component::{ComponentSpec, Probe, Readiness, Stop};
use tidegate_domain::name::{ComponentName, TeamName};

use super::{command, database, dependencies, smoke, variables};
use crate::diagnostic::quoted;
use crate::place::Place;
use crate::problems::{Problems, Wrong};
use crate::written::component::{ComponentText, ReadinessText, StopText};
use crate::written::entries::{Entries, Entry};
use crate::written::form::{At, Form};
use crate::written::kinds::Switch;
use crate::written::scalar::{Kind, Scalar, read_or};
use crate::written::texts::{ComponentKind, PathKind};

pub const COMPONENTS_MAX: usize = 100;

pub fn components(
    written: &Entries<ComponentText>,
    problems: &mut Problems,
) -> BTreeMap<ComponentName, ComponentSpec> {
    written.at_most(COMPONENTS_MAX, "components", problems);
    let mut specs = BTreeMap::new();
    for entry in written.iter().take(COMPONENTS_MAX) {
        let name = problems.take(entry.place, ComponentKind::read(&entry.key));
        let run = run(&entry.value, entry.place, problems);
        let variables = variables::variables(entry.value.variables.as_ref(), problems);
        let readiness = readiness(entry.value.readiness.as_ref(), problems);
        let stop = stop(entry.value.stop.as_ref(), problems);
        let depends_on = dependencies::read(&entry.value, written, problems);
        let smoke = smoke::tests(&entry.value, problems);
        let database = database::steps(&entry.value, problems);
        if let Some(name) = name {
            let spec = ComponentSpec {
                name: name.clone(),
                run,
                variables,
                readiness,
                stop,
                depends_on,
                smoke,
                database,
            };
            specs.insert(name, spec);
        }
    }
    dependencies::no_cycles(written, problems);
    specs
}

/// Whose components they are, where somebody says.
pub fn teams(written: &Entries<ComponentText>, problems: &mut Problems) -> BTreeMap<ComponentName, TeamName> {
    let team = |entry: &Entry<ComponentText>| {
        let team = entry.value.team.as_ref()?.read(problems);
        // A name that is wrong is told where components are read.
        Some((ComponentKind::read(&entry.key).ok()?, team?))
    };
    written.iter().take(COMPONENTS_MAX).filter_map(team).collect()
}

/// Nothing where the component is planned only.
fn run(text: &ComponentText, place: Place, problems: &mut Problems) -> Vec<String> {
    if let Some(planned) = text.planned.as_ref().filter(|planned| planned.read_or(false, problems)) {
        if text.run.is_some() {
            let message = "a component that has something to run is more than planned";
            problems.add(planned.place, Wrong::new("bad-planned", message, "leave out `planned`"));
        }
        return Vec::new();
    }
    let run = problems.required(place, "run: [\"./server\"]", text.run.as_ref());
    run.map(|run| command::run(run, problems)).unwrap_or_default()
}

fn readiness(written: Option<&At<Form<ReadinessText>>>, problems: &mut Problems) -> Readiness {
    let default = Readiness::default();
    let Some(At { place, value }) = written else { return default };
    match value {
        Form::Short(word) => Readiness { probe: short_probe(word, *place, problems), ..default },
        Form::Long(text) => Readiness {
            probe: probe(text, *place, problems),
            interval_ms: at_least(1, text.interval.as_ref(), default.interval_ms, problems),
            timeout_ms: at_least(1, text.timeout.as_ref(), default.timeout_ms, problems),
            min_ready_seconds: read_or(text.min_ready.as_ref(), default.min_ready_seconds, problems),
        },
    }
}

fn at_least<K: Kind<Value = u64>>(
    least: u64,
    scalar: Option<&Scalar<K>>,
    default: u64,
    problems: &mut Problems,
) -> u64 {
    let value = read_or(scalar, default, problems);
    if let Some(scalar) = scalar.filter(|_| value < least) {
        let message = format!("{} is no time at all", quoted(&scalar.text));
        problems.add(scalar.place, Wrong::new("bad-duration", message, "write at least `1ms`"));
    }
    value
}

fn short_probe(word: &str, place: Place, problems: &mut Problems) -> Probe {
    match word {
        "tcp" => Probe::Tcp,
        "alive" => Probe::Alive,
        path if path.starts_with('/') => {
            let path = problems.take(place, PathKind::read(path));
            Probe::Http { path: path.unwrap_or_default() }
        }
        _ => {
            let message = format!("{} is no way to find out readiness", quoted(word));
            let suggestion = "write `tcp`, `alive`, or a path like `/healthz`";
            problems.add(place, Wrong::new("bad-readiness", message, suggestion));
            Probe::Tcp
        }
    }
}

fn probe(text: &ReadinessText, place: Place, problems: &mut Problems) -> Probe {
    let on = |switch: Option<&Scalar<Switch>>, problems: &mut Problems| read_or(switch, false, problems);
    let http = text.http.as_ref().map(|path| Probe::Http { path: path.read_or(String::new(), problems) });
    let tcp = on(text.tcp.as_ref(), problems).then_some(Probe::Tcp);
    let alive = on(text.alive.as_ref(), problems).then_some(Probe::Alive);
    let mut chosen = [http, tcp, alive].into_iter().flatten();
    let first = chosen.next().unwrap_or(Probe::Tcp);
    if chosen.next().is_some() {
        let message = "readiness is found out in one way, and here are two";
        problems.add(place, Wrong::new("bad-readiness", message, "keep one of `http`, `tcp` and `alive`"));
    }
    first
}

fn stop(written: Option<&StopText>, problems: &mut Problems) -> Stop {
    let default = Stop::default();
    let Some(text) = written else { return default };
    Stop {
        drain_seconds: read_or(text.drain.as_ref(), default.drain_seconds, problems),
        kill_after_seconds: read_or(text.kill_after.as_ref(), default.kill_after_seconds, problems),
    }
}
