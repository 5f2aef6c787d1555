//! The knobs of the rule that judges a rollout.
//!
//! Invariant: what the rule itself refuses is told at the knob it is about. Deliberately not here: who owns the weights,
//! which follows from the strategy when a rollout is planned (`domain::planning`).

use tidegate_analysis::{ParameterError, Parameters};
use tidegate_domain::strategy::{Canary, CanaryStep, Climb, Strategy};

use super::triggers;
use crate::diagnostic::quoted;
use crate::place::Place;
use crate::problems::{Problems, Wrong};
use crate::suggest::instead;
use crate::written::analysis::AnalysisText;
use crate::written::form::{At, Form};
use crate::written::pipeline::StageText;
use crate::written::quantities::duration_text;
use crate::written::scalar::{Kind, Scalar, read_or};

const SCRAPE_INTERVAL_MS: u64 = 5_000;

pub struct Judged {
    /// None where nothing is judged.
    pub parameters: Option<Parameters>,
    /// It says so itself.
    pub off: bool,
    pub scrape_interval_ms: u64,
}

pub fn analysis(stage: &At<StageText>, strategy: Option<&Strategy>, problems: &mut Problems) -> Judged {
    let mut judged = Judged { parameters: None, off: false, scrape_interval_ms: SCRAPE_INTERVAL_MS };
    match stage.value.analysis.as_ref().map(|At { place, value }| (*place, value)) {
        None => {
            let on = strategy.is_some_and(Strategy::is_judged_by_default);
            judged.parameters = on.then(Parameters::default);
        }
        Some((place, Form::Short(word))) => {
            judged.off = !switched_on(word, place, problems);
            judged.parameters = (!judged.off).then(Parameters::default);
        }
        Some((place, Form::Long(text))) => {
            let mut parameters = Parameters::default();
            judged.scrape_interval_ms = scrape_interval(text, problems);
            written(text, place, &mut parameters, problems);
            judged.parameters = Some(parameters);
        }
    }
    if judged.parameters.is_none() {
        nobody_judges(stage, strategy, problems);
    }
    judged
}

fn switched_on(word: &str, place: Place, problems: &mut Problems) -> bool {
    match word.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" => true,
        "off" | "false" | "no" => false,
        _ => {
            let message = format!("{} is neither on nor off", quoted(word));
            problems.add(place, Wrong::new("bad-switch", message, instead(word, ["on", "off"])));
            true
        }
    }
}

/// A plan that asks the analysis and has none would wait for ever.
fn nobody_judges(stage: &At<StageText>, strategy: Option<&Strategy>, problems: &mut Problems) {
    let Some(Strategy::Canary(Canary { climb, .. })) = strategy else { return };
    let asked = match climb {
        Climb::Analysis => "`climb: analysis`",
        Climb::Steps(list) if list.contains(&CanaryStep::Judge) => "the step `judge`",
        Climb::Steps(_) | Climb::Ramp { .. } => return,
    };
    let place = stage.value.analysis.as_ref().map_or(stage.place, |form| form.place);
    let message = format!("{asked} asks the analysis, which is off");
    problems.add(
        place,
        Wrong::new("bad-analysis", message, "remove `analysis: off`, or write the shares and times yourself"),
    );
}

fn scrape_interval(text: &AnalysisText, problems: &mut Problems) -> u64 {
    const MINUTES_5_MS: u64 = 300_000;
    let interval = read_or(text.scrape_interval.as_ref(), SCRAPE_INTERVAL_MS, problems);
    if let Some(scalar) = text.scrape_interval.as_ref().filter(|_| !(50..=MINUTES_5_MS).contains(&interval)) {
        let message = format!("counters cannot be read every {}", quoted(&scalar.text));
        problems.add(scalar.place, Wrong::new("bad-analysis", message, "write a time from `50ms` to `5m`"));
    }
    interval
}

/// Reads knobs and remembers where each stands, by the rule's name for it.
pub struct Knobs<'a> {
    pub problems: &'a mut Problems,
    pub given: Vec<Given>,
}

pub struct Given {
    parameter: String,
    key: &'static str,
    place: Place,
}

