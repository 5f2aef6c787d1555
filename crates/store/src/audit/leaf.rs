//! What of an event is hashed, and how.
//!
//! Invariant: the hashed form never changes; a log written by any version verifies for ever. An event without an origin
//! has the eight fields it always had. Deliberately not here: the tree, and how rows are read.

use sha2::{Digest, Sha256};

use super::tree::Hash;

/// An event as it is stored, borrowed from wherever that is. The stream is text here: what was tampered with need not
/// name a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts<'a> {
    pub position: u64,
    pub stream: &'a str,
    pub version: u64,
    pub kind: &'a str,
    pub body: &'a str,
    pub actor: &'a str,
    pub wall_ms: u64,
    pub steady_ms: u64,
    pub origin: OriginFact<'a>,
}

/// From where it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginFact<'a> {
    /// Nobody asked, or it was written before origins were.
    None,
    Known {
        text: &'a str,
        salt: &'a [u8; 16],
    },
    /// Only its hash is left.
    Forgotten(&'a Hash),
}

/// What stands beside an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    /// That it is hashed with.
    Salt([u8; 16]),
    /// Its hash, once it was forgotten.
    Hash(Hash),
}

impl Seal {
    /// None where so many bytes are neither.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let salt = bytes.try_into().map(Self::Salt);
        salt.or_else(|_| bytes.try_into().map(Self::Hash)).ok()
    }
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Salt(salt) => salt,
            Self::Hash(hash) => hash,
        }
    }
}

impl<'a> OriginFact<'a> {
    /// The reason where the two do not belong together.
    pub fn of(text: Option<&'a str>, seal: Option<&'a Seal>) -> Result<Self, &'static str> {
        match (text, seal) {
            (None, None) => Ok(Self::None),
            (Some(text), Some(Seal::Salt(salt))) => Ok(Self::Known { text, salt }),
            (None, Some(Seal::Hash(hash))) => Ok(Self::Forgotten(hash)),
            (Some(_), _) => Err("its origin stands there without its salt"),
            (None, Some(Seal::Salt(_))) => Err("its origin is gone, and its hash is not there"),
        }
    }
}

impl OriginFact<'_> {
    /// `SHA-256(salt || text)`: without the salt nobody finds the text again by trying all addresses.
    pub fn hash(&self) -> Option<Hash> {
        match self {
            Self::None => None,
            Self::Known { text, salt } => {
                Some(Sha256::new().chain_update(salt).chain_update(text).finalize().into())
            }
            Self::Forgotten(hash) => Some(**hash),
        }
    }
}

impl Facts<'_> {
    /// `SHA-256(0x00 || fields)`, by RFC 6962. The fields stand in the order of the struct, each as its length in bytes
    /// (4, big-endian) and its bytes; text in UTF-8, numbers in 8 bytes big-endian. The hash of the origin is the ninth,
    /// where there is one.
    pub fn leaf(&self, buffer: &mut Vec<u8>) -> Hash {
        buffer.clear();
        buffer.push(0);
        self.write_canonical(buffer);
        Sha256::digest(buffer).into()
    }

    fn write_canonical(&self, bytes: &mut Vec<u8>) {
        let mut field = |content: &[u8]| {
            // Bodies are limited to a few MiB, so the length always fits.
            bytes.extend_from_slice(&u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend_from_slice(content);
        };
        field(&self.position.to_be_bytes());
        field(self.stream.as_bytes());
        field(&self.version.to_be_bytes());
        field(self.kind.as_bytes());
        field(self.body.as_bytes());
        field(self.actor.as_bytes());
        field(&self.wall_ms.to_be_bytes());
        field(&self.steady_ms.to_be_bytes());
        if let Some(hash) = self.origin.hash() {
            field(&hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::hex;
    use super::*;

    const PLAIN: Facts<'_> = Facts {
        position: 1,
        stream: "catalog",
        version: 2,
        kind: "k",
        body: "{}",
        actor: "ada",
        wall_ms: 3,
        steady_ms: 4,
        origin: OriginFact::None,
    };
    const PINNED: &str = "00000008000000000000000100000007636174616c6f67000000080000000000000002000000016b000000027b7d\
                          0000000361646100000008000000000000000300000008\
                          0000000000000004";

    fn canonical(facts: &Facts<'_>) -> String {
        let mut bytes = Vec::new();
        facts.write_canonical(&mut bytes);
        hex(&bytes)
    }

    /// The hashed form never changes: logs written by this version must verify for ever.
    #[test]
    fn the_canonical_bytes_are_pinned() {
        assert_eq!(canonical(&PLAIN), PINNED);
        let known = OriginFact::Known { text: "127.0.0.1 cli", salt: &[7; 16] };
        // In Python: hashlib.sha256(bytes([7]) * 16 + b'127.0.0.1 cli').hexdigest()
        let hash = "95cc0e005f8024bd78904ed56be1dcfeba51c1706b1553807cdbbb4bc00f7bcf";
        assert_eq!(canonical(&Facts { origin: known, ..PLAIN }), format!("{PINNED}00000020{hash}"));
    }

    #[test]
    fn a_forgotten_origin_leaves_the_leaf_as_it_was() {
        let known = OriginFact::Known { text: "127.0.0.1 cli", salt: &[7; 16] };
        let hash = known.hash().unwrap();
        let leaf = |origin| Facts { origin, ..PLAIN }.leaf(&mut Vec::new());
        assert_eq!(leaf(OriginFact::Forgotten(&hash)), leaf(known));
        assert_ne!(leaf(known), leaf(OriginFact::None));
        assert_ne!(leaf(known), leaf(OriginFact::Known { text: "127.0.0.1 cli", salt: &[8; 16] }));
    }
}
