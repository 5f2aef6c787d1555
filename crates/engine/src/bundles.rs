//! Bundles: keys that are trusted, bundles that were taken, and releases that are made of them.
//!
//! Invariant: a release and that its bundle is needed are one transaction. Deliberately not here: what is decided
//! (`domain::bundles`), and the files.

use std::collections::BTreeSet;

use tidegate_domain::bundles::{self, BundlesCommand};
use tidegate_domain::component::Source;
use tidegate_domain::id::StreamId;
use tidegate_domain::refusal::Refusal;

use crate::Engine;
use crate::codec::Event;
use crate::command::{Answer, NewRelease};
use crate::draft::{Draft, Error};

impl Engine {
    pub(crate) async fn for_bundles(
        &self,
        draft: &mut Draft<'_>,
        command: BundlesCommand,
    ) -> Result<Answer, Error> {
        let events = bundles::decide(draft.state(&StreamId::Bundles).await?.bundles(), command);
        let events = events.map_err(Refusal::from)?.into_iter().map(Event::Bundles).collect();
        draft.push(&StreamId::Bundles, events).await?;
        Ok(Answer::Done)
    }

    pub(crate) async fn release_bundles(
        &self,
        draft: &mut Draft<'_>,
        wish: &NewRelease,
    ) -> Result<(), Error> {
        let bundle_of = |source: &Source| match source {
            Source::Bundled { bundle, .. } => Some(bundle.clone()),
            Source::Directory(_) | Source::Archive(_) | Source::Command => None,
        };
        let needed: BTreeSet<String> =
            wish.components.values().filter_map(|artifact| bundle_of(&artifact.source)).collect();
        for digest in needed {
            let release = wish.version.clone();
            self.for_bundles(draft, BundlesCommand::Release { digest, release }).await?;
        }
        Ok(())
    }
}
