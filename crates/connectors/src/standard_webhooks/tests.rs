//! Known answers, every way in which a message can be wrong, and a hundred copies.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};

use proptest::prelude::*;
use secrecy::ExposeSecret as _;

use super::*;
use crate::{HeaderMap, HeaderValue};

const NOW: u64 = 1_614_265_330;

fn shared(byte: u8) -> SharedKey {
    SharedKey::from_bytes(vec![byte; 32]).unwrap()
}

fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [(ID_HEADER, id), (TIMESTAMP_HEADER, timestamp), (SIGNATURE_HEADER, signature)] {
        headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn signed(keys: &[SigningKey], at: u64, body: &[u8]) -> HeaderMap {
    let id = MessageId::parse("msg_1").unwrap();
    headers("msg_1", &at.to_string(), &sign(keys, &id, at, body))
}

#[test]
fn the_known_answers_reproduce() {
    let vectors = include_str!("../../tests/vectors/standard-webhooks/vectors.json");
    let vectors: Vec<serde_json::Value> = serde_json::from_str(vectors).unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let text = |name: &str| vector[name].as_str().unwrap();
        let at = vector["timestamp"].as_u64().unwrap();
        let id = MessageId::parse(text("id")).unwrap();
        let key = SigningKey::parse(text("key")).unwrap();
        assert_eq!(sign(&[key], &id, at, text("body").as_bytes()), text("signature"));
        let key = VerifyingKey::parse(text("key")).unwrap();
        let headers = headers(text("id"), &at.to_string(), text("signature"));
        let verified = verify(&[key], &headers, text("body").as_bytes(), at).unwrap();
        assert_eq!((verified.id, verified.timestamp_seconds), (id, at));
    }
}

/// RFC 8032, 7.1, test 3: the key and the signature of `af82`.
#[test]
fn ed25519_is_that_of_the_rfc() {
    use base64::Engine as _;
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap()).collect()
    };
    let seed = bytes("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
    let public = bytes("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    let signature = bytes(
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
         18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    );
    let engine = base64::engine::general_purpose::STANDARD;
    let key = SigningKey::parse(&format!("whsk_{}", engine.encode(&seed))).unwrap();
    assert_eq!(key.signature(&[0xaf, 0x82]).unwrap(), format!("v1a,{}", engine.encode(&signature)));
    let public = VerifyingKey::parse(&format!("whpk_{}", engine.encode(public))).unwrap();
    assert!(public.accepts("v1a", &signature, &[0xaf, 0x82]));
    assert!(!public.accepts("v1", &signature, &[0xaf, 0x82]));
}

#[test]
fn either_key_of_a_rotation_is_enough() {
    let (old, new, private) = (shared(1), shared(2), PrivateKey::from_seed(&[7; 32]));
    let keys = [
        SigningKey::Shared(new.clone()),
        SigningKey::Shared(old.clone()),
        SigningKey::Private(private.clone()),
    ];
    let headers = signed(&keys, NOW, b"{}");
    assert_eq!(headers[SIGNATURE_HEADER].to_str().unwrap().split(' ').count(), 3);
    let public = VerifyingKey::parse(&private.public().to_string()).unwrap();
    for key in [VerifyingKey::Shared(old), VerifyingKey::Shared(new), public] {
        assert!(verify(&[VerifyingKey::Shared(shared(9)), key], &headers, b"{}", NOW).is_ok());
    }
    assert_eq!(verify(&[VerifyingKey::Shared(shared(3))], &headers, b"{}", NOW), Err(Rejection::Mismatch));
    assert_eq!(verify(&[], &headers, b"{}", NOW), Err(Rejection::Mismatch));
}

#[test]
fn five_minutes_either_way_and_not_a_second_more() {
    let headers = signed(&[SigningKey::Shared(shared(1))], NOW, b"{}");
    let check = |now: u64, expect: Result<(), Rejection>| {
        assert_eq!(
            verify(&[VerifyingKey::Shared(shared(1))], &headers, b"{}", now).map(drop),
            expect,
            "{now}"
        );
    };
    check(NOW, Ok(()));
    check(NOW + 300, Ok(()));
    check(NOW + 301, Err(Rejection::TooOld));
    check(NOW - 300, Ok(()));
    check(NOW - 301, Err(Rejection::TooNew));
    check(0, Err(Rejection::TooNew));
    check(u64::MAX, Err(Rejection::TooOld));
}

