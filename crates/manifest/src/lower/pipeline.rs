//! The pipeline and its stages.

use tidegate_domain::environment::EnvironmentSpec;
use tidegate_domain::name::EnvironmentName;
use tidegate_domain::pipeline::{PipelineSpec, Promotion, StageSpec};
use tidegate_domain::strategy::Strategy;

use super::environments::{ENVIRONMENTS_MAX, Environments};
use super::{analysis, gates, is_defined, strategy, undefined};
use crate::diagnostic::quoted;
use crate::problems::{Problems, Wrong};
use crate::written::entries::too_many;
use crate::written::form::At;
use crate::written::pipeline::{PipelineText, StageText};
use crate::written::scalar::{Scalar, read_or};
use crate::written::texts::EnvironmentKind;

const PROGRESS_DEADLINE_SECONDS: u64 = 600;

pub fn pipeline(
    written: &At<PipelineText>,
    environments: &Environments,
    problems: &mut Problems,
) -> PipelineSpec {
    let text = &written.value;
    let name = read_or(text.name.as_ref(), "release pipeline".to_owned(), problems);
    let list = text.stages.as_deref().unwrap_or_default();
    if list.is_empty() {
        let message = "a pipeline without stages takes no release anywhere";
        let suggestion = "add `stages:` with one like `- {environment: production, strategy: canary}`";
        problems.add(written.place, Wrong::new("no-stages", message, suggestion));
    }
    if let Some(first) = list.get(ENVIRONMENTS_MAX) {
        problems.add(first.place, too_many(list.len(), ENVIRONMENTS_MAX, "stages"));
    }
    let mut stages: Vec<StageSpec> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (index, text) in list.iter().take(ENVIRONMENTS_MAX).enumerate() {
        if index == 0 {
            nothing_before(&text.value, problems);
        }
        let name = problems.required(text.place, "environment: production", text.value.environment.as_ref());
        if let Some(name) = name.filter(|name| seen.contains(&name.text.as_str())) {
            let message = format!("the environment {} stands in two stages", quoted(&name.text));
            problems.add(
                name.place,
                Wrong::new("double-environment", message, "keep one stage for each environment"),
            );
        }
        seen.extend(name.map(|name| name.text.as_str()));
        let environment = name.and_then(|name| environment(name, environments, problems));
        stages.extend(stage(text, environment, environments, problems));
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

fn environment(
    name: &Scalar<EnvironmentKind>,
    environments: &Environments,
    problems: &mut Problems,
) -> Option<EnvironmentName> {
    if !is_defined(&name.text, environments.names()) {
        let wrong = undefined("undefined-environment", "environment", &name.text, environments.names());
        problems.add(name.place, wrong);
        return None;
    }
    if environments.is_base(&name.text) {
        let message = format!("nothing runs in {}: it is abstract", quoted(&name.text));
        let suggestion = "name an environment that inherits from it";
        problems.add(name.place, Wrong::new("undefined-environment", message, suggestion));
        return None;
    }
    EnvironmentName::new(name.text.as_str()).ok()
}

fn stage(
    written: &At<StageText>,
    environment: Option<EnvironmentName>,
    environments: &Environments,
    problems: &mut Problems,
) -> Option<StageSpec> {
    let text = &written.value;
    let form = problems.required(written.place, "strategy: canary", text.strategy.as_ref());
    let strategy = form.and_then(|form| strategy::strategy(form, problems));
    let progress_deadline_seconds =
        read_or(text.progress_deadline.as_ref(), PROGRESS_DEADLINE_SECONDS, problems);
    if let Some(scalar) = text.progress_deadline.as_ref().filter(|_| progress_deadline_seconds == 0) {
        let message = "with no time to make progress every rollout goes back at once";
        problems.add(scalar.place, Wrong::new("bad-duration", message, "write one like `10m`"));
    }
    let promotion = read_or(text.promotion.as_ref(), Promotion::Manual, problems);
    // The defaults of the analysis follow the strategy, so without one only the spelling is checked.
    let judged = analysis::analysis(written, strategy.as_ref(), problems);
    let gates = gates::gates(text.gates.as_deref().unwrap_or_default(), environments, problems);
    let (environment, strategy) = (environment?, strategy?);
    let finished = environments.spec(&environment).filter(|spec| !environments.is_unfinished(spec));
    if let Some(wrong) = no_traffic(&strategy, finished) {
        problems.add(form?.place, wrong);
    }
    Some(StageSpec {
        environment,
        strategy,
        analysis: judged.parameters,
        analysis_off: judged.off,
        scrape_interval_ms: judged.scrape_interval_ms,
        progress_deadline_seconds,
        promotion,
        gates,
    })
}

/// A strategy that divides requests needs requests.
fn no_traffic(strategy: &Strategy, environment: Option<&EnvironmentSpec>) -> Option<Wrong> {
    let divides = matches!(strategy, Strategy::Canary(_) | Strategy::BlueGreen(_));
    let environment = environment.filter(|_| divides)?;
    if environment.placements.values().any(|placement| placement.route.is_some()) {
        return None;
    }
    let (name, strategy) = (&environment.name, strategy.name());
    let message = format!("{strategy} divides requests, but nothing in `{name}` has a route");
    let suggestion = format!("give a component of `{name}` a `route:`, or take `recreate` or `rolling`");
    Some(Wrong::new("no-route", message, suggestion))
}
