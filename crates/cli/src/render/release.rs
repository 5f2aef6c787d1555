//! Releases: in a list, and one with all that it holds.
//!
//! Invariant: a version that was rolled back is never shown without why. Not here: creating one.

use tidegate_api::{ChangeType, Release, ReleaseKind, Standing, StandingState};

use super::number;
use super::piece::{self, Row, wrapped};
use super::table::Table;
use crate::paint::{Paint, Tone};

fn standing(standing: &Standing) -> (Tone, &'static str) {
    match (standing.state, standing.barred) {
        (StandingState::Underway, _) => (Tone::Candidate, "underway"),
        (StandingState::Verified, _) => (Tone::Good, "verified"),
        (StandingState::GoneBack, true) => (Tone::Bad, "rolled back, barred"),
        (StandingState::GoneBack, false) => (Tone::Warning, "rolled back"),
    }
}

pub fn list(releases: &[Release], paint: Paint, width: Option<usize>) -> String {
    if releases.is_empty() {
        let hint = "No releases. Create one with `tidegate release create VERSION --component NAME=PATH`.";
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut table = Table::new(&["version", "created", "by", "components", "stands"]);
    for release in releases {
        let components: Vec<&str> = release.components.keys().map(String::as_str).collect();
        let stands: Vec<String> = release
            .standings
            .iter()
            .map(|(environment, at)| format!("{environment}: {}", standing(at).1))
            .collect();
        let hotfix = if release.kind == ReleaseKind::Hotfix { " (hotfix)" } else { "" };
        table.row(vec![
            (Tone::Strong, format!("{}{hotfix}", release.version)),
            (Tone::Plain, number::time(release.created_ms)),
            (Tone::Plain, release.author.clone()),
            (Tone::Plain, components.join(", ")),
            (Tone::Plain, if stands.is_empty() { "nowhere yet".to_owned() } else { stands.join("; ") }),
        ]);
    }
    piece::text(&table.rows(width), paint)
}

pub fn one(release: &Release, paint: Paint, width: usize) -> String {
    let kind = match release.kind {
        ReleaseKind::Planned => "",
        ReleaseKind::Hotfix => ", a hotfix",
    };
    let change = match release.change {
        ChangeType::Standard => ", a standard change",
        ChangeType::Normal => "",
        ChangeType::Emergency => ", an emergency",
    };
    let mut rows = vec![Row::new().add(Tone::Strong, &release.version).plain(format!(
        "{kind}{change}, created by {} {}",
        release.author,
        number::time(release.created_ms)
    ))];
    for note in &release.notes {
        rows.extend(
            wrapped(note, width.saturating_sub(2))
                .into_iter()
                .map(|line| Row::new().plain(format!("  {line}"))),
        );
    }
    if release.commits > 0 {
        rows.push(Row::new().plain(format!("  brings {}", number::counted(release.commits, "commit"))));
    }
    let mut components = Table::new(&["component", "version", "digest"]);
    for (name, artifact) in &release.components {
        let digest = artifact.digest.clone().unwrap_or_else(|| "none: it runs a command".to_owned());
        components.row(vec![
            (Tone::Plain, name.clone()),
            (Tone::Plain, artifact.version.clone()),
            (Tone::Quiet, digest),
        ]);
    }
    rows.push(Row::new());
    rows.extend(components.rows(None));
    rows.push(Row::new());
    rows.extend(standings(release));
    piece::text(&rows, paint)
}

fn standings(release: &Release) -> Vec<Row> {
    if release.standings.is_empty() {
        let hint = format!("It stands nowhere yet: `tidegate deploy {} --to ENVIRONMENT`.", release.version);
        return vec![Row::new().plain(hint)];
    }
    let mut table = Table::new(&["environment", "stands", "rollout", "because"]);
    for (environment, at) in &release.standings {
        let (tone, word) = standing(at);
        table.row(vec![
            (Tone::Plain, environment.clone()),
            (tone, word.to_owned()),
            (Tone::Plain, at.rollout.clone()),
            (Tone::Plain, at.reason.clone().unwrap_or_default()),
        ]);
    }
    table.rows(None)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tidegate_api::ReleaseArtifact;

    use super::*;
    use crate::render::samples::STARTED_MS;

    fn release() -> Release {
        let artifact = |digest: Option<&str>| ReleaseArtifact {
            version: "2.1.0".to_owned(),
            digest: digest.map(str::to_owned),
        };
        let stands = |state, reason: Option<&str>, barred| Standing {
            state,
            rollout: "rol_4f1e9c0a7b3d2e58".to_owned(),
            reason: reason.map(str::to_owned),
            barred,
        };
        Release {
            version: "2.1.0".to_owned(),
            kind: ReleaseKind::Hotfix,
            change: ChangeType::Emergency,
            author: "ann".to_owned(),
            created_ms: STARTED_MS,
            changed_ms: STARTED_MS,
            notes: vec!["The till no longer jams.".to_owned()],
            commits: 12,
            components: BTreeMap::from([
                ("api".to_owned(), artifact(Some("sha256:0f3a"))),
                ("web".to_owned(), artifact(None)),
            ]),
            standings: BTreeMap::from([
                ("staging".to_owned(), stands(StandingState::Verified, None, false)),
                ("production".to_owned(), stands(StandingState::GoneBack, Some("errors 5.2 %"), true)),
            ]),
        }
    }

    #[test]
    fn releases() {
        let fresh = Release {
            standings: BTreeMap::new(),
            kind: ReleaseKind::Planned,
            change: ChangeType::Normal,
            ..release()
        };
        insta::assert_snapshot!("list", list(&[release(), fresh.clone()], Paint::default(), None));
        insta::assert_snapshot!("one", one(&release(), Paint::default(), 80));
        insta::assert_snapshot!("fresh", one(&fresh, Paint::default(), 80));
    }
}