impl Knobs<'_> {
    fn set<K: Kind>(&mut self, name: (&str, &'static str), knob: Option<&Scalar<K>>, into: &mut K::Value) {
        let Some(scalar) = knob else { return };
        self.note(name, scalar.place);
        if let Some(value) = scalar.read(self.problems) {
            *into = value;
        }
    }

    /// The rule's name and the file's.
    pub fn note(&mut self, (parameter, key): (&str, &'static str), place: Place) {
        self.given.push(Given { parameter: parameter.to_owned(), key, place });
    }
}

fn written(text: &AnalysisText, place: Place, parameters: &mut Parameters, problems: &mut Problems) {
    let before = problems.count();
    let mut knobs = Knobs { problems, given: Vec::new() };
    chances(text, parameters, &mut knobs);
    clocks(text, parameters, &mut knobs);
    tolerances(text, parameters, &mut knobs);
    triggers::triggers(text, parameters, &mut knobs);
    let given = std::mem::take(&mut knobs.given);
    if problems.count() > before {
        return;
    }
    if parameters.timeout_seconds < parameters.min_duration_seconds {
        problems.add(
            place_of("timeout_seconds", "min_duration_seconds", &given).unwrap_or(place),
            too_short(parameters),
        );
    } else if let Err(error) = parameters.validate() {
        let (place, wrong) = out_of_range(&error, &given, place);
        problems.add(place, wrong);
    }
}

fn chances(text: &AnalysisText, parameters: &mut Parameters, knobs: &mut Knobs<'_>) {
    knobs.set(("alpha", "alpha"), text.alpha.as_ref(), &mut parameters.alpha);
    knobs.set(("beta", "beta"), text.beta.as_ref(), &mut parameters.beta);
    knobs.set(
        ("amber_evidence", "amber_evidence"),
        text.amber_evidence.as_ref(),
        &mut parameters.amber_evidence,
    );
    knobs.set(
        ("block_nats_max", "block_nats_max"),
        text.block_nats_max.as_ref(),
        &mut parameters.block_nats_max,
    );
    knobs.set(
        ("timeout_error_points", "timeout_error_points"),
        text.timeout_error_points.as_ref(),
        &mut parameters.timeout_error_points,
    );
    knobs.set(("ceiling_mode", "mode"), text.mode.as_ref(), &mut parameters.ceiling_mode);
    knobs.set(
        ("on_source_down", "on_source_down"),
        text.on_source_down.as_ref(),
        &mut parameters.on_source_down,
    );
    let name = ("warm_up_weight_basis_points", "warm_up_traffic");
    if let Some(scalar) = &text.warm_up_traffic {
        knobs.note(name, scalar.place);
        if let Some(weight) = scalar.read(knobs.problems) {
            parameters.warm_up_weight_basis_points = weight.basis_points();
        }
    }
}

fn clocks(text: &AnalysisText, parameters: &mut Parameters, knobs: &mut Knobs<'_>) {
    let p = parameters;
    knobs.set(
        ("min_duration_seconds", "min_duration"),
        text.min_duration.as_ref(),
        &mut p.min_duration_seconds,
    );
    knobs.set(("timeout_seconds", "timeout"), text.timeout.as_ref(), &mut p.timeout_seconds);
    knobs.set(("hold_seconds_max", "hold_max"), text.hold_max.as_ref(), &mut p.hold_seconds_max);
    knobs.set(("warm_up_seconds", "warm_up"), text.warm_up.as_ref(), &mut p.warm_up_seconds);
    knobs.set(("grace_seconds", "grace"), text.grace.as_ref(), &mut p.grace_seconds);
    knobs.set(("block_ms", "block"), text.block.as_ref(), &mut p.block_ms);
    let shared = ("shared_breach_seconds_max", "shared_breach_max");
    knobs.set(shared, text.shared_breach_max.as_ref(), &mut p.shared_breach_seconds_max);
    let no_data = ("no_data_wait_seconds_max", "no_data_wait_max");
    knobs.set(no_data, text.no_data_wait_max.as_ref(), &mut p.no_data_wait_seconds_max);
}

fn tolerances(text: &AnalysisText, parameters: &mut Parameters, knobs: &mut Knobs<'_>) {
    if let Some(text) = &text.errors {
        let errors = &mut parameters.errors;
        knobs.set(("errors.harm_ratio", "harm_ratio"), text.harm_ratio.as_ref(), &mut errors.harm_ratio);
        knobs.set(("errors.harm_points", "harm_points"), text.harm_points.as_ref(), &mut errors.harm_points);
        knobs.set(
            ("errors.margin_points", "margin_points"),
            text.margin_points.as_ref(),
            &mut errors.margin_points,
        );
        knobs.set(
            ("errors.margin_ratio", "margin_ratio"),
            text.margin_ratio.as_ref(),
            &mut errors.margin_ratio,
        );
    }
    if let Some(text) = &text.latency {
        let latency = &mut parameters.latency;
        knobs.set(("latency.harm_ratio", "harm_ratio"), text.harm_ratio.as_ref(), &mut latency.harm_ratio);
        knobs.set(
            ("latency.harm_points", "harm_points"),
            text.harm_points.as_ref(),
            &mut latency.harm_points,
        );
        for (name, knob, into) in [
            (
                ("latency.margin_points_p50", "margin_points_p50"),
                &text.margin_points_p50,
                &mut latency.margin_points_p50,
            ),
            (
                ("latency.margin_points_p90", "margin_points_p90"),
                &text.margin_points_p90,
                &mut latency.margin_points_p90,
            ),
            (
                ("latency.margin_points_p99", "margin_points_p99"),
                &text.margin_points_p99,
                &mut latency.margin_points_p99,
            ),
        ] {
            knobs.set(name, knob.as_ref(), into);
        }
    }
}

/// Where the first of two knobs stands that is written at all.
fn place_of(first: &str, second: &str, given: &[Given]) -> Option<Place> {
    let find = |name: &str| given.iter().find(|knob| knob.parameter == name).map(|knob| knob.place);
    find(first).or_else(|| find(second))
}

fn too_short(parameters: &Parameters) -> Wrong {
    let (timeout, least) = (parameters.timeout_seconds, parameters.min_duration_seconds);
    let longer = duration_text(least.saturating_mul(2));
    let (timeout, least) = (duration_text(timeout), duration_text(least));
    let message = format!("the analysis would end after {timeout}, before its minimum duration of {least}");
    Wrong::new("bad-analysis", message, format!("write `timeout: {longer}`, or lower `min_duration`"))
}

fn out_of_range(error: &ParameterError, given: &[Given], analysis: Place) -> (Place, Wrong) {
    let knob = given.iter().find(|knob| error.parameter.starts_with(&knob.parameter));
    let (name, place) = knob.map_or((error.parameter.as_str(), analysis), |knob| (knob.key, knob.place));
    let message = format!("`{name}` must be {}, but is {}", error.expected, error.found);
    let suggestion = format!("correct it, or leave `{name}` out: the default suits most services");
    (place, Wrong::new("bad-analysis", message, suggestion))
}