#[test]
fn what_is_missing_doubled_or_forged_is_refused() {
    let good = signed(&[SigningKey::Shared(shared(1))], NOW, b"{}");
    let check = |what: &str, change: &dyn Fn(&mut HeaderMap), expect: Rejection| {
        let mut headers = good.clone();
        change(&mut headers);
        assert_eq!(verify(&[VerifyingKey::Shared(shared(1))], &headers, b"{}", NOW), Err(expect), "{what}");
    };
    for name in [ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER] {
        check("missing", &|headers| drop(headers.remove(name)), Rejection::Header(name));
        let twice = |headers: &mut HeaderMap| assert!(headers.append(name, good[name].clone()));
        check("twice", &twice, Rejection::Header(name));
    }
    let set = |name: &'static str, value: &'static str| {
        move |headers: &mut HeaderMap| drop(headers.insert(name, HeaderValue::from_static(value)))
    };
    check("another id", &set(ID_HEADER, "msg_2"), Rejection::Mismatch);
    check("a full stop", &set(ID_HEADER, "msg.1"), Rejection::Header(ID_HEADER));
    check("another time", &set(TIMESTAMP_HEADER, "1614265331"), Rejection::Mismatch);
    for odd in ["", "+1614265330", "0x1", "-1", "1614265330.0", "99999999999999999999999"] {
        check(odd, &set(TIMESTAMP_HEADER, odd), Rejection::Header(TIMESTAMP_HEADER));
    }
    for odd in ["", "v1", "v1,", "v1,AAAA", "v1,%%%", "v2,g0hM9SsE", "v1a,AAAA", ", ,v1, ,"] {
        check(odd, &set(SIGNATURE_HEADER, odd), Rejection::Mismatch);
    }
}

/// Only sixteen are tried: a header full of signatures costs no more than that.
#[test]
fn signatures_beyond_the_limit_are_not_tried() {
    let good = signed(&[SigningKey::Shared(shared(1))], NOW, b"{}");
    let right = good[SIGNATURE_HEADER].to_str().unwrap();
    let among = |wrong: usize| format!("{}{right}", "v1,AAAA ".repeat(wrong));
    let check = |wrong: usize| {
        let headers = headers("msg_1", &NOW.to_string(), &among(wrong));
        verify(&[VerifyingKey::Shared(shared(1))], &headers, b"{}", NOW).is_ok()
    };
    assert!(check(15));
    assert!(!check(16));
}

#[test]
fn malformed_keys_say_what_is_wrong() {
    let check = |text: &str, expect: KeyRefusal| {
        assert_eq!(SigningKey::parse(text).map(drop), Err(expect), "{text}");
    };
    check("", KeyRefusal::UnknownPrefix);
    check("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", KeyRefusal::UnknownPrefix);
    check("whsec_***", KeyRefusal::NotBase64);
    check("whsec_AAAA", KeyRefusal::SharedLength(3));
    check("whsk_AAAA", KeyRefusal::AsymmetricLength(3));
    assert_eq!(VerifyingKey::parse("whpk_AAAA").map(drop), Err(KeyRefusal::AsymmetricLength(3)));
    // The neutral element: it would accept a signature for anything.
    let weak = "whpk_AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert_eq!(VerifyingKey::parse(weak).map(drop), Err(KeyRefusal::NotOnCurve));
}

#[test]
fn keys_are_not_printed() {
    let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let key = SigningKey::parse(text).unwrap();
    let private = PrivateKey::from_seed(&[7; 32]);
    let shown = format!("{key:?} {:?} {private:?}", VerifyingKey::parse(text).unwrap());
    assert!(!shown.contains("MfKQ9r8G") && !shown.contains("49, 242") && !shown.contains("7, 7"), "{shown}");
    let SigningKey::Shared(key) = key else { panic!("a shared key") };
    assert_eq!(key.reveal().expose_secret(), text);
    assert!(SigningKey::parse(private.reveal().expose_secret()).is_ok());
}

