//! The next version: from changes, before 1.0.0, by channels, on branches.
//!
//! Invariant: each row says why it holds.

use std::cmp::Ordering;

use proptest::prelude::*;
use tidegate_notes::next::{Asked, Changed, Refused, Released, next};
use tidegate_notes::section::Bump;
use tidegate_notes::{Settings, Version};

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

/// `stable` and `prerelease` are in this history; `elsewhere` are tags of others.
fn released(stable: &str, prerelease: &str, elsewhere: &[&str]) -> Released {
    let some = |text: &str| (!text.is_empty()).then(|| version(text));
    let (stable, prerelease) = (some(stable), some(prerelease));
    let all = stable.iter().chain(&prerelease).cloned().chain(elsewhere.iter().map(|text| version(text)));
    Released { all: all.collect(), stable, prerelease }
}

fn asked(options: &str) -> Asked {
    let mut asked = Asked::default();
    for option in options.split_whitespace() {
        match option {
            "hotfix" => asked.is_hotfix = true,
            "major" => asked.bump = Some(Bump::Major),
            "patch" => asked.bump = Some(Bump::Patch),
            channel => asked.channel = Some(channel.to_owned()),
        }
    }
    asked
}

fn check(released: &Released, bump: Bump, options: &str, expect: &str) {
    let found = next(released, Changed { bump, since_last: 1 }, &Settings::default(), &asked(options));
    let found = found.map_or_else(|why| why.code().to_owned(), |next| next.version.to_string());
    assert_eq!(found, expect, "{released:?} {bump:?} {options}");
}

#[test]
fn changes_say_how_far_to_go() {
    let stable = released("1.3.2", "", &[]);
    check(&stable, Bump::Patch, "", "1.3.3");
    check(&stable, Bump::Minor, "", "1.4.0");
    check(&stable, Bump::Major, "", "2.0.0");
    check(&stable, Bump::None, "", "nothing-to-release");
    check(&stable, Bump::None, "patch", "1.3.3");
    check(&released("1.3.2+build.7", "", &[]), Bump::Patch, "", "1.3.3");
    check(&released("", "", &[]), Bump::Minor, "", "0.1.0");
    check(&released("99999999999999999999.0.9", "", &[]), Bump::Patch, "", "99999999999999999999.0.10");
}

#[test]
fn before_the_first_major_version_breaking_is_minor() {
    let initial = released("0.3.2", "", &[]);
    check(&initial, Bump::Major, "", "0.4.0");
    check(&initial, Bump::Minor, "", "0.4.0");
    check(&initial, Bump::Patch, "", "0.3.3");
    check(&initial, Bump::Patch, "major", "1.0.0");
    let told =
        next(&initial, Changed { bump: Bump::Major, since_last: 1 }, &Settings::default(), &Asked::default());
    assert!(told.unwrap().why.iter().any(|why| why.contains("before 1.0.0")));
    let settings = Settings::parse("initial-development: {breaking: major, feature: patch}\n").unwrap();
    let changed = |bump| Changed { bump, since_last: 1 };
    let found =
        |bump| next(&initial, changed(bump), &settings, &Asked::default()).unwrap().version.to_string();
    assert_eq!((found(Bump::Major), found(Bump::Minor)), ("1.0.0".to_owned(), "0.3.3".to_owned()));
}

#[test]
fn a_channel_counts_its_own_versions() {
    check(&released("1.3.2", "", &[]), Bump::Minor, "rc", "1.4.0-rc.1");
    check(&released("1.3.2", "1.4.0-rc.1", &[]), Bump::Minor, "rc", "1.4.0-rc.2");
    check(&released("1.3.2", "1.4.0-rc.9", &["1.4.0-rc.10"]), Bump::Minor, "rc", "1.4.0-rc.11");
    check(&released("1.3.2", "1.4.0-rc.2", &[]), Bump::Minor, "", "1.4.0");
    check(&released("1.3.2", "1.4.0-beta.3", &[]), Bump::Minor, "rc", "1.4.0-rc.1");
    // It breaks since the first candidate: another target, another count.
    check(&released("1.3.2", "1.4.0-rc.2", &[]), Bump::Major, "rc", "2.0.0-rc.1");
    // It was to be more than the changes ask for, and stays so.
    check(&released("1.3.2", "2.0.0-rc.1", &[]), Bump::Patch, "rc", "2.0.0-rc.2");
    check(&released("1.3.2", "2.0.0-rc.1", &[]), Bump::Patch, "", "2.0.0");
    check(&released("", "1.0.0-rc.1", &[]), Bump::Minor, "", "1.0.0");
    check(&released("", "", &[]), Bump::Minor, "rc", "0.1.0-rc.1");
    let nothing = next(
        &released("1.3.2", "1.4.0-rc.1", &[]),
        Changed { bump: Bump::Minor, since_last: 0 },
        &Settings::default(),
        &asked("rc"),
    );
    assert_eq!(nothing, Err(Refused::Nothing("1.4.0-rc.1".to_owned())));
    let beside = released("1.3.2", "1.4.0-rc.1", &[]);
    let told =
        next(&beside, Changed { bump: Bump::Minor, since_last: 1 }, &Settings::default(), &asked("alpha"))
            .unwrap();
    assert_eq!((told.version.to_string().as_str(), told.remarks.len()), ("1.4.0-alpha.1", 1));
}

#[test]
fn a_hotfix_is_a_patch_of_its_branch() {
    let branch = released("1.3.2", "", &["1.4.0", "2.0.0"]);
    check(&branch, Bump::Patch, "", "1.3.3");
    check(&branch, Bump::Minor, "", "version-taken");
    check(&branch, Bump::Minor, "hotfix", "1.3.3");
    check(&branch, Bump::Major, "hotfix", "hotfix-breaking");
    check(&released("1.3.2", "", &["1.3.3"]), Bump::Patch, "hotfix", "version-taken");
    check(&released("1.3.2", "", &["1.3.3"]), Bump::Patch, "rc", "version-taken");
    check(&released("", "", &[]), Bump::Patch, "hotfix", "hotfix-without-release");
}

proptest! {
    #[test]
    fn it_goes_behind_all_that_was_released_and_is_new(
        stable in "[0-2]\\.[0-3]\\.[0-3]", pre in proptest::option::of("[0-3]\\.[0-3]\\.[0-3]-(rc|beta)\\.[1-3]"),
        channel in proptest::option::of("rc|beta"), bump in 1usize..4,
        elsewhere in proptest::collection::vec("[0-3]\\.[0-4]\\.[0-4](-rc\\.[1-9])?", 0..5),
    ) {
        let pre = pre.filter(|pre| version(pre).precedence(&version(&stable)) == Ordering::Greater).unwrap_or_default();
        let elsewhere: Vec<&str> = elsewhere.iter().map(String::as_str).collect();
        let before = released(&stable, &pre, &elsewhere);
        let bump = [Bump::None, Bump::Patch, Bump::Minor, Bump::Major][bump];
        let asked = Asked { channel: channel.clone(), ..Asked::default() };
        if let Ok(told) = next(&before, Changed { bump, since_last: 1 }, &Settings::default(), &asked) {
            prop_assert!(before.all.iter().all(|known| known.precedence(&told.version) != Ordering::Equal));
            prop_assert_eq!(version(&stable).precedence(&told.version), Ordering::Less);
            if let (Some(pre), None) = (&before.prerelease, &channel) {
                prop_assert_eq!(pre.precedence(&told.version), Ordering::Less);
            }
        }
    }
}
