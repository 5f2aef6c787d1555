//! One flag's definition → a flag, or what is wrong with it and where.
//!
//! Invariant: every definition gives a flag; one that cannot be served is refused whole and says why. Members that mean
//! nothing here are kept and ignored, as flagd does.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::document::Shared;
use crate::flag::{Flag, Metadata, More, Phase, Prerequisite, Variant, VariantIndex, named};
use crate::limits::{KEY_BYTES_MAX, METADATA_MAX, PREREQUISITES_MAX, SCHEDULE_MAX, VARIANTS_MAX};
use crate::pool::Pool;
use crate::problem::{Found, Path};
use crate::rule;

type Members = Map<String, Value>;

/// What a definition is read with.
#[derive(Clone, Copy)]
pub(crate) struct With<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) pool: &'a Pool,
}

pub(crate) fn compile(key: &str, definition: &Value, with: With<'_>, path: &mut Path) -> (Flag, Vec<Found>) {
    let mut found = Vec::new();
    let read = whole(key, definition, with, &mut Reading { path, found: &mut found });
    let mut flag = read.unwrap_or_else(|refused| {
        let more = More { refused: Some(refused.detail.as_str().into()), ..More::default() };
        found.push(refused);
        empty(key, more, with.shared)
    });
    flag.source = definition.to_string().into();
    (flag, found)
}

/// Where one reads, and the advice found so far. What refuses the flag is returned instead.
struct Reading<'a> {
    path: &'a mut Path,
    found: &'a mut Vec<Found>,
}

impl Reading<'_> {
    fn at<T>(&mut self, member: &str, inside: impl FnOnce(&mut Reading<'_>) -> T) -> T {
        let found = &mut *self.found;
        self.path.at(member, |path| inside(&mut Reading { path, found }))
    }

    fn at_index<T>(&mut self, index: usize, inside: impl FnOnce(&mut Reading<'_>) -> T) -> T {
        self.at(&index.to_string(), inside)
    }

    fn wrong<T>(&self, detail: impl Into<String>) -> Result<T, Found> {
        Err(self.path.here(detail))
    }
}

fn empty(key: &str, more: More, shared: &Shared) -> Flag {
    Flag {
        key: key.into(),
        variants: Arc::new([]),
        phase: Phase::default(),
        more: Some(Box::new(more)),
        metadata: Arc::clone(&shared.metadata),
        source: Box::default(),
    }
}

fn whole(key: &str, definition: &Value, with: With<'_>, read: &mut Reading<'_>) -> Result<Flag, Found> {
    let Some(members) = definition.as_object() else { return read.wrong("a flag is an object") };
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return read.wrong(format!("a flag's key has 1 to {KEY_BYTES_MAX} bytes"));
    }
    let variants = read.at("variants", |read| variants(members.get("variants"), with.pool, read))?;
    let about = About { key, variants: &variants, with };
    let phase = phase(members, &about, read)?;
    let later = read.at("schedule", |read| schedule(members, &about, read))?;
    let prerequisites = read.at("prerequisites", |read| prerequisites(members.get("prerequisites"), read))?;
    let metadata =
        read.at("metadata", |read| merged(members.get("metadata"), &with.shared.metadata, read))?;
    let plain = later.is_empty() && prerequisites.is_empty();
    let more = (!plain).then(|| Box::new(More { later, prerequisites, refused: None }));
    Ok(Flag { key: key.into(), variants, phase, more, metadata, source: Box::default() })
}

/// What the parts of a definition need of the whole.
struct About<'a> {
    key: &'a str,
    variants: &'a [Variant],
    with: With<'a>,
}

