//! Keys by which programs ask for feature flags: `tdk_<id>_<secret>`, shown once.
//!
//! Invariant: the id finds the key and proves nothing; the secret is 256 random bits, kept as SHA-256 only, compared in
//! constant time and without taking memory, since every evaluation does so. Deliberately not here: what a key opens
//! (`domain::flag_keys`).

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::secret::hex;
use crate::token::{BadToken, Minted, parts};

/// What scanners for leaked secrets look for.
const PREFIX: &str = "tdk";
/// So that a ticket for one thing is none for another.
const TICKET: &[u8] = b"tidegate flag stream v1:";

/// Both parts are random.
pub fn mint_flag_key(id: [u8; 8], secret: [u8; 32]) -> Minted {
    Minted::of(PREFIX, id, secret)
}

/// A key that somebody sent.
#[derive(Clone, Copy)]
pub struct ShownFlagKey<'a> {
    id: &'a str,
    secret: &'a str,
}

/// Reads a key without knowing whether it opens anything.
pub fn show_flag_key(text: &str) -> Result<ShownFlagKey<'_>, BadToken> {
    let (id, secret) = parts(PREFIX, text)?;
    Ok(ShownFlagKey { id, secret })
}

impl<'a> ShownFlagKey<'a> {
    pub fn id(&self) -> &'a str {
        self.id
    }

    pub fn matches(&self, hash: &FlagKeyHash) -> bool {
        Sha256::digest(self.secret.as_bytes()).as_slice().ct_eq(&hash.0).into()
    }
}

impl std::fmt::Debug for ShownFlagKey<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{PREFIX}_{}_…", self.id)
    }
}

/// What is kept of a key's secret.
#[derive(Clone, PartialEq, Eq)]
pub struct FlagKeyHash([u8; 32]);

impl FlagKeyHash {
    /// From 64 hexadecimal digits.
    pub fn parse(digits: &str) -> Option<Self> {
        let bytes = digits.as_bytes();
        if bytes.len() != 64 {
            return None;
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(bytes.chunks_exact(2)) {
            let digit = |letter: u8| char::from(letter).to_digit(16);
            *byte = u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok()?;
        }
        Some(Self(hash))
    }

    /// 64 hexadecimal digits.
    pub fn digits(&self) -> String {
        hex(&self.0)
    }

    /// What stands in the address of a stream of changes, where no header can be sent: whoever knows the key can make it,
    /// nobody can make the key from it, and it opens nothing but the stream.
    pub fn ticket(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(TICKET);
        digest.update(self.0);
        hex(&digest.finalize())
    }

    pub fn is_ticket(&self, given: &str) -> bool {
        self.ticket().as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl std::fmt::Debug for FlagKeyHash {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("FlagKeyHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_proves_itself_and_no_other() {
        let minted = mint_flag_key([1; 8], [2; 32]);
        let hash = FlagKeyHash::parse(&minted.hash).unwrap();
        let shown = show_flag_key(minted.token.expose()).unwrap();
        assert_eq!(shown.id(), minted.id);
        assert!(shown.matches(&hash));
        let other = mint_flag_key([1; 8], [3; 32]);
        assert!(!show_flag_key(other.token.expose()).unwrap().matches(&hash));
        assert!(!format!("{shown:?} {hash:?}").contains(&"02".repeat(8)), "nothing shows the secret");
    }

    #[test]
    fn a_hash_reads_back_from_its_digits() {
        let digits = mint_flag_key([1; 8], [2; 32]).hash;
        assert_eq!(FlagKeyHash::parse(&digits).unwrap().digits(), digits);
    }

    #[test]
    fn a_ticket_is_of_one_key_and_no_key() {
        let hash = |secret| FlagKeyHash::parse(&mint_flag_key([1; 8], [secret; 32]).hash).unwrap();
        assert!(hash(2).is_ticket(&hash(2).ticket()));
        assert!(!hash(2).is_ticket(&hash(3).ticket()));
        assert_ne!(hash(2).ticket(), mint_flag_key([1; 8], [2; 32]).hash);
        assert!(!hash(2).is_ticket(""));
    }

    #[test]
    fn what_is_no_key_is_told_from_one() {
        let good = mint_flag_key([1; 8], [2; 32]).token.expose().to_owned();
        for bad in [
            "",
            "tdk_",
            "tdg_",
            &good.replace("tdk", "tdg"),
            &good[1..],
            &format!("{good}_"),
            &good.replace("02", "é"),
        ] {
            assert!(show_flag_key(bad).is_err(), "{bad}");
        }
        for bad in ["", "00", &"0g".repeat(32), &"é".repeat(32)] {
            assert_eq!(FlagKeyHash::parse(bad), None, "{bad}");
        }
    }
}
