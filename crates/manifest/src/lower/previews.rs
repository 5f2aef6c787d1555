//! Addresses for previews, which stand at a stage's strategy and belong to the routes of its environment.
//!
//! Invariant: by the gateway's rule such an address is no route's, and two components that share one differ in their
//! paths. Deliberately not here: the strategy itself.

use super::environments::Environments;
use crate::problems::{Problems, Wrong};
use crate::written::form::Form;
use crate::written::pipeline::{PipelineText, StageText};
use crate::written::scalar::Scalar;
use crate::written::texts::ListenKind;

pub fn previews(pipeline: &PipelineText, environments: &mut Environments, problems: &mut Problems) {
    for stage in pipeline.stages.as_deref().unwrap_or_default() {
        let Some((places, written)) = asked(&stage.value) else { continue };
        // What is no address has been told where the strategy was read.
        let Some(listen) = written.read(&mut Problems::default()) else { continue };
        let clash = places.into_iter().find_map(|environment| environments.preview(environment, listen));
        if let Some((first, owner)) = clash {
            let message = if first == owner {
                format!("`{owner}` cannot have its users and its preview at the same {listen}")
            } else {
                format!("`{first}` is at {listen} already, so `{owner}` cannot stand there in preview")
            };
            let suggestion = "give the preview an address that nothing else has";
            problems.add(written.place, Wrong::new("route-taken", message, suggestion));
        }
    }
}

fn asked(stage: &StageText) -> Option<(Vec<&str>, &Scalar<ListenKind>)> {
    let Form::Long(strategy) = &stage.strategy.as_ref()?.value else { return None };
    let Form::Long(preview) = &strategy.blue_green.as_ref()?.preview.as_ref()?.value else { return None };
    let several = stage.environments.iter().flatten();
    let places = stage.environment.iter().chain(several).map(|name| name.text.as_str()).collect();
    Some((places, preview.listen.as_ref()?))
}
