//! A rollout that shows a flag's variant to growing shares, and what that makes of the definition.
//!
//! Invariant: the flag's own rules are asked first and stay as they are; an exposure takes the place of the default alone,
//! and whoever has the variant keeps it as the share grows. While a rollout has a flag nobody else changes it there,
//! but anybody who may can switch it off. Deliberately not here: when it is shown (`consequences`).

use serde_json::{Value, json};

use super::decide::Asking;
use super::{Definition, Edition, Flag, FlagEvent, FlagRefusal, Standing};
use crate::id::RolloutId;
use crate::name::EnvironmentName;
use crate::strategy::{Exposure, Who};
use crate::weight::Weight;

/// A rollout that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Showing {
    pub rollout: RolloutId,
    pub variant: String,
    /// As it was before.
    pub base: Definition,
}

/// The last rollout that showed it to everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub rollout: RolloutId,
    pub variant: String,
    /// The default before.
    pub default: String,
}

/// What a rollout asks of a flag that it has, or had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForRollout {
    pub environment: EnvironmentName,
    pub rollout: RolloutId,
    pub wish: Wish,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// To have it until it is released. All that will be shown must be possible.
    Claim {
        variant: String,
        exposures: Vec<Exposure>,
    },
    Show(Exposure),
    /// Everybody gets what was the default before.
    TakeBack,
    Release,
    /// One that belongs to the release.
    Switch {
        on: bool,
    },
}

impl Flag {
    pub(super) fn for_rollout(
        &self,
        ForRollout { environment, rollout, wish }: ForRollout,
        asking: &Asking<'_>,
    ) -> Result<Vec<FlagEvent>, FlagRefusal> {
        let standing = self.environments.get(&environment).ok_or_else(|| FlagRefusal::NotConfigured {
            key: self.key.clone(),
            environment: environment.clone(),
        });
        let showing =
            |standing: &Standing| standing.showing.clone().filter(|showing| showing.rollout == rollout);
        match wish {
            Wish::Claim { variant, exposures } => {
                self.in_use()?;
                let standing = standing?;
                self.free(&environment)?;
                self.showable(standing, &environment, (&variant, &exposures))?;
                Ok(vec![FlagEvent::Claimed { environment, rollout, variant }])
            }
            Wish::Show(exposure) => {
                let standing = standing?;
                let Some(showing) = showing(standing) else { return Ok(Vec::new()) };
                let shown = exposed(&showing.base.value(), &showing.variant, &exposure);
                // It was possible when it was claimed.
                let Ok(shown) = shown else { return Ok(Vec::new()) };
                let definition = Definition::of(&shown).switched(standing.current.definition.is_on());
                Ok(edited(standing, definition, asking).map_or_else(Vec::new, |edition| {
                    vec![FlagEvent::Shown { environment, rollout, exposure, edition }]
                }))
            }
            Wish::TakeBack => {
                let standing = standing?;
                let definition = taken_back(standing, &rollout, showing(standing));
                let edition = definition.and_then(|definition| edited(standing, definition, asking));
                let event = edition.map(|edition| FlagEvent::TakenBack { environment, rollout, edition });
                Ok(event.into_iter().collect())
            }
            Wish::Release => {
                let had = standing.is_ok_and(|standing| showing(standing).is_some());
                Ok(had.then_some(FlagEvent::Released { environment, rollout }).into_iter().collect())
            }
            Wish::Switch { on } => {
                let stands = standing.is_ok_and(|standing| standing.current.definition.is_on());
                let configured = self.environments.contains_key(&environment) && self.archived.is_none();
                let (number, said) = (self.edition(&environment) + 1, asking.said());
                let event = FlagEvent::Switched { environment, on, number, said };
                Ok((configured && stands != on).then_some(event).into_iter().collect())
            }
        }
    }

    /// Nobody but its rollout changes it there.
    pub(super) fn free(&self, environment: &EnvironmentName) -> Result<(), FlagRefusal> {
        let showing = self.environments.get(environment).and_then(|standing| standing.showing.as_ref());
        match showing {
            None => Ok(()),
            Some(Showing { rollout, .. }) => Err(FlagRefusal::InRollout {
                key: self.key.clone(),
                environment: environment.clone(),
                rollout: rollout.clone(),
            }),
        }
    }

