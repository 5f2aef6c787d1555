//! What is kept of a tracker, whatever order its pages and its own words come in.

use super::*;
use crate::refusal::Refuse as _;

fn name() -> ScopeSourceName {
    ScopeSourceName::new("shop").unwrap()
}

fn definition(kind: SourceKind) -> Definition {
    Definition {
        kind,
        base: None,
        project: "acme/shop".to_owned(),
        milestone: None,
        labels: Vec::new(),
        token: None,
        rules: Vec::new(),
        every_minutes: 15,
    }
}

fn item(number: u32, updated_ms: u64) -> TrackedItem {
    let text =
        serde_json::json!({"key": format!("acme/shop#{number}"), "title": "Cart", "updated_ms": updated_ms});
    serde_json::from_value(text).unwrap()
}

struct History(Option<ScopeSource>);

impl History {
    fn of(kind: SourceKind) -> Self {
        let mut history = Self(None);
        history.then(ScopeCommand::Set { definition: Box::new(definition(kind)) }).unwrap();
        history
    }

    fn then(&mut self, command: ScopeCommand) -> Result<usize, &'static str> {
        let events = decide(self.0.as_ref(), &name(), command, ("ana", 7)).map_err(|no| no.code())?;
        for event in &events {
            let text = serde_json::to_string(event).unwrap();
            let read: ScopeSourceEvent = serde_json::from_str(&text).unwrap();
            self.0 = evolve(self.0.take(), &read);
        }
        Ok(events.len())
    }

    fn import(&mut self, from: Option<&str>, items: &[(u32, u64)], to: &str, whole: bool) -> usize {
        let items = items.iter().map(|(number, at)| item(*number, *at)).collect();
        let (from, cursor) = (from.map(str::to_owned), to.to_owned());
        self.then(ScopeCommand::Import { from, items, gone: Vec::new(), cursor, whole }).unwrap()
    }

    fn now(&self) -> &ScopeSource {
        self.0.as_ref().unwrap()
    }
}

#[test]
fn a_page_counts_once_and_goes_on_where_it_stood() {
    let mut history = History::of(SourceKind::Github);
    assert_eq!(history.now().word(), "reading");
    assert_eq!(history.import(None, &[(1, 1), (2, 2)], "a", false), 1);
    assert_eq!(history.import(None, &[(1, 1), (2, 2)], "a", false), 0, "it is kept already");
    let pause = Pause { until_ms: 99, why: "slowly".to_owned() };
    let paused = ScopeCommand::Pause { from: Some("a".to_owned()), cursor: "a2".to_owned(), pause };
    assert_eq!(history.then(paused), Ok(1));
    assert_eq!((history.now().word(), history.now().items.len()), ("waiting", 2));
    assert_eq!(history.import(Some("a2"), &[(3, 3)], "b", true), 1);
    assert_eq!((history.now().word(), history.now().items.len(), history.now().pages), ("whole", 3, 2));
    assert_eq!(history.import(Some("b"), &[(3, 3)], "c", true), 0, "nothing is new");
    assert_eq!(history.then(ScopeCommand::Refresh), Ok(1));
    assert_eq!(history.then(ScopeCommand::Refresh), Ok(0), "it is under way");
}

#[test]
fn the_newest_state_of_an_item_stands_whoever_tells_it() {
    let mut history = History::of(SourceKind::Github);
    history.import(None, &[(1, 5), (1, 9), (1, 7)], "a", false);
    assert_eq!(history.now().items["acme/shop#1"].updated_ms, Some(9));
    assert_eq!(history.then(ScopeCommand::Tell { item: Box::new(item(1, 8)) }), Ok(0));
    assert_eq!(history.then(ScopeCommand::Tell { item: Box::new(item(1, 10)) }), Ok(1));
    assert_eq!(history.then(ScopeCommand::Tell { item: Box::new(item(1, 10)) }), Ok(0));
    assert_eq!(history.now().items["acme/shop#1"].updated_ms, Some(10));
    assert_eq!(history.now().cursor.as_deref(), Some("a"), "a walk goes on where it was");
}

#[test]
fn what_reads_other_things_begins_anew_and_what_reads_the_same_goes_on() {
    let mut history = History::of(SourceKind::Github);
    history.import(None, &[(1, 1)], "a", false);
    let stop = Stop { code: "scope-token-refused".into(), why: String::new(), help: String::new(), at_ms: 1 };
    let stopped = ScopeCommand::Stop { from: Some("a".to_owned()), cursor: "a".to_owned(), stop };
    assert_eq!(history.then(stopped), Ok(1));
    assert_eq!(history.now().word(), "stopped");
    let slower = Definition { every_minutes: 60, ..definition(SourceKind::Github) };
    history.then(ScopeCommand::Set { definition: Box::new(slower) }).unwrap();
    assert_eq!((history.now().word(), history.now().items.len()), ("reading", 1));
    let other = Definition { project: "acme/web".to_owned(), ..definition(SourceKind::Github) };
    history.then(ScopeCommand::Set { definition: Box::new(other) }).unwrap();
    assert_eq!((history.now().cursor.as_deref(), history.now().items.len()), (None, 0));
    assert_eq!(history.then(ScopeCommand::Remove), Ok(1));
    assert_eq!(history.then(ScopeCommand::Refresh), Err("unknown-scope-source"));
}

