//! Strategies and their knobs.

use tidegate_domain::strategy::{
    BadPrometheus, BadStrategy, BlueGreen, Canary, CanaryStep, Climb, Phased, Recreate, Rolling, Shadow,
    Strategy,
};

use super::{flag, matches, rings};
use crate::diagnostic::quoted;
use crate::place::Place;
use crate::problems::{Problems, Wrong};
use crate::suggest::instead;
use crate::written::form::{At, Form};
use crate::written::scalar::read_or;
use crate::written::strategy::{
    BlueGreenText, CanaryText, RecreateText, RollingText, STRATEGIES, ShadowText, StepText, StrategyText,
};

pub(super) fn bad(message: impl Into<String>, suggestion: impl Into<String>) -> Wrong {
    Wrong::new("bad-strategy", message, suggestion)
}

pub fn strategy(written: &At<Form<StrategyText>>, problems: &mut Problems) -> Option<Strategy> {
    let place = written.place;
    match &written.value {
        Form::Short(name) => short(name, place, problems),
        Form::Long(text) => long(text, place, problems),
    }
}

fn short(name: &str, place: Place, problems: &mut Problems) -> Option<Strategy> {
    match name {
        "recreate" => Some(Strategy::Recreate(Recreate::default())),
        "rolling" => Some(Strategy::Rolling(Rolling::default())),
        "blue-green" => Some(Strategy::BlueGreen(BlueGreen::default())),
        "canary" => Some(Strategy::Canary(Canary::default())),
        "phased" => Some(Strategy::Phased(Phased::default())),
        "shadow" => Some(Strategy::Shadow(Shadow::default())),
        "flag" => {
            let suggestion = "name it: `strategy: {flag: {key: new-checkout}}`";
            problems.add(place, bad("a rollout by a flag needs the flag's key", suggestion));
            None
        }
        _ => {
            let message = format!("{} is no strategy", quoted(name));
            problems.add(place, Wrong::new("unknown-strategy", message, instead(name, STRATEGIES)));
            None
        }
    }
}

fn long(text: &StrategyText, place: Place, problems: &mut Problems) -> Option<Strategy> {
    let recreate = text.recreate.as_ref().map(|text| Strategy::Recreate(recreate(text, problems)));
    let rolling = text.rolling.as_ref().map(|text| Strategy::Rolling(rolling(text, problems)));
    let blue_green = text.blue_green.as_ref().map(|text| Strategy::BlueGreen(blue_green(text, problems)));
    let canary = text.canary.as_ref().map(|text| Strategy::Canary(canary(text, place, problems)));
    let phased = text.phased.as_ref().map(|text| Strategy::Phased(rings::phased(text, place, problems)));
    let shadow = text.shadow.as_ref().map(|text| Strategy::Shadow(shadow(text, problems)));
    let flag = text.flag.as_ref().map(|text| flag::flag(text, place, problems));
    // Without its key it is blamed already.
    if let Some(None) = flag {
        return None;
    }
    let flag = flag.flatten().map(Strategy::Flag);
    let mut chosen = [recreate, rolling, blue_green, canary, phased, shadow, flag].into_iter().flatten();
    let first = chosen.next();
    let wrong = match (&first, chosen.next()) {
        (Some(_), None) => return first,
        (Some(first), Some(second)) => bad(
            format!("a stage has one strategy, and here are {} and {}", first.name(), second.name()),
            "keep one",
        ),
        (None, _) => bad("a strategy is missing", "write one like `canary`"),
    };
    problems.add(place, wrong);
    None
}

pub(super) fn recreate(text: &RecreateText, problems: &mut Problems) -> Recreate {
    Recreate { soak_seconds: read_or(text.soak.as_ref(), Recreate::default().soak_seconds, problems) }
}

pub(super) fn rolling(text: &RollingText, problems: &mut Problems) -> Rolling {
    let default = Rolling::default();
    Rolling {
        max_surge: read_or(text.max_surge.as_ref(), default.max_surge, problems),
        max_unavailable: read_or(text.max_unavailable.as_ref(), default.max_unavailable, problems),
        min_ready_seconds: read_or(text.min_ready.as_ref(), default.min_ready_seconds, problems),
        soak_seconds: read_or(text.soak.as_ref(), default.soak_seconds, problems),
    }
}

