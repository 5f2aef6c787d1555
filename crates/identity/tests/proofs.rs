//! Passwords, tokens, sessions and tries.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use tidegate_identity::{
    BadPassword, Budget, NewSession, PasswordHash, SESSION_IDLE_MS, SESSION_MS_MAX, Secret, Session,
    Throttle, csrf_token, hash_password, mint, present, verify_password,
};

const PASSWORD: &str = "correct horse battery staple";

#[test]
fn a_password_verifies_and_another_does_not() {
    let hash = hash_password("ann", &Secret::new(PASSWORD), &[7; 16]).unwrap();
    assert!(hash.as_stored().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_stored());
    let stored = PasswordHash::from_stored(hash.as_stored().to_owned());
    assert!(verify_password(&Secret::new(PASSWORD), Some(&stored)));
    assert!(!verify_password(&Secret::new("correct horse battery stapl"), Some(&stored)));
    assert!(!verify_password(&Secret::new(""), Some(&stored)));
    assert_ne!(hash_password("ann", &Secret::new(PASSWORD), &[8; 16]).unwrap(), hash, "another salt");
}

#[test]
fn nobody_has_the_password_of_nobody() {
    for guess in [PASSWORD, "", "\0\0\0\0\0\0\0\0\0\0\0\0"] {
        assert!(!verify_password(&Secret::new(guess), None));
    }
    assert!(!verify_password(&Secret::new(PASSWORD), Some(&PasswordHash::from_stored("broken".to_owned()))));
}

/// The cost of a known and of an unknown person is the same work, whatever the machine does besides.
#[test]
fn an_unknown_person_costs_the_same_work() {
    let hash = hash_password("ann", &Secret::new(PASSWORD), &[7; 16]).unwrap();
    let parameters = |text: &str| text.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
    let source = include_str!("../src/password.rs");
    let nobody = source
        .lines()
        .find_map(|line| line.trim().strip_prefix("\"$argon2id"))
        .map(|rest| format!("$argon2id{rest}"))
        .unwrap();
    assert_eq!(parameters(&nobody), parameters(hash.as_stored()));
}

#[test]
fn a_weak_password_is_refused_with_why() {
    let refused = |name: &str, text: &str| hash_password(name, &Secret::new(text), &[0; 16]).unwrap_err();
    assert_eq!(refused("ann", "short"), BadPassword::TooShort);
    assert_eq!(refused("ann", &"x".repeat(513)), BadPassword::TooLong);
    assert_eq!(refused("ann", "aaaaaaaaaaaaaaaa"), BadPassword::TooPlain);
    assert_eq!(refused("ann-the-great", "Ann-The-Great"), BadPassword::TooPlain);
    assert_eq!(refused("ann", "ééééééééééé"), BadPassword::TooShort, "eleven characters of two bytes");
}

#[test]
fn no_secret_is_printed() {
    let minted = mint([1; 8], [2; 32]);
    let begun = NewSession::begin("ann", 0, ([3; 32], 0));
    let hash = hash_password("ann", &Secret::new(PASSWORD), &[7; 16]).unwrap();
    let token = present(minted.token.expose()).unwrap();
    let printed =
        format!("{:?} {} {token:?} {:?} {:?} {hash:?}", minted.token, minted.token, begun.secret, begun.csrf);
    for secret in ["0202", "0303", "argon2id$", PASSWORD, begun.csrf.expose()] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn a_token_is_found_by_its_id_and_proved_by_its_secret() {
    let minted = mint([0xab; 8], [0xcd; 32]);
    assert!(minted.token.expose().starts_with("tdg_abababababababab_cdcd"));
    let shown = present(minted.token.expose()).unwrap();
    assert_eq!(shown.id, minted.id);
    assert!(shown.matches(&minted.hash));
    assert!(!present(mint([0xab; 8], [0xce; 32]).token.expose()).unwrap().matches(&minted.hash));
    assert!(!minted.hash.contains("cdcd"));
}

#[test]
fn a_session_ends_by_rest_by_age_and_by_its_person() {
    let Session { used_ms, .. } = NewSession::begin("ann", 4, ([3; 32], 1_000)).session;
    let session = NewSession::begin("ann", 4, ([3; 32], 1_000)).session;
    assert!(session.is_valid(4, used_ms + SESSION_IDLE_MS - 1));
    assert!(!session.is_valid(4, used_ms + SESSION_IDLE_MS));
    assert!(!session.is_valid(5, 1_000), "all their sessions were ended");
    let busy = Session { used_ms: 1_000 + SESSION_MS_MAX, ..session };
    assert!(!busy.is_valid(4, 1_000 + SESSION_MS_MAX));
}

#[test]
fn a_csrf_token_belongs_to_its_session() {
    let one = NewSession::begin("ann", 0, ([3; 32], 0));
    let other = NewSession::begin("ann", 0, ([4; 32], 0));
    assert!(one.session.is_csrf(&csrf_token(&one.secret)));
    assert!(
        !one.session.is_csrf(&other.csrf)
            && !one.session.is_csrf(&one.secret)
            && !one.session.is_csrf(&Secret::new(""))
    );
    assert_eq!(one.key, Session::key(&one.secret));
    assert_ne!(one.key, other.key);
}

#[test]
fn the_eleventh_try_waits_and_the_right_one_forgives() {
    let mut throttle = Throttle::new(Budget::ACCOUNT, 100);
    for at in 0..10 {
        assert_eq!(throttle.attempt("ann", at), Ok(()));
    }
    assert_eq!(throttle.attempt("ann", 10).unwrap_err().retry_after_ms, 15 * 60_000 - 10);
    assert_eq!(throttle.attempt("bo", 10), Ok(()));
    assert_eq!(throttle.attempt("ann", 15 * 60_000), Ok(()), "the first try has aged");
    throttle.forgive("ann");
    assert!((0..10).all(|_| throttle.attempt("ann", 15 * 60_000).is_ok()));
}

#[test]
fn made_up_names_take_no_more_room_than_there_is() {
    let mut throttle = Throttle::new(Budget::ACCOUNT, 50);
    for name in 0..10_000 {
        let _ = throttle.attempt(&name.to_string(), 0);
    }
    assert_eq!(throttle.len(), 50);
    assert_eq!(throttle.attempt("ann", Budget::ACCOUNT.within_ms), Ok(()));
}

proptest! {
    #[test]
    fn no_text_but_a_token_is_one(text in ".{0,100}") {
        prop_assert!(present(&text).is_err());
    }

    #[test]
    fn what_was_minted_reads_back(id in any::<[u8; 8]>(), secret in any::<[u8; 32]>()) {
        let minted = mint(id, secret);
        let shown = present(minted.token.expose()).unwrap();
        prop_assert!(shown.matches(&minted.hash));
    }

    /// In every stretch of the budget's length, each key has at most its tries.
    #[test]
    fn nobody_tries_more_often_than_the_budget(steps in prop::collection::vec((0..3_u8, 0..400_000_u64), 0..200)) {
        let mut throttle = Throttle::new(Budget::ACCOUNT, 2);
        let mut let_in: BTreeMap<u8, Vec<u64>> = BTreeMap::new();
        let mut now = 0;
        for (key, later) in steps {
            now += later;
            if throttle.attempt(&key.to_string(), now).is_ok() {
                let_in.entry(key).or_default().push(now);
            }
        }
        for times in let_in.values() {
            for from in times {
                let within = times.iter().filter(|at| *at >= from && **at < from + Budget::ACCOUNT.within_ms);
                prop_assert!(within.count() <= Budget::ACCOUNT.tries);
            }
        }
    }
}