    fn showable(
        &self,
        standing: &Standing,
        environment: &EnvironmentName,
        (variant, exposures): (&str, &[Exposure]),
    ) -> Result<(), FlagRefusal> {
        let (key, environment) = (self.key.clone(), environment.clone());
        let base = &standing.current.definition;
        if !base.is_on() {
            return Err(FlagRefusal::Off { key, environment });
        }
        for exposure in exposures {
            let shown = exposed(&base.value(), variant, exposure).map_err(|why| FlagRefusal::Unshowable {
                key: key.clone(),
                environment: environment.clone(),
                why,
            })?;
            Definition::compiled(&key, &shown)?;
        }
        Ok(())
    }
}

/// None where it stands so already.
fn edited(standing: &Standing, definition: Definition, asking: &Asking<'_>) -> Option<Edition> {
    let number = standing.current.number + 1;
    (definition != standing.current.definition).then(|| Edition { number, definition, said: asking.said() })
}

fn taken_back(standing: &Standing, rollout: &RolloutId, showing: Option<Showing>) -> Option<Definition> {
    let current = &standing.current.definition;
    if let Some(showing) = showing {
        return Some(showing.base.switched(current.is_on()));
    }
    // It ended, and people may have changed the rules since: only the default is taken back.
    let shown = standing.shown.as_ref().filter(|shown| shown.rollout == *rollout)?;
    let mut value = current.value();
    let stands = value.get("defaultVariant").and_then(Value::as_str) == Some(&shown.variant);
    let members = value.as_object_mut().filter(|_| stands)?;
    members.insert("defaultVariant".to_owned(), shown.default.clone().into());
    Some(Definition::of(&value))
}

/// The definition while `variant` is shown so, or why that cannot be.
fn exposed(base: &Value, variant: &str, exposure: &Exposure) -> Result<Value, String> {
    let mut value = base.clone();
    let known = |name: &str| base.get("variants").is_some_and(|variants| variants.get(name).is_some());
    let default = base.get("defaultVariant").and_then(Value::as_str).unwrap_or_default();
    if !known(variant) {
        return Err(format!("it has no variant `{variant}`"));
    }
    if default.is_empty() {
        return Err("it has no default variant, which those get whom it is not shown".to_owned());
    }
    if default == variant {
        return Err(format!("everybody gets `{variant}` already, which is its default"));
    }
    let rules = base.get("targeting").filter(|rules| !is_nothing(rules));
    let open = rules.map(opened).transpose()?;
    let Some(members) = value.as_object_mut() else { return Err("it is no object".to_owned()) };
    if exposure.share.is_all() {
        members.insert("defaultVariant".to_owned(), variant.into());
        return Ok(value);
    }
    let rule = rule((variant, default), exposure);
    let targeting = match open {
        None => rule,
        Some(mut branches) => {
            branches.push(rule);
            json!({ "if": branches })
        }
    };
    members.insert("targeting".to_owned(), targeting);
    Ok(value)
}

fn is_nothing(rules: &Value) -> bool {
    rules.is_null() || rules.as_object().is_some_and(serde_json::Map::is_empty)
}

/// The branches of rules that leave the others to the default.
fn opened(rules: &Value) -> Result<Vec<Value>, String> {
    let branches = rules.as_object().filter(|members| members.len() == 1);
    let branches = branches.and_then(|members| members.get("if")).and_then(Value::as_array);
    let mut branches = branches.cloned().unwrap_or_default();
    if branches.len() % 2 == 1 && branches.last().is_some_and(Value::is_null) {
        branches.pop();
    }
    if branches.is_empty() || branches.len() % 2 == 1 {
        return Err("its rules say already what everybody gets".to_owned());
    }
    Ok(branches)
}

fn rule((variant, default): (&str, &str), exposure: &Exposure) -> Value {
    let share = u32::from(exposure.share.basis_points());
    let whole = u32::from(Weight::ALL.basis_points());
    // The variant comes first and the sum stays, so that nobody who has it loses it when its part grows.
    let others = if share == 0 {
        json!(default)
    } else {
        json!({ "fractional": [[variant, share], [default, whole - share]] })
    };
    match exposure.named.iter().map(is_one_of).collect::<Vec<_>>().as_slice() {
        [] => others,
        [one] => json!({ "if": [one, variant, others] }),
        many => json!({ "if": [{ "or": many }, variant, others] }),
    }
}

