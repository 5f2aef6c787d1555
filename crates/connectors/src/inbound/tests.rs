//! Deliveries of GitHub, GitLab and Alertmanager: the right ones, the forged, and the same one again.

use secrecy::SecretString;

use super::alertmanager::{self, IncidentState, LabelNames, Unreadable};
use super::*;
use crate::HeaderValue;
use crate::hex::hex;
use crate::standard_webhooks::{Arrival, MessageId, Rejection, SeenIds, SigningKey, VerifyingKey, sign};

fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in all {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn secrets(all: &[&str]) -> Vec<SecretString> {
    all.iter().map(|secret| SecretString::from(*secret)).collect()
}

/// The example of GitHub's documentation, "Validating webhook deliveries".
const SECRET: &str = "It's a Secret to Everybody";
const BODY: &[u8] = b"Hello, World!";
const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

fn from_github(signature: &str) -> HeaderMap {
    headers(&[
        ("x-hub-signature-256", signature),
        ("x-github-delivery", "72d3162e"),
        ("x-github-event", "push"),
    ])
}

#[test]
fn github_is_known_by_its_signature() {
    let expect = Delivery { id: "72d3162e".to_owned(), event: "push".to_owned() };
    for known in [&[SECRET][..], &["old", SECRET], &[SECRET, "new"]] {
        assert_eq!(github::verify(&secrets(known), &from_github(SIGNATURE), BODY), Ok(expect.clone()));
    }
    assert_eq!(github::verify(&secrets(&["other"]), &from_github(SIGNATURE), BODY), Err(Refused::Secret));
    assert_eq!(github::verify(&[], &from_github(SIGNATURE), BODY), Err(Refused::Secret));
    assert_eq!(
        github::verify(&secrets(&[SECRET]), &from_github(SIGNATURE), b"Hello, World?"),
        Err(Refused::Secret)
    );
    let refused = Err(Refused::Header("x-hub-signature-256"));
    for odd in ["", "sha256=", "sha1=757107ea", "757107ea", &SIGNATURE[..70], &SIGNATURE.replace('7', "g")] {
        assert_eq!(github::verify(&secrets(&[SECRET]), &from_github(odd), BODY), refused, "{odd}");
    }
    let old =
        headers(&[("x-hub-signature", "sha1=abc"), ("x-github-delivery", "1"), ("x-github-event", "push")]);
    assert_eq!(github::verify(&secrets(&[SECRET]), &old, BODY), refused);
    let mut twice = from_github("sha256=00");
    twice.append("x-hub-signature-256", HeaderValue::from_static(SIGNATURE));
    assert_eq!(github::verify(&secrets(&[SECRET]), &twice, BODY), refused);
}

#[test]
fn an_empty_secret_signs_nothing() {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"").unwrap();
    mac.update(BODY);
    let headers = from_github(&format!("sha256={}", hex(&mac.finalize().into_bytes())));
    assert_eq!(github::verify(&secrets(&[""]), &headers, BODY), Err(Refused::Secret));
    let headers = super::tests::headers(&[("x-gitlab-event", "Push Hook"), ("x-gitlab-token", "")]);
    let hook = gitlab::Hook::Token(secrets(&[""]));
    assert_eq!(gitlab::verify(&hook, &headers, b"{}", 0), Err(Refused::Header("x-gitlab-token")));
}

#[test]
fn a_hundred_copies_of_a_delivery_are_one() {
    let mut seen = SeenIds::new(100, 86_400);
    let arrivals = (0..100).map(|second| {
        let delivery = github::verify(&secrets(&[SECRET]), &from_github(SIGNATURE), BODY).unwrap();
        seen.arrive(&delivery.id, second)
    });
    assert_eq!(arrivals.filter(|arrival| *arrival == Arrival::First).count(), 1);
}

