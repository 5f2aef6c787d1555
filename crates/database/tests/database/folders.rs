//! Folders and histories: what is refused, and what runs next.

use tidegate_database::history::{is_recorded, next, point_of_no_return, were_checked};
use tidegate_database::{Applied, Migration, Phase, Set, State, Wanted};

fn set(files: &[&str]) -> Result<Set, tidegate_database::Refusal> {
    Set::of(files.iter().map(|name| ((*name).to_owned(), format!("-- {name}\nSELECT 1;").into_bytes())))
}

fn applied(migration: &Migration) -> Applied {
    Applied {
        number: migration.number,
        name: migration.name.clone(),
        phase: migration.phase,
        sha256: migration.sha256.clone(),
        state: State::Applied,
        at: "2026-11-22T12:00:00Z".to_owned(),
        took_ms: 1,
        by: "ann".to_owned(),
    }
}

fn names(found: Vec<&Migration>) -> Vec<&str> {
    found.into_iter().map(|migration| migration.file.as_str()).collect()
}

const SHOP: &[&str] = &[
    "0001_orders.sql",
    "0002_add-email.expand.sql",
    "0003_drop-mail.contract.sql",
    "0004_add-city.sql",
    "README.md",
];

#[test]
fn the_name_says_number_and_phase() {
    let set = set(SHOP).unwrap();
    let told: Vec<String> =
        set.all().iter().map(|one| format!("{} {} {}", one.number, one.phase, one.name)).collect();
    assert_eq!(told, ["1 expand orders", "2 expand add-email", "3 contract drop-mail", "4 expand add-city"]);
}

#[test]
fn a_folder_that_does_not_fit_is_refused_with_its_file() {
    for (files, code) in [
        (&["orders.sql"][..], "database-file-name"),
        (&["0001.sql"], "database-file-name"),
        (&["0001_.sql"], "database-file-name"),
        (&["1e9_x.sql"], "database-file-name"),
        (&["0001_x.later.sql"], "database-file-name"),
        (&["0001_x.down.sql"], "database-file-name"),
        (&["0001_a b.sql"], "database-file-name"),
        (&["9999999999999999999_x.sql"], "database-file-name"),
        (&["0001_a.sql", "01_b.sql"], "database-number-twice"),
        (&["0001_a.expand.sql", "0001_a.contract.sql"], "database-number-twice"),
        (&["0001_a.sql", "0003_b.sql"], "database-number-missing"),
    ] {
        let refusal = set(files).unwrap_err();
        assert_eq!(refusal.code(), code, "{files:?}: {refusal}");
        assert!(!refusal.help().is_empty());
    }
    assert!(set(&["20261122230000_a.sql", "20261123090000_b.sql"]).is_ok(), "times have gaps");
    let not_text = Set::of([("0001_a.sql".to_owned(), vec![0xff])]).unwrap_err();
    assert_eq!(not_text.code(), "database-file-unusable");
}

#[test]
fn phases_run_in_one_order() {
    let set = set(SHOP).unwrap();
    let done = |count: usize| -> Vec<Applied> { set.all().iter().take(count).map(applied).collect() };
    let expand = Wanted::Phase(Phase::Expand);
    let contract = Wanted::Phase(Phase::Contract);
    assert_eq!(names(next(&set, &[], expand).unwrap()), ["0001_orders.sql", "0002_add-email.expand.sql"]);
    assert_eq!(next(&set, &[], contract).unwrap_err().code(), "database-expand-first");
    assert_eq!(next(&set, &done(2), expand).unwrap_err().code(), "database-contract-first");
    assert_eq!(names(next(&set, &done(2), contract).unwrap()), ["0003_drop-mail.contract.sql"]);
    assert_eq!(names(next(&set, &done(3), expand).unwrap()), ["0004_add-city.sql"]);
    assert!(next(&set, &done(3), contract).unwrap().is_empty(), "nothing to contract");
    assert!(next(&set, &done(4), expand).unwrap().is_empty());
    assert_eq!(next(&set, &[], Wanted::New).unwrap().len(), 4);
    assert_eq!(next(&set, &done(1), Wanted::New).unwrap_err().code(), "database-not-new");
    assert_eq!(next(&set, &done(1), Wanted::NewGoesOn).unwrap().len(), 3);
    assert!(next(&set, &done(4), Wanted::New).unwrap().is_empty(), "another run was faster");
    let begun = [Applied { state: State::Begun, ..applied(&set.all()[0]) }];
    assert_eq!(next(&set, &begun, Wanted::New).unwrap_err().code(), "database-not-new", "others began it");
    assert!(point_of_no_return(&done(2)).is_none());
    assert_eq!(point_of_no_return(&done(4)).unwrap().number, 3);
}

#[test]
fn what_was_not_checked_is_not_run() {
    let set = set(SHOP).unwrap();
    let done = |count: usize| -> Vec<Applied> { set.all().iter().take(count).map(applied).collect() };
    let expand = Wanted::Phase(Phase::Expand);
    let numbers = |found: Vec<&Migration>| found.into_iter().map(|one| one.number).collect::<Vec<_>>();
    let checked = numbers(next(&set, &done(1), expand).unwrap());
    assert_eq!(checked, [2]);
    assert!(were_checked(&next(&set, &done(1), expand).unwrap(), &checked).is_ok());
    let faster = set.all().get(..0).unwrap().iter().collect::<Vec<_>>();
    assert!(were_checked(&faster, &checked).is_ok(), "another run did it");
    let other = next(&set, &done(3), expand).unwrap();
    assert_eq!(were_checked(&other, &checked).unwrap_err().code(), "database-changed-meanwhile");

    let file = &set.all()[1];
    assert!(!is_recorded(file, &done(1)).unwrap());
    assert!(is_recorded(file, &done(2)).unwrap());
    for row in [
        Applied { sha256: "0".repeat(64), ..applied(file) },
        Applied { phase: Phase::Contract, ..applied(file) },
    ] {
        assert_eq!(is_recorded(file, &[row]).unwrap_err().code(), "database-file-changed");
    }
}

#[test]
fn what_was_applied_stays_as_it_was() {
    let set = set(SHOP).unwrap();
    let all: Vec<Applied> = set.all().iter().map(applied).collect();
    let code = |rows: &[Applied]| next(&set, rows, Wanted::Phase(Phase::Expand)).unwrap_err().code();
    let mut changed = all.clone();
    changed[1].sha256 = "0".repeat(64);
    assert_eq!(code(&changed), "database-file-changed");
    let mut moved = all.clone();
    moved[1].phase = Phase::Contract;
    assert_eq!(code(&moved), "database-file-changed");
    let mut later = all.clone();
    later.push(Applied { number: 5, ..all[0].clone() });
    assert_eq!(code(&later), "database-file-missing");
    assert_eq!(code(&[all[0].clone(), all[2].clone()]), "database-out-of-order");
}
