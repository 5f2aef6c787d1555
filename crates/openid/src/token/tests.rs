//! Tokens by tables: the one that holds, and one for each way in which one does not.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use proptest::prelude::*;
use serde_json::json;

use super::*;

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://sso.example.com";

struct Signer {
    pair: EcdsaKeyPair,
    id: &'static str,
}

impl Signer {
    fn new(id: &'static str) -> Self {
        Self { pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(), id }
    }

    fn public(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.id, "use": "sig", "alg": "ES256"})
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let body = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), body.as_bytes()).unwrap();
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn token(&self, claims: &Value) -> String {
        self.sign(&json!({"alg": "ES256", "kid": self.id}), claims)
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn keys(all: &[Value]) -> Keys {
    Keys::read(json!({ "keys": all }).to_string().as_bytes()).unwrap()
}

/// Claims that hold, with these in the place of theirs; null takes one away.
fn claims(more: &Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": "tidegate", "sub": "ann-1", "nonce": "n", "iat": NOW - 5, "exp": NOW + 300,
    });
    let members = claims.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    claims
}

fn expected() -> Expected<'static> {
    Expected {
        issuer: ISSUER,
        client: "tidegate",
        nonce: "n",
        access_token: Some("opaque"),
        algorithms: None,
        now_seconds: NOW,
    }
}

#[test]
fn every_claim_is_looked_at() {
    let signer = Signer::new("a");
    let keys = keys(&[signer.public()]);
    let check = |more: Value, expect: Option<BadToken>| {
        let told = verify(&signer.token(&claims(&more)), &keys, &expected());
        assert_eq!(told.err(), expect, "{more}");
    };
    let hash = left_half(Algorithm::ES256, b"opaque").unwrap();
    check(json!({}), None);
    check(json!({"at_hash": hash}), None);
    check(json!({"at_hash": "AAAA"}), Some(BadToken::AccessToken));
    check(json!({"at_hash": 1}), Some(BadToken::AccessToken));
    check(json!({"iss": "https://evil.example"}), Some(BadToken::Issuer));
    check(json!({"iss": [ISSUER]}), Some(BadToken::Issuer));
    check(json!({"iss": null}), Some(BadToken::Issuer));
    check(json!({"aud": "another"}), Some(BadToken::Audience));
    check(json!({"aud": null}), Some(BadToken::Audience));
    check(json!({"aud": []}), Some(BadToken::Audience));
    check(json!({"aud": ["tidegate"]}), None);
    check(json!({"aud": ["tidegate", "another"]}), Some(BadToken::Audience));
    check(json!({"aud": ["tidegate", "another"], "azp": "tidegate"}), None);
    check(json!({"aud": ["tidegate", "another"], "azp": "another"}), Some(BadToken::Audience));
    check(json!({"azp": "another"}), Some(BadToken::Audience));
    check(json!({"azp": 7}), Some(BadToken::Audience));
    check(json!({"sub": null}), Some(BadToken::Subject));
    check(json!({"sub": ""}), Some(BadToken::Subject));
    check(json!({"sub": "a\nb"}), Some(BadToken::Subject));
    check(json!({"sub": "x".repeat(256)}), Some(BadToken::Subject));
    check(json!({"exp": NOW - 59}), None);
    check(json!({"exp": NOW - 60}), Some(BadToken::Expired));
    check(json!({"exp": null}), Some(BadToken::Expired));
    check(json!({"exp": "never"}), Some(BadToken::Expired));
    check(json!({"iat": NOW + 60}), None);
    check(json!({"iat": NOW + 61}), Some(BadToken::Early));
    check(json!({"iat": null}), Some(BadToken::Early));
    check(json!({"nbf": NOW + 61}), Some(BadToken::Early));
    check(json!({"nbf": "soon"}), Some(BadToken::Early));
    check(json!({"nonce": "another"}), Some(BadToken::Nonce));
    check(json!({"nonce": null}), Some(BadToken::Nonce));
}

