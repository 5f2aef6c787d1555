//! Revisions only grow, and what was redacted holds no value.

use proptest::prelude::*;

use super::*;
use crate::refusal::Refuse;

fn place() -> EnvironmentName {
    "production".parse().unwrap()
}
fn name() -> SecretName {
    "DB_PASSWORD".parse().unwrap()
}

fn set(state: Secrets, fingerprint: &str) -> Secrets {
    let (fingerprint, by) = (fingerprint.to_owned(), "ann".to_owned());
    let command = SecretCommand::Set { environment: place(), name: name(), fingerprint, by, at_ms: 1 };
    decide(&state, command).unwrap().iter().fold(state, evolve)
}

#[test]
fn a_revision_is_never_given_twice() {
    let first = set(Secrets::default(), "a");
    assert_eq!(first.record(&place(), &name()).unwrap().revision, 1);
    assert_eq!(set(first.clone(), "a"), first, "the same value again is no news");
    let second = set(first, "b");
    let remove = SecretCommand::Remove { environment: place(), name: name(), needed_by: None };
    let removed = decide(&second, remove.clone()).unwrap().iter().fold(second, evolve);
    assert_eq!(decide(&removed, remove).unwrap_err().code(), "unknown-secret");
    assert_eq!(set(removed, "a").record(&place(), &name()).unwrap().revision, 3);
}

#[test]
fn what_is_needed_stays_and_what_is_missing_is_named() {
    let state = set(Secrets::default(), "a");
    let needed_by = Some("api 1.0.0".to_owned());
    let remove = SecretCommand::Remove { environment: place(), name: name(), needed_by };
    assert_eq!(decide(&state, remove).unwrap_err().code(), "secret-needed");
    let wanted = BTreeSet::from([name(), "MAIL_TOKEN".parse().unwrap()]);
    let missing = state.revisions(&place(), &wanted).unwrap_err();
    assert_eq!(missing.to_string(), "production asks for MAIL_TOKEN, which has not been set there");
    assert!(missing.help().contains("`tidegate secret set MAIL_TOKEN --env production`"));
    assert_eq!(state.revisions(&place(), &BTreeSet::from([name()])), Ok(BTreeMap::from([(name(), 1)])));
}

#[test]
fn values_that_cannot_be_kept_are_refused() {
    let code = |value: &[u8]| check_value(value).err().map(|why| why.code());
    assert_eq!(code(b"hunter2"), None);
    assert_eq!(code(b"short"), Some("secret-too-short"));
    assert_eq!(code(b"  a    \n"), Some("secret-too-short"));
    assert_eq!(code(b"hunter\0two"), Some("secret-no-text"));
    assert_eq!(code(&[0xFF; 20]), Some("secret-no-text"));
    assert_eq!(code(&vec![b'x'; VALUE_BYTES_MAX + 1]), Some("secret-too-long"));
}

#[test]
fn a_value_is_taken_out_in_every_form_it_commonly_has() {
    let pem = "-----BEGIN KEY-----\nMIIBVgIBADANBg\n-----END KEY-----\n";
    let redactor = Redactor::new(["s3cr\"et/pass", pem, "s3cr\"et/password-longer"]);
    let check = |text: &str, expect: &str| {
        assert_eq!(String::from_utf8(redactor.redact(text.as_bytes())).unwrap(), expect);
    };
    check("pw=s3cr\"et/pass;", "pw=•••;");
    check(r#"{"pw":"s3cr\"et/pass"}"#, r#"{"pw":"•••"}"#);
    check("postgres://u:s3cr%22et%2Fpass@db", "postgres://u:•••@db");
    check("line MIIBVgIBADANBg alone", "line ••• alone");
    check("s3cr\"et/password-longer!", "•••!");
    check("nothing here", "nothing here");
    assert!(!format!("{redactor:?}").contains("s3cr"));
}

proptest! {
    #[test]
    fn no_value_is_left(values in prop::collection::vec("[a-c]{6,12}", 1..6), around in "[a-c]{0,30}") {
        let text = values.iter().fold(around.clone(), |text, value| text + value + &around);
        let clean = Redactor::new(values.iter().map(String::as_str)).redact(text.as_bytes());
        let clean = String::from_utf8(clean).unwrap();
        // What two neighbours of a mark would make together is no value: the mark stands between.
        for value in &values {
            prop_assert!(!clean.contains(value.as_str()), "{value} in {clean}");
        }
    }
}