#[test]
fn a_table_is_kept_in_pages_and_is_no_tracker() {
    let mut history = History::of(SourceKind::Csv);
    assert_eq!(history.then(ScopeCommand::Refresh), Err("scope-source-other-kind"));
    let rows: Vec<TrackedItem> = (0..250).map(|number| item(number, 1)).collect();
    assert_eq!(history.then(ScopeCommand::Table { items: rows.clone() }), Ok(3));
    assert_eq!(history.then(ScopeCommand::Table { items: rows }), Ok(0));
    assert_eq!((history.now().items.len(), history.now().word()), (250, "whole"));
    let many = (0..=20_000).map(|number| item(number, 1)).collect();
    assert_eq!(history.then(ScopeCommand::Table { items: many }), Err("scope-too-large"));
    let mut tracker = History::of(SourceKind::Github);
    assert_eq!(tracker.then(ScopeCommand::Table { items: Vec::new() }), Err("scope-source-other-kind"));
    let mut bad = definition(SourceKind::Github);
    bad.rules = vec![tidegate_plan::tracked::Rule::default()];
    assert_eq!(tracker.then(ScopeCommand::Set { definition: Box::new(bad) }), Err("scope-rule-unusable"));
}

#[test]
fn what_leaves_a_milestone_is_kept_and_marked_and_comes_back() {
    let narrow = Definition {
        milestone: Some("2.1.0".to_owned()),
        labels: vec!["Bug".to_owned()],
        ..definition(SourceKind::Github)
    };
    let mut history = History(None);
    history.then(ScopeCommand::Set { definition: Box::new(narrow) }).unwrap();
    let item = |number, at, milestone: Option<&str>| TrackedItem {
        milestone: milestone.map(str::to_owned),
        labels: vec!["bug".to_owned()],
        ..item(number, at)
    };
    let listed = |number, at| item(number, at, Some("2.1.0"));
    let import = |from: Option<&str>, items, gone: &[&str], to: &str| ScopeCommand::Import {
        from: from.map(str::to_owned),
        items,
        gone: gone.iter().map(|key| (*key).to_owned()).collect(),
        cursor: to.to_owned(),
        whole: true,
    };
    let tell = |item| ScopeCommand::Tell { item: Box::new(item) };
    assert_eq!(history.then(import(None, vec![listed(1, 1), listed(2, 1), listed(3, 1)], &[], "a")), Ok(1));
    // Of what is not there nothing leaves, and what comes with the page did not.
    let keys = ["acme/shop#1", "acme/shop#2", "acme/shop#9"];
    assert_eq!(history.then(import(Some("a"), vec![listed(2, 2)], &keys, "b")), Ok(1));
    let gone = |history: &History, key: &str| history.now().items[key].gone_ms;
    assert_eq!((gone(&history, "acme/shop#1"), gone(&history, "acme/shop#2")), (Some(7), None));
    assert_eq!((history.now().items.len(), history.now().pages), (3, 2));
    assert_eq!(history.then(import(Some("b"), Vec::new(), &["acme/shop#1"], "b")), Ok(0), "it left once");

    // The tracker tells it itself, and of what it never listed it tells nothing.
    assert_eq!(history.then(tell(item(3, 2, Some("2.2.0")))), Ok(1));
    assert_eq!(gone(&history, "acme/shop#3"), Some(7));
    assert_eq!(history.now().items["acme/shop#3"].milestone.as_deref(), Some("2.2.0"));
    assert_eq!(history.then(tell(item(8, 2, None))), Ok(0));
    assert_eq!(history.then(tell(listed(3, 3))), Ok(1));
    assert_eq!(history.then(import(Some("b"), vec![listed(1, 1)], &[], "c")), Ok(1), "as it was, it is back");
    assert_eq!((gone(&history, "acme/shop#1"), gone(&history, "acme/shop#3")), (None, None));
}

#[test]
fn many_that_leave_are_told_in_events_of_bounded_size() {
    let mut history = History::of(SourceKind::Github);
    let numbers: Vec<(u32, u64)> = (0..250).map(|number| (number, 1)).collect();
    history.import(None, &numbers, "a", true);
    let gone = numbers.iter().map(|(number, _)| format!("acme/shop#{number}")).collect();
    let command = ScopeCommand::Import {
        from: Some("a".to_owned()),
        items: Vec::new(),
        gone,
        cursor: "b".to_owned(),
        whole: true,
    };
    assert_eq!(history.then(command), Ok(3));
    assert!(history.now().items.values().all(|item| item.gone_ms == Some(7)));
    assert_eq!((history.now().pages, history.now().cursor.as_deref()), (2, Some("b")));
}
