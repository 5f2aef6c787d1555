//! An environment as single facts, each under the path that it is written at.
//!
//! Invariant: everything that can differ is a fact, also knobs that come later: strategies, gates and analyses are taken
//! apart as they are stored. Deliberately not here: comparing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::Side;
use crate::environment::{EnvironmentSpec, Placement, RouteSpec, Sticky, TargetKind};
use crate::name::{EnvironmentName, SecretName};
use crate::pipeline::{Promotion, StageSpec};

pub(super) struct Fact {
    pub value: String,
    pub from: Option<EnvironmentName>,
    /// The fact that this is a part of.
    pub within: Option<String>,
}

pub(super) fn facts(side: Side<'_>) -> BTreeMap<String, Fact> {
    let mut facts = Facts { spec: side.spec, found: BTreeMap::new() };
    facts.environment();
    facts.secrets(side);
    for (component, placement) in &side.spec.placements {
        let path = format!("components.{component}");
        facts.placement(&path, placement);
        if let Some(version) = side.versions.get(component) {
            facts.part(&path, "version", version);
        }
        let tests = side.components.get(component).map_or(&[][..], |spec| &spec.smoke);
        for test in tests.iter().filter(|test| test.is_asked_in(&side.spec.name)) {
            facts.part(&path, &format!("smoke.{}", test.name), "asked");
        }
    }
    if let Some(stage) = side.stage {
        facts.stage(stage);
    }
    facts.found
}

struct Facts<'a> {
    spec: &'a EnvironmentSpec,
    found: BTreeMap<String, Fact>,
}

impl Facts<'_> {
    fn add(&mut self, path: String, within: Option<&str>, value: &(impl ToString + ?Sized)) {
        let from = self.spec.origins.get(&path).cloned();
        let (value, within) = (value.to_string(), within.map(str::to_owned));
        self.found.insert(path, Fact { value, from, within });
    }

    fn part(&mut self, whole: &str, name: &str, value: &(impl ToString + ?Sized)) {
        self.add(format!("{whole}.{name}"), Some(whole), value);
    }

    fn environment(&mut self) {
        let spec = self.spec;
        let target = match spec.target {
            TargetKind::Process => "process",
        };
        self.add("target".to_owned(), None, target);
        if let Some(tier) = spec.tier {
            self.add("tier".to_owned(), None, tier.word());
        }
        if let Some(owner) = &spec.owner {
            self.add("owner".to_owned(), None, owner);
        }
        self.add("protected".to_owned(), None, &spec.protected);
        for tenant in &spec.tenants {
            self.add(format!("tenants.{tenant}"), None, "served");
        }
        for (name, value) in &spec.variables {
            self.add(format!("variables.{name}"), None, value);
        }
    }

    fn secrets(&mut self, side: Side<'_>) {
        let wanted = self.spec.all_secrets();
        let set = side.secrets.of(&self.spec.name).map(|(name, _)| name);
        let names: BTreeSet<&SecretName> = wanted.iter().chain(set).collect();
        for name in names {
            let record = side.secrets.record(&self.spec.name, name);
            let value = match record.map(|record| &record.fingerprint) {
                None => "not set".to_owned(),
                Some(fingerprint) if wanted.contains(name) => fingerprint.clone(),
                Some(fingerprint) => format!("{fingerprint}, nothing asks for it"),
            };
            self.add(format!("secrets.{name}"), None, &value);
        }
    }

    fn placement(&mut self, path: &str, placement: &Placement) {
        self.add(path.to_owned(), None, "placed");
        self.part(path, "replicas", &placement.replicas);
        for name in &placement.secrets {
            self.part(path, &format!("secrets.{name}"), "asked for");
        }
        if let Some(route) = &placement.route {
            self.part(path, "route", "routed");
            self.route(&format!("{path}.route"), route);
        }
    }

    fn route(&mut self, path: &str, route: &RouteSpec) {
        self.part(path, "listen", &route.listen);
        self.part(path, "path", &route.path_prefix);
        self.part(path, "strip_path", &route.strip_prefix);
        let hosts = if route.hosts.is_empty() { "all".to_owned() } else { route.hosts.join(", ") };
        self.part(path, "hosts", &hosts);
        if let Some(Sticky { cookie, max_age_seconds }) = &route.sticky {
            self.part(path, "sticky", &format!("{cookie} for {max_age_seconds} s"));
        }
        if let Some(preview) = &route.preview {
            self.part(path, "preview", preview);
        }
    }

    fn stage(&mut self, stage: &StageSpec) {
        let path = "stage";
        self.add(path.to_owned(), None, "in the pipeline");
        let promotion = match stage.promotion {
            Promotion::Automatic => "automatic",
            Promotion::Manual => "manual",
        };
        self.part(path, "promotion", promotion);
        self.part(path, "progress_deadline_seconds", &stage.progress_deadline_seconds);
        self.part(path, "scrape_interval_ms", &stage.scrape_interval_ms);
        self.part(path, "strategy", stage.strategy.name());
        self.knobs("stage.strategy", &inner(stored(&stage.strategy)));
        let analysis = stage.analysis_for(&stage.strategy);
        self.part(path, "analysis", if analysis.is_some() { "on" } else { "off" });
        self.knobs("stage.analysis", &stored(&analysis));
        for gate in &stage.gates {
            self.part(path, &format!("gates.{}", gate.name), gate.rule.kind());
            self.knobs(&format!("stage.gates.{}", gate.name), &inner(stored(&gate.rule)));
        }
    }

    /// What is left out, or empty, is no fact.
    fn knobs(&mut self, whole: &str, value: &Value) {
        let Value::Object(members) = value else { return };
        for (name, value) in members {
            self.knob(whole, &name.to_lowercase(), value);
        }
    }

    fn knob(&mut self, whole: &str, name: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Array(items) if items.is_empty() => {}
            Value::Object(members) => {
                for (inside, value) in members {
                    self.knob(whole, &format!("{name}.{}", inside.to_lowercase()), value);
                }
            }
            Value::String(text) => self.part(whole, name, text),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) => self.part(whole, name, value),
        }
    }
}

/// As it stands in the log; all of it can be written there.
fn stored(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Without the name of the variant, which is told by itself.
fn inner(value: Value) -> Value {
    match value {
        Value::Object(members) if members.len() == 1 => {
            members.into_iter().next().map(|(_, inner)| inner).unwrap_or_default()
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => value,
    }
}
