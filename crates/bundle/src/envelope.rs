//! DSSE envelopes (secure-systems-lab/dsse, version 1.0): a payload and who signed it.
//!
//! Invariant: what is signed is the pre-authentication encoding of type and payload, and an envelope has one form as
//! bytes: signatures ascend by key, base64 is strict. Not here: what a payload says (`statement`).

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use crate::key::{KeyId, PublicKey, SecretKey};
use crate::refusal::Refusal;

pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
const SIGNATURES_MAX: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<Signed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    keyid: KeyId,
    sig: String,
}

/// `DSSEv1 <length> <type> <length> <payload>`, lengths in decimal bytes.
pub fn pre_authentication(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut text = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    text.extend_from_slice(payload);
    text
}

impl Envelope {
    pub fn of(payload: &[u8]) -> Self {
        Self {
            payload: BASE64.encode(payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: Vec::new(),
        }
    }

    pub fn payload(&self) -> Result<Vec<u8>, Refusal> {
        let strict = || Refusal::Malformed("an envelope's payload is no base64".to_owned());
        BASE64.decode(self.payload.as_bytes()).map_err(|_| strict())
    }

    /// Whoever signed it, by their own word.
    pub fn key_ids(&self) -> impl Iterator<Item = KeyId> + '_ {
        self.signatures.iter().map(|signed| signed.keyid)
    }

    /// A key that signed before signs anew.
    pub fn sign(&mut self, key: &SecretKey) -> Result<(), Refusal> {
        let message = pre_authentication(&self.payload_type, &self.payload()?);
        let keyid = key.public().id();
        self.signatures.retain(|signed| signed.keyid != keyid);
        self.signatures.push(Signed { keyid, sig: BASE64.encode(&key.sign(&message)) });
        self.signatures.sort_by_key(|signed| signed.keyid);
        Ok(())
    }

    /// Which of the trusted keys signed it. A signature of theirs that is wrong refuses all of it; those of others say
    /// nothing.
    pub fn signers(&self, trusted: &[PublicKey]) -> Result<Vec<KeyId>, Refusal> {
        let message = pre_authentication(&self.payload_type, &self.payload()?);
        let mut found = Vec::new();
        for signed in &self.signatures {
            let bytes = BASE64.decode(signed.sig.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
            let Some(key) = trusted.iter().find(|key| key.id() == signed.keyid) else { continue };
            if !bytes.is_some_and(|bytes| key.verifies(&message, &bytes)) {
                return Err(Refusal::SignatureWrong(signed.keyid));
            }
            found.push(signed.keyid);
        }
        Ok(found)
    }

    /// Whether it has the form that is written here.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let wrong = |why: &str| Err(Refusal::Malformed(why.to_owned()));
        if self.payload_type != PAYLOAD_TYPE {
            return wrong("an envelope holds something else than a statement");
        }
        if self.signatures.len() > SIGNATURES_MAX {
            return wrong("an envelope has more than 64 signatures");
        }
        if !self.signatures.is_sorted_by(|one, next| one.keyid < next.keyid) {
            return wrong("an envelope's signatures do not ascend by their keys");
        }
        self.payload().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the protocol's own text.
    #[test]
    fn the_encoding_is_the_protocols() {
        assert_eq!(
            pre_authentication("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
        assert_eq!(pre_authentication("é", b""), "DSSEv1 2 é 0 ".as_bytes());
    }

    #[test]
    fn only_who_signed_this_counts() {
        let (ann, bob) = (SecretKey::from_seed(&[1; 32]), SecretKey::from_seed(&[2; 32]));
        let mut envelope = Envelope::of(b"{}");
        envelope.sign(&ann).unwrap();
        let once = envelope.clone();
        envelope.sign(&ann).unwrap();
        assert_eq!(envelope, once, "the same key twice is one signature");
        assert_eq!(envelope.signers(&[ann.public(), bob.public()]).unwrap(), [ann.public().id()]);
        assert_eq!(envelope.signers(&[bob.public()]).unwrap(), []);
        let mut moved = Envelope::of(b"{ }");
        moved.signatures.clone_from(&envelope.signatures);
        assert_eq!(moved.signers(&[ann.public()]).unwrap_err().code(), "bundle-signature-wrong");
        envelope.signatures[0].keyid = bob.public().id();
        assert_eq!(envelope.signers(&[bob.public()]).unwrap_err().code(), "bundle-signature-wrong");
    }
}