fn variants(given: Option<&Value>, pool: &Pool, read: &mut Reading<'_>) -> Result<Arc<[Variant]>, Found> {
    let Some(given) = given.and_then(Value::as_object).filter(|given| !given.is_empty()) else {
        return read.wrong("a flag has an object of at least one variant");
    };
    if given.len() > VARIANTS_MAX {
        return read.wrong(format!("{} variants; {VARIANTS_MAX} is the limit", given.len()));
    }
    let mut kinds = given.values().map(kind);
    let first = kinds.next();
    if kinds.any(|kind| Some(kind) != first) {
        let mixed = read.path.advice("the variants are of different types; flagd's schema wants one");
        read.found.push(mixed);
    }
    if given.contains_key("") {
        return read.at("", |read| read.wrong("a variant has a name"));
    }
    Ok(pool.variants(given))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn phase(members: &Members, about: &About<'_>, read: &mut Reading<'_>) -> Result<Phase, Found> {
    let disabled = read.at("state", |read| match members.get("state").and_then(Value::as_str) {
        Some("ENABLED") => Ok(false),
        Some("DISABLED") => Ok(true),
        Some(_) | None => read.wrong("a flag's state is \"ENABLED\" or \"DISABLED\""),
    })?;
    let default = variant_named(members, "defaultVariant", about, read)?;
    let off = variant_named(members, "offVariant", about, read)?;
    let rule = read.at("targeting", |read| targeting(members.get("targeting"), about, read))?;
    Ok(Phase { rule, default, off, disabled })
}

/// Nothing, null and an empty text name none: the caller's default holds.
fn variant_named(
    members: &Members,
    member: &str,
    about: &About<'_>,
    read: &mut Reading<'_>,
) -> Result<Option<VariantIndex>, Found> {
    let name = match members.get(member) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(name)) if name.is_empty() => return Ok(None),
        Some(Value::String(name)) => name.as_str(),
        Some(Value::Bool(true)) => "true",
        Some(Value::Bool(false)) => "false",
        Some(Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            return read.at(member, |read| read.wrong("a variant is named by a string"));
        }
    };
    match named(about.variants, name) {
        Some(index) => Ok(Some(index)),
        None => read.at(member, |read| read.wrong(format!("there is no variant `{name}`"))),
    }
}

fn targeting(
    given: Option<&Value>,
    about: &About<'_>,
    read: &mut Reading<'_>,
) -> Result<Option<rule::Outcome>, Found> {
    match given {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) if members.is_empty() => Ok(None),
        Some(given @ Value::Object(_)) => {
            let place = rule::Place {
                key: Some(about.key),
                conditions: &about.with.shared.conditions,
                pool: about.with.pool,
            };
            rule::compile(given, about.variants, place, read.path, read.found).map(Some)
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            read.wrong("targeting is an object")
        }
    }
}

/// Members of an entry replace those of the definition, entry after entry.
fn schedule(
    members: &Members,
    about: &About<'_>,
    read: &mut Reading<'_>,
) -> Result<Box<[(i64, Phase)]>, Found> {
    let entries = match members.get("schedule") {
        None | Some(Value::Null) => return Ok(Box::default()),
        Some(Value::Array(entries)) if entries.len() <= SCHEDULE_MAX => entries,
        Some(Value::Array(entries)) => {
            return read.wrong(format!("{} entries; {SCHEDULE_MAX} is the limit", entries.len()));
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            return read.wrong("a schedule is a list of entries, each with an `at`");
        }
    };
    let mut standing = members.clone();
    let mut phases: Vec<(i64, Phase)> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let (from, phase) = read.at_index(index, |read| {
            let changed = entry_members(entry, read)?;
            let from = read.at("at", |read| instant(changed.get("at"), read))?;
            if phases.last().is_some_and(|(last, _)| *last >= from) {
                return read
                    .at("at", |read| read.wrong("entries stand in the order of their times, each its own"));
            }
            standing.extend(changed.iter().map(|(name, value)| (name.clone(), value.clone())));
            let known = read.found.len();
            let phase = phase(&standing, about, read)?;
            // A rule that goes on from before was advised on where it stands.
            if !changed.contains_key("targeting") {
                read.found.truncate(known);
            }
            Ok((from, phase))
        })?;
        phases.push((from, phase));
    }
    Ok(phases.into())
}

