//! Keys, the newest first: AES-256-GCM for values, HMAC-SHA-256 for fingerprints, each under a key of its own.
//!
//! Invariant: the first key seals, any opens; a sealed value opens only for the place it was sealed for. Nonces are 96
//! random bits, drawn anew for each sealing; NIST SP 800-38D 8.3 allows 2^32 of those under one key, and a secret is set by a
//! person. Deliberately not here: where keys are kept (`keyfile`).

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{hkdf, hmac};
use tidegate_domain::name::{EnvironmentName, SecretName};
use tidegate_ports::Fault;
use zeroize::{Zeroize, Zeroizing};

pub(crate) const KEY_BYTES: usize = 32;
const ID_BYTES: usize = 8;
/// Of the form in which a value is sealed: this byte, the key's id, the nonce, ciphertext with tag.
const FORM: u8 = 1;
const FINGERPRINT_BYTES: usize = 12;

/// A key as it stands in its file.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; KEY_BYTES]>);

impl MasterKey {
    pub fn random() -> Result<Self, Fault> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        aws_lc_rs::rand::fill(&mut *bytes).map_err(|_| cannot("no random numbers could be drawn"))?;
        Ok(Self(bytes))
    }

    pub(crate) fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

struct Key {
    id: [u8; ID_BYTES],
    values: RandomizedNonceKey,
    fingerprints: hmac::Key,
}

pub struct Keyring {
    keys: Vec<Key>,
}

impl Keyring {
    /// The first key seals. At least one is needed.
    pub fn new(keys: &[MasterKey]) -> Result<Self, Fault> {
        let keys = keys.iter().map(derive).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(cannot("there is no key")) } else { Ok(Self { keys }) }
    }

    pub fn seal(&self, place: (&EnvironmentName, &SecretName), plain: &[u8]) -> Result<Vec<u8>, Fault> {
        let key = &self.keys[0];
        let mut text = plain.to_vec();
        let bound = Aad::from(bound_to(place));
        let nonce = key.values.seal_in_place_append_tag(bound, &mut text);
        let nonce = nonce.map_err(|_| {
            text.zeroize();
            cannot("a value could not be encrypted")
        })?;
        let mut sealed = vec![FORM];
        sealed.extend_from_slice(&key.id);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    pub fn open(
        &self,
        place: (&EnvironmentName, &SecretName),
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let (id, nonce, text) = parts(sealed).ok_or_else(|| unreadable(place))?;
        let key = self.keys.iter().find(|key| key.id == id).ok_or_else(|| other_key(place))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| unreadable(place))?;
        let mut text = Zeroizing::new(text.to_vec());
        let plain = key.values.open_in_place(nonce, Aad::from(bound_to(place)), &mut text);
        let length = plain.map_err(|_| unreadable(place))?.len();
        text.truncate(length);
        Ok(text)
    }

    /// Whether it is sealed under the newest key.
    pub fn is_newest(&self, sealed: &[u8]) -> bool {
        parts(sealed).is_some_and(|(id, ..)| id == self.keys[0].id)
    }

    pub fn fingerprint(&self, value: &[u8]) -> String {
        let tag = hmac::sign(&self.keys[0].fingerprints, value);
        hex(&tag.as_ref()[..FINGERPRINT_BYTES])
    }
}

fn derive(master: &MasterKey) -> Result<Key, Fault> {
    let of = |purpose: &'static [u8]| -> Result<Zeroizing<[u8; KEY_BYTES]>, Fault> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, b"tidegate secrets 1").extract(master.bytes());
        let purpose = [purpose];
        let expanded = extracted.expand(&purpose, hkdf::HKDF_SHA256);
        let filled = expanded.and_then(|key| key.fill(&mut *bytes));
        filled.map_err(|_| cannot("a key could not be derived"))?;
        Ok(bytes)
    };
    let values = RandomizedNonceKey::new(&AES_256_GCM, &*of(b"values")?);
    let mut id = [0; ID_BYTES];
    id.copy_from_slice(&of(b"id")?[..ID_BYTES]);
    Ok(Key {
        id,
        values: values.map_err(|_| cannot("a key is of the wrong length"))?,
        fingerprints: hmac::Key::new(hmac::HMAC_SHA256, &*of(b"fingerprints")?),
    })
}

