//! Artifacts on their way in, beside whoever waits for them.
//!
//! Invariant: one source is brought in once at a time, however often it is asked for; a failure is told to those who
//! wait and then forgotten, so that it can be tried again. Deliberately not here: bringing it in (`artifact`).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tidegate_domain::component::{Artifact, Source};
use tidegate_ports::Fault;
use tokio::sync::watch;
use tokio::time::timeout;

use super::cell::Common;
use super::lock_of;
use crate::artifact::ArtifactStore;
use crate::outside::copy_of;

/// `ensure` answers after this, whether the artifact is there or not.
const PATIENCE: Duration = Duration::from_secs(2);

type Outcome = Result<Option<PathBuf>, Arc<Fault>>;

pub(crate) struct Admissions {
    store: ArtifactStore,
    common: Arc<Common>,
    under_way: Mutex<BTreeMap<String, watch::Receiver<Option<Outcome>>>>,
}

pub(crate) enum Admission {
    /// The directory to run from; none for a command.
    Here(Option<PathBuf>),
    /// `changed` tells when it is worth asking again.
    Pending,
}

impl Admissions {
    pub(crate) fn new(store: ArtifactStore, common: Arc<Common>) -> Self {
        Self { store, common, under_way: Mutex::default() }
    }

    pub(crate) async fn admit(&self, artifact: &Artifact) -> Result<Admission, Fault> {
        let key = match (&artifact.source, &artifact.digest) {
            (Source::Command, _) => return Ok(Admission::Here(None)),
            (Source::Directory(path) | Source::Archive(path), digest) => {
                format!("{} {path}", digest.as_deref().unwrap_or_default())
            }
            (Source::Bundled { bundle, path }, digest) => {
                format!("{} {path} {bundle}", digest.as_deref().unwrap_or_default())
            }
        };
        let mut outcome =
            lock_of(&self.under_way).entry(key.clone()).or_insert_with(|| self.begin(artifact)).clone();
        let Ok(waited) = timeout(PATIENCE, outcome.wait_for(Option::is_some)).await else {
            return Ok(Admission::Pending);
        };
        let outcome = waited.ok().and_then(|outcome| outcome.clone());
        lock_of(&self.under_way).remove(&key);
        match outcome {
            Some(Ok(place)) => Ok(Admission::Here(place)),
            Some(Err(fault)) => Err(copy_of(&fault)),
            None => Err(Fault::retry("artifact-interrupted", "bringing in the artifact was interrupted")
                .with_help("it is tried again by itself")),
        }
    }

    fn begin(&self, artifact: &Artifact) -> watch::Receiver<Option<Outcome>> {
        let (told, outcome) = watch::channel(None);
        let (store, artifact, common) = (self.store.clone(), artifact.clone(), Arc::clone(&self.common));
        tokio::task::spawn_blocking(move || {
            let admitted = store.admit(&artifact.source, artifact.digest.as_deref()).map_err(Arc::new);
            told.send_replace(Some(admitted));
            common.changed.send_modify(|count| *count += 1);
        });
        outcome
    }
}
