//! Releases.

use tidegate_api::{ChangeType, Release, ReleaseArtifact, Standing};
use tidegate_domain::gate;
use tidegate_engine::{ReleaseView, StandingView};
use tidegate_ports::{Fault, Row};

use super::{read_row, word};

pub(crate) fn release(view: ReleaseView) -> Result<Release, Fault> {
    let artifact = |(name, (version, digest))| (name, ReleaseArtifact { version, digest });
    let standing = |(name, view)| standing(view).map(|standing| (name, standing));
    Ok(Release {
        kind: word(&view.kind)?,
        change: change(view.change),
        components: view.components.into_iter().map(artifact).collect(),
        standings: view.standings.into_iter().map(standing).collect::<Result<_, _>>()?,
        version: view.version,
        author: view.author,
        created_ms: view.created_ms,
        changed_ms: view.changed_ms,
        notes: view.notes,
        commits: view.commits,
    })
}

pub(crate) fn release_of_row(row: &Row) -> Result<Release, Fault> {
    release(read_row(row)?)
}

fn change(change: gate::ChangeType) -> ChangeType {
    match change {
        gate::ChangeType::Standard => ChangeType::Standard,
        gate::ChangeType::Normal => ChangeType::Normal,
        gate::ChangeType::Emergency => ChangeType::Emergency,
    }
}

fn standing(view: StandingView) -> Result<Standing, Fault> {
    let StandingView { state, rollout, reason, barred } = view;
    Ok(Standing { state: word(&state)?, rollout, reason, barred })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_api::{ReleaseKind, StandingState};

    #[test]
    fn every_word_of_the_views_has_its_place_on_the_wire() {
        for text in ["planned", "hotfix"] {
            word::<ReleaseKind>(text).unwrap();
        }
        for text in ["underway", "verified", "gone-back"] {
            word::<StandingState>(text).unwrap();
        }
    }
}
