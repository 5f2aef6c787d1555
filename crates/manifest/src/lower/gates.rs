//! The gates of a stage.
//!
//! Invariant: each has a name of its own within its stage, and what it asks was understood when it was saved.

use tidegate_domain::gate::{
    Dependency, EXPRESSION_VARIABLES, GateRule, GateSpec, PlanRule, SignAct, SignRule, WebhookRule,
};
use tidegate_domain::name::{ComponentName, GateName};
use tidegate_evidence::{Covers, Requirement};
use tidegate_expression::{BadExpression, Expression};

use super::environments::Environments;
use super::{is_defined, undefined};
use crate::diagnostic::quoted;
use crate::place::Place;
use crate::problems::{Problems, Wrong};
use crate::suggest::instead;
use crate::written::entries::too_many;
use crate::written::form::{At, Form};
use crate::written::gates::{
    EvidenceText, ExpressionText, GATES, GateText, NeedsText, PlanText, SignText, WebhookText,
};
use crate::written::quantities::duration_text;
use crate::written::scalar::{Kind as _, Scalar, read_or};
use crate::written::strategy::RingText;
use crate::written::words_of_gates::{GateNameKind, PlanWordKind};

const GATES_MAX: usize = 100;
const SIGNERS_MAX: u32 = 100;
const SUITES_MAX: usize = 100;
const EXPIRES_SECONDS: u64 = 72 * 3_600;
const DEADLINE_SECONDS: u64 = 10;
const DEADLINE_SECONDS_MAX: u64 = 20;
const HOLDS_SECONDS: u64 = 300;
const HOLDS_SECONDS_MAX: u64 = 24 * 3_600;

/// A name with its place, or the one it has when none is given.
type Named<'a> = (Option<&'a Scalar<GateNameKind>>, String);

pub fn gates(
    written: &[At<Form<GateText>>],
    environments: &Environments,
    problems: &mut Problems,
) -> Vec<GateSpec> {
    let mut specs: Vec<GateSpec> = Vec::new();
    add(&mut specs, written, environments, problems);
    specs
}

/// Those before a ring, among the stage's. The first ring comes with the entering itself.
pub fn before_rings(
    specs: &mut Vec<GateSpec>,
    rings: Vec<(usize, String, &RingText)>,
    environments: &Environments,
    problems: &mut Problems,
) {
    for (index, name, text) in rings {
        let known = specs.len();
        add(specs, text.gates.as_deref().unwrap_or_default(), environments, problems);
        let ring = (index > 0).then_some(name);
        for spec in &mut specs[known..] {
            spec.ring.clone_from(&ring);
        }
    }
}

fn add(
    specs: &mut Vec<GateSpec>,
    written: &[At<Form<GateText>>],
    environments: &Environments,
    problems: &mut Problems,
) {
    if let Some(first) = written.get(GATES_MAX) {
        problems.add(first.place, too_many(written.len(), GATES_MAX, "gates"));
    }
    for text in written.iter().take(GATES_MAX) {
        let Some((place, spec)) = gate(text, environments, problems) else { continue };
        if specs.iter().any(|known| known.name == spec.name) {
            let message = format!("two gates of this stage are called {}", quoted(spec.name.as_str()));
            let suggestion = "give one of them a `name` of its own";
            problems.add(place, Wrong::new("double-gate", message, suggestion));
        }
        specs.push(spec);
    }
}

fn gate(
    written: &At<Form<GateText>>,
    environments: &Environments,
    problems: &mut Problems,
) -> Option<(Place, GateSpec)> {
    let place = written.place;
    let (named, rule) = match &written.value {
        Form::Short(word) => {
            let default = SignText::default();
            let Some(act) = act(word) else {
                problems.add(place, no_gate(word));
                return None;
            };
            ((None, kind_name(act)), sign(act, &default, problems))
        }
        Form::Long(text) => long(text, place, environments, problems)?,
    };
    let (name_place, name) = match named {
        (Some(scalar), _) => (scalar.place, scalar.read(problems)),
        (None, default) => (place, GateName::new(default).ok()),
    };
    Some((name_place, GateSpec::new(name?, rule?)))
}