fn is_one_of(who: &Who) -> Value {
    json!({ "in": [{ "var": who.attribute }, who.values] })
}

#[cfg(test)]
mod tests {
    use serde_json::Map;
    use tidegate_flags::{Context, FlagSet};

    use super::*;

    fn base(rules: &Value) -> Value {
        json!({ "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off", "targeting": rules })
    }

    fn share(basis_points: u16) -> Exposure {
        Exposure { named: Vec::new(), share: Weight::from_basis_points(basis_points).unwrap() }
    }

    fn given(definition: &Value, subject: &str, tenant: &str) -> String {
        let (set, problems) = FlagSet::default().with("checkout", definition);
        assert!(problems.is_empty(), "{problems:?}");
        let attributes: Map<_, _> =
            json!({ "targetingKey": subject, "tenant": tenant }).as_object().unwrap().clone();
        let context = Context::from_json(attributes, 0).unwrap();
        set.evaluate("checkout", &context).variant().unwrap_or_default().to_owned()
    }

    #[test]
    fn an_exposure_takes_the_place_of_the_default_alone() {
        let acme = json!({ "==": [{ "var": "tenant" }, "acme"] });
        let never = base(&json!({ "if": [acme, "off"] }));
        let named =
            Who { attribute: "tenant".to_owned(), values: vec!["beta".to_owned(), "acme".to_owned()] };
        let ring = Exposure { named: vec![named], share: Weight::NONE };
        let shown = exposed(&never, "on", &ring).unwrap();
        let table = [("ann", "acme", "off"), ("ann", "beta", "on"), ("ann", "other", "off")];
        for (subject, tenant, expect) in table {
            assert_eq!(given(&shown, subject, tenant), expect, "{tenant}");
        }
        let all = exposed(&never, "on", &share(10_000)).unwrap();
        assert_eq!(
            (given(&all, "ann", "acme"), given(&all, "ann", "x")),
            ("off".to_owned(), "on".to_owned())
        );
    }

    #[test]
    fn what_leaves_no_room_is_refused() {
        let on = base(&json!({ "if": [true, "on", "off"] }));
        let mut same = base(&Value::Null);
        same["defaultVariant"] = "on".into();
        let mut without = base(&Value::Null);
        without["defaultVariant"] = Value::Null;
        let table = [
            (&on, "on", "say already"),
            (&base(&json!({ "fractional": [["on", 1], ["off", 1]] })), "on", "say already"),
            (&same, "on", "already"),
            (&without, "on", "no default"),
            (&base(&json!({})), "violet", "no variant `violet`"),
        ];
        for (base, variant, expect) in table {
            let why = exposed(base, variant, &share(500)).unwrap_err();
            assert!(why.contains(expect), "{why}");
        }
        assert!(exposed(&base(&json!({ "if": [true, "on", null] })), "on", &share(500)).is_ok());
    }

    proptest::proptest! {
        /// Whoever has the variant keeps it as the share grows, and about that many have it.
        #[test]
        fn an_exposure_only_adds(from in 0_u16..=10_000, more in 0_u16..=10_000) {
            let to = from.saturating_add(more).min(10_000);
            let rules = json!({ "if": [{ "==": [{ "var": "tenant" }, "acme"] }, "on"] });
            let (before, after) =
                (exposed(&base(&rules), "on", &share(from)).unwrap(), exposed(&base(&rules), "on", &share(to)).unwrap());
            let subjects = (0..400).map(|index| format!("user-{index}"));
            let mut shown = 0_i32;
            for subject in subjects {
                let (had, has) = (given(&before, &subject, "x"), given(&after, &subject, "x"));
                proptest::prop_assert!(had == "off" || has == "on", "{subject} lost it");
                shown += i32::from(has == "on");
            }
            // Four hundred coins are off by more than a quarter of all once in 10^20 times.
            proptest::prop_assert!((shown - i32::from(to) / 25).abs() <= 100, "{shown} of 400 at {to}");
        }
    }
}
