//! Notes that are kept with a release, told again and again while people edit them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tidegate_notes::kept::{Given, Kept, Line, Words};
use tidegate_notes::{Audience, Section};

fn words(text: &str) -> Words {
    let audiences = [Audience::Users].into();
    Words { section: Section::Fixes, scope: None, text: text.to_owned(), details: String::new(), audiences }
}

fn told(id: &str, text: &str) -> Line {
    let words = words(text);
    let source = Some(words.clone());
    let (issues, pull_requests) = (Vec::new(), vec!["#1".to_owned()]);
    Line { id: id.to_owned(), words, issues, pull_requests, commit: None, source, meanwhile: false }
}

fn as_given(kept: &Kept) -> Vec<Given> {
    let given = |line: &Line| Given { id: Some(line.id.clone()), words: line.words.clone(), settled: false };
    kept.lines.iter().map(given).collect()
}

fn texts(kept: &Kept) -> Vec<&str> {
    kept.lines.iter().map(|line| line.words.text.as_str()).collect()
}

#[test]
fn what_people_did_stays_and_what_nobody_touched_follows() {
    let (kept, renewal) =
        Kept::default().renewed(vec![told("a", "one"), told("b", "two"), told("c", "three")]);
    assert_eq!(renewal.new, ["a", "b", "c"]);
    let mut given = as_given(&kept);
    given[0].words.text = "One, in better words".to_owned();
    given.remove(1);
    given.push(Given { id: None, words: words("By hand"), settled: false });
    let kept = kept.written(given).unwrap();
    assert_eq!(texts(&kept), ["One, in better words", "three", "By hand"]);
    assert!(kept.lines[0].is_edited() && kept.lines[2].id == "h.1");

    let again = vec![told("a", "one"), told("b", "two"), told("c", "three, mended"), told("d", "four")];
    let (kept, renewal) = kept.renewed(again);
    assert_eq!(texts(&kept), ["One, in better words", "three, mended", "By hand", "four"]);
    assert_eq!((renewal.new, renewal.changed, renewal.waiting), (vec!["d".into()], vec!["c".into()], vec![]));

    // Its source says something new: theirs stays until somebody has chosen.
    let (kept, renewal) = kept.renewed(vec![told("a", "one and a half"), told("d", "four")]);
    assert_eq!(texts(&kept), ["One, in better words", "By hand", "four"]);
    assert_eq!((renewal.waiting, renewal.gone), (vec!["a".to_owned()], vec!["c".to_owned()]));
    let untouched = kept.written(as_given(&kept)).unwrap();
    assert!(untouched.lines[0].meanwhile, "nobody has looked at it yet");
    let mut given = as_given(&kept);
    given[0].settled = true;
    assert!(!kept.written(given).unwrap().lines[0].meanwhile);

    // Without its source it is theirs alone.
    let (kept, _) = kept.renewed(Vec::new());
    assert_eq!(texts(&kept), ["One, in better words", "By hand"]);
}

#[test]
fn what_was_taken_out_can_be_taken_back_in() {
    let (kept, _) = Kept::default().renewed(vec![told("a", "one")]);
    let kept = kept.written(Vec::new()).unwrap();
    let (kept, renewal) = kept.renewed(vec![told("a", "one")]);
    assert_eq!((texts(&kept), renewal.new), (vec![], vec![]));
    let back = Given { id: Some("a".to_owned()), words: words("one again"), settled: false };
    let kept = kept.written(vec![back]).unwrap();
    let (kept, _) = kept.renewed(vec![told("a", "one")]);
    assert_eq!(texts(&kept), ["one again"]);
    assert!(kept.lines[0].is_edited());
}

#[test]
fn what_cannot_be_meant_is_named_with_its_place() {
    let (kept, _) = Kept::default().renewed(vec![told("a", "one")]);
    let mut odd = words(" ");
    odd.audiences = BTreeSet::new();
    odd.details = "\u{7}".to_owned();
    odd.scope = Some(String::new());
    let given = |id: &str, words: Words| Given { id: Some(id.to_owned()), words, settled: false };
    let sent = vec![given("a", odd), given("a", words("two\nlines")), given("zz", words("x"))];
    let problems = kept.written(sent).unwrap_err();
    let told: Vec<String> = problems.into_iter().map(|it| format!("{}: {}", it.path, it.says)).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    /lines/0/text: a note says something
    /lines/0/details: holds characters that are no text
    /lines/0/scope: is a word or a few, of at most 100 characters
    /lines/0/audiences: somebody has to read it: users, operators or support
    /lines/1/id: the note `a` stands twice
    /lines/1/text: it is one line; what else there is to say belongs into `details`
    /lines/2/id: no note is called `zz`; leave `id` out of a new one
    ");
}