#[test]
fn a_hundred_copies_at_once_have_one_effect() {
    let seen = Arc::new(Mutex::new(SeenIds::new(1000, REMEMBER_SECONDS)));
    let effects = Arc::new(AtomicUsize::new(0));
    let start = Arc::new(Barrier::new(100));
    let copies: Vec<_> = (0..100)
        .map(|_| {
            let (seen, effects, start) = (seen.clone(), effects.clone(), start.clone());
            std::thread::spawn(move || {
                let headers = signed(&[SigningKey::Shared(shared(1))], NOW, b"{}");
                start.wait();
                let came = verify(&[VerifyingKey::Shared(shared(1))], &headers, b"{}", NOW).unwrap();
                if seen.lock().unwrap().arrive(came.id.as_str(), NOW) == Arrival::First {
                    effects.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for copy in copies {
        copy.join().unwrap();
    }
    assert_eq!(effects.load(Ordering::SeqCst), 1);
}

/// For every time at which a message is accepted, its id is still known from when it first came.
#[test]
fn an_id_outlives_the_time_in_which_its_message_is_accepted() {
    let earliest = NOW - TOLERANCE_SECONDS;
    let mut seen = SeenIds::new(10, REMEMBER_SECONDS);
    assert_eq!(seen.arrive("a", earliest), Arrival::First);
    assert_eq!(seen.arrive("a", NOW + TOLERANCE_SECONDS), Arrival::Again);
    assert_eq!(seen.arrive("a", NOW + TOLERANCE_SECONDS + 1), Arrival::First);
}

#[test]
fn a_full_memory_turns_away_and_never_forgets() {
    let mut seen = SeenIds::new(2, 600);
    assert_eq!(seen.arrive("a", 0), Arrival::First);
    assert_eq!(seen.arrive("b", 1), Arrival::First);
    assert_eq!(seen.arrive("c", 2), Arrival::Full);
    assert_eq!(seen.arrive("a", 3), Arrival::Again);
    seen.forget("a");
    assert_eq!(seen.arrive("c", 4), Arrival::First);
    assert_eq!(seen.arrive("b", 601), Arrival::Again);
    assert_eq!(seen.arrive("d", 602), Arrival::First, "b's time is over");
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_any_flipped_bit_does_not(
        body in proptest::collection::vec(any::<u8>(), 1..200), at in 0_u64..4_000_000_000, bit in any::<usize>(), private in any::<bool>(),
    ) {
        let key = PrivateKey::from_seed(&[5; 32]);
        let (signing, verifying) = if private {
            (SigningKey::Private(key.clone()), VerifyingKey::Public(key.public()))
        } else {
            (SigningKey::Shared(shared(1)), VerifyingKey::Shared(shared(1)))
        };
        let headers = signed(&[signing], at, &body);
        let verifying = [verifying];
        prop_assert!(verify(&verifying, &headers, &body, at).is_ok());
        let mut changed = body.clone();
        changed[(bit / 8) % body.len()] ^= 1 << (bit % 8);
        prop_assert_eq!(verify(&verifying, &headers, &changed, at), Err(Rejection::Mismatch));
    }

    /// Against a plain list of what came when, whatever the clock does.
    #[test]
    fn the_memory_is_bounded_and_never_lets_a_copy_through(
        arrivals in proptest::collection::vec((0_u8..12, 0_u64..2000), 1..120),
    ) {
        let mut seen = SeenIds::new(6, 600);
        let mut latest = 0;
        let mut taken: Vec<(u8, u64)> = Vec::new();
        for (id, now) in arrivals {
            latest = latest.max(now);
            let arrival = seen.arrive(&id.to_string(), now);
            let known = taken.iter().any(|(taken, at)| *taken == id && at + 600 >= latest);
            prop_assert_eq!(known, arrival == Arrival::Again);
            if arrival == Arrival::First {
                taken.push((id, latest));
            }
            prop_assert!(seen.len() <= 6);
        }
    }
}