/// Each part with its length, so that no two places look the same.
fn bound_to((environment, name): (&EnvironmentName, &SecretName)) -> Vec<u8> {
    let mut bound = Vec::new();
    for part in [environment.as_str(), name.as_str()] {
        bound.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bound.extend_from_slice(part.as_bytes());
    }
    bound
}

fn parts(sealed: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let rest = sealed.strip_prefix(&[FORM])?;
    let (id, rest) = rest.split_at_checked(ID_BYTES)?;
    let (nonce, text) = rest.split_at_checked(NONCE_LEN)?;
    Some((id, nonce, text))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn cannot(why: &str) -> Fault {
    Fault::hold("secret-unreadable", why.to_owned())
}

fn unreadable((environment, name): (&EnvironmentName, &SecretName)) -> Fault {
    Fault::hold("secret-unreadable", format!("what is kept of the secret {name} of {environment} does not open: it was changed, or put in another's place"))
        .with_help(format!("set it again: `tidegate secret set {name} --env {environment}`; then look who wrote to the database"))
}

fn other_key((environment, name): (&EnvironmentName, &SecretName)) -> Fault {
    Fault::hold("secret-unreadable", format!("the secret {name} of {environment} is kept under a key that is not here"))
        .with_help("put back the `secrets.key` that belongs to this data directory (or name it in TIDEGATE_SECRETS_KEY_FILE), and start again")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(environment: &str, name: &str) -> (EnvironmentName, SecretName) {
        (environment.parse().unwrap(), name.parse().unwrap())
    }

    fn ring() -> Keyring {
        Keyring::new(&[MasterKey::from_bytes([7; KEY_BYTES])]).unwrap()
    }

    #[test]
    fn a_value_opens_only_at_its_place_and_under_its_key() {
        let (production, password) = place("production", "DB_PASSWORD");
        let (staging, token) = place("staging", "MAIL_TOKEN");
        let sealed = ring().seal((&production, &password), b"hunter2hunter2").unwrap();
        assert_eq!(&**ring().open((&production, &password), &sealed).unwrap(), b"hunter2hunter2");
        for other in [(&staging, &password), (&production, &token)] {
            assert_eq!(ring().open(other, &sealed).unwrap_err().code, "secret-unreadable");
        }
        let another = Keyring::new(&[MasterKey::random().unwrap()]).unwrap();
        let refused = another.open((&production, &password), &sealed).unwrap_err();
        assert!(refused.help.contains("secrets.key"), "{refused}");
    }

    #[test]
    fn equal_values_have_equal_fingerprints_and_different_ciphertexts() {
        let (environment, name) = place("production", "A");
        let one = ring().seal((&environment, &name), b"hunter2").unwrap();
        assert_ne!(one, ring().seal((&environment, &name), b"hunter2").unwrap());
        assert_eq!(ring().fingerprint(b"hunter2"), ring().fingerprint(b"hunter2"));
        assert_ne!(ring().fingerprint(b"hunter2"), ring().fingerprint(b"hunter3"));
        let another = Keyring::new(&[MasterKey::from_bytes([8; KEY_BYTES])]).unwrap();
        assert_ne!(ring().fingerprint(b"hunter2"), another.fingerprint(b"hunter2"));
    }

    #[test]
    fn an_older_key_opens_and_the_newest_seals() {
        let (environment, name) = place("production", "A");
        let (old, new) = (MasterKey::from_bytes([7; KEY_BYTES]), MasterKey::from_bytes([8; KEY_BYTES]));
        let sealed = ring().seal((&environment, &name), b"hunter2").unwrap();
        let both = Keyring::new(&[new, old]).unwrap();
        assert_eq!(&**both.open((&environment, &name), &sealed).unwrap(), b"hunter2");
        assert!(!both.is_newest(&sealed));
        assert!(both.is_newest(&both.seal((&environment, &name), b"hunter2").unwrap()));
    }

    proptest! {
        #[test]
        fn a_changed_byte_never_opens(value in prop::collection::vec(any::<u8>(), 0..64), at in any::<prop::sample::Index>(), bit in 0..8u8) {
            let (environment, name) = place("production", "A");
            let mut sealed = ring().seal((&environment, &name), &value).unwrap();
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(ring().open((&environment, &name), &sealed).is_err());
        }

        #[test]
        fn rubbish_never_opens(rubbish in prop::collection::vec(any::<u8>(), 0..64)) {
            let (environment, name) = place("production", "A");
            prop_assert!(ring().open((&environment, &name), &rubbish).is_err());
        }
    }
}
