//! Differences of two environments.

use tidegate_api::{EnvironmentDiff, EnvironmentDifference, WrittenValue};
use tidegate_domain::difference::{Comparison, Difference, Told};
use tidegate_domain::name::EnvironmentName;

pub(crate) fn difference(
    environment: &EnvironmentName,
    with: &EnvironmentName,
    found: Comparison,
) -> EnvironmentDiff {
    EnvironmentDiff {
        environment: environment.to_string(),
        with: with.to_string(),
        differences: found.differences.into_iter().map(one).collect(),
        same_secrets: found.same_secrets.iter().map(ToString::to_string).collect(),
    }
}

fn one(found: Difference) -> EnvironmentDifference {
    let Difference { path, first, second } = found;
    EnvironmentDifference { path, here: first.map(value), there: second.map(value) }
}

fn value(told: Told) -> WrittenValue {
    let inherited_from = told.inherited_from.map(|name| name.to_string());
    WrittenValue { value: told.value, inherited_from }
}
