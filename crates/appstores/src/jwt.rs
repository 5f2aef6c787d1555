//! A signed JSON Web Token (RFC 7519), as both stores want it from whoever asks.
//!
//! Invariant: a key has no `Debug`, and leaves only as signatures. Deliberately not here: what is claimed.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};

pub(crate) enum Key {
    /// ES256, Apple's.
    P256(Box<EcdsaKeyPair>),
    /// RS256, Google's.
    Rsa(Box<rsa::KeyPair>),
}

impl Key {
    pub fn p256(pem: &[u8]) -> Result<Self, &'static str> {
        let der = der(pem)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.secret_pkcs8_der());
        pair.map(|pair| Self::P256(Box::new(pair))).map_err(|_| "it is no key on the curve P-256")
    }

    pub fn rsa(pem: &[u8]) -> Result<Self, &'static str> {
        let der = der(pem)?;
        let pair = rsa::KeyPair::from_pkcs8(der.secret_pkcs8_der());
        pair.map(|pair| Self::Rsa(Box::new(pair))).map_err(|_| "it is no RSA key of at least 2048 bits")
    }

    /// None only where chance itself fails.
    pub fn sign(&self, key_id: Option<&str>, claims: &Value) -> Option<String> {
        let algorithm = match self {
            Self::P256(_) => "ES256",
            Self::Rsa(_) => "RS256",
        };
        let mut header = json!({"alg": algorithm, "typ": "JWT"});
        if let Some(key_id) = key_id {
            header["kid"] = key_id.into();
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let body = format!("{}.{}", part(&header), part(claims));
        let random = SystemRandom::new();
        let signature = match self {
            Self::P256(pair) => pair.sign(&random, body.as_bytes()).ok()?.as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, body.as_bytes(), &mut signature).ok()?;
                signature
            }
        };
        Some(format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn der(pem: &[u8]) -> Result<PrivatePkcs8KeyDer<'static>, &'static str> {
    PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| "it is no private key in PEM (PKCS #8)")
}