fn no_gate(word: &str) -> Wrong {
    let suggestion = match word {
        "soak" => "give it a time: `- soak: 30m`".to_owned(),
        "evidence" => "say which: `- evidence: {kind: security_scan}`".to_owned(),
        "needs" => "say what and where: `- needs: {release: 2.0.0, in: production}`".to_owned(),
        "webhook" => {
            "say whom to ask: `- webhook: {url: https://change.example.com/gate, secret: CHANGE_KEY}`"
                .to_owned()
        }
        "plan" => "say what: `- plan: go`, or `- plan: {risk: 40}`".to_owned(),
        "expression" => "give it a condition: `- expression: \"release.kind == 'hotfix'\"`".to_owned(),
        _ => instead(word, GATES),
    };
    Wrong::new("bad-gate", format!("{} alone is no gate", quoted(word)), suggestion)
}

type Ruled<'a> = (Named<'a>, Option<GateRule>);

fn long<'a>(
    text: &'a GateText,
    place: Place,
    environments: &Environments,
    problems: &mut Problems,
) -> Option<Ruled<'a>> {
    let people = [
        (SignAct::Approval, &text.approval),
        (SignAct::ManualTest, &text.manual_test),
        (SignAct::Uat, &text.uat),
    ];
    let people = people.into_iter().filter_map(|(act, text)| text.as_ref().map(|text| (act, text)));
    let mut chosen: Vec<Ruled<'a>> =
        people.map(|(act, text)| ((text.name.as_ref(), kind_name(act)), sign(act, text, problems))).collect();
    chosen.extend(text.evidence.as_ref().map(|text| evidence(text, problems)));
    chosen.extend(text.soak.as_ref().map(|time| {
        let rule = time.read(problems).map(|seconds| GateRule::Soak { seconds });
        ((None, "soak".to_owned()), rule)
    }));
    chosen.extend(text.needs.as_ref().map(|text| needs(text, environments, problems)));
    chosen.extend(text.expression.as_ref().map(|text| expression(text, problems)));
    chosen.extend(text.webhook.as_ref().map(|text| webhook(text, problems)));
    chosen.extend(text.plan.as_ref().map(|text| plan(text, problems)));
    if chosen.len() != 1 {
        let message = "a gate asks for one thing";
        let suggestion = format!("write one of {} behind each dash", GATES.join(", "));
        problems.add(place, Wrong::new("bad-gate", message, suggestion));
        return None;
    }
    chosen.pop()
}

fn act(word: &str) -> Option<SignAct> {
    match word {
        "approval" => Some(SignAct::Approval),
        "manual_test" => Some(SignAct::ManualTest),
        "uat" => Some(SignAct::Uat),
        _ => None,
    }
}

fn kind_name(act: SignAct) -> String {
    match act {
        SignAct::Approval => "approval",
        SignAct::ManualTest => "manual-test",
        SignAct::Uat => "uat",
    }
    .to_owned()
}

fn sign(act: SignAct, text: &SignText, problems: &mut Problems) -> Option<GateRule> {
    let before = problems.count();
    let count = read_or(text.count.as_ref(), 1, problems);
    if let Some(scalar) = text.count.as_ref().filter(|_| !(1..=SIGNERS_MAX).contains(&count)) {
        let message = format!("{count} signatures open no gate that anybody would want");
        let suggestion = format!("write a number from 1 to {SIGNERS_MAX}");
        problems.add(scalar.place, Wrong::new("bad-number", message, suggestion));
    }
    let expires_seconds = read_or(text.expires.as_ref(), EXPIRES_SECONDS, problems);
    if let Some(scalar) = text.expires.as_ref().filter(|_| expires_seconds == 0) {
        let message = "a word that expires at once opens nothing";
        problems.add(scalar.place, Wrong::new("bad-duration", message, "write a time like `72h`"));
    }
    let from = text.from.as_deref().unwrap_or_default();
    let rule = SignRule {
        act,
        from: from.iter().filter_map(|signer| signer.read(problems)).collect(),
        count,
        emergency_count: read_or(text.emergency_count.as_ref(), 1, problems).min(count),
        author_counts: read_or(text.author_counts.as_ref(), false, problems),
        expires_seconds,
    };
    // Signers that could not be read must not leave a gate that anybody may sign.
    (problems.count() == before).then_some(GateRule::Sign(rule))
}

