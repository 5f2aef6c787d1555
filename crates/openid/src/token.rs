//! The ID token: everything that OpenID Connect Core 1.0, 3.1.3.7 asks to be looked at.
//!
//! Invariant: no claim is looked at before the signature holds, by a key and an algorithm that are for signatures with a
//! public key; every claim that must be there is. Deliberately not here: what the claims mean for anybody here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::keys::Keys;

const BYTES_MAX: usize = 64 << 10;
/// Clocks of two machines differ by so much at most.
const CLOCKS_APART_SECONDS: f64 = 60.0;
/// OpenID Connect Core 1.0, 2.
const SUBJECT_BYTES_MAX: usize = 255;

pub(crate) type Claims = Map<String, Value>;

/// What does not hold of a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    #[error("it is no signed token")]
    Malformed,
    #[error("its signature is by `{0}`, which is not taken")]
    Algorithm(String),
    #[error("it is signed with a key that the provider does not name")]
    UnknownKey,
    #[error("its signature is not the provider's")]
    Signature,
    #[error("it is of another issuer")]
    Issuer,
    #[error("it is for another client")]
    Audience,
    #[error("it names nobody")]
    Subject,
    #[error("it has expired")]
    Expired,
    #[error("it was issued in the future")]
    Early,
    #[error("it answers another request")]
    Nonce,
    #[error("the access token beside it is another one")]
    AccessToken,
    #[error("what the provider says beside it is about somebody else")]
    OtherSubject,
}

pub(crate) struct Expected<'a> {
    pub issuer: &'a str,
    pub client: &'a str,
    pub nonce: &'a str,
    pub access_token: Option<&'a str>,
    /// Those that the provider says it signs with.
    pub algorithms: Option<&'a [String]>,
    /// Since 1970.
    pub now_seconds: u64,
}

/// What stands before the signature is looked at; nothing in it is believed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    pub algorithm: Algorithm,
    pub key: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    /// Extensions that must be understood: none is (RFC 7515, 4.1.11).
    #[serde(default)]
    crit: Option<Value>,
}

impl Signed {
    pub fn read(token: &str, algorithms: Option<&[String]>) -> Result<Self, BadToken> {
        let head = token.split('.').next().filter(|_| token.len() <= BYTES_MAX);
        let bytes = head.and_then(|head| URL_SAFE_NO_PAD.decode(head).ok()).ok_or(BadToken::Malformed)?;
        let header: Header = serde_json::from_slice(&bytes).map_err(|_| BadToken::Malformed)?;
        if header.crit.is_some() {
            return Err(BadToken::Malformed);
        }
        let offered = algorithms.is_none_or(|offered| offered.contains(&header.alg));
        let algorithm = public(&header.alg).filter(|_| offered);
        let algorithm =
            algorithm.ok_or_else(|| BadToken::Algorithm(crate::failure::printable(&header.alg)))?;
        Ok(Self { algorithm, key: header.kid })
    }
}

/// Only signatures that a public key checks: `none` proves nothing, and what a shared secret checks, it can also make.
fn public(name: &str) -> Option<Algorithm> {
    Some(match name {
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "RS512" => Algorithm::RS512,
        "PS256" => Algorithm::PS256,
        "PS384" => Algorithm::PS384,
        "PS512" => Algorithm::PS512,
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        "EdDSA" => Algorithm::EdDSA,
        _ => return None,
    })
}

pub(crate) fn verify(token: &str, keys: &Keys, expected: &Expected<'_>) -> Result<Claims, BadToken> {
    let signed = Signed::read(token, expected.algorithms)?;
    let key = keys.find(signed.algorithm, signed.key.as_deref()).ok_or(BadToken::UnknownKey)?;
    let key = DecodingKey::from_jwk(key).map_err(|_| BadToken::UnknownKey)?;
    let mut signature_only = Validation::new(signed.algorithm);
    signature_only.required_spec_claims.clear();
    signature_only.validate_exp = false;
    signature_only.validate_aud = false;
    let claims =
        jsonwebtoken::decode::<Claims>(token, &key, &signature_only).map_err(|why| bad(&why))?.claims;
    check(&claims, expected)?;
    check_access_token(&claims, signed.algorithm, expected.access_token)?;
    Ok(claims)
}

