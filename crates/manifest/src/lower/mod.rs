//! From what is written to what is meant.
//!
//! Invariant: every part is lowered even when another is wrong, so that one run tells all problems; the catalog counts
//! only if there are none. A name that is wrong where it is defined is not reported again where it is used.
//! Deliberately not here: the words of the file (`written`).

mod analysis;
pub mod command;
mod components;
mod database;
mod dependencies;
mod environments;
mod flag;
mod gates;
mod inheritance;
mod matches;
mod pipeline;
mod placements;
mod previews;
mod rings;
mod routes;
mod smoke;
mod strategy;
mod triggers;
mod variables;

use tidegate_domain::catalog::{self, Catalog, CatalogCommand};
use tidegate_domain::refusal::Refuse;

use crate::Manifest;
use crate::place::Place;
use crate::problems::{Problems, Wrong};
use crate::written::ManifestText;
use crate::written::entries::Entries;
use crate::written::form::At;
use crate::written::pipeline::PipelineText;
use crate::written::texts::slug;

pub fn manifest(written: &ManifestText, problems: &mut Problems) -> Manifest {
    let project = problems.required(Place::START, "project: shop", written.project.as_ref());
    let project = project.map_or_else(String::new, |name| name.read_or(String::new(), problems));
    let none = Entries::default();
    let defined =
        problems.required(Place::START, "components:", written.components.as_ref()).unwrap_or(&none);
    let components = components::components(defined, problems);
    let teams = components::teams(defined, problems);
    let environments = problems.required(Place::START, "environments:", written.environments.as_ref());
    let places = environments.map_or(&[][..], Vec::as_slice);
    smoke::are_defined(defined, places, problems);
    let mut environments = environments::environments(places, defined, problems);
    let (normal, hotfix) = ways(written, problems);
    let pipeline = normal.map(|text| pipeline::pipeline(text, &environments, problems));
    let hotfix_pipeline = hotfix.map(|text| pipeline::pipeline(text, &environments, problems));
    for text in normal.iter().chain(&hotfix) {
        previews::previews(&text.value, &mut environments, problems);
    }
    let catalog = Catalog {
        project: project.clone(),
        components,
        teams,
        environments: environments.into_specs(),
        pipeline,
        hotfix_pipeline,
        source: None,
    };
    if problems.is_empty() {
        last_word(&catalog, problems);
    }
    Manifest { project, catalog }
}

type Ways<'a> = (Option<&'a At<PipelineText>>, Option<&'a At<PipelineText>>);

/// The pipeline of planned releases, and that of hotfixes.
fn ways<'a>(written: &'a ManifestText, problems: &mut Problems) -> Ways<'a> {
    let Some(both) = &written.pipelines else { return (written.pipeline.as_ref(), None) };
    if written.pipeline.is_some() {
        let message = "`pipeline` and `pipelines` both stand here";
        let suggestion = "move what stands under `pipeline` to `default:` under `pipelines`";
        problems.add(both.place, Wrong::new("duplicate-key", message, suggestion));
    }
    let default = problems.required(both.place, "default:", both.value.default.as_ref());
    (default, both.value.hotfix.as_ref())
}

/// The domain decides what a catalog may be. Everything it refuses should have been found above, where the places are
/// known; should a rule be added there first, it is still told, without its place.
fn last_word(catalog: &Catalog, problems: &mut Problems) {
    if let Err(refusal) = catalog::decide(&Catalog::default(), CatalogCommand::Apply(catalog.clone())) {
        let wrong = Wrong { code: refusal.code(), message: refusal.to_string(), suggestion: refusal.help() };
        problems.add(Place::START, wrong);
    }
}

/// Whether a name is among those that are defined. One that is misspelt where it is defined counts as what it should
/// be, so that only the definition is reported.
fn is_defined<'a>(name: &str, defined: impl IntoIterator<Item = &'a str>) -> bool {
    const KEY_BYTES_MAX: usize = 128;
    defined.into_iter().any(|key| key == name || (key.len() <= KEY_BYTES_MAX && slug(key) == name))
}

/// Something is named that is not defined.
fn undefined<'a>(
    code: &'static str,
    what: &str,
    name: &str,
    defined: impl IntoIterator<Item = &'a str> + Clone,
) -> Wrong {
    let message = format!("there is no {what} {}", crate::diagnostic::quoted(name));
    Wrong::new(code, message, crate::suggest::instead(name, defined))
}