#[test]
fn readers_get_what_is_for_them() {
    let mut kept = Kept::default().renewed(vec![told("a", "For users"), told("b", "For operators")]).0;
    kept.lines[1].words.audiences = [Audience::Operators].into();
    kept.lines[1].words.section = Section::KnownIssues;
    assert_eq!(kept.changes(None), ["For users (#1)"]);
    assert_eq!(kept.changes(Some(Audience::Operators)), Vec::<String>::new());
    assert_eq!(kept.of_section(Section::KnownIssues, Some(Audience::Operators)), ["For operators (#1)"]);
    let read = tidegate_notes::render::text::notes(&kept.notes("1.4.0", Some(Audience::Users)));
    assert_eq!(read, "1.4.0\n=====\n\nFIXES\n  * For users (#1)\n");
}

/// What people and the source do, one after the other.
#[derive(Debug, Clone)]
enum Act {
    Tell(Vec<(u8, u8)>),
    Rewrite(prop::sample::Index, u8),
    TakeOut(prop::sample::Index),
    Add(u8),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        prop::collection::vec((0u8..6, 0u8..3), 0..6).prop_map(Act::Tell),
        (any::<prop::sample::Index>(), 0u8..3).prop_map(|(at, text)| Act::Rewrite(at, text)),
        any::<prop::sample::Index>().prop_map(Act::TakeOut),
        (0u8..3).prop_map(Act::Add),
    ]
}

proptest! {
    #[test]
    fn no_edit_is_ever_lost_and_telling_twice_changes_nothing(acts in prop::collection::vec(act(), 1..20)) {
        let mut kept = Kept::default();
        // What people wrote, by id; what they took out.
        let (mut theirs, mut out) = (std::collections::BTreeMap::new(), BTreeSet::new());
        for act in acts {
            let mut given = as_given(&kept);
            kept = match act {
                Act::Tell(said) => {
                    let said: Vec<Line> =
                        said.iter().map(|(id, text)| told(&format!("c{id}"), &format!("source {text}"))).collect();
                    let (once, _) = kept.renewed(said.clone());
                    let (twice, renewal) = once.renewed(said);
                    prop_assert_eq!(&once, &twice);
                    prop_assert!(renewal.new.is_empty() && renewal.changed.is_empty() && renewal.gone.is_empty());
                    once
                }
                Act::Rewrite(_, _) | Act::TakeOut(_) if given.is_empty() => kept,
                Act::Rewrite(at, text) => {
                    let at = at.index(given.len());
                    given[at].words.text = format!("people {text}");
                    theirs.insert(given[at].id.clone().unwrap(), given[at].words.text.clone());
                    kept.written(given).unwrap()
                }
                Act::TakeOut(at) => {
                    let gone = given.remove(at.index(given.len())).id.unwrap();
                    theirs.remove(&gone);
                    out.insert(gone);
                    kept.written(given).unwrap()
                }
                Act::Add(text) => {
                    given.push(Given { id: None, words: words(&format!("hand {text}")), settled: false });
                    let kept = kept.written(given).unwrap();
                    let added = kept.lines.last().unwrap();
                    out.remove(&added.id);
                    theirs.insert(added.id.clone(), added.words.text.clone());
                    kept
                }
            };
            for (id, text) in &theirs {
                let line = kept.lines.iter().find(|line| line.id == *id);
                prop_assert_eq!(line.map(|line| &line.words.text), Some(text));
            }
            prop_assert!(kept.lines.iter().all(|line| !out.contains(&line.id)));
            let ids: BTreeSet<&str> = kept.lines.iter().map(|line| line.id.as_str()).collect();
            prop_assert_eq!(ids.len(), kept.lines.len());
        }
    }
}
