//! Why a configuration is refused, or a name in a request is.

use crate::name::{ComponentName, EnvironmentName};
use crate::refusal::Refuse;
use crate::strategy::BadStrategy;

/// What a freeze or a window can be limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    Environment,
    Component,
    Tenant,
}

impl std::fmt::Display for Reached {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Environment => "environment",
            Self::Component => "component",
            Self::Tenant => "tenant",
        })
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CatalogRefusal {
    #[error("there is no component `{name}`")]
    UnknownComponent { name: ComponentName, known: Vec<String> },
    #[error("there is no environment `{name}`")]
    UnknownEnvironment { name: EnvironmentName, known: Vec<String> },
    /// Named by a freeze or a window, which would reach nothing.
    #[error("there is no {kind} `{name}`, so nothing would be reached")]
    Unreached { kind: Reached, name: String, known: Vec<String> },
    #[error("{place} names the component `{name}`, which is not defined")]
    UndefinedComponent { name: ComponentName, place: String },
    #[error("the pipeline names the environment `{name}`, which is not defined")]
    UndefinedEnvironment { name: EnvironmentName },
    #[error("the environment `{name}` stands twice")]
    DoubleEnvironment { name: EnvironmentName },
    #[error("the component `{name}` depends on itself by way of {path}")]
    DependencyCycle { name: ComponentName, path: String },
    #[error("`{first}` and `{second}` would answer the same requests at {listen}{path}")]
    RouteTaken { first: String, second: String, listen: String, path: String },
    #[error("{} nothing to run yet", quoted(names))]
    NothingToRun { names: Vec<ComponentName> },
    #[error("`{component}` in `{environment}` has {given} replicas; 1 to 100 are possible")]
    BadReplicas { component: ComponentName, environment: EnvironmentName, given: u32 },
    #[error("the strategy for `{environment}` cannot be: {why}")]
    BadStrategy { environment: EnvironmentName, why: BadStrategy },
    #[error("the analysis for `{environment}` cannot be: {why}")]
    BadAnalysis { environment: EnvironmentName, why: String },
    #[error("this Tidegate holds the project `{stands}`, and the file is of `{given}`")]
    OtherProject { stands: String, given: String },
    #[error("there is no pipeline yet")]
    NoPipeline,
    #[error("`{environment}` is in no stage of the pipeline")]
    NoStage { environment: EnvironmentName },
}

impl Refuse for CatalogRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownComponent { .. } => "unknown-component",
            Self::UnknownEnvironment { .. } => "unknown-environment",
            Self::Unreached { kind: Reached::Environment, .. } => "unknown-environment",
            Self::Unreached { kind: Reached::Component, .. } => "unknown-component",
            Self::Unreached { kind: Reached::Tenant, .. } => "unknown-tenant",
            Self::UndefinedComponent { .. } => "undefined-component",
            Self::UndefinedEnvironment { .. } => "undefined-environment",
            Self::DoubleEnvironment { .. } => "double-environment",
            Self::DependencyCycle { .. } => "dependency-cycle",
            Self::RouteTaken { .. } => "route-taken",
            Self::NothingToRun { .. } => "nothing-to-run",
            Self::BadReplicas { .. } => "bad-replicas",
            Self::BadStrategy { .. } => "bad-strategy",
            Self::BadAnalysis { .. } => "bad-analysis",
            Self::OtherProject { .. } => "other-project",
            Self::NoPipeline => "no-pipeline",
            Self::NoStage { .. } => "no-stage",
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Unreached { kind: Reached::Tenant, known, .. } if known.is_empty() => {
                "no environment is for a tenant: say whom it is for with `tenants:` in tidegate.yaml and run `tidegate apply`"
                    .into()
            }
            Self::UnknownComponent { known, .. }
            | Self::UnknownEnvironment { known, .. }
            | Self::Unreached { known, .. } => {
                if known.is_empty() {
                    "nothing is defined yet: write a tidegate.yaml (`tidegate init`) and run `tidegate apply`"
                        .into()
                } else {
                    format!(
                        "defined are: {}; add it to tidegate.yaml and run `tidegate apply`",
                        known.join(", ")
                    )
                }
            }
            Self::UndefinedComponent { name, .. } => {
                format!("add `{name}` under `components:` in tidegate.yaml")
            }
            Self::UndefinedEnvironment { name } => {
                format!("add `{name}` under `environments:` in tidegate.yaml")
            }
            Self::DoubleEnvironment { name } => format!("keep one entry for `{name}`, or rename the other"),
            Self::DependencyCycle { .. } => "remove one `depends_on` of the circle".into(),
            Self::RouteTaken { .. } => "give one of them another `listen` address, `path` or `host`".into(),
            Self::NothingToRun { names } => {
                let first = names.first().map_or("api", ComponentName::as_str);
                format!(
                    "give `{first}` a `run:` line in tidegate.yaml, for example run: [\"./server\"], and apply it; from \
                     Python: configure_components({{\"{first}\": {{\"run\": [\"./server\"]}}}})"
                )
            }
            Self::BadReplicas { .. } => "set `replicas:` to a number from 1 to 100".into(),
            Self::BadStrategy { .. } | Self::BadAnalysis { .. } => {
                "correct it in tidegate.yaml; docs/reference/configuration.md lists every knob".into()
            }
            Self::OtherProject { stands, .. } => format!(
                "name the right server (--server, or run where its .tidegate is), give this project a data directory of \
                 its own (`tidegate up --data`), or write `project: {stands}` if it was renamed"
            ),
            Self::NoPipeline => "add `pipeline:` to tidegate.yaml and run `tidegate apply`".into(),
            Self::NoStage { environment } => {
                format!("add a stage for `{environment}` under `pipeline:` and run `tidegate apply`")
            }
        }
    }

    fn is_unknown(&self) -> bool {
        matches!(
            self,
            Self::UnknownComponent { .. } | Self::UnknownEnvironment { .. } | Self::Unreached { .. }
        )
    }

    fn is_invalid(&self) -> bool {
        !self.is_unknown()
            && !matches!(
                self,
                Self::NoPipeline
                    | Self::NoStage { .. }
                    | Self::OtherProject { .. }
                    | Self::NothingToRun { .. }
            )
    }
}

fn quoted(names: &[ComponentName]) -> String {
    let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match list.as_slice() {
        [one] => format!("the component {one} has"),
        several => format!("the components {} have", several.join(", ")),
    }
}
