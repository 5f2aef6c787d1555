//! Checkpoints: the head of the tree at one size, signed, in a form that other tools read too.
//!
//! Invariant: what is signed is the text up to and with its last line break before the empty line; a signature counts
//! when name, key id and bytes fit the key. Source: C2SP signed-note and tlog-checkpoint. Deliberately not here: where
//! checkpoints are kept.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::tree::{Hash, hex};

/// Of the algorithm, in keys and key ids.
const ED25519: u8 = 1;
const LINES_MAX: usize = 64;

/// The head of a log at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Names the log.
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

impl Checkpoint {
    /// What is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }
}

/// Why a note or a key is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteRefusal {
    #[error("checkpoint {number} in it is not a signed note with origin, size and head: {why}")]
    Malformed { number: usize, why: &'static str },
    #[error("the checkpoint of size {size} is not signed by {name}")]
    Unsigned { size: u64, name: String },
    #[error("this is not a verifier key")]
    Key,
    #[error("this is not a signing key")]
    SigningKey,
}

impl NoteRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "checkpoint-malformed",
            Self::Unsigned { .. } => "checkpoint-unsigned",
            Self::Key => "verifier-key-malformed",
            Self::SigningKey => "audit-key-malformed",
        }
    }
    pub fn help(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "name files that `tidegate up --checkpoint-to` wrote, unchanged",
            Self::Unsigned { .. } => {
                "compare the key with `tidegate audit key` on the server; a checkpoint that no key of yours signed proves nothing"
            }
            Self::Key => "copy the whole line of `tidegate audit key`: NAME+HASH+KEY",
            Self::SigningKey => {
                "restore audit.key from a backup, or move it away: the next start makes a new one"
            }
        }
    }
}

/// The private half; `Debug` shows the public one.
#[derive(Clone)]
pub struct NoteKey {
    name: String,
    key: Box<ed25519_dalek::SigningKey>,
}

impl NoteKey {
    /// The name follows from the key, so no two installations share one.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let key = Box::new(ed25519_dalek::SigningKey::from_bytes(seed));
        let name = format!("tidegate-{}", hex(&Sha256::digest(key.verifying_key().as_bytes())[..6]));
        Self { name, key }
    }
    /// `PRIVATE+KEY+NAME+HASH+SEED`, as Go's sumdb/note writes it; to be kept where only Tidegate reads.
    pub fn reveal(&self) -> Zeroizing<String> {
        let seed = Zeroizing::new([&[ED25519][..], self.key.as_bytes()].concat());
        let encoded = Zeroizing::new(STANDARD.encode(&*seed));
        Zeroizing::new(format!("PRIVATE+KEY+{}+{}+{}", self.name, hex(&self.public().id()), *encoded))
    }
    pub fn parse(text: &str) -> Result<Self, NoteRefusal> {
        let rest = text.trim().strip_prefix("PRIVATE+KEY+").ok_or(NoteRefusal::SigningKey)?;
        let (name, id, bytes) = parts(rest).ok_or(NoteRefusal::SigningKey)?;
        let key = Self { name, key: Box::new(ed25519_dalek::SigningKey::from_bytes(&bytes)) };
        if hex(&key.public().id()) == id { Ok(key) } else { Err(NoteRefusal::SigningKey) }
    }
    pub fn public(&self) -> VerifierKey {
        VerifierKey { name: self.name.clone(), key: self.key.verifying_key() }
    }
    /// The head of the log that has this key's name.
    pub fn sign(&self, size: u64, root: Hash) -> String {
        let text = Checkpoint { origin: self.name.clone(), size, root }.text();
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let encoded = STANDARD.encode([&self.public().id()[..], &signature].concat());
        format!("{text}\n\u{2014} {} {encoded}\n", self.name)
    }
}

impl fmt::Debug for NoteKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "NoteKey(of {})", self.public())
    }
}

