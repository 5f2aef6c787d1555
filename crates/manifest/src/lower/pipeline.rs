//! The pipeline and its stages.

use tidegate_domain::name::EnvironmentName;
use tidegate_domain::pipeline::{PipelineSpec, Promotion, StageSpec};
use tidegate_domain::strategy::Strategy;

use super::environments::{ENVIRONMENTS_MAX, Environments};
use super::{analysis, strategy, undefined};
use crate::diagnostic::quoted;
use crate::problems::{Problems, Wrong};
use crate::written::entries::too_many;
use crate::written::pipeline::{PipelineText, StageText};
use crate::written::scalar::read_or;

const PROGRESS_DEADLINE_SECONDS: u64 = 600;

pub fn pipeline(text: &PipelineText, environments: &Environments, problems: &mut Problems) -> PipelineSpec {
    let name = read_or(text.name.as_ref(), "release pipeline".to_owned(), problems);
    let written = &text.stages.value;
    if written.is_empty() {
        let message = "a pipeline without stages takes no release anywhere";
        let suggestion = "add a stage like `- {environment: production, strategy: canary}`";
        problems.add(text.stages.place, Wrong::new("no-stages", message, suggestion));
    }
    if let Some(first) = written.get(ENVIRONMENTS_MAX) {
        problems.add(first.environment.place, too_many(written.len(), ENVIRONMENTS_MAX, "stages"));
    }
    let mut stages: Vec<StageSpec> = Vec::new();
    for (index, text) in written.iter().take(ENVIRONMENTS_MAX).enumerate() {
        if index == 0 {
            nothing_before(text, problems);
        }
        let environment = environment(text, environments, problems);
        let stage = stage(text, environment, environments, problems);
        if stages.iter().any(|other| Some(&other.environment) == stage.as_ref().map(|stage| &stage.environment)) {
            let message = format!("the environment {} stands in two stages", quoted(&text.environment.text));
            let wrong = Wrong::new("double-environment", message, "keep one stage for each environment");
            problems.add(text.environment.place, wrong);
        }
        stages.extend(stage);
    }
    PipelineSpec { name, stages }
}

/// Who writes `promotion` at the first stage most likely means the way out of it.
fn nothing_before(text: &StageText, problems: &mut Problems) {
    if let Some(promotion) = &text.promotion {
        let message = "no stage comes before this one, so nothing is promoted into it";
        let suggestion = "`promotion` belongs to the stage that a release enters: move it to the next stage";
        problems.add(promotion.place, Wrong::new("no-stage-before", message, suggestion));
    }
}

fn environment(text: &StageText, environments: &Environments, problems: &mut Problems) -> Option<EnvironmentName> {
    let written = text.environment.text.as_str();
    if !environments.names().any(|name| name == written) {
        let wrong = undefined("undefined-environment", "environment", written, environments.names());
        problems.add(text.environment.place, wrong);
        return None;
    }
    EnvironmentName::new(written).ok()
}

fn stage(
    text: &StageText,
    environment: Option<EnvironmentName>,
    environments: &Environments,
    problems: &mut Problems,
) -> Option<StageSpec> {
    let strategy = strategy::strategy(&text.strategy, problems);
    let progress_deadline_seconds = read_or(text.progress_deadline.as_ref(), PROGRESS_DEADLINE_SECONDS, problems);
    if let Some(scalar) = text.progress_deadline.as_ref().filter(|_| progress_deadline_seconds == 0) {
        let message = "with no time to make progress every rollout goes back at once";
        problems.add(scalar.place, Wrong::new("bad-duration", message, "write one like `10m`"));
    }
    let promotion = read_or(text.promotion.as_ref(), Promotion::Manual, problems);
    // The defaults of the analysis follow the strategy, so without one only the spelling is checked.
    let judged = analysis::analysis(text, strategy.as_ref(), problems);
    let (environment, strategy) = (environment?, strategy?);
    traffic_to_share(text, &strategy, environments.spec(&environment), problems);
    Some(StageSpec {
        environment,
        strategy,
        analysis: judged.parameters,
        scrape_interval_ms: judged.scrape_interval_ms,
        progress_deadline_seconds,
        promotion,
    })
}

/// A strategy that divides requests needs requests.
fn traffic_to_share(
    text: &StageText,
    strategy: &Strategy,
    environment: Option<&tidegate_domain::environment::EnvironmentSpec>,
    problems: &mut Problems,
) {
    let divides = matches!(strategy, Strategy::Canary(_) | Strategy::BlueGreen(_));
    let Some(environment) = environment.filter(|_| divides) else { return };
    if environment.placements.values().all(|placement| placement.route.is_none()) {
        let (name, strategy) = (&environment.name, strategy.name());
        let message = format!("{strategy} divides requests, but nothing in `{name}` has a route");
        let suggestion = format!("give a component of `{name}` a `route:`, or take `recreate` or `rolling`");
        problems.add(text.strategy.place, Wrong::new("no-route", message, suggestion));
    }
}
