//! GitHub's webhooks: `X-Hub-Signature-256` over the raw body.
//!
//! Invariant: only SHA-256 counts; the older `X-Hub-Signature` is not looked at. GitHub signs no time, so an old delivery
//! is told by its id alone: keep ids long.

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

use super::{Delivery, Refused, one};

const SIGNATURE: &str = "x-hub-signature-256";

/// Against any of the secrets: two while one is changed.
pub fn verify(secrets: &[SecretString], headers: &HeaderMap, body: &[u8]) -> Result<Delivery, Refused> {
    let signature = one(headers, SIGNATURE)?;
    let signature = signature.strip_prefix("sha256=").and_then(bytes).ok_or(Refused::Header(SIGNATURE))?;
    if !secrets.iter().any(|secret| fits(secret, body, &signature)) {
        return Err(Refused::Secret);
    }
    let id = one(headers, "x-github-delivery")?.to_owned();
    Ok(Delivery { id, event: one(headers, "x-github-event")?.to_owned() })
}

fn fits(secret: &SecretString, body: &[u8], signature: &[u8]) -> bool {
    // Without a secret everybody could sign.
    let key = secret.expose_secret().as_bytes();
    let Some(Ok(mut mac)) = (!key.is_empty()).then(|| Hmac::<Sha256>::new_from_slice(key)) else {
        return false;
    };
    mac.update(body);
    mac.verify_slice(signature).is_ok()
}

/// 64 hexadecimal digits.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        hex.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