/// The public half; its text is what people keep elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifierKey {
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The first four bytes of `SHA-256(name || LF || algorithm || key)`.
    fn id(&self) -> [u8; 4] {
        let hash = Sha256::new().chain_update(&self.name).chain_update([b'\n', ED25519]);
        let [a, b, c, d, ..] = <[u8; 32]>::from(hash.chain_update(self.key.as_bytes()).finalize());
        [a, b, c, d]
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[ED25519][..], self.key.as_bytes()].concat());
        write!(out, "{}+{}+{key}", self.name, hex(&self.id()))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteRefusal;
    fn from_str(text: &str) -> Result<Self, NoteRefusal> {
        let (name, id, bytes) = parts(text.trim()).ok_or(NoteRefusal::Key)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| NoteRefusal::Key)?;
        let key = Self { name, key };
        // A weak key verifies a signature for nearly any message.
        if hex(&key.id()) == id && !key.key.is_weak() { Ok(key) } else { Err(NoteRefusal::Key) }
    }
}

/// `NAME+HASH+KEY`
fn parts(text: &str) -> Option<(String, &str, [u8; 32])> {
    let mut parts = text.splitn(3, '+');
    let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = Zeroizing::new(STANDARD.decode(key).ok()?);
    let [ED25519, rest @ ..] = &bytes[..] else { return None };
    is_name(name).then_some((name.to_owned(), id, rest.try_into().ok()?))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 200 && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

/// A checkpoint with whoever signed it; nothing of it is believed before `signed_by`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    checkpoint: Checkpoint,
    text: String,
    signatures: Vec<(String, Vec<u8>)>,
}

impl Note {
    pub fn signed_by(&self, key: &VerifierKey) -> Result<&Checkpoint, NoteRefusal> {
        let fits = |(name, bytes): &(String, Vec<u8>)| {
            let Some((id, signature)) = bytes.split_first_chunk::<4>() else { return false };
            let signature = Signature::from_slice(signature);
            *name == key.name
                && *id == key.id()
                && signature.is_ok_and(|it| key.key.verify_strict(self.text.as_bytes(), &it).is_ok())
        };
        // The log of another installation may be signed by the same people.
        if self.checkpoint.origin == key.name && self.signatures.iter().any(fits) {
            return Ok(&self.checkpoint);
        }
        Err(NoteRefusal::Unsigned { size: self.checkpoint.size, name: key.name.clone() })
    }
    /// As it was read, and believed only together with `signed_by`.
    pub fn claims(&self) -> &Checkpoint {
        &self.checkpoint
    }
}

/// Notes one after the other, as they stand in a file that grows.
pub fn read_notes(text: &str) -> Result<Vec<Note>, NoteRefusal> {
    let mut notes = Vec::new();
    let mut lines = text.lines().peekable();
    loop {
        // Empty lines between notes are nobody's.
        while lines.next_if_eq(&"").is_some() {}
        if lines.peek().is_none() {
            return Ok(notes);
        }
        let number = notes.len() + 1;
        let malformed = |why| NoteRefusal::Malformed { number, why };
        let mut said = Vec::new();
        loop {
            match lines.next() {
                Some("") => break,
                Some(line) if said.len() < LINES_MAX => said.push(line),
                Some(_) => return Err(malformed("it has too many lines")),
                None => return Err(malformed("it ends before its signature")),
            }
        }
        let mut signatures = Vec::new();
        while let Some(line) = lines.next_if(|line| line.starts_with('\u{2014}')) {
            signatures.push(signature(line).ok_or_else(|| malformed("a signature cannot be read"))?);
        }
        if signatures.is_empty() || signatures.len() > LINES_MAX {
            return Err(malformed("it has no signature, or too many"));
        }
        let checkpoint = checkpoint(&said).ok_or_else(|| malformed("its three lines cannot be read"))?;
        let text = said.into_iter().flat_map(|line| [line, "\n"]).collect();
        notes.push(Note { checkpoint, text, signatures });
    }
}

fn signature(line: &str) -> Option<(String, Vec<u8>)> {
    let (name, encoded) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    (is_name(name)).then_some((name.to_owned(), STANDARD.decode(encoded).ok()?))
}