fn evidence<'a>(written: &'a At<EvidenceText>, problems: &mut Problems) -> Ruled<'a> {
    let text = &written.value;
    let before = problems.count();
    let kind = problems.required(written.place, "kind: security_scan", text.kind.as_ref());
    let kind = kind.and_then(|kind| kind.read(problems));
    let suites = text.suites.as_deref().unwrap_or_default();
    if let Some(first) = suites.get(SUITES_MAX) {
        problems.add(first.place, too_many(suites.len(), SUITES_MAX, "suites"));
    }
    let named = kind.map_or_else(|| "evidence".to_owned(), |kind| kind.name().replace('_', "-"));
    let required = read_or(text.required.as_ref(), true, problems);
    let every = read_or(text.every_artifact.as_ref(), false, problems);
    let requirement = kind.map(|kind| Requirement {
        required,
        threshold: text.threshold.as_ref().and_then(|threshold| threshold.read(problems)),
        expected_suites: suites.iter().take(SUITES_MAX).filter_map(|suite| suite.read(problems)).collect(),
        database_age_seconds_max: text.database_age.as_ref().and_then(|age| age.read(problems)),
        covers: if every { Covers::EveryArtifact } else { Covers::AnyArtifact },
        ..Requirement::new(kind)
    });
    // A threshold that could not be read must not become the kind's own.
    let rule = requirement.filter(|_| problems.count() == before).map(GateRule::Evidence);
    ((text.name.as_ref(), named), rule)
}

fn needs<'a>(written: &'a At<NeedsText>, environments: &Environments, problems: &mut Problems) -> Ruled<'a> {
    let text = &written.value;
    let place = problems.required(written.place, "in: production", text.r#in.as_ref());
    let environment = place.and_then(|name| {
        if is_defined(&name.text, environments.names()) {
            return name.read(problems);
        }
        let wrong = undefined("undefined-environment", "environment", &name.text, environments.names());
        problems.add(name.place, wrong);
        None
    });
    let dependency = match (&text.release, &text.component, &text.version) {
        (Some(release), None, None) => {
            let release = release.read(problems);
            release
                .zip(environment)
                .map(|(release, environment)| Dependency::Release { release, environment })
        }
        (None, Some(component), Some(version)) => {
            let named = component.read(problems).zip(version.read(problems));
            named.zip(environment).and_then(|((component_name, version), environment)| {
                let spec = environments.spec(&environment)?;
                if !spec.placements.contains_key(&component_name) {
                    let placed: Vec<&str> = spec.placements.keys().map(ComponentName::as_str).collect();
                    let wrong = undefined(
                        "undefined-component",
                        "component",
                        &component.text,
                        placed.iter().copied(),
                    );
                    problems.add(component.place, wrong);
                    return None;
                }
                Some(Dependency::Component { component: component_name, version, environment })
            })
        }
        _ => {
            let message = "a release, or a component with its version, can be needed";
            let suggestion = "write `{release: 2.0.0, in: production}` or \
                              `{component: db, version: 3.1.0, in: production}`";
            problems.add(written.place, Wrong::new("bad-gate", message, suggestion));
            None
        }
    };
    ((text.name.as_ref(), "needs".to_owned()), dependency.map(GateRule::Dependency))
}

