//! Signing a message, and deciding whether one that arrived is what its sender signed, lately.
//!
//! Invariant: nothing of a body is believed, or even parsed, before one of its signatures fits; how many signatures there
//! are to try has a limit. Deliberately not here: whether it came before (`replay`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderMap;

use super::keys::{SigningKey, VerifyingKey};
use super::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, TOLERANCE_SECONDS};

const ID_LENGTH: usize = 256;
/// Enough for two kinds of key and several of each in a rotation.
const SIGNATURES: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message's id is 1 to 256 visible ASCII characters without a full stop")]
pub struct IdRefusal;

impl IdRefusal {
    pub fn code(self) -> &'static str {
        "webhook-id-malformed"
    }
    pub fn help(self) -> &'static str {
        "use letters, digits, `_`, `-` and `/`, as in msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
    }
}

/// The same for every attempt to deliver one message. Without full stops, which part the signed text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId(String);

impl MessageId {
    pub fn parse(text: &str) -> Result<Self, IdRefusal> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.');
        if visible && (1..=ID_LENGTH).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdRefusal)
        }
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The value of `webhook-signature`: a signature by each key, so that receivers may hold the old or the new one.
pub fn sign(keys: &[SigningKey], id: &MessageId, timestamp_seconds: u64, body: &[u8]) -> String {
    let message = signed_text(id.as_str(), &timestamp_seconds.to_string(), body);
    let signatures: Vec<String> =
        keys.iter().take(SIGNATURES).filter_map(|key| key.signature(&message)).collect();
    signatures.join(" ")
}

fn signed_text(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat()
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub id: MessageId,
    pub timestamp_seconds: u64,
}

/// Why a message is not taken. None of these says which part of a signature was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("the header {0} is missing, is there twice, or cannot be read")]
    Header(&'static str),
    #[error("the message was signed more than five minutes ago")]
    TooOld,
    #[error("the message was signed more than five minutes in the future")]
    TooNew,
    #[error("no signature of the message fits a key of this endpoint")]
    Mismatch,
}

impl Rejection {
    pub fn code(self) -> &'static str {
        match self {
            Self::Header(_) => "webhook-unsigned",
            Self::TooOld => "webhook-too-old",
            Self::TooNew => "webhook-too-new",
            Self::Mismatch => "webhook-signature-wrong",
        }
    }
    pub fn help(self) -> &'static str {
        match self {
            Self::Header(_) => {
                "send webhook-id, webhook-timestamp (seconds) and webhook-signature, each once"
            }
            Self::TooOld => "sign each attempt anew, and compare the clocks of both machines",
            Self::TooNew => "compare the clocks of both machines",
            Self::Mismatch => "compare the key on both sides, and sign the raw body as it is sent",
        }
    }
}

/// Checks headers and raw body against any of the keys.
pub fn verify(
    keys: &[VerifyingKey],
    headers: &HeaderMap,
    body: &[u8],
    now_seconds: u64,
) -> Result<Verified, Rejection> {
    let id = one(headers, ID_HEADER)?;
    let id = MessageId::parse(id).map_err(|_| Rejection::Header(ID_HEADER))?;
    let timestamp = one(headers, TIMESTAMP_HEADER)?;
    let timestamp_seconds = seconds(timestamp).ok_or(Rejection::Header(TIMESTAMP_HEADER))?;
    let message = signed_text(id.as_str(), timestamp, body);
    if !any_fits(keys, one(headers, SIGNATURE_HEADER)?, &message) {
        return Err(Rejection::Mismatch);
    }
    // After the signature: a stranger learns nothing about this clock.
    if timestamp_seconds.saturating_add(TOLERANCE_SECONDS) < now_seconds {
        return Err(Rejection::TooOld);
    }
    if timestamp_seconds > now_seconds.saturating_add(TOLERANCE_SECONDS) {
        return Err(Rejection::TooNew);
    }
    Ok(Verified { id, timestamp_seconds })
}

fn any_fits(keys: &[VerifyingKey], signatures: &str, message: &[u8]) -> bool {
    signatures.split(' ').filter(|signature| !signature.is_empty()).take(SIGNATURES).any(|signature| {
        let Some((version, encoded)) = signature.split_once(',') else { return false };
        let Ok(signature) = STANDARD.decode(encoded) else { return false };
        keys.iter().any(|key| key.accepts(version, &signature, message))
    })
}

/// Digits only: `+5` and ` 5` are other texts than the one that was signed.
fn seconds(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A header that is there once: of two, a proxy and we might read different ones.
fn one<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, Rejection> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| Rejection::Header(name)),
        _ => Err(Rejection::Header(name)),
    }
}