#[test]
fn gitlab_is_known_by_its_token() {
    let hook = gitlab::Hook::Token(secrets(&["old-token", "glwt-token"]));
    let check = |all: &[(&'static str, &str)], expect: Result<&str, Refused>| {
        let delivery = gitlab::verify(&hook, &headers(all), b"{}", 0);
        assert_eq!(
            delivery.as_ref().map(|delivery| delivery.id.as_str()),
            expect.as_ref().copied(),
            "{all:?}"
        );
    };
    let event = ("x-gitlab-event", "Pipeline Hook");
    let uuid = ("x-gitlab-event-uuid", "e1");
    check(&[event, ("x-gitlab-token", "glwt-token"), uuid], Ok("e1"));
    check(&[event, ("x-gitlab-token", "old-token"), ("idempotency-key", "k1"), uuid], Ok("k1"));
    check(&[event, ("x-gitlab-token", "glwt-toke"), uuid], Err(Refused::Secret));
    check(&[event, ("x-gitlab-token", "glwt-token2"), uuid], Err(Refused::Secret));
    check(&[event, uuid], Err(Refused::Header("x-gitlab-token")));
    check(&[("x-gitlab-token", "glwt-token"), uuid], Err(Refused::Header("x-gitlab-event")));
    // Without any id the body is its own.
    let bare = headers(&[event, ("x-gitlab-token", "glwt-token")]);
    let id = |body: &[u8]| gitlab::verify(&hook, &bare, body, 0).unwrap().id;
    assert_eq!(id(b"{}"), id(b"{}"));
    assert_ne!(id(b"{}"), id(b"[]"));
}

#[test]
fn a_signed_hook_of_gitlab_takes_no_token() {
    let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let hook = gitlab::Hook::Signed(vec![VerifyingKey::parse(text).unwrap()]);
    let signature = sign(&[SigningKey::parse(text).unwrap()], &MessageId::parse("k1").unwrap(), 1000, b"{}");
    let signed = headers(&[
        ("x-gitlab-event", "Push Hook"),
        ("webhook-id", "k1"),
        ("webhook-timestamp", "1000"),
        ("webhook-signature", &signature),
    ]);
    assert_eq!(gitlab::verify(&hook, &signed, b"{}", 1000).unwrap().id, "k1");
    assert_eq!(gitlab::verify(&hook, &signed, b"{}", 1301), Err(Refused::Signature(Rejection::TooOld)));
    assert_eq!(gitlab::verify(&hook, &signed, b"[]", 1000), Err(Refused::Signature(Rejection::Mismatch)));
    let token = headers(&[("x-gitlab-event", "Push Hook"), ("x-gitlab-token", text)]);
    assert!(gitlab::verify(&hook, &token, b"{}", 1000).is_err());
}

fn alerts(status: &str, ends_at: &str) -> String {
    format!(
        r#"{{"version":"4","groupKey":"{{}}:{{}}","truncatedAlerts":0,"status":"{status}","receiver":"tidegate",
        "groupLabels":{{}},"commonLabels":{{}},"commonAnnotations":{{}},"externalURL":"http://am.example:9093",
        "alerts":[{{"status":"{status}","labels":{{"alertname":"HighErrors","environment":"production",
        "component":"api","severity":"critical"}},"annotations":{{"summary":"5 % of requests fail",
        "description":"since the last release"}},"startsAt":"2026-11-21T10:00:00.5+01:00","endsAt":"{ends_at}",
        "generatorURL":"http://prometheus.example/graph?g0.expr=up","fingerprint":"1a30ba71cca2921f"}}]}}"#
    )
}

#[test]
fn an_alert_opens_an_incident_and_its_end_resolves_it() {
    let read = |body: &str| alertmanager::read(body.as_bytes(), &LabelNames::default()).unwrap().remove(0);
    let opened = read(&alerts("firing", "0001-01-01T00:00:00Z"));
    assert_eq!((opened.state, opened.at_ms), (IncidentState::Opened, 1_795_251_600_500));
    assert_eq!(opened.incident, "1a30ba71cca2921f/1795251600500");
    assert_eq!(
        (opened.environment.as_deref(), opened.component.as_deref()),
        (Some("production"), Some("api"))
    );
    assert_eq!(
        (opened.title.as_str(), opened.severity.as_deref()),
        ("5 % of requests fail", Some("critical"))
    );
    assert_eq!(opened.url.as_deref(), Some("http://prometheus.example/graph?g0.expr=up"));
    let resolved = read(&alerts("resolved", "2026-11-21T09:30:00Z"));
    assert_eq!((resolved.state, resolved.at_ms), (IncidentState::Resolved, 1_795_253_400_000));
    assert_eq!(resolved.incident, opened.incident);
    assert_ne!(resolved.delivery(), opened.delivery());
    assert_eq!(read(&alerts("firing", "0001-01-01T00:00:00Z")).delivery(), opened.delivery(), "told again");
    let unnamed = |body: &str| read(&body.replace("1a30ba71cca2921f", "")).incident;
    assert_eq!(unnamed(&alerts("firing", "")), unnamed(&alerts("resolved", "2026-11-21T09:30:00Z")));
    let link =
        alerts("firing", "").replace("http://prometheus.example/graph?g0.expr=up", "javascript:alert(1)");
    assert_eq!(read(&link).url, None);
}

#[test]
fn what_is_no_payload_of_alertmanager_is_refused() {
    let good = alerts("firing", "");
    let check = |body: &str, expect: &dyn Fn(&Unreadable) -> bool| {
        let refused = alertmanager::read(body.as_bytes(), &LabelNames::default()).unwrap_err();
        assert!(expect(&refused), "{refused:?}");
    };
    let shape = |why: &Unreadable| matches!(why, Unreadable::Shape(_));
    for odd in
        ["", "[]", "{}", "null", &good.replace("firing", "smoking"), &good.replace("startsAt", "began")]
    {
        check(odd, &shape);
    }
    check(&good.replace(r#""version":"4""#, r#""version":"5""#), &|why| {
        *why == Unreadable::Version("5".to_owned())
    });
    check(&good.replace("2026-11-21T10", "2026-31-21T10"), &|why| matches!(why, Unreadable::Time(_)));
    check(&alerts("resolved", ""), &|why| matches!(why, Unreadable::Time(_)));
    let alert = r#"{"status":"firing","startsAt":"2026-11-21T10:00:00Z"}"#;
    let many = format!(r#"{{"version":"4","alerts":[{}]}}"#, vec![alert; 1001].join(","));
    check(&many, &|why| *why == Unreadable::TooMany(1001));
}
