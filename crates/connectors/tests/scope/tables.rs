//! Tables: what is read of them, and which rows are told.

use proptest::prelude::*;
use tidegate_connectors::scope::{Columns, LabelMapping, Table, TrackedKind, TrackedState, read_table};

fn read(text: &str) -> Table {
    read_table(text.as_bytes(), &Columns::default(), &LabelMapping::default()).unwrap()
}

#[test]
fn a_table_of_jira_is_read() {
    let table = read(concat!(
        "\u{feff}Issue key;Summary;Issue Type;Status;Labels;Labels;Fix Version/s;Reporter;Created;Story Points\r\n",
        "SHOP-1;\"Pay; twice\";Bug;Done;urgent;api;2.0;ada;2026-01-02 03:04;3\r\n",
        "SHOP-2;Search;Story;In QA;;;2.0;bo;2026-01-02;1.5\r\n",
    ));
    assert_eq!((table.troubles.len(), table.items.len()), (0, 2));
    let [first, second] = &table.items[..] else { panic!("two") };
    assert_eq!((first.key.as_str(), first.title.as_str()), ("SHOP-1", "Pay; twice"));
    assert_eq!((first.kind, first.state), (TrackedKind::Bug, TrackedState::Closed));
    assert_eq!(first.labels, ["urgent", "api"]);
    assert_eq!(first.created_ms, Some(1_767_323_040_000));
    assert_eq!(second.hours_hundredths, None, "in points it says no hours");
    assert_eq!((second.state, second.milestone.as_deref()), (TrackedState::Open, Some("2.0")));
}

#[test]
fn how_bad_it_is_and_what_its_fix_could_break_are_labels() {
    let table = read(concat!(
        "Issue key,Summary,Priority,Severity,Fix risk,Created\n",
        "SHOP-1,Pay twice,High,critical,low,20/Nov/26 10:00 AM\n",
        "SHOP-2,Search,,,,20/Nov/26 22:30\n",
    ));
    assert_eq!(table.troubles, []);
    assert_eq!(table.items[0].labels, ["severity: critical", "priority: High", "fix risk: low"]);
    assert_eq!((table.items[1].labels.len(), table.items[1].created_ms), (0, Some(1_795_213_800_000)));
    assert_eq!(table.items[0].created_ms, Some(1_795_168_800_000));
}

#[test]
fn a_bad_row_is_told_with_its_line_and_the_others_are_read() {
    let table = read(concat!(
        "key,title,url,created,estimate\n",
        "A-1,\"two\nlines\",,,\n",
        ",no key,,,\n",
        "A-2,,,,\n",
        "A-3,x,javascript:alert(1),,\n",
        "A-4,x,,soon,\n",
        "A-5,x,,,many\n",
        "A-6,x\n",
        "A-1,again,,,\n",
        "A-7,x,https://a.example/7,2026-01-01T00:00:00Z,8h\n",
    ));
    let lines: Vec<u64> = table.troubles.iter().map(|trouble| trouble.line).collect();
    assert_eq!(lines, [4, 5, 6, 7, 8, 9, 10]);
    let said: Vec<&str> = table.troubles.iter().map(|trouble| trouble.message.as_str()).collect();
    assert!(
        said[0].contains("no key") && said[1].contains("no title") && said[2].contains("link"),
        "{said:?}"
    );
    assert!(
        said[3].contains("`soon`") && said[4].contains("`many`") && said[5].contains("2 cells"),
        "{said:?}"
    );
    assert!(said[6].contains("twice"), "{said:?}");
    let keys: Vec<&str> = table.items.iter().map(|item| item.key.as_str()).collect();
    assert_eq!((keys, table.left_out), (vec!["A-1", "A-7"], 7));
    assert!(table.items[1].hours_hundredths.is_some());
}

#[test]
fn what_is_no_table_is_refused_with_what_is_there() {
    let code = |bytes: &[u8]| read_table(bytes, &Columns::default(), &LabelMapping::default()).unwrap_err();
    assert_eq!(code(b"").code(), "scope-table-malformed");
    let refusal = code(b"ticket,what\n1,2\n");
    assert_eq!(refusal.code(), "scope-table-malformed");
    assert!(refusal.help().contains("ticket, what"), "{}", refusal.help());
    assert_eq!(code(b"key,title\nA-1,\xff\xfe\n").code(), "scope-table-malformed");
    assert_eq!(code("x,".repeat(300).as_bytes()).code(), "scope-too-large");
    let many = (0..20_001).map(|at| format!("A-{at},x")).collect::<Vec<_>>().join("\n");
    assert_eq!(code(format!("key,title\n{many}").as_bytes()).code(), "scope-too-large");
}

#[test]
fn columns_and_kinds_are_the_users_own() {
    let columns = Columns { key: vec!["Nr".into()], title: vec!["Was".into()], ..Columns::default() };
    let mapping = LabelMapping { kinds: vec![("Fehler*".into(), TrackedKind::Bug)] };
    let table =
        read_table("nr\twas\tlabels\n7\tKasse\tfehler-hoch\n".as_bytes(), &columns, &mapping).unwrap();
    assert_eq!((table.items[0].kind, table.items[0].key.as_str()), (TrackedKind::Bug, "7"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_table(&bytes, &Columns::default(), &LabelMapping::default());
        let mut headed = b"key,title,state\n".to_vec();
        headed.extend(&bytes);
        if let Ok(table) = read_table(&headed, &Columns::default(), &LabelMapping::default()) {
            for item in &table.items {
                prop_assert!(!item.key.is_empty() && !item.title.chars().any(char::is_control));
            }
        }
    }
}
