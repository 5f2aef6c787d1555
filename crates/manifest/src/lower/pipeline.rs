//! The pipeline and its stages.

use tidegate_domain::environment::EnvironmentSpec;
use tidegate_domain::gate::{GateRule, GateSpec};
use tidegate_domain::name::{EnvironmentName, GateName};
use tidegate_domain::pipeline::{OnFailure, PipelineSpec, Promotion, StageSpec};
use tidegate_domain::review::ReviewRule;
use tidegate_domain::strategy::Strategy;

use super::environments::{ENVIRONMENTS_MAX, Environments};
use super::{analysis, gates, is_defined, rings, strategy, undefined};
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
        let names = places(text, problems);
        for name in &names {
            if seen.contains(&name.text.as_str()) {
                let message = format!("the environment {} stands in two stages", quoted(&name.text));
                let wrong = Wrong::new("double-environment", message, "keep one stage for each environment");
                problems.add(name.place, wrong);
            }
            seen.push(&name.text);
        }
        let read: Vec<_> = names.iter().map(|name| environment(name, environments, problems)).collect();
        stages.extend(stage(text, read, environments, problems));
    }
    let review = review(text, problems);
    PipelineSpec { review, ..PipelineSpec::new(name, stages) }
}

fn review(text: &PipelineText, problems: &mut Problems) -> ReviewRule {
    let default = ReviewRule::default();
    let Some(written) = &text.emergency_review else { return default };
    let within_seconds = read_or(written.value.within.as_ref(), default.within_seconds, problems);
    if let Some(scalar) = written.value.within.as_ref().filter(|_| within_seconds == 0) {
        let message = "a review that is due at once is overdue at once";
        problems.add(scalar.place, Wrong::new("bad-duration", message, "write a time like `72h`"));
    }
    let overdue = read_or(written.value.overdue.as_ref(), default.overdue, problems);
    ReviewRule { within_seconds, overdue }
}

/// Where a release enters together.
fn places<'a>(written: &'a At<StageText>, problems: &mut Problems) -> Vec<&'a Scalar<EnvironmentKind>> {
    let text = &written.value;
    let Some(several) = &text.environments else {
        let one = problems.required(written.place, "environment: production", text.environment.as_ref());
        return one.into_iter().collect();
    };
    let wrong = if text.environment.is_some() {
        Some(("`environment` and `environments` both stand here", "keep one of the two"))
    } else if several.is_empty() {
        Some(("a stage without environments leads nowhere", "name them: `environments: [eu, us]`"))
    } else {
        None
    };
    if let Some((message, suggestion)) = wrong {
        problems.add(written.place, Wrong::new("bad-stage", message, suggestion));
    }
    if let Some(first) = several.get(ENVIRONMENTS_MAX) {
        let wrong = too_many(several.len(), ENVIRONMENTS_MAX, "environments in one stage");
        problems.add(first.place, wrong);
    }
    several.iter().take(ENVIRONMENTS_MAX).collect()
}

/// None where all of them have to.
fn succeed(text: &StageText, of: usize, problems: &mut Problems) -> Option<u32> {
    let scalar = text.succeed.as_ref()?;
    let wanted = scalar.read(problems)??;
    if (1..=of).contains(&(wanted as usize)) {
        return Some(wanted);
    }
    let message = format!("it cannot succeed in {wanted} of {of}");
    let suggestion = format!("write `all`, or a number from 1 to {of}");
    problems.add(scalar.place, Wrong::new("bad-stage", message, suggestion));
    None
}

/// A gate like any other, in fewer words.
fn soak(text: &StageText, gates: &mut Vec<GateSpec>, problems: &mut Problems) {
    let Some(scalar) = &text.soak else { return };
    let Some(seconds) = scalar.read(problems) else { return };
    let Ok(name) = GateName::new("soak") else { return };
    if gates.iter().any(|gate| gate.name == name) {
        let message = "two gates of this stage are called `soak`";
        let wrong =
            Wrong::new("double-gate", message, "keep `soak:` here or the gate, or give the gate a name");
        problems.add(scalar.place, wrong);
    }
    gates.insert(0, GateSpec::new(name, GateRule::Soak { seconds }));
}

/// Who writes `promotion` at the first stage most likely means the way out of it.
fn nothing_before(text: &StageText, problems: &mut Problems) {
    if let Some(soak) = &text.soak {
        let message = "no stage comes before this one, so there is nothing to stand in";
        let suggestion = "`soak` belongs to the stage that a release enters: move it to the next stage";
        problems.add(soak.place, Wrong::new("no-stage-before", message, suggestion));
    }
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
    places: Vec<Option<EnvironmentName>>,
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
    let succeed = succeed(text, places.len(), problems);
    let on_failure = read_or(text.on_failure.as_ref(), OnFailure::GoOn, problems);
    let mut gates = gates::gates(text.gates.as_deref().unwrap_or_default(), environments, problems);
    gates::before_rings(&mut gates, rings::gated(text.strategy.as_ref()), environments, problems);
    soak(text, &mut gates, problems);
    let (places, strategy) = (places.into_iter().collect::<Option<Vec<_>>>()?, strategy?);
    for environment in &places {
        let finished = environments.spec(environment).filter(|spec| !environments.is_unfinished(spec));
        if let Some(wrong) = no_traffic(&strategy, finished) {
            problems.add(form?.place, wrong);
        }
    }
    let mut places = places.into_iter();
    Some(StageSpec {
        environment: places.next()?,
        beside: places.collect(),
        succeed,
        on_failure,
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
    let divides = matches!(
        strategy,
        Strategy::Canary(_) | Strategy::BlueGreen(_) | Strategy::Phased(_) | Strategy::Shadow(_)
    );
    let environment = environment.filter(|_| divides)?;
    if environment.placements.values().any(|placement| placement.route.is_some()) {
        return None;
    }
    let (name, strategy) = (&environment.name, strategy.name());
    let message = format!("{strategy} divides requests, but nothing in `{name}` has a route");
    let suggestion = format!("give a component of `{name}` a `route:`, or take `recreate` or `rolling`");
    Some(Wrong::new("no-route", message, suggestion))
}