#[test]
fn only_a_signature_of_the_providers_counts() {
    let (signer, other) = (Signer::new("a"), Signer::new("a"));
    let second = Signer::new("b");
    let set = keys(&[signer.public(), second.public()]);
    let check = |token: &str, expect: BadToken| {
        assert_eq!(verify(token, &set, &expected()).err(), Some(expect), "{token}");
    };
    let good = claims(&json!({}));
    let header = |algorithm: &str| json!({"alg": algorithm, "kid": "a"});
    // Nobody's, and somebody else's under the same id, or under the other's.
    let unsigned = |algorithm: &str| format!("{}.{}.", part(&header(algorithm)), part(&good));
    for none in ["none", "None", "NONE", "nOnE"] {
        check(&unsigned(none), BadToken::Algorithm(none.to_owned()));
    }
    check(&unsigned("ES256"), BadToken::Signature);
    check(&other.token(&good), BadToken::Signature);
    check(&second.sign(&header("ES256"), &good), BadToken::Signature);
    check(&signer.sign(&json!({"alg": "ES256", "kid": "c"}), &good), BadToken::UnknownKey);
    check(&signer.sign(&json!({"alg": "ES256"}), &good), BadToken::UnknownKey);
    // The public key as if it were a shared secret.
    let public = signer.public().to_string();
    let mac = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
    let body = format!("{}.{}", part(&header("HS256")), part(&good));
    let signature = aws_lc_rs::hmac::sign(&mac, body.as_bytes());
    let confused = format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature));
    check(&confused, BadToken::Algorithm("HS256".to_owned()));
    // Another algorithm than the key's, extensions that must be understood, and what is no token at all.
    check(&signer.sign(&header("RS256"), &good), BadToken::UnknownKey);
    let critical = json!({"alg": "ES256", "kid": "a", "crit": ["b64"], "b64": false});
    check(&signer.sign(&critical, &good), BadToken::Malformed);
    for junk in ["", ".", "..", "a.b.c", "e30.e30.e30", &"x".repeat(BYTES_MAX + 1)] {
        check(junk, BadToken::Malformed);
    }
    let token = signer.token(&good);
    check(&format!("{token}.x"), BadToken::Malformed);
    assert!(verify(&token, &set, &expected()).is_ok());
    // One that the provider says it does not sign with.
    let only = [String::from("RS256")];
    let expected = Expected { algorithms: Some(&only), ..expected() };
    assert_eq!(verify(&token, &set, &expected).err(), Some(BadToken::Algorithm("ES256".to_owned())));
}

#[test]
fn edwards_curves_and_rsa_are_taken_too() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": public, "kid": "e"});
    let body = format!("{}.{}", part(&json!({"alg": "EdDSA", "kid": "e"})), part(&claims(&json!({}))));
    let token = format!("{body}.{}", URL_SAFE_NO_PAD.encode(pair.sign(body.as_bytes())));
    assert!(verify(&token, &keys(&[key]), &expected()).is_ok());

    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let body = format!("{}.{}", part(&json!({"alg": "RS256"})), part(&claims(&json!({}))));
    let mut signature = vec![0; pair.public_modulus_len()];
    let padding = &aws_lc_rs::signature::RSA_PKCS1_SHA256;
    pair.sign(padding, &SystemRandom::new(), body.as_bytes(), &mut signature).unwrap();
    let token = format!("{body}.{}", URL_SAFE_NO_PAD.encode(&signature));
    let public = aws_lc_rs::signature::RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
    let (n, e) = (URL_SAFE_NO_PAD.encode(&public.n), URL_SAFE_NO_PAD.encode(&public.e));
    let key = json!({"kty": "RSA", "n": n, "e": e});
    assert!(verify(&token, &keys(std::slice::from_ref(&key)), &expected()).is_ok());
    // The key itself, as the secret of a MAC.
    let der = pair.public_key().as_der().unwrap();
    let mac = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, der.as_ref());
    let body = format!("{}.{}", part(&json!({"alg": "HS256"})), part(&claims(&json!({}))));
    let signature = aws_lc_rs::hmac::sign(&mac, body.as_bytes());
    let token = format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature));
    let told = verify(&token, &keys(&[key]), &expected());
    assert_eq!(told.err(), Some(BadToken::Algorithm("HS256".to_owned())));
}

/// The example of OpenID Connect Core 1.0, A.3.
#[test]
fn the_hash_of_an_access_token_is_the_one_of_the_standard() {
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    assert_eq!(left_half(Algorithm::RS256, token.as_bytes()).unwrap(), "77QmUPtjPfzWtF2AnpK9RQ");
}

proptest! {
    /// One changed sign anywhere in the token, and it holds no longer.
    #[test]
    fn a_changed_token_does_not_hold(place in 0_usize..400, letter in "[A-Za-z0-9_-]") {
        let signer = Signer::new("a");
        let token = signer.token(&claims(&json!({})));
        let place = place % token.len();
        prop_assume!(!token[place..].starts_with(&letter) && &token[place..=place] != ".");
        // The last sign of a part holds bits that stand for nothing.
        prop_assume!(place + 1 < token.len() && &token[place + 1..place + 2] != ".");
        let changed = format!("{}{letter}{}", &token[..place], &token[place + 1..]);
        prop_assert!(verify(&changed, &keys(&[signer.public()]), &expected()).is_err());
    }
}
