//! How two environments differ: what is configured, which secrets, what stands there, how a release gets in.
//!
//! Invariant: no value of a secret is here, only whether fingerprints are equal; what one side lacks as a whole is told
//! once, without its parts. Deliberately not here: what runs (`drift` of the engine).

mod facts;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::component::ComponentSpec;
use crate::environment::EnvironmentSpec;
use crate::name::{ComponentName, EnvironmentName, SecretName, Version};
use crate::pipeline::StageSpec;
use crate::secret::Secrets;

/// One of the two that are compared.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    pub spec: &'a EnvironmentSpec,
    /// Of the whole configuration.
    pub components: &'a BTreeMap<ComponentName, ComponentSpec>,
    /// Of the pipeline; none where no release enters by it.
    pub stage: Option<&'a StageSpec>,
    pub secrets: &'a Secrets,
    /// What stands there.
    pub versions: &'a BTreeMap<ComponentName, Version>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// As in `EnvironmentSpec.origins`, and `stage.…` for the pipeline's: `components.api.replicas`.
    pub path: String,
    /// Absent where that side has no such thing.
    pub first: Option<Told>,
    pub second: Option<Told>,
}

/// A value in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub value: String,
    /// The environment or base that it was written at; none where nothing was inherited.
    pub inherited_from: Option<EnvironmentName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// By path.
    pub differences: Vec<Difference>,
    /// Secrets with one value in both.
    pub same_secrets: Vec<SecretName>,
}

pub fn compare(first: Side<'_>, second: Side<'_>) -> Comparison {
    let (left, right) = (facts::facts(first), facts::facts(second));
    let paths: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let differs =
        |path: &str| left.get(path).map(|fact| &fact.value) != right.get(path).map(|fact| &fact.value);
    let hidden = |path: &String| {
        let mut within = left.get(path).or_else(|| right.get(path)).and_then(|fact| fact.within.as_ref());
        while let Some(whole) = within {
            if differs(whole) {
                return true;
            }
            within = left.get(whole).and_then(|fact| fact.within.as_ref());
        }
        false
    };
    let told = |fact: &facts::Fact| Told { value: fact.value.clone(), inherited_from: fact.from.clone() };
    let difference = |path: &String| Difference {
        path: path.clone(),
        first: left.get(path).map(told),
        second: right.get(path).map(told),
    };
    let differences =
        paths.into_iter().filter(|path| differs(path) && !hidden(path)).map(difference).collect();
    Comparison { differences, same_secrets: same_secrets(first, second) }
}

fn same_secrets(first: Side<'_>, second: Side<'_>) -> Vec<SecretName> {
    let same = |name: &SecretName, fingerprint: &str| {
        second.secrets.record(&second.spec.name, name).is_some_and(|other| other.fingerprint == fingerprint)
    };
    let own = first.secrets.of(&first.spec.name);
    own.filter(|(name, record)| same(name, &record.fingerprint)).map(|(name, _)| name.clone()).collect()
}