fn expression<'a>(written: &'a At<Form<ExpressionText>>, problems: &mut Problems) -> Ruled<'a> {
    let (name, source, place) = match &written.value {
        Form::Short(source) => (None, Some(source.clone()), written.place),
        Form::Long(text) => {
            let holds =
                problems.required(written.place, "holds: \"release.kind == 'hotfix'\"", text.holds.as_ref());
            let place = holds.map_or(written.place, |holds| holds.place);
            (text.name.as_ref(), holds.and_then(|holds| holds.read(problems)), place)
        }
    };
    let rule = source.and_then(|source| match Expression::compile(&source, EXPRESSION_VARIABLES) {
        Ok(_) => Some(GateRule::Expression { source }),
        Err(bad) => {
            problems.add(place, bad_expression(&bad));
            None
        }
    });
    ((name, "expression".to_owned()), rule)
}

fn plan<'a>(written: &'a At<Form<PlanText>>, problems: &mut Problems) -> Ruled<'a> {
    let (name, rule) = match &written.value {
        Form::Short(word) => {
            let rule = PlanWordKind::read(word).map_err(|wrong| problems.add(written.place, wrong)).ok();
            (None, rule)
        }
        Form::Long(PlanText { name, asks: Some(asks), risk: None, tests: None }) => {
            (name.as_ref(), asks.read(problems))
        }
        Form::Long(PlanText { name, asks: None, risk: Some(risk), tests: None }) => {
            (name.as_ref(), risk.read(problems).map(|most| PlanRule::RiskCeiling { most }))
        }
        Form::Long(PlanText { name, asks: None, risk: None, tests: Some(tests) }) => {
            (name.as_ref(), tests.read(problems).map(|set| PlanRule::TestSet { set }))
        }
        Form::Long(PlanText { name, .. }) => {
            let message = "a plan is asked for one thing";
            let suggestion = "write `plan: go`, `plan: {asks: manual_tests, name: tests}`, `plan: {risk: 40}` or `plan: {tests: regression}`";
            problems.add(written.place, Wrong::new("bad-gate", message, suggestion));
            (name.as_ref(), None)
        }
    };
    let named = rule.as_ref().map_or("plan", PlanRule::kind).to_owned();
    ((name, named), rule.map(GateRule::Plan))
}

fn webhook<'a>(written: &'a At<WebhookText>, problems: &mut Problems) -> Ruled<'a> {
    let text = &written.value;
    let before = problems.count();
    let url = problems.required(written.place, "url: https://change.example.com/gate", text.url.as_ref());
    let url = url.and_then(|url| url.read(problems));
    let secret = problems.required(written.place, "secret: CHANGE_KEY", text.secret.as_ref());
    let secret = secret.and_then(|secret| secret.read(problems));
    let deadline_seconds = read_or(text.deadline.as_ref(), DEADLINE_SECONDS, problems);
    if let Some(scalar) =
        text.deadline.as_ref().filter(|_| !(1..=DEADLINE_SECONDS_MAX).contains(&deadline_seconds))
    {
        let message = "another system has between one and twenty seconds to answer";
        problems.add(scalar.place, Wrong::new("bad-duration", message, "write a time like `10s`"));
    }
    let holds_seconds = read_or(text.holds.as_ref(), HOLDS_SECONDS, problems);
    // Else the next answer could not be there before the last one has ended.
    let least = deadline_seconds.saturating_mul(3);
    if !(least..=HOLDS_SECONDS_MAX).contains(&holds_seconds) {
        let place = text.holds.as_ref().map_or(written.place, |scalar| scalar.place);
        let message = "an answer holds for at least three deadlines, so that the next one can come before it ends, and for a day at most";
        let suggestion = format!("write at least `{}`", duration_text(least));
        problems.add(place, Wrong::new("bad-duration", message, suggestion));
    }
    let rule = url.zip(secret).filter(|_| problems.count() == before);
    let rule = rule.map(|(url, secret)| WebhookRule { url, secret, deadline_seconds, holds_seconds });
    ((text.name.as_ref(), "webhook".to_owned()), rule.map(GateRule::Webhook))
}

fn bad_expression(bad: &BadExpression) -> Wrong {
    Wrong::new(bad.code(), bad.to_string(), bad.help())
}
