//! Smoke tests of a component.
//!
//! Invariant: each has a name of its own in its component and asks one thing, and where it is asked is defined.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_domain::name::EnvironmentName;
use tidegate_domain::smoke::{SmokeAsk, SmokeTest};

use super::{command, is_defined, undefined};
use crate::diagnostic::quoted;
use crate::place::Place;
use crate::problems::{Problems, Wrong};
use crate::written::component::ComponentText;
use crate::written::entries::{Entries, too_many};
use crate::written::environment::EnvironmentText;
use crate::written::form::{At, Form};
use crate::written::scalar::{Kind, Scalar, read_or};
use crate::written::smoke::{SmokeHttpText, SmokeText};
use crate::written::texts::{PathKind, TextKind};

const TESTS_MAX: usize = 20;
const HEADERS_MAX: usize = 20;
const TIMEOUT_MS: u64 = 10_000;
const TIMEOUT_MS_MAX: u64 = 600_000;

pub fn tests(text: &ComponentText, problems: &mut Problems) -> Vec<SmokeTest> {
    let written = text.smoke.as_deref().unwrap_or_default();
    if let Some(first) = written.get(TESTS_MAX) {
        problems.add(first.place, too_many(written.len(), TESTS_MAX, "smoke tests"));
    }
    let mut tests: Vec<SmokeTest> = Vec::new();
    for one in written.iter().take(TESTS_MAX) {
        let Some((place, test)) = test(one, problems) else { continue };
        if tests.iter().any(|known| known.name == test.name) {
            let message =
                format!("two smoke tests of this component are called {}", quoted(test.name.as_str()));
            problems.add(place, Wrong::new("bad-smoke-test", message, "give each a `name` of its own"));
        }
        tests.push(test);
    }
    tests
}

fn test(written: &At<SmokeText>, problems: &mut Problems) -> Option<(Place, SmokeTest)> {
    let At { place, value: text } = written;
    let name = problems.required(*place, "name: answers", text.name.as_ref());
    let timeout_ms = read_or(text.timeout.as_ref(), TIMEOUT_MS, problems);
    if let Some(scalar) = text.timeout.as_ref().filter(|_| !(1..=TIMEOUT_MS_MAX).contains(&timeout_ms)) {
        let message = format!("an attempt cannot take {}", quoted(&scalar.text));
        problems.add(scalar.place, Wrong::new("bad-duration", message, "write one from `1ms` to `10m`"));
    }
    let retries = read_or(text.retries.as_ref(), 0, problems);
    let environments = text.environments.iter().flatten();
    let environments: BTreeSet<EnvironmentName> =
        environments.filter_map(|scalar| scalar.read(problems)).collect();
    let ask = match (&text.http, &text.run) {
        (Some(http), None) => self::http(http, problems),
        (None, Some(run)) => Some(SmokeAsk::Run { command: command::run(run, problems) }),
        (Some(_), Some(_)) => {
            let message = "a smoke test asks one thing, and here are two";
            let suggestion = "keep one of `http` and `run`, and make another test of the other";
            problems.add(*place, Wrong::new("bad-smoke-test", message, suggestion));
            None
        }
        (None, None) => {
            let suggestion = "add `http: /healthz`, or `run: [\"./smoke\"]`";
            problems
                .add(*place, Wrong::new("bad-smoke-test", "this smoke test asks for nothing", suggestion));
            None
        }
    };
    let place = name?.place;
    let name = name?.read(problems)?;
    Some((place, SmokeTest { name, ask: ask?, timeout_ms, retries, environments }))
}

fn http(written: &At<Form<SmokeHttpText>>, problems: &mut Problems) -> Option<SmokeAsk> {
    let text = match &written.value {
        Form::Short(path) => {
            let path = problems.take(written.place, PathKind::read(path))?;
            return Some(SmokeAsk::Http { path, status: None, contains: None, headers: BTreeMap::new() });
        }
        Form::Long(text) => text,
    };
    let path = problems.required(written.place, "path: /healthz", text.path.as_ref())?.read(problems)?;
    let status = text.status.as_ref().and_then(|status| status.read(problems));
    let contains = text.contains.as_ref().and_then(|text| text.read(problems));
    let headers = text.headers.as_ref().map(|headers| self::headers(headers, problems)).unwrap_or_default();
    Some(SmokeAsk::Http { path, status, contains, headers })
}

fn headers(written: &Entries<Scalar<TextKind>>, problems: &mut Problems) -> BTreeMap<String, String> {
    written.at_most(HEADERS_MAX, "headers", problems);
    let mut headers = BTreeMap::new();
    for entry in written.iter().take(HEADERS_MAX) {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if entry.key.is_empty() || !entry.key.bytes().all(token) {
            let message = format!("{} is no name of a header", quoted(&entry.key));
            problems.add(entry.place, Wrong::new("bad-match", message, "write one like `content-type`"));
            continue;
        }
        if let Some(value) = entry.value.read(problems) {
            headers.insert(entry.key.clone(), value);
        }
    }
    headers
}

/// Once all environments are known.
pub fn are_defined(
    components: &Entries<ComponentText>,
    environments: &[At<EnvironmentText>],
    problems: &mut Problems,
) {
    let known = environments.iter().filter_map(|environment| environment.value.name.as_ref());
    let known = known.map(|name| name.text.as_str());
    let tests = components.iter().flat_map(|entry| entry.value.smoke.iter().flatten());
    let tests = tests.flat_map(|test| test.value.environments.iter().flatten());
    let databases = components.iter().filter_map(|entry| entry.value.database.as_ref());
    let steps = databases.flat_map(|database| {
        let expand = database.value.expand.iter().filter_map(|step| step.value.environments.as_deref());
        let contract = database.value.contract.iter().filter_map(|step| step.value.environments.as_deref());
        expand.chain(contract).flatten()
    });
    for scalar in tests.chain(steps) {
        if !is_defined(&scalar.text, known.clone()) {
            let wrong = undefined("undefined-environment", "environment", &scalar.text, known.clone());
            problems.add(scalar.place, wrong);
        }
    }
}