/// Lines after the third are other people's extensions.
fn checkpoint(lines: &[&str]) -> Option<Checkpoint> {
    let [origin, size, root, ..] = lines else { return None };
    let digits = size.bytes().all(|byte| byte.is_ascii_digit()) && (*size == "0" || !size.starts_with('0'));
    let size = size.parse().ok().filter(|_| digits && !origin.is_empty())?;
    let root = STANDARD.decode(root).ok()?.try_into().ok()?;
    Some(Checkpoint { origin: (*origin).to_owned(), size, root })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The key and the note of the documentation of golang.org/x/mod/sumdb/note.
    #[test]
    fn a_note_of_another_program_is_verified() {
        let key: VerifierKey =
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
        let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        let signature =
            "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
        let signed = Note {
            checkpoint: Checkpoint { origin: key.name.clone(), size: 0, root: [0; 32] },
            text: text.to_owned(),
            signatures: vec![("PeterNeumann".to_owned(), STANDARD.decode(signature).unwrap())],
        };
        assert!(signed.signed_by(&key).is_ok());
        let other = Note { text: text.replace("think", "thunk"), ..signed };
        assert_eq!(other.signed_by(&key).unwrap_err().code(), "checkpoint-unsigned");
    }

    #[test]
    fn the_form_is_pinned_and_read_back() {
        let key = NoteKey::from_seed(&[7; 32]);
        let note = key.sign(300, [1; 32]);
        insta::assert_snapshot!(format!("{note}{}\n{}", key.public(), *key.reveal()));
        let file = format!("{note}{}", key.sign(512, [2; 32]));
        let notes = read_notes(&file).unwrap();
        let sizes: Vec<u64> = notes.iter().map(|note| note.signed_by(&key.public()).unwrap().size).collect();
        assert_eq!(sizes, [300, 512]);
        assert_eq!(key.public().to_string().parse::<VerifierKey>().unwrap(), key.public());
        assert_eq!(NoteKey::parse(&key.reveal()).unwrap().public(), key.public());
        assert!(!format!("{key:?}").contains(&STANDARD.encode([&[ED25519][..], &[7; 32]].concat())));
    }

    #[test]
    fn what_is_no_note_is_refused() {
        let key = NoteKey::from_seed(&[7; 32]);
        let note = key.sign(300, [1; 32]);
        let stranger = NoteKey::from_seed(&[8; 32]).public();
        assert_eq!(
            read_notes(&note).unwrap()[0].signed_by(&stranger).unwrap_err().code(),
            "checkpoint-unsigned"
        );
        assert_eq!(read_notes("").unwrap(), []);
        for (text, what) in [
            (note.replace("\n\n", "\n"), "no empty line"),
            (note.replace("300", "0300"), "a zero in front"),
            (note.replace("300", "+300"), "a sign in front"),
            (note.replace('\u{2014}', "-"), "another dash"),
            (note.replace("AQEB", "!!!!"), "no base64"),
            (
                note.split_inclusive('\u{2014}')
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches('\u{2014}')
                    .to_owned(),
                "no signature",
            ),
            ("x\n".repeat(100), "too many lines"),
        ] {
            assert_eq!(read_notes(&text).unwrap_err().code(), "checkpoint-malformed", "{what}");
        }
        for bad in ["", "a+b", "a+00000000+AQ==", "a b+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]
        {
            assert_eq!(bad.parse::<VerifierKey>().unwrap_err().code(), "verifier-key-malformed", "{bad}");
            assert_eq!(NoteKey::parse(bad).unwrap_err().code(), "audit-key-malformed", "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_changed_note_is_unreadable_or_unsigned(at in any::<prop::sample::Index>(), flip in 1_u8..128) {
            let key = NoteKey::from_seed(&[7; 32]);
            let note = key.sign(300, [1; 32]);
            let mut bytes = note.clone().into_bytes();
            let offset = at.index(bytes.len() - 1);
            bytes[offset] ^= flip;
            let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
            let read = read_notes(&text);
            let fooled = read.is_ok_and(|notes| notes.iter().any(|note| {
                note.signed_by(&key.public()).is_ok_and(|found| (found.size, found.root) != (300, [1; 32]))
            }));
            prop_assert!(!fooled, "byte {offset}");
        }

        #[test]
        fn any_text_is_read_or_refused(text in "(?s).{0,300}") {
            let _ = read_notes(&text);
        }
    }
}