fn bad(why: &jsonwebtoken::errors::Error) -> BadToken {
    use jsonwebtoken::errors::ErrorKind;
    if matches!(why.kind(), ErrorKind::InvalidToken | ErrorKind::Base64(_) | ErrorKind::Json(_)) {
        BadToken::Malformed
    } else {
        BadToken::Signature
    }
}

fn check(claims: &Claims, expected: &Expected<'_>) -> Result<(), BadToken> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err(BadToken::Issuer);
    }
    check_audience(claims, expected.client)?;
    let subject = text("sub").unwrap_or("");
    if subject.is_empty() || subject.len() > SUBJECT_BYTES_MAX || subject.contains(char::is_control) {
        return Err(BadToken::Subject);
    }
    check_times(claims, expected.now_seconds as f64)?;
    if text("nonce") != Some(expected.nonce) {
        return Err(BadToken::Nonce);
    }
    Ok(())
}

/// One that is for others too says that it was this client who asked for it.
fn check_audience(claims: &Claims, client: &str) -> Result<(), BadToken> {
    let (is_for_client, others) = match claims.get("aud") {
        Some(Value::String(one)) => (one == client, false),
        Some(Value::Array(all)) => (
            all.iter().any(|one| one.as_str() == Some(client)),
            all.iter().any(|one| one.as_str() != Some(client)),
        ),
        _ => (false, false),
    };
    let asked_for = match claims.get("azp") {
        None => !others,
        Some(party) => party.as_str() == Some(client),
    };
    if is_for_client && asked_for { Ok(()) } else { Err(BadToken::Audience) }
}

/// Times are numbers of seconds, perhaps with a fraction.
fn check_times(claims: &Claims, now: f64) -> Result<(), BadToken> {
    let time = |name: &str| claims.get(name).map(|value| value.as_f64().filter(|at| at.is_finite()));
    let end = time("exp").flatten().ok_or(BadToken::Expired)?;
    if now >= end + CLOCKS_APART_SECONDS {
        return Err(BadToken::Expired);
    }
    let issued = time("iat").flatten().ok_or(BadToken::Early)?;
    let begin = time("nbf").map_or(Some(issued), |begin| begin).ok_or(BadToken::Early)?;
    if issued.max(begin) > now + CLOCKS_APART_SECONDS {
        return Err(BadToken::Early);
    }
    Ok(())
}

/// `at_hash` (Core, 3.1.3.6): the left half of the access token's hash, by the hash of the signature.
fn check_access_token(claims: &Claims, algorithm: Algorithm, token: Option<&str>) -> Result<(), BadToken> {
    let Some(said) = claims.get("at_hash") else { return Ok(()) };
    let half = token.and_then(|token| left_half(algorithm, token.as_bytes()));
    if half.is_some() && half.as_deref() == said.as_str() { Ok(()) } else { Err(BadToken::AccessToken) }
}

fn left_half(algorithm: Algorithm, token: &[u8]) -> Option<String> {
    let hash = match algorithm {
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 | Algorithm::HS384 => {
            Sha384::digest(token).to_vec()
        }
        // Ed25519 hashes with SHA-512 (RFC 8032, 5.1).
        Algorithm::RS512 | Algorithm::PS512 | Algorithm::HS512 | Algorithm::EdDSA => {
            Sha512::digest(token).to_vec()
        }
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 | Algorithm::HS256 => {
            Sha256::digest(token).to_vec()
        }
        _ => return None,
    };
    Some(URL_SAFE_NO_PAD.encode(&hash[..hash.len() / 2]))
}

#[cfg(test)]
mod tests;
