//! flagd's own test bed, played against this crate: every case that generation 3 of its bucketing decides, and every case
//! that no generation does.
//!
//! Invariant: what is not played is named with a reason and counted, so that a case which is silently left out fails.

#![allow(clippy::unwrap_used)]

mod gherkin;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gherkin::{Case, Step};
use serde_json::{Value, json};
use tidegate_flags::{Context, Details, FlagSet};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/flagd")
}

fn json_in(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let all = std::fs::read_dir(data().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = all.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    found.sort();
    found
}

/// What the test bed serves as `flags/allFlags.json`: everything but the files that a selector asks for.
fn all_flags() -> Value {
    let mut whole = json!({"flags": {}, "$evaluators": {}});
    for file in files("flags", ".json") {
        if file.file_name().unwrap().to_string_lossy().starts_with("selector") {
            continue;
        }
        let given = json_in(&file);
        for member in ["flags", "$evaluators"] {
            for (name, value) in given[member].as_object().into_iter().flatten() {
                let taken = whole[member].as_object_mut().unwrap().insert(name.clone(), value.clone());
                assert!(taken.is_none(), "{name} twice");
            }
        }
    }
    whole
}

/// What stands at each `{}` of a template; the last one may contain anything.
fn matched<'a>(text: &'a str, template: &str) -> Option<Vec<&'a str>> {
    let pieces: Vec<&str> = template.split("{}").collect();
    let (last, inner) = pieces[1..].split_last()?;
    let mut rest = text.strip_prefix(pieces[0])?;
    let mut found = Vec::new();
    for piece in inner {
        let (value, after) = rest.split_once(piece)?;
        found.push(value);
        rest = after;
    }
    found.push(rest.strip_suffix(last)?);
    Some(found)
}

fn typed(kind: &str, text: &str) -> Value {
    match kind {
        "Boolean" => json!(text == "true"),
        "Integer" => json!(text.parse::<i64>().unwrap()),
        "Float" => json!(text.parse::<f64>().unwrap()),
        "Object" => serde_json::from_str(&text.replace("\\\"", "\"")).unwrap(),
        "String" => json!(text),
        other => panic!("type {other}"),
    }
}

/// The sets that cases are about, by the name of the file a selector asks for.
struct Bed {
    sets: BTreeMap<String, FlagSet>,
}

impl Bed {
    fn new() -> Self {
        let mut sets = BTreeMap::from([
            ("all".to_owned(), FlagSet::compile(&all_flags()).0),
            (
                "evaluator".to_owned(),
                FlagSet::compile(&json_in(&data().join("evaluator/flags/testkit-flags.json"))).0,
            ),
        ]);
        for file in files("flags", ".json") {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            sets.insert(name, FlagSet::compile(&json_in(&file)).0);
        }
        Self { sets }
    }
}

struct Play<'a> {
    bed: &'a Bed,
    set: &'a FlagSet,
    context: Context,
    kind: String,
    key: String,
    default: Value,
}

/// Saturday, 2026-11-21. Before it lies 1, after it 4133980802, which `timestamp-flag` is asked about.
const NOW: i64 = 1_795_219_200;

impl<'a> Play<'a> {
    fn new(bed: &'a Bed, pure: bool) -> Self {
        Self {
            bed,
            set: &bed.sets[if pure { "evaluator" } else { "all" }],
            context: Context::at(NOW),
            kind: String::new(),
            key: String::new(),
            default: Value::Null,
        }
    }

    fn details(&self) -> (Value, Details<'a>) {
        let (set, key, context) = (self.set, self.key.as_str(), &self.context);
        match self.kind.as_str() {
            "Boolean" => {
                let it = set.boolean(key, context, self.default.as_bool().unwrap());
                (json!(it.value), it.details)
            }
            "Integer" => {
                let it = set.integer(key, context, self.default.as_i64().unwrap());
                (json!(it.value), it.details)
            }
            "Float" => {
                let it = set.float(key, context, self.default.as_f64().unwrap());
                (json!(it.value), it.details)
            }
            "String" => {
                let default: &'static str = Box::leak(self.default.as_str().unwrap().to_owned().into());
                let it = set.string(key, context, default);
                (json!(it.value), it.details)
            }
            "Object" => {
                let default: &'static Value = Box::leak(Box::new(self.default.clone()));
                let it = set.object(key, context, default);
                (it.value.clone(), it.details)
            }
            other => panic!("type {other}"),
        }
    }