/// What an entry may change.
pub(crate) const SCHEDULED: [&str; 4] = ["state", "defaultVariant", "offVariant", "targeting"];

fn entry_members<'a>(entry: &'a Value, read: &mut Reading<'_>) -> Result<&'a Members, Found> {
    let Some(members) = entry.as_object() else { return read.wrong("an entry is an object with an `at`") };
    match members.keys().find(|name| *name != "at" && !SCHEDULED.contains(&name.as_str())) {
        None => Ok(members),
        Some(other) => {
            read.at(other, |read| read.wrong(format!("an entry changes only {}", SCHEDULED.join(", "))))
        }
    }
}

fn instant(given: Option<&Value>, read: &mut Reading<'_>) -> Result<i64, Found> {
    let text = given.and_then(Value::as_str).unwrap_or_default();
    match text.parse::<jiff::Timestamp>() {
        Ok(at) => Ok(at.as_second()),
        Err(_) => read.wrong("a time is written as in RFC 3339: 2026-11-22T06:00:00Z"),
    }
}

fn prerequisites(given: Option<&Value>, read: &mut Reading<'_>) -> Result<Box<[Prerequisite]>, Found> {
    let given = match given {
        None | Some(Value::Null) => return Ok(Box::default()),
        Some(Value::Array(given)) if given.len() <= PREREQUISITES_MAX => given,
        Some(Value::Array(given)) => {
            return read.wrong(format!("{} prerequisites; {PREREQUISITES_MAX} is the limit", given.len()));
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            return read.wrong("prerequisites are a list of {\"flag\", \"variants\"}");
        }
    };
    let each = given.iter().enumerate();
    each.map(|(index, one)| read.at_index(index, |read| prerequisite(one, read))).collect()
}

fn prerequisite(given: &Value, read: &mut Reading<'_>) -> Result<Prerequisite, Found> {
    let Some(flag) = given.get("flag").and_then(Value::as_str).filter(|flag| !flag.is_empty()) else {
        return read.at("flag", |read| read.wrong("a prerequisite names a flag"));
    };
    let names = given.get("variants").and_then(Value::as_array).filter(|names| !names.is_empty());
    let variants: Option<Box<[Box<str>]>> =
        names.and_then(|names| names.iter().map(|name| name.as_str().map(Box::from)).collect());
    match variants {
        Some(variants) if variants.len() <= VARIANTS_MAX => Ok(Prerequisite { flag: flag.into(), variants }),
        Some(_) | None => {
            read.at("variants", |read| read.wrong("a prerequisite names the variants that meet it"))
        }
    }
}

fn merged(
    given: Option<&Value>,
    set: &Arc<Metadata>,
    read: &mut Reading<'_>,
) -> Result<Arc<Metadata>, Found> {
    match given {
        None | Some(Value::Null) => Ok(Arc::clone(set)),
        Some(given) => {
            let own = metadata(given, read.path)?;
            let set = set.iter().map(|(name, value)| (name.clone(), value.clone()));
            let own = own.iter().map(|(name, value)| (name.clone(), value.clone()));
            Ok(Arc::new(set.chain(own).collect()))
        }
    }
}

/// Metadata is flat: texts, numbers and booleans.
pub(crate) fn metadata<'a>(given: &'a Value, path: &mut Path) -> Result<&'a Metadata, Found> {
    let Some(members) = given.as_object() else { return Err(path.here("metadata is an object")) };
    if members.len() > METADATA_MAX {
        return Err(path.here(format!("{} members; {METADATA_MAX} is the limit", members.len())));
    }
    let flat = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    match members.iter().find(|(_, value)| !flat(value)) {
        None => Ok(members),
        Some((name, _)) => {
            path.at(name, |path| Err(path.here("a member of metadata is a string, a number or a boolean")))
        }
    }
}
