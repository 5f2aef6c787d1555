//! Recorded against observed, the worst first.
//!
//! Invariant: each difference is followed by what mends it. Not here: finding them.

use tidegate_api::{Drift, DriftSeverity, EnvironmentDrift};

use super::number;
use super::piece::{self, Row};
use crate::paint::{Paint, Tone};

pub fn text(found: &EnvironmentDrift, paint: Paint) -> String {
    let environment = &found.environment;
    let mut rows = match found.drifts.len() as u64 {
        0 => vec![Row::new().add(Tone::Good, "ok").plain(format!(": {environment} is as it was recorded"))],
        count => {
            let many = number::counted(count, "difference");
            vec![Row::new().plain(format!("{environment} has {many} from what was recorded:"))]
        }
    };
    rows.extend(found.drifts.iter().flat_map(one));
    rows.extend(found.changing.iter().map(|changing| {
        let told = format!("  {} is being changed by {}", changing.component, changing.rollout);
        Row::new().add(Tone::Quiet, told)
    }));
    piece::text(&rows, paint)
}

fn one(drift: &Drift) -> [Row; 3] {
    let (tone, word) = match drift.severity {
        DriftSeverity::Broken => (Tone::Bad, "broken"),
        DriftSeverity::Degraded => (Tone::Warning, "degraded"),
        DriftSeverity::Waiting => (Tone::Quiet, "waiting"),
    };
    let subject = drift.subject.as_ref().map(|subject| format!(" {subject}")).unwrap_or_default();
    [
        Row::new()
            .plain("  ")
            .add(tone, format!("{word:<8}"))
            .plain("  ")
            .add(Tone::Strong, &drift.component)
            .plain(format!("  {}{subject}", drift.kind)),
        Row::new().plain(format!("            recorded {}; there is: {}", drift.recorded, drift.observed)),
        Row::new().add(Tone::Quiet, format!("            {}", drift.help)),
    ]
}

#[cfg(test)]
mod tests {
    use tidegate_api::Changing;

    use super::*;

    #[test]
    fn differences_and_what_mends_them() {
        let drift = |kind: &str, severity, subject: Option<&str>, (recorded, observed): (&str, &str)| Drift {
            component: "api".to_owned(),
            kind: kind.to_owned(),
            severity,
            subject: subject.map(str::to_owned),
            recorded: recorded.to_owned(),
            observed: observed.to_owned(),
            help: "tidegate release create VERSION, then tidegate deploy VERSION --to production".to_owned(),
        };
        let found = EnvironmentDrift {
            environment: "production".to_owned(),
            drifts: vec![
                drift(
                    "instances-missing",
                    DriftSeverity::Broken,
                    Some("2.1.0"),
                    ("2 instances ready", "0 instances ready"),
                ),
                drift(
                    "secret-older",
                    DriftSeverity::Degraded,
                    None,
                    ("revision 3", "started with revision 2"),
                ),
                drift("variables-newer", DriftSeverity::Waiting, Some("LOG"), ("`debug`", "`info`")),
            ],
            changing: vec![Changing { component: "web".to_owned(), rollout: "rol_1".to_owned() }],
        };
        let well = EnvironmentDrift { drifts: Vec::new(), changing: Vec::new(), ..found.clone() };
        insta::assert_snapshot!([&found, &well].map(|found| text(found, Paint::default())).join("\n"));
    }
}
