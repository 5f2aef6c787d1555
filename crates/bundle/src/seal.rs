//! What stands before the archive: its statements in their envelopes, in a frame that Zstandard passes over.
//!
//! Invariant: signing changes these bytes and no other, so a bundle keeps its digest. A reader learns from here what was
//! signed before it unpacks a byte. The frame: 0x184D2A57, the length, both little-endian (RFC 8878, 3.1.2), then JSON.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::envelope::Envelope;
use crate::key::{KeyId, PublicKey, SecretKey};
use crate::refusal::Refusal;
use crate::statement::Statement;

const MAGIC: [u8; 4] = 0x184D_2A57_u32.to_le_bytes();
const HEAD_BYTES: usize = 8;
const FORMAT: &str = "tidegate-seal/1";
pub const SEAL_BYTES_MAX: u32 = 32 << 20;
const ENVELOPES_MAX: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    format: String,
    envelopes: Vec<Envelope>,
}

impl Seal {
    pub fn of(statements: &[Statement]) -> Result<Self, Refusal> {
        let envelopes: Result<_, Refusal> =
            statements.iter().map(|statement| Ok(Envelope::of(&statement.bytes()?))).collect();
        Ok(Self { format: FORMAT.to_owned(), envelopes: envelopes? })
    }

    pub fn envelopes(&self) -> &[Envelope] {
        &self.envelopes
    }

    pub fn sign(&mut self, key: &SecretKey) -> Result<(), Refusal> {
        self.envelopes.iter_mut().try_for_each(|envelope| envelope.sign(key))
    }

    /// Who signed all of it, by their own word.
    pub fn key_ids(&self) -> Vec<KeyId> {
        let first = self.envelopes.first().map(|envelope| envelope.key_ids().collect::<Vec<_>>());
        let in_all =
            |id: &KeyId| self.envelopes.iter().all(|envelope| envelope.key_ids().any(|own| own == *id));
        first.unwrap_or_default().into_iter().filter(in_all).collect()
    }

    /// Which trusted keys signed every statement; fewer than `wanted` (all of them, unless said) is refused.
    pub fn verify(&self, trusted: &[PublicKey], wanted: Option<usize>) -> Result<Vec<KeyId>, Refusal> {
        if self.envelopes.iter().all(|envelope| envelope.key_ids().next().is_none()) {
            return Err(Refusal::Unsigned);
        }
        let mut common: Option<Vec<KeyId>> = None;
        for envelope in &self.envelopes {
            let signers = envelope.signers(trusted)?;
            common = Some(match common {
                None => signers,
                Some(before) => before.into_iter().filter(|id| signers.contains(id)).collect(),
            });
        }
        let (found, given) = (common.unwrap_or_default(), trusted.len());
        let wanted = wanted.unwrap_or(given).max(1);
        if found.len() < wanted {
            return Err(Refusal::SignerMissing { found: found.len(), given, wanted });
        }
        Ok(found)
    }

    pub fn statements(&self) -> Result<Vec<Statement>, Refusal> {
        self.envelopes.iter().map(|envelope| Statement::read(&envelope.payload()?)).collect()
    }

    /// The one archive that all of it is about.
    pub fn archive(&self) -> Result<Digest, Refusal> {
        let statements = self.statements()?;
        let first = statements.first().ok_or_else(|| Refusal::Malformed("it states nothing".to_owned()))?;
        first.archive()
    }

    fn json(&self) -> Result<Vec<u8>, Refusal> {
        serde_json::to_vec(self).map_err(|why| Refusal::Malformed(why.to_string()))
    }

    /// The whole frame.
    pub fn bytes(&self) -> Result<Vec<u8>, Refusal> {
        let json = self.json()?;
        let length = u32::try_from(json.len()).ok().filter(|length| *length <= SEAL_BYTES_MAX);
        let Some(length) = length else {
            return Err(Refusal::TooLarge(format!("statements and signatures of {} bytes", json.len())));
        };
        Ok([&MAGIC[..], &length.to_le_bytes(), &json].concat())
    }

    pub fn write(&self, mut to: impl Write) -> Result<io::Result<()>, Refusal> {
        let bytes = self.bytes()?;
        Ok(to.write_all(&bytes))
    }

    /// How long the frame is that begins so; none where that is not said yet.
    pub fn span(beginning: &[u8]) -> Result<Option<u64>, Refusal> {
        let Some(&head) = beginning.first_chunk::<HEAD_BYTES>() else { return Ok(None) };
        Ok(Some(HEAD_BYTES as u64 + u64::from(length(head)?)))
    }

    /// Reads exactly the frame; the archive follows.
    pub fn read(mut from: impl Read) -> Result<Self, Refusal> {
        let mut head = [0; HEAD_BYTES];
        from.read_exact(&mut head).map_err(|_| wrong("it has no beginning"))?;
        let length = length(head)?;
        let mut json = Vec::new();
        from.take(u64::from(length)).read_to_end(&mut json).map_err(|why| wrong(&why.to_string()))?;
        if json.len() != length as usize {
            return Err(wrong("it ends too early"));
        }
        let seal: Self = serde_json::from_slice(&json).map_err(|why| wrong(&why.to_string()))?;
        if seal.format != FORMAT || seal.envelopes.len() > ENVELOPES_MAX || seal.json()? != json {
            return Err(wrong("what stands before its archive is not in the form that Tidegate writes"));
        }
        seal.envelopes.iter().try_for_each(Envelope::check)?;
        Ok(seal)
    }
}

fn wrong(why: &str) -> Refusal {
    Refusal::Malformed(why.to_owned())
}

fn length([a, b, c, d, rest @ ..]: [u8; HEAD_BYTES]) -> Result<u32, Refusal> {
    if [a, b, c, d] != MAGIC {
        return Err(wrong("it does not begin as bundles do"));
    }
    let length = u32::from_le_bytes(rest);
    if length > SEAL_BYTES_MAX {
        return Err(Refusal::TooLarge(format!("statements and signatures of {length} bytes")));
    }
    Ok(length)
}
