//! Database steps of a component.
//!
//! Invariant: each has something to run.

use std::collections::BTreeSet;

use tidegate_domain::database::DatabaseSteps;
use tidegate_domain::name::EnvironmentName;
use tidegate_domain::smoke::{SmokeAsk, SmokeTest};

use super::command;
use crate::diagnostic::quoted;
use crate::place::Place;
use crate::problems::{Problems, Wrong};
use crate::written::component::{ComponentText, RunText};
use crate::written::form::At;
use crate::written::quantities::Milliseconds;
use crate::written::scalar::{Scalar, read_or};
use crate::written::smoke::RetriesKind;
use crate::written::texts::EnvironmentKind;

const TIMEOUT_MS: u64 = 600_000;
const TIMEOUT_MS_MAX: u64 = 6 * 3_600_000;

pub fn steps(text: &ComponentText, problems: &mut Problems) -> DatabaseSteps {
    let Some(written) = &text.database else { return DatabaseSteps::default() };
    if written.value.expand.is_none() && written.value.contract.is_none() {
        problems.required(written.place, "expand: {run: [\"./migrate\"]}", None::<&()>);
    }
    let expand = written.value.expand.as_ref().and_then(|At { place, value }| {
        let knobs = Knobs {
            timeout: value.timeout.as_ref(),
            retries: value.retries.as_ref(),
            environments: value.environments.as_deref(),
        };
        asked("expand", (*place, value.run.as_ref()), knobs, problems)
    });
    let Some(At { place, value }) = &written.value.contract else {
        return DatabaseSteps { expand, ..DatabaseSteps::default() };
    };
    let knobs = Knobs {
        timeout: value.timeout.as_ref(),
        retries: value.retries.as_ref(),
        environments: value.environments.as_deref(),
    };
    let contract = asked("contract", (*place, value.run.as_ref()), knobs, problems);
    // It is asked once: another attempt would be told the same.
    let once = Knobs { retries: None, ..knobs };
    let question = value.unless.as_ref().map(|run| (*place, Some(run)));
    let contracted = question.and_then(|written| asked("contracted", written, once, problems));
    DatabaseSteps { expand, contracted, contract }
}

#[derive(Clone, Copy)]
struct Knobs<'a> {
    timeout: Option<&'a Scalar<Milliseconds>>,
    retries: Option<&'a Scalar<RetriesKind>>,
    environments: Option<&'a [Scalar<EnvironmentKind>]>,
}

fn asked(
    name: &str,
    (place, run): (Place, Option<&At<RunText>>),
    knobs: Knobs<'_>,
    problems: &mut Problems,
) -> Option<SmokeTest> {
    let run = problems.required(place, "run: [\"./migrate\"]", run);
    let timeout_ms = read_or(knobs.timeout, TIMEOUT_MS, problems);
    if let Some(scalar) = knobs.timeout.filter(|_| !(1..=TIMEOUT_MS_MAX).contains(&timeout_ms)) {
        let message = format!("a database step cannot take {}", quoted(&scalar.text));
        problems.add(scalar.place, Wrong::new("bad-duration", message, "write one from `1ms` to `6h`"));
    }
    let retries = read_or(knobs.retries, 0, problems);
    let environments = knobs.environments.unwrap_or_default();
    let environments: BTreeSet<EnvironmentName> =
        environments.iter().filter_map(|scalar| scalar.read(problems)).collect();
    let ask = SmokeAsk::Run { command: command::run(run?, problems) };
    Some(SmokeTest { name: name.parse().ok()?, ask, timeout_ms, retries, environments })
}