fn blue_green(text: &BlueGreenText, problems: &mut Problems) -> BlueGreen {
    let default = BlueGreen::default();
    BlueGreen {
        preview: text.preview.as_ref().and_then(|preview| matches::preview(preview, problems)),
        preview_seconds: read_or(text.preview_for.as_ref(), default.preview_seconds, problems),
        confirm: read_or(text.confirm.as_ref(), default.confirm, problems),
        soak_seconds: read_or(text.soak.as_ref(), default.soak_seconds, problems),
        keep_stable_seconds: read_or(text.keep_stable.as_ref(), default.keep_stable_seconds, problems),
    }
}

fn shadow(text: &ShadowText, problems: &mut Problems) -> Shadow {
    let default = Shadow::default();
    let mirror = read_or(text.mirror.as_ref(), default.mirror, problems);
    if let Some(scalar) = text.mirror.as_ref().filter(|_| mirror.is_none()) {
        let wrong = bad("without a copy there is nothing to judge by", "write a share like `100%`");
        problems.add(scalar.place, wrong);
    }
    Shadow {
        mirror,
        mirror_seconds: read_or(text.mirror_for.as_ref(), default.mirror_seconds, problems),
        compare_body: read_or(text.compare_body.as_ref(), default.compare_body, problems),
        confirm: read_or(text.confirm.as_ref(), default.confirm, problems),
        soak_seconds: read_or(text.soak.as_ref(), default.soak_seconds, problems),
        keep_stable_seconds: read_or(text.keep_stable.as_ref(), default.keep_stable_seconds, problems),
    }
}

fn canary(text: &CanaryText, place: Place, problems: &mut Problems) -> Canary {
    let default = Canary::default();
    let (before, climb) = (problems.count(), climb(text, problems));
    let canary = Canary {
        climb,
        soak_seconds: read_or(text.soak.as_ref(), default.soak_seconds, problems),
        keep_stable_seconds: read_or(text.keep_stable.as_ref(), default.keep_stable_seconds, problems),
    };
    // A plan with gaps where steps could not be read would be blamed for the gaps.
    if problems.count() == before
        && let Err(why) = Strategy::Canary(canary.clone()).validate()
    {
        problems.add(place_of(&why, text).unwrap_or(place), bad(why.to_string(), remedy(&why)));
    }
    canary
}

fn climb(text: &CanaryText, problems: &mut Problems) -> Climb {
    let ramp = [&text.initial_traffic, &text.increment].into_iter().flatten().map(|knob| knob.place);
    let ramp = ramp.chain(text.interval.as_ref().map(|knob| knob.place)).min();
    let others = [text.steps.as_ref().map(|steps| steps.place), text.climb.as_ref().map(|word| word.place)];
    let mut forms: Vec<Place> = others.into_iter().chain([ramp]).flatten().collect();
    forms.sort();
    if let Some(second) = forms.get(1) {
        let message = "a canary climbs in one way, and here are two";
        let suggestion =
            "keep one of `steps`, `climb`, and `initial_traffic` with `increment` and `interval`";
        problems.add(*second, bad(message, suggestion));
    }
    if let Some(word) = &text.climb {
        word.read(problems);
        return Climb::Analysis;
    }
    match &text.steps {
        Some(steps) => Climb::Steps(
            steps.value.iter().take(STEPS_READ_MAX).filter_map(|line| step(line, problems)).collect(),
        ),
        None => ramped(text, problems),
    }
}

/// One more than the domain allows, so that the domain says how many are too many.
const STEPS_READ_MAX: usize = 101;

fn ramped(text: &CanaryText, problems: &mut Problems) -> Climb {
    let Climb::Ramp { initial_traffic, increment, interval_seconds } = Climb::default() else {
        return Climb::default();
    };
    Climb::Ramp {
        initial_traffic: read_or(text.initial_traffic.as_ref(), initial_traffic, problems),
        increment: read_or(text.increment.as_ref(), increment, problems),
        interval_seconds: read_or(text.interval.as_ref(), interval_seconds, problems),
    }
}

