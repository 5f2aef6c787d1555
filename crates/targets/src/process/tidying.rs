//! What versions leave behind that stopped long ago: their logs, and the artifact they ran from.
//!
//! Invariant: the logs of a version that runs, and of those that stopped last, stay; an artifact stays as long as any
//! version whose logs stay ran from it, in whatever environment, and one that has not run yet stays anyway, for its
//! release may still come. The artifact goes before the folder that names it, so nothing is forgotten half.
//! Deliberately not here: when a version has stopped.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tidegate_domain::id::SlotId;
use tidegate_ports::Fault;

use super::layout::{self, Layout};
use super::record::Plan;
use super::resume::{folders, version_folders};
use crate::artifact::ArtifactStore;
use crate::outside::io_fault;

/// Of one component in one environment, whose logs and artifacts are kept for looking and for the way back.
const STOPPED_VERSIONS_MAX: usize = 20;
/// An artifact that was asked for so lately may be about to be used.
const ASKED_FOR_LATELY: Duration = Duration::from_hours(1);

/// Beside the logs of a version, also when it no longer runs: what it ran from.
pub(crate) fn note_artifact(folder: &Path, plan: &Plan) -> std::io::Result<()> {
    match &plan.artifact.digest {
        Some(digest) => layout::write_json(&layout::artifact(folder), digest, layout::Keep::Process),
        None => Ok(()),
    }
}

/// Removes what is left of versions that stopped long ago, all but the newest few.
pub(crate) fn forget_oldest(layout: &Layout, slot: &SlotId, artifacts: &ArtifactStore) {
    for folder in oldest(&layout.versions(slot)) {
        if let Err(fault) = forget(layout, &folder, artifacts) {
            tracing::warn!(folder = %folder.display(), %fault, "an old version could not be cleared away");
        }
    }
}

fn oldest(versions: &Path) -> Vec<PathBuf> {
    let folders = folders(versions).unwrap_or_default();
    let mut stopped: Vec<_> = folders
        .into_iter()
        .filter(|(_, folder)| !layout::wanted(folder).exists())
        .filter_map(|(_, folder)| Some((fs::metadata(&folder).ok()?.modified().ok()?, folder)))
        .collect();
    stopped.sort_unstable();
    stopped.truncate(stopped.len().saturating_sub(STOPPED_VERSIONS_MAX));
    stopped.into_iter().map(|(_, folder)| folder).collect()
}

fn forget(layout: &Layout, folder: &Path, artifacts: &ArtifactStore) -> Result<(), Fault> {
    let digest = ran_from(folder)?;
    if let Some(digest) = digest.filter(|digest| artifacts.asked_for_before(digest, ASKED_FOR_LATELY)) {
        let others = version_folders(layout)?.into_iter().filter(|other| other != folder);
        let needed: BTreeSet<String> = others
            .map(|other| ran_from(&other))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect();
        if !needed.contains(&digest) {
            tracing::info!(%digest, "no version needs this artifact any more; it is removed");
            artifacts.remove(&digest)?;
        }
    }
    fs::remove_dir_all(folder).map_err(|error| io_fault("remove the logs of an old version", error))
}

/// The digest, of a version that runs and of one that has stopped; none for a command.
fn ran_from(folder: &Path) -> Result<Option<String>, Fault> {
    let failed = |error| io_fault(&format!("read what ran in {}", folder.display()), error);
    let plan = layout::read_json::<Plan>(&layout::wanted(folder)).map_err(failed)?;
    match plan.and_then(|plan| plan.artifact.digest) {
        Some(digest) => Ok(Some(digest)),
        None => layout::read_json(&layout::artifact(folder)).map_err(failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::time::{SystemTime, UNIX_EPOCH};
    use tidegate_domain::component::Source;

    struct Yard {
        folder: tempfile::TempDir,
        layout: Layout,
        artifacts: ArtifactStore,
    }

    impl Yard {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let layout = Layout { root: folder.path().join("data") };
            let artifacts = ArtifactStore::open(layout.artifacts()).unwrap();
            Self { folder, layout, artifacts }
        }

        /// An artifact that nobody has asked for lately.
        fn artifact(&self, content: &str) -> String {
            let source = self.folder.path().join(content);
            fs::create_dir_all(&source).unwrap();
            fs::write(source.join("content"), content).unwrap();
            let place = self.artifacts.admit(&Source::Directory(source.display().to_string()), None).unwrap();
            let place = place.unwrap();
            File::open(&place).unwrap().set_modified(SystemTime::now() - 2 * ASKED_FOR_LATELY).unwrap();
            place.file_name().unwrap().to_str().unwrap().replacen('-', ":", 1)
        }

        fn version(&self, environment: &str, number: usize, digest: Option<&str>) -> PathBuf {
            let folder = self.layout.versions(&slot(environment)).join(format!("1.{number}.0"));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("0.log"), "x").unwrap();
            if let Some(digest) = digest {
                layout::write_json(&layout::artifact(&folder), &digest, layout::Keep::Process).unwrap();
            }
            let at = UNIX_EPOCH + Duration::from_secs(number as u64);
            File::open(&folder).unwrap().set_modified(at).unwrap();
            folder
        }

        fn has(&self, digest: &str) -> bool {
            self.artifacts.digests().unwrap().iter().any(|known| known == digest)
        }
    }

    fn slot(environment: &str) -> SlotId {
        SlotId { environment: environment.parse().unwrap(), component: "api".parse().unwrap() }
    }

    #[test]
    fn logs_of_versions_that_run_and_of_the_newest_others_are_kept() {
        let yard = Yard::new();
        let all: Vec<PathBuf> =
            (0..STOPPED_VERSIONS_MAX + 5).map(|number| yard.version("production", number, None)).collect();
        fs::write(layout::wanted(&all[1]), "{}").unwrap();
        forget_oldest(&yard.layout, &slot("production"), &yard.artifacts);
        let left: Vec<bool> = (0..7).map(|number| all[number].exists()).collect();
        assert_eq!(left, [false, true, false, false, false, true, true]);
    }

    #[test]
    fn an_artifact_goes_with_the_last_version_that_ran_from_it() {
        let yard = Yard::new();
        let [old, shared, elsewhere, lately, recent, never] =
            ["old", "shared", "elsewhere", "lately", "recent", "never"].map(|content| yard.artifact(content));
        yard.version("production", 0, Some(&old));
        yard.version("production", 1, Some(&shared));
        yard.version("production", 2, Some(&elsewhere));
        yard.version("production", 3, Some(&lately));
        for number in 4..STOPPED_VERSIONS_MAX + 4 {
            yard.version("production", number, Some(if number % 2 == 0 { &shared } else { &recent }));
        }
        yard.version("staging", 2, Some(&elsewhere));
        let source = yard.folder.path().join("lately").display().to_string();
        yard.artifacts.admit(&Source::Directory(source), Some(&lately)).unwrap();
        forget_oldest(&yard.layout, &slot("production"), &yard.artifacts);
        let left = [&old, &shared, &elsewhere, &lately, &recent, &never].map(|digest| yard.has(digest));
        assert_eq!(left, [false, true, true, true, true, true]);
        assert_eq!(folders(&yard.layout.versions(&slot("production"))).unwrap().len(), STOPPED_VERSIONS_MAX);
    }
}
