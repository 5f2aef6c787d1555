//! What is written about flags reaches whoever serves them: at the beginning, and from then on.
//!
//! Invariant: what came while the beginning was read is not overwritten by it (`Place::change` keeps the newer). Not
//! here: compiling.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_domain::flag::Flag;
use tidegate_domain::flag_keys::FlagKeys;
use tidegate_domain::name::{EnvironmentName, ProjectName};
use tidegate_engine::{Engine, Watching};
use tidegate_ports::Fault;

use super::{Serving, now_ms};

/// One project's.
pub(crate) struct Written {
    pub serving: Arc<Serving>,
    pub project: ProjectName,
}

impl Watching for Written {
    fn flag(&self, flag: &Arc<Flag>, newest: (u64, u64)) {
        for environment in flag.environments.keys() {
            let place = self.serving.place(&(self.project.clone(), environment.clone()));
            place.change(flag.key.as_str(), flag.served(environment), newest);
        }
    }

    fn flag_keys(&self, keys: &Arc<FlagKeys>, position: u64) {
        self.serving.know_keys(keys, position);
    }
}

/// Everything that stands. Keys are the first project's.
pub(crate) async fn load(engine: &Engine, written: &Written) -> Result<(), Fault> {
    let views = engine.flags().await?;
    let mut keys: BTreeMap<&EnvironmentName, Vec<&str>> = BTreeMap::new();
    for view in &views {
        for stands in &view.environments {
            keys.entry(&stands.environment).or_default().push(&view.key);
        }
    }
    for (environment, keys) in keys {
        let at = (written.project.clone(), environment.clone());
        written.serving.place(&at).uses.know_all(keys.into_iter(), now_ms());
    }
    for view in &views {
        let Ok(key) = view.key.parse() else { continue };
        if let Some((flag, view, position)) = engine.flag(&key).await? {
            written.flag(&flag, (position, view.changed_ms));
        }
    }
    if written.project.is_first() {
        written.flag_keys(&engine.flag_keys().await?, 0);
    }
    Ok(())
}