    /// What was wrong with it, if anything.
    fn step(&mut self, step: &Step) -> Option<String> {
        let text = step.text.as_str();
        let with = |context: &Context, name: &str, value: Value| context.clone().with(name.to_owned(), value);
        if let Some(found) = matched(text, "an option \"selector\" of type \"String\" with value \"{}\"") {
            let file = found[0].rsplit('/').next().unwrap();
            self.set = self.bed.sets.get(file).unwrap_or(&self.bed.sets["all"]);
        } else if text.ends_with("flagd provider") {
            // A provider puts what the server says about the connection into the context.
            self.context = with(&self.context, "injectedmetadata", json!("set"));
        } else if text == "an evaluator" || text.starts_with("an option \"cache\"") {
        } else if let Some(found) = matched(text, "a {}-flag with key \"{}\" and a default value \"{}\"")
            .or_else(|| matched(text, "a {}-flag with key \"{}\" and a fallback value \"{}\""))
        {
            (self.kind, self.key) = (found[0].to_owned(), found[1].to_owned());
            self.default = typed(found[0], found[2]);
        } else if let Some(found) =
            matched(text, "a context containing a key \"{}\", with type \"{}\" and with value \"{}\"")
        {
            self.context = with(&self.context, found[0], typed(found[1], found[2]));
        } else if let Some(found) = matched(
            text,
            "a context containing a nested property with outer key \"{}\" and inner key \"{}\", with value \"{}\"",
        ) {
            self.context = with(&self.context, found[0], json!({found[1]: found[2]}));
        } else if let Some(found) = matched(text, "a context containing a targeting key with value \"{}\"") {
            self.context = self.context.clone().with_targeting_key(found[0]);
        } else if text == "the flag was evaluated with details" {
        } else {
            return self.check(step);
        }
        None
    }

    fn check(&self, step: &Step) -> Option<String> {
        let text = step.text.as_str();
        let (value, details) = self.details();
        let wrong = |expected: &dyn std::fmt::Debug, got: &dyn std::fmt::Debug| {
            Some(format!("{text}: expected {expected:?}, got {got:?} ({details:?})"))
        };
        if let Some(found) = matched(text, "the resolved details value should be \"{}\"") {
            let expected = typed(&self.kind, found[0]);
            return if value == expected { None } else { wrong(&expected, &value) };
        }
        if let Some(found) = matched(text, "the reason should be \"{}\"") {
            let reason = details.reason().as_str();
            return if reason == found[0] { None } else { wrong(&found[0], &reason) };
        }
        if let Some(found) = matched(text, "the error-code should be \"{}\"") {
            let code = details.error().map_or("", |code| code.as_str());
            return if code == found[0] { None } else { wrong(&found[0], &code) };
        }
        let metadata = details.metadata().cloned().unwrap_or_default();
        match text {
            "the resolved metadata is empty" if metadata.is_empty() => None,
            "the resolved metadata is empty" => wrong(&"nothing", &metadata),
            "the resolved metadata should contain" => step.table[1..].iter().find_map(|row| {
                let expected = typed(&row[1], &row[2]);
                if metadata.get(&row[0]) == Some(&expected) { None } else { wrong(row, &metadata) }
            }),
            other => panic!("a step that is not known: {other}"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// No generation of bucketing decides it.
    Independent,
    Third,
    /// Decided by an older generation, which gives other subjects other variants on purpose.
    Older,
    /// Superseded in the test bed itself by `@no-default-variant`.
    Deprecated,
    /// About a connection that is lost, or a flag that is changed over one.
    Connection,
}

fn fate(case: &Case) -> Fate {
    let tagged = |tag: &str| case.tags.iter().any(|known| known == tag);
    let steps = |word: &str| case.steps.iter().any(|step| step.text.contains(word));
    if steps("was fired") || steps("connection is lost") || steps("was modified") {
        Fate::Connection
    } else if tagged("@deprecated") {
        Fate::Deprecated
    } else if tagged("@fractional-v3") {
        Fate::Third
    } else if tagged("@fractional-v1") || tagged("@fractional-v2") {
        Fate::Older
    } else {
        Fate::Independent
    }
}

#[test]
fn every_case_of_flagds_test_bed_is_answered_as_it_says() {
    let bed = Bed::new();
    let mut counts = BTreeMap::new();
    let mut wrong = Vec::new();
    for (folder, pure) in [("evaluator/gherkin", true), ("gherkin", false)] {
        for case in files(folder, ".feature").iter().flat_map(|file| gherkin::read(file)) {
            let fate = fate(&case);
            *counts.entry(fate).or_insert(0) += 1;
            if matches!(fate, Fate::Independent | Fate::Third) {
                let mut play = Play::new(&bed, pure);
                let found = case.steps.iter().find_map(|step| play.step(step));
                wrong.extend(found.map(|found| format!("{}: {}: {found}", case.file, case.name)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Independent: the 207 about evaluating, and 16 of `disabled`, `metadata` and `selector` that ask more of a provider.
    let expected = [
        (Fate::Independent, 207 + 16),
        (Fate::Third, 132),
        (Fate::Older, 72),
        (Fate::Deprecated, 7),
        (Fate::Connection, 4),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
}
