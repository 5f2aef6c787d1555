//! Keys as people pass them on: `whsec_` shared, `whsk_` private and `whpk_` public, each with base64 after it.
//!
//! Invariant: no key is printed by `Debug`; only a public key can be shown. Deliberately not here: making keys (chance is
//! the caller's) and keeping them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use sha2::Sha256;

const SHARED: &str = "whsec_";
const PRIVATE: &str = "whsk_";
const PUBLIC: &str = "whpk_";

/// What the specification allows for shared keys.
const SHARED_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    #[error("a key begins with whsec_, whsk_ or whpk_, and this one with something else")]
    UnknownPrefix,
    #[error("what follows the key's prefix is not base64")]
    NotBase64,
    #[error("a shared key has 24 to 64 bytes, and this one {0}")]
    SharedLength(usize),
    #[error("an ed25519 key has 32 bytes (a private one 32 or 64), and this one {0}")]
    AsymmetricLength(usize),
    #[error("these bytes are not a usable ed25519 key")]
    NotOnCurve,
}

impl KeyRefusal {
    pub fn code(self) -> &'static str {
        "webhook-key-malformed"
    }
    pub fn help(self) -> &'static str {
        "copy the whole key as the endpoint shows it, or make a new one: whsec_ and the base64 of 32 random bytes"
    }
}

/// The bytes that both sides know.
#[derive(Debug, Clone)]
pub struct SharedKey(SecretSlice<u8>);

impl SharedKey {
    /// The bytes come from a good source of chance.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, KeyRefusal> {
        if SHARED_BYTES.contains(&bytes.len()) {
            Ok(Self(SecretSlice::from(bytes)))
        } else {
            Err(KeyRefusal::SharedLength(bytes.len()))
        }
    }

    /// `whsec_…`, to be shown once and kept sealed.
    pub fn reveal(&self) -> SecretString {
        format!("{SHARED}{}", STANDARD.encode(self.0.expose_secret())).into()
    }

    fn mac(&self, message: &[u8]) -> Option<Hmac<Sha256>> {
        // Hmac takes keys of any length; the type cannot say so.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).ok()?;
        mac.update(message);
        Some(mac)
    }
}

/// The ed25519 key that only the sender has.
#[derive(Clone)]
pub struct PrivateKey(Box<ed25519_dalek::SigningKey>);

impl PrivateKey {
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Box::new(ed25519_dalek::SigningKey::from_bytes(seed)))
    }
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }
    /// `whsk_…`, to be kept sealed.
    pub fn reveal(&self) -> SecretString {
        format!("{PRIVATE}{}", STANDARD.encode(self.0.as_bytes())).into()
    }
    fn from_bytes(bytes: &[u8]) -> Result<Self, KeyRefusal> {
        if let Ok(seed) = <&[u8; 32]>::try_from(bytes) {
            return Ok(Self::from_seed(seed));
        }
        let pair = <&[u8; 64]>::try_from(bytes).map_err(|_| KeyRefusal::AsymmetricLength(bytes.len()))?;
        let key = ed25519_dalek::SigningKey::from_keypair_bytes(pair);
        key.map(|key| Self(Box::new(key))).map_err(|_| KeyRefusal::NotOnCurve)
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "PrivateKey(of {})", self.public())
    }
}

/// The ed25519 key that receivers check with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(ed25519_dalek::VerifyingKey);

impl std::fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{PUBLIC}{}", STANDARD.encode(self.0.as_bytes()))
    }
}

impl PublicKey {
    fn from_bytes(bytes: &[u8]) -> Result<Self, KeyRefusal> {
        let bytes = <&[u8; 32]>::try_from(bytes).map_err(|_| KeyRefusal::AsymmetricLength(bytes.len()))?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyRefusal::NotOnCurve)?;
        // A weak key verifies a signature for nearly any message.
        if key.is_weak() { Err(KeyRefusal::NotOnCurve) } else { Ok(Self(key)) }
    }
}

#[derive(Debug, Clone)]
pub enum SigningKey {
    Shared(SharedKey),
    Private(PrivateKey),
}

impl SigningKey {
    /// `whsec_…` or `whsk_…`.
    pub fn parse(text: &str) -> Result<Self, KeyRefusal> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix(SHARED) {
            return SharedKey::from_bytes(decode(rest)?).map(Self::Shared);
        }
        let rest = text.strip_prefix(PRIVATE).ok_or(KeyRefusal::UnknownPrefix)?;
        PrivateKey::from_bytes(&decode(rest)?).map(Self::Private)
    }

    /// One signature with its version: `v1,…` or `v1a,…`.
    pub(super) fn signature(&self, message: &[u8]) -> Option<String> {
        match self {
            Self::Shared(key) => {
                let mac = key.mac(message)?.finalize().into_bytes();
                Some(format!("v1,{}", STANDARD.encode(mac)))
            }
            Self::Private(key) => Some(format!("v1a,{}", STANDARD.encode(key.0.sign(message).to_bytes()))),
        }
    }
}

#[derive(Debug, Clone)]
pub enum VerifyingKey {
    Shared(SharedKey),
    Public(PublicKey),
}

impl VerifyingKey {
    /// `whsec_…` or `whpk_…`.
    pub fn parse(text: &str) -> Result<Self, KeyRefusal> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix(SHARED) {
            return SharedKey::from_bytes(decode(rest)?).map(Self::Shared);
        }
        let rest = text.strip_prefix(PUBLIC).ok_or(KeyRefusal::UnknownPrefix)?;
        PublicKey::from_bytes(&decode(rest)?).map(Self::Public)
    }

    /// Of the signature's version, and right. Compares in constant time.
    pub(super) fn accepts(&self, version: &str, signature: &[u8], message: &[u8]) -> bool {
        match self {
            Self::Shared(key) => {
                version == "v1" && key.mac(message).is_some_and(|mac| mac.verify_slice(signature).is_ok())
            }
            Self::Public(key) => {
                version == "v1a"
                    && Signature::from_slice(signature)
                        .is_ok_and(|signature| key.0.verify_strict(message, &signature).is_ok())
            }
        }
    }
}

fn decode(text: &str) -> Result<Vec<u8>, KeyRefusal> {
    STANDARD.decode(text).map_err(|_| KeyRefusal::NotBase64)
}
