//! The `flag` strategy: which flag, how the code gets there, and whom it is shown.

use tidegate_domain::strategy::{BadStrategy, Code, Flagged, Prometheus, Recreate, Rolling, Strategy, Who};

use super::rings;
use super::strategy::{bad, recreate, remedy, rolling};
use crate::diagnostic::quoted;
use crate::place::Place;
use crate::problems::Problems;
use crate::suggest::instead;
use crate::written::form::{At, Form};
use crate::written::scalar::read_or;
use crate::written::strategy::{CODES, CodeText, FlagText, PrometheusText, RingText};

const VALUES_MAX: usize = 1_000;
const ATTRIBUTES_MAX: usize = 100;

pub(super) fn flag(text: &FlagText, place: Place, problems: &mut Problems) -> Option<Flagged> {
    let before = problems.count();
    let Some(key) = &text.key else {
        problems
            .add(place, bad("a rollout by a flag needs the flag's key", "add one like `key: new-checkout`"));
        return None;
    };
    let default = Flagged::of(key.read(problems)?);
    let code = text.code.as_ref().map(|written| code(written, problems));
    let rings = text.rings.as_ref().map(|written| rings::read(written, of_subjects, problems));
    let flagged = Flagged {
        variant: read_or(text.variant.as_ref(), default.variant, problems),
        code: code.unwrap_or(default.code),
        rings: rings.unwrap_or(default.rings),
        soak_seconds: read_or(text.soak.as_ref(), default.soak_seconds, problems),
        prometheus: text.prometheus.as_ref().and_then(|written| prometheus(written, problems)),
        flag: default.flag,
    };
    // A plan with gaps where rings could not be read would be blamed for the gaps.
    if problems.count() == before
        && let Err(why) = Strategy::Flag(flagged.clone()).validate()
    {
        let source = text.prometheus.as_ref().filter(|_| matches!(why, BadStrategy::Prometheus(_)));
        let source = source.map(|written| written.place);
        let at = rings::blamed(&why, text.rings.as_ref()).or(source).unwrap_or(place);
        problems.add(at, bad(why.to_string(), remedy(&why)));
    }
    Some(flagged)
}

/// None where something is missing, which is told.
fn prometheus(written: &At<PrometheusText>, problems: &mut Problems) -> Option<Prometheus> {
    let text = &written.value;
    let url = problems.required(written.place, "url: https://prometheus.example.com", text.url.as_ref());
    let url = url.and_then(|url| url.read(problems));
    let example = "requests: http_requests_total{app=\"shop\"}";
    let requests = problems.required(written.place, example, text.requests.as_ref());
    let requests = requests.and_then(|query| query.read(problems));
    let example = "failures: http_requests_total{app=\"shop\", code=~\"5..\"}";
    let failures = problems.required(written.place, example, text.failures.as_ref());
    let failures = failures.and_then(|query| query.read(problems));
    let token = text.token.as_ref().and_then(|name| name.read(problems));
    let default = Prometheus::new(url?, requests?, failures?, "variant");
    Some(Prometheus {
        variant_label: read_or(text.variant_label.as_ref(), default.variant_label, problems),
        instance_label: read_or(text.instance_label.as_ref(), default.instance_label, problems),
        token,
        timeout_seconds: read_or(text.timeout.as_ref(), default.timeout_seconds, problems),
        delay_seconds: read_or(text.delay.as_ref(), default.delay_seconds, problems),
        ..default
    })
}

fn code(written: &At<Form<CodeText>>, problems: &mut Problems) -> Code {
    let wrong = match &written.value {
        Form::Short(word) => match word.as_str() {
            "recreate" => return Code::Recreate(Recreate::default()),
            "rolling" => return Code::Rolling(Rolling::default()),
            _ => bad(format!("{} is no way for the code of a flag", quoted(word)), instead(word, CODES)),
        },
        Form::Long(text) => match (&text.recreate, &text.rolling) {
            (Some(text), None) => return Code::Recreate(recreate(text, problems)),
            (None, Some(text)) => return Code::Rolling(rolling(text, problems)),
            (Some(_), Some(_)) | (None, None) => {
                bad("the code goes in one way", "keep `recreate` or `rolling`")
            }
        },
    };
    problems.add(written.place, wrong);
    Code::Rolling(Rolling::default())
}

fn of_subjects(written: &At<RingText>, problems: &mut Problems) -> Option<Vec<Who>> {
    if written.value.matches.is_some() {
        let message = "a flag is shown to subjects, which have attributes, and no headers or cookies";
        problems.add(written.place, bad(message, "say it by `who`, such as `who: {tenant: [acme]}`"));
    }
    let who = written.value.who.as_ref()?;
    who.value.at_most(ATTRIBUTES_MAX, "attributes", problems);
    let mut named = Vec::new();
    for entry in who.value.iter().take(ATTRIBUTES_MAX) {
        let values: Vec<String> =
            entry.value.iter().take(VALUES_MAX).filter_map(|value| value.read(problems)).collect();
        if entry.value.len() > VALUES_MAX {
            let message =
                format!("{} values are more than the {VALUES_MAX} of one attribute", entry.value.len());
            problems
                .add(entry.place, bad(message, "send an attribute that tells the segment, and name that"));
        }
        if !values.is_empty() {
            named.push(Who { attribute: entry.key.clone(), values });
        }
    }
    if named.is_empty() {
        problems.add(who.place, bad("this ring has nobody in it", "name somebody: `who: {tenant: [acme]}`"));
    }
    Some(named)
}
