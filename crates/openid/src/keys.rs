//! The provider's public keys (RFC 7517), and which of them a token may be signed with.
//!
//! Invariant: a key is used for what it says it is for, with the algorithm that fits its type; a shared secret is never
//! one of them. Deliberately not here: fetching them (`provider`), signatures (`token`).

use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use serde::Deserialize;

/// Providers have two or three; more are not looked through.
const KEYS_MAX: usize = 64;

#[derive(Debug, Clone, Default)]
pub(crate) struct Keys(Vec<Jwk>);

#[derive(Deserialize)]
struct Written {
    keys: Vec<serde_json::Value>,
}

impl Keys {
    /// Keys of kinds that are not known here are passed over, as the standard asks (RFC 7517, 5).
    pub fn read(body: &[u8]) -> Option<Self> {
        let Written { keys } = serde_json::from_slice(body).ok()?;
        let known = keys.into_iter().take(KEYS_MAX).filter_map(|key| serde_json::from_value(key).ok());
        Some(Self(known.collect()))
    }

    /// The one with this id; without an id, the only one that could be meant.
    pub fn find(&self, algorithm: Algorithm, id: Option<&str>) -> Option<&Jwk> {
        let mut fitting = self.0.iter().filter(|key| fits(key, algorithm));
        match id {
            Some(id) => fitting.find(|key| key.common.key_id.as_deref() == Some(id)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        }
    }
}

fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let common = &key.common;
    let for_signatures = common.public_key_use.as_ref().is_none_or(|it| *it == PublicKeyUse::Signature);
    let verifies =
        common.key_operations.as_ref().is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    let named = common.key_algorithm.is_none_or(|named| named == KeyAlgorithm::from(algorithm));
    for_signatures && verifies && named && is_of_type(&key.algorithm, algorithm)
}

fn is_of_type(parameters: &AlgorithmParameters, algorithm: Algorithm) -> bool {
    match algorithm {
        Algorithm::RS256
        | Algorithm::RS384
        | Algorithm::RS512
        | Algorithm::PS256
        | Algorithm::PS384
        | Algorithm::PS512 => matches!(parameters, AlgorithmParameters::RSA(_)),
        Algorithm::ES256 => is_on(parameters, &EllipticCurve::P256),
        Algorithm::ES384 => is_on(parameters, &EllipticCurve::P384),
        Algorithm::EdDSA => {
            matches!(parameters, AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519)
        }
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => false,
        _ => false,
    }
}

fn is_on(parameters: &AlgorithmParameters, curve: &EllipticCurve) -> bool {
    matches!(parameters, AlgorithmParameters::EllipticCurve(key) if key.curve == *curve)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rsa(id: Option<&str>, more: &Value) -> Value {
        let mut key = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
        let members = key.as_object_mut().unwrap();
        members.extend(id.map(|id| ("kid".to_owned(), json!(id))));
        members.extend(more.as_object().unwrap().clone());
        key
    }

    fn keys(keys: &[Value]) -> Keys {
        Keys::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_key_is_found_by_its_id_and_used_for_what_it_says() {
        let check = |more: Value, algorithm: Algorithm, expect: bool| {
            let found = keys(&[rsa(Some("a"), &more)]).find(algorithm, Some("a")).is_some();
            assert_eq!(found, expect, "{more} {algorithm:?}");
        };
        check(json!({}), Algorithm::RS256, true);
        check(json!({}), Algorithm::PS512, true);
        check(json!({"use": "sig", "alg": "RS256"}), Algorithm::RS256, true);
        check(json!({"alg": "RS512"}), Algorithm::RS256, false);
        check(json!({"use": "enc"}), Algorithm::RS256, false);
        check(json!({"key_ops": ["encrypt"]}), Algorithm::RS256, false);
        check(json!({}), Algorithm::ES256, false);
        check(json!({}), Algorithm::EdDSA, false);
        // A public key is no shared secret, and a shared secret no public key.
        check(json!({}), Algorithm::HS256, false);
        let shared = json!({"kty": "oct", "k": "c2VjcmV0", "kid": "a"});
        for algorithm in [Algorithm::HS256, Algorithm::RS256] {
            assert!(keys(std::slice::from_ref(&shared)).find(algorithm, Some("a")).is_none());
        }
    }

    #[test]
    fn without_an_id_only_the_one_that_could_be_meant() {
        let (one, two) = (rsa(Some("a"), &json!({})), rsa(Some("b"), &json!({})));
        let odd = json!({"kty": "EC", "crv": "secp256k1", "x": "AQ", "y": "AQ"});
        assert!(keys(&[one.clone(), odd.clone()]).find(Algorithm::RS256, None).is_some());
        assert!(keys(&[one.clone(), two]).find(Algorithm::RS256, None).is_none());
        assert!(keys(&[one]).find(Algorithm::RS256, Some("b")).is_none());
        assert!(keys(&[odd]).find(Algorithm::ES256, None).is_none());
    }

    #[test]
    fn what_is_no_set_of_keys_is_none() {
        for bad in ["", "[]", "{}", "{\"keys\": 1}", "{\"keys\": {}}"] {
            assert!(Keys::read(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(Keys::read(b"{\"keys\": [1, null, \"x\", {}]}").is_some());
    }
}
