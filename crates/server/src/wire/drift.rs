//! Drift, with what mends each kind of it.

use tidegate_api::{Drift, DriftSeverity};
use tidegate_engine::{DriftFound, DriftView, Severity};

pub(crate) fn drift(environment: &str, of: &DriftView, found: DriftFound) -> Drift {
    let help = help(found.kind, environment, of);
    let DriftFound { kind, severity, subject, recorded, observed } = found;
    Drift {
        component: of.component.clone(),
        kind: kind.to_owned(),
        severity: match severity {
            Severity::Waiting => DriftSeverity::Waiting,
            Severity::Degraded => DriftSeverity::Degraded,
            Severity::Broken => DriftSeverity::Broken,
        },
        subject: Some(subject).filter(|subject| !subject.is_empty()),
        recorded,
        observed,
        help,
    }
}

fn help(kind: &str, environment: &str, of: &DriftView) -> String {
    let component = &of.component;
    match kind {
        "instances-missing" => {
            let version = of.version.as_deref().unwrap_or_default();
            format!(
                "it is started again; see why it ends: tidegate logs {environment}/{component} --version {version}"
            )
        }
        "artifact-changed" | "artifact-missing" => format!(
            "build it cleanly: tidegate release create VERSION, then tidegate deploy VERSION --to {environment}"
        ),
        "configuration-newer" | "variables-newer" | "secrets-newer" | "variables-older" | "secret-older" => {
            format!("tidegate release create VERSION, then tidegate deploy VERSION --to {environment}")
        }
        // What was verified is kept running and routed.
        _ => format!(
            "it is put right within seconds; if not: tidegate events --stream slot/{environment}/{component}"
        ),
    }
}
