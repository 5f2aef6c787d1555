//! The flags of one environment, compiled, behind a handle that is swapped under its readers.
//!
//! Invariant: what is read is one state of all flags; its version only grows, and is the same for everybody who serves
//! the same flags. Of two changes of a flag the newer stays, in whichever order they come. Deliberately not here: HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use serde_json::Value;
use tidegate_domain::flag::Definition;
use tidegate_flags::{FlagSet, Problem};
use tidegate_sdk::usage::Uses;
use tokio::sync::watch;

use super::now_ms;
use super::outcomes::Outcomes;

#[derive(Default)]
pub(crate) struct Place {
    served: ArcSwap<Served>,
    writing: Mutex<Kept>,
    changed: watch::Sender<u64>,
    keys_changed: watch::Sender<u64>,
    pub uses: Uses,
    pub outcomes: Outcomes,
}

/// One state of an environment's flags.
#[derive(Clone, Default)]
pub(crate) struct Served {
    pub set: FlagSet,
    /// Of the newest event about any of them in their log.
    pub version: u64,
    pub changed_ms: u64,
    /// When schedules change something: seconds since 1970, in order.
    schedule: Arc<[i64]>,
    /// Whether a rule looks at the time, so that answers change without an event.
    reads_time: bool,
}

/// What a change is worked out from.
#[derive(Default)]
struct Kept {
    positions: BTreeMap<String, u64>,
    schedules: BTreeMap<String, Vec<i64>>,
    time_readers: BTreeSet<String>,
}

impl Served {
    /// What was begun by schedules, so that their changes are told from what was before.
    pub fn turn(&self, now_seconds: i64) -> usize {
        self.schedule.partition_point(|at| *at <= now_seconds)
    }

    /// When a schedule next changes something.
    pub fn next_turn(&self, now_seconds: i64) -> Option<i64> {
        self.schedule.get(self.turn(now_seconds)).copied()
    }

    pub fn reads_time(&self) -> bool {
        self.reads_time
    }
}

impl Place {
    pub fn served(&self) -> arc_swap::Guard<Arc<Served>> {
        self.served.load()
    }

    /// Told after each change.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub fn keys_changed(&self) -> watch::Receiver<u64> {
        self.keys_changed.subscribe()
    }

    pub fn tell_keys_changed(&self) {
        self.keys_changed.send_modify(|times| *times += 1);
    }

    /// Whether it could be served beside the others: prerequisites that lead in a circle show only there.
    pub fn check(&self, key: &str, definition: &Definition) -> Option<Problem> {
        let (_, problems) = self.served.load().set.with(key, &definition.value());
        problems.into_iter().find(|problem| problem.refused)
    }

    /// None takes the flag away.
    pub fn change(&self, key: &str, definition: Option<&Definition>, (position, at_ms): (u64, u64)) {
        let mut kept = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.positions.get(key).is_some_and(|known| *known >= position) {
            return;
        }
        kept.positions.insert(key.to_owned(), position);
        let before = self.served.load();
        let set = match definition {
            Some(definition) => {
                self.uses.know(key, now_ms());
                before.set.with(key, &definition.value()).0
            }
            None => before.set.without(key),
        };
        let timed = kept.note_times(key, definition.map(Definition::as_str));
        let schedule = if timed { kept.schedule() } else { Arc::clone(&before.schedule) };
        let next = Served {
            set,
            version: before.version.max(position),
            changed_ms: before.changed_ms.max(at_ms),
            schedule,
            reads_time: !kept.time_readers.is_empty(),
        };
        self.served.store(Arc::new(next));
        drop(kept);
        self.changed.send_modify(|version| *version = position.max(*version));
    }

    /// All flags at once, as somebody else serves them; whether that is news. What is older than what is served is not
    /// taken; a log that was restored from a backup has smaller versions and later times.
    pub fn replace(&self, definitions: &Value, (version, changed_ms): (u64, u64)) -> bool {
        let mut kept = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.served.load();
        let is_later = version > before.version || changed_ms > before.changed_ms;
        if !is_later && before.version > 0 {
            return false;
        }
        let (set, _) = FlagSet::compile(definitions);
        *kept = Kept::default();
        self.uses.know_all(set.keys(), now_ms());
        for (key, definition) in definitions.get("flags").and_then(Value::as_object).into_iter().flatten() {
            kept.note_times(key, Some(&definition.to_string()));
        }
        let (schedule, reads_time) = (kept.schedule(), !kept.time_readers.is_empty());
        self.served.store(Arc::new(Served { set, version, changed_ms, schedule, reads_time }));
        drop(kept);
        self.changed.send_modify(|newest| *newest = version);
        true
    }
}

