//! Ed25519 keys in files that other tools read too: PKCS #8 and SubjectPublicKeyInfo, in PEM (RFC 8410).
//!
//! Invariant: a key's id is the SHA-256 of its 32 public bytes; a secret key is wiped when it is dropped, and never
//! printed. Not here: who is trusted (whoever verifies names the files).

use std::fmt;

use data_encoding::BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::digest::Digest;

const SECRET_HEAD: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
const PUBLIC_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(Digest);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

pub struct SecretKey(SigningKey);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public().id())
    }
}

impl SecretKey {
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    /// PKCS #8, version 1.
    pub fn der(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([&SECRET_HEAD[..], self.0.as_bytes()].concat())
    }

    pub fn pem(&self) -> Zeroizing<String> {
        Zeroizing::new(pem("PRIVATE KEY", &self.der()))
    }

    pub fn read(text: &str) -> Result<Self, &'static str> {
        let der = Zeroizing::new(from_pem("PRIVATE KEY", text).ok_or("it holds no `PRIVATE KEY` in PEM")?);
        let seed = der.strip_prefix(&SECRET_HEAD).and_then(|seed| seed.try_into().ok());
        seed.map(Self::from_seed).ok_or("its key is of another kind than ed25519, or of another form")
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    pub fn id(&self) -> KeyId {
        KeyId(Digest::of(self.0.as_bytes()))
    }

    /// By the strict rules: no key of small order, and one form of each signature.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }

    pub fn pem(&self) -> String {
        pem("PUBLIC KEY", &[&PUBLIC_HEAD[..], self.0.as_bytes()].concat())
    }

    pub fn read(text: &str) -> Result<Self, &'static str> {
        let der = from_pem("PUBLIC KEY", text).ok_or("it holds no `PUBLIC KEY` in PEM")?;
        let bytes = der.strip_prefix(&PUBLIC_HEAD).and_then(|bytes| bytes.try_into().ok());
        let bytes: &[u8; 32] = bytes.ok_or("its key is of another kind than ed25519")?;
        VerifyingKey::from_bytes(bytes).map(Self).map_err(|_| "its key is no point of the curve")
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    // 48 bytes at most, so one line is enough.
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64.encode(der))
}

fn from_pem(label: &str, text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let body = Zeroizing::new(body.split_whitespace().collect::<String>());
    BASE64.decode(body.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let key = SecretKey::from_seed(&[7; 32]);
        let again = SecretKey::read(&key.pem()).unwrap();
        assert_eq!(again.public(), key.public());
        assert_eq!(PublicKey::read(&key.public().pem()).unwrap(), key.public());
        assert!(!format!("{key:?}").contains("07070707"));
    }

    /// The example of RFC 8410, section 10.3 and 10.1: other tools' files are ours.
    #[test]
    fn the_keys_of_the_standard_are_read() {
        let secret = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
        assert_eq!(SecretKey::read(secret).unwrap().public(), PublicKey::read(public).unwrap());
    }

    #[test]
    fn other_files_are_refused() {
        let key = SecretKey::from_seed(&[7; 32]);
        for bad in ["", "hello", &key.public().pem(), &key.pem().replace('M', "m")] {
            assert!(SecretKey::read(bad).is_err(), "{bad}");
        }
        assert!(PublicKey::read(&key.pem()).is_err());
    }
}