fn step(line: &At<Form<StepText>>, problems: &mut Problems) -> Option<CanaryStep> {
    let text = match &line.value {
        Form::Short(word) => return short_step(word, line.place, problems),
        Form::Long(text) => text,
    };
    let shift = text.shift.as_ref().map(|share| share.read(problems).map(CanaryStep::Shift));
    let wait = text.wait.as_ref().map(|time| time.read(problems).map(|seconds| CanaryStep::Wait { seconds }));
    let matched = text.r#match.as_ref().map(|form| Some(CanaryStep::Match(matches::read(form, problems))));
    let mirror = text.mirror.as_ref().map(|share| share.read(problems).map(CanaryStep::Mirror));
    let mut chosen = [shift, wait, matched, mirror].into_iter().flatten();
    let first = chosen.next();
    if first.is_none() || chosen.next().is_some() {
        let message = "a step does one thing";
        problems.add(
            line.place,
            bad(message, "write one of `shift`, `wait`, `match` and `mirror` behind each dash"),
        );
    }
    first.flatten()
}

fn short_step(word: &str, place: Place, problems: &mut Problems) -> Option<CanaryStep> {
    match word {
        "confirm" => Some(CanaryStep::Confirm),
        "judge" => Some(CanaryStep::Judge),
        _ => {
            let suggestion = match word {
                "shift" | "mirror" => format!("give it a share: `- {word}: 10%`"),
                "wait" => "give it a time: `- wait: 60s`".to_owned(),
                "match" => "say by what: `- match: {header: {x-canary: \"1\"}}`".to_owned(),
                _ => instead(word, ["confirm", "judge", "shift", "wait", "match", "mirror"]),
            };
            problems.add(place, bad(format!("{} alone is no step", quoted(word)), suggestion));
            None
        }
    }
}

fn place_of(why: &BadStrategy, text: &CanaryText) -> Option<Place> {
    let steps = text.steps.as_ref();
    match why {
        BadStrategy::NoShift => steps.map(|steps| steps.place),
        BadStrategy::Falls { step, .. } => {
            steps.and_then(|steps| steps.value.get(step - 1)).map(|line| line.place)
        }
        BadStrategy::Zero { knob } | BadStrategy::TooLong { knob, .. } => match *knob {
            "initial_traffic" => text.initial_traffic.as_ref().map(|knob| knob.place),
            "increment" => text.increment.as_ref().map(|knob| knob.place),
            _ => text.interval.as_ref().map(|knob| knob.place),
        },
        BadStrategy::NotEverybody
        | BadStrategy::DoubleRing { .. }
        | BadStrategy::Shrinks { .. }
        | BadStrategy::Prometheus(_) => None,
        BadStrategy::TooMany { .. } => {
            steps.map(|steps| steps.place).or(text.increment.as_ref().map(|knob| knob.place))
        }
    }
}

pub(super) fn remedy(why: &BadStrategy) -> String {
    match why {
        BadStrategy::NoShift => "add a step like `- shift: 10%`".to_owned(),
        BadStrategy::Falls { from, .. } => {
            format!(
                "shift to {from} or more; a rollback needs no step of its own",
                from = from.to_string().replace(' ', "")
            )
        }
        BadStrategy::Zero { knob } => match *knob {
            "interval" => "write a time like `60s`".to_owned(),
            "share" => "leave the ring out, or say whom it `matches`".to_owned(),
            _ => "write a share like `5%`".to_owned(),
        },
        BadStrategy::TooMany { most, .. } => {
            format!("keep {most} steps or fewer; a larger increment makes fewer")
        }
        BadStrategy::NotEverybody => "end with `- {share: 100%}`".to_owned(),
        BadStrategy::DoubleRing { .. } => "give one of them another `name`".to_owned(),
        BadStrategy::Shrinks { from, .. } => {
            format!("write {from} or more", from = from.to_string().replace(' ', ""))
        }
        BadStrategy::TooLong { .. } => "write at most `30d`".to_owned(),
        BadStrategy::Prometheus(why) => match why {
            BadPrometheus::Length { .. } => "write what Prometheus is to be asked".to_owned(),
            BadPrometheus::Label { .. } => "write a label of the counters, like `variant`".to_owned(),
            BadPrometheus::OneLabel => "let programs say both, each in a label of its own".to_owned(),
            BadPrometheus::Timeout => "write a time like `5s`".to_owned(),
            BadPrometheus::Delay => "write a time like `30s`".to_owned(),
        },
    }
}