impl Kept {
    /// Whether any schedule is another than before.
    fn note_times(&mut self, key: &str, text: Option<&str>) -> bool {
        let text = text.unwrap_or("");
        // A flag's own name in a rule does not change with time.
        if text.replace("$flagd.flagKey", "").contains("$flagd") {
            self.time_readers.insert(key.to_owned());
        } else {
            self.time_readers.remove(key);
        }
        let times = if text.contains("\"schedule\"") { instants(text) } else { Vec::new() };
        if times.is_empty() {
            return self.schedules.remove(key).is_some();
        }
        self.schedules.insert(key.to_owned(), times);
        true
    }

    fn schedule(&self) -> Arc<[i64]> {
        let mut all: Vec<i64> = self.schedules.values().flatten().copied().collect();
        all.sort_unstable();
        all.into()
    }
}

fn instants(text: &str) -> Vec<i64> {
    let definition: Value = serde_json::from_str(text).unwrap_or_default();
    let entries = definition.get("schedule").and_then(Value::as_array).into_iter().flatten();
    let at = |entry: &Value| entry.get("at")?.as_str()?.parse::<Timestamp>().ok();
    entries.filter_map(at).map(Timestamp::as_second).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidegate_flags::Context;

    use super::*;

    fn definition(default: &str, more: &[(&str, Value)]) -> Definition {
        let mut given = json!({
            "state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": default,
        });
        for (name, value) in more {
            given[*name] = value.clone();
        }
        Definition::compiled(&"f".parse().unwrap(), &given).unwrap()
    }

    fn variant(place: &Place) -> Option<String> {
        place.served().set.evaluate("f", &Context::at(0)).variant().map(str::to_owned)
    }

    #[test]
    fn the_newer_of_two_changes_stays_in_whichever_order_they_come() {
        let place = Place::default();
        place.change("f", Some(&definition("on", &[])), (7, 0));
        place.change("f", Some(&definition("off", &[])), (5, 0));
        assert_eq!((variant(&place).as_deref(), place.served().version), (Some("on"), 7));
        place.change("f", None, (9, 0));
        place.change("f", Some(&definition("off", &[])), (8, 0));
        assert_eq!((variant(&place), place.served().version), (None, 9));
    }

    #[test]
    fn what_is_read_does_not_change_under_its_reader() {
        let place = Place::default();
        place.change("f", Some(&definition("on", &[])), (1, 0));
        let held = place.served();
        place.change("f", None, (2, 0));
        assert_eq!((held.set.len(), place.served().set.len()), (1, 0));
    }

    #[test]
    fn a_schedule_is_news_at_its_time() {
        let place = Place::default();
        let later = json!([{"at": "1970-01-01T00:01:40Z", "state": "DISABLED"}]);
        place.change("f", Some(&definition("on", &[("schedule", later)])), (1, 0));
        let served = place.served();
        assert_eq!((served.turn(99), served.turn(100)), (0, 1));
        assert_eq!((served.next_turn(99), served.next_turn(100)), (Some(100), None));
        assert!(!served.reads_time());
        place.change("f", Some(&definition("on", &[])), (2, 0));
        assert_eq!(place.served().next_turn(0), None, "it went with its flag");
    }

    #[test]
    fn who_looks_at_the_clock_is_known() {
        let place = Place::default();
        let rule = json!({"if": [{">": [{"var": "$flagd.timestamp"}, 5]}, "on", "off"]});
        place.change("f", Some(&definition("on", &[("targeting", rule)])), (1, 0));
        assert!(place.served().reads_time());
        let named = json!({"if": [{"==": [{"var": "$flagd.flagKey"}, "f"]}, "on", "off"]});
        place.change("f", Some(&definition("on", &[("targeting", named)])), (2, 0));
        assert!(!place.served().reads_time());
    }

    #[test]
    fn what_comes_late_from_elsewhere_is_not_taken() {
        let document = |default: &str| json!({"flags": {"f": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": default}}});
        let place = Place::default();
        assert!(place.replace(&document("on"), (5, 1)));
        assert!(!place.replace(&document("off"), (4, 1)));
        assert!(!place.replace(&document("off"), (5, 1)));
        assert!(!place.replace(&document("off"), (3, 0)));
        assert_eq!(variant(&place).as_deref(), Some("on"));
        assert!(place.replace(&document("off"), (6, 1)));
        assert_eq!(variant(&place).as_deref(), Some("off"));
        assert!(place.replace(&document("on"), (2, 9)), "a log that was restored");
    }
}
