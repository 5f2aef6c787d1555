//! Links that prove themselves: what they are about, what they are for and until when, under a key of the server's.
//!
//! Invariant: a link for one purpose is worth nothing for another, and no byte of it can be changed; comparing takes the same
//! time whatever is wrong. Deliberately not here: keeping the key, and whether a link was used.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::hex::hex;

/// As much of the signature as nobody guesses.
const TAG_BYTES: usize = 16;
const TOKEN_BYTES_MAX: usize = 300;

/// Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct LinkKey([u8; 32]);

impl std::fmt::Debug for LinkKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("LinkKey")
    }
}

impl LinkKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// `about`: letters, digits, `_` and `-`. `until_seconds` since 1970; none for as long as the key lives.
    pub fn sign(&self, purpose: &str, about: &str, until_seconds: Option<u64>) -> String {
        let said = format!("{about}.{}", until_seconds.unwrap_or(0));
        let tag = BASE64_URL_SAFE_NO_PAD.encode(&self.tag(purpose, &said)[..TAG_BYTES]);
        format!("{said}.{tag}")
    }

    /// What it is about, if it is for this and still counts.
    pub fn open<'t>(&self, purpose: &str, token: &'t str, now_seconds: u64) -> Option<&'t str> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let (said, tag) = token.rsplit_once('.')?;
        let given = BASE64_URL_SAFE_NO_PAD.decode(tag).ok()?;
        let expected = self.tag(purpose, said);
        if !bool::from(given.as_slice().ct_eq(&expected[..TAG_BYTES])) {
            return None;
        }
        let (about, until) = said.rsplit_once('.')?;
        let until: u64 = until.parse().ok()?;
        (until == 0 || now_seconds < until).then_some(about)
    }

    /// A name that nobody else can work out: the same for the same text.
    pub fn name(&self, purpose: &str, text: &str) -> String {
        hex(&self.tag(purpose, text)[..8])
    }

    fn tag(&self, purpose: &str, said: &str) -> [u8; 32] {
        // A key of any length is one for HMAC.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return [0; 32] };
        // Purposes hold no NUL, so no purpose and text are another's.
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(said.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_link_is_for_one_thing_until_its_time() {
        let key = LinkKey::new([7; 32]);
        let token = key.sign("confirm", "sub_1", Some(100));
        assert_eq!(key.open("confirm", &token, 99), Some("sub_1"));
        assert_eq!(key.open("confirm", &token, 100), None);
        assert_eq!(key.open("unsubscribe", &token, 99), None);
        assert_eq!(LinkKey::new([8; 32]).open("confirm", &token, 99), None);
        let forever = key.sign("unsubscribe", "sub_1", None);
        assert_eq!(key.open("unsubscribe", &forever, u64::MAX), Some("sub_1"));
        for bad in ["", ".", "..", "sub_1.0.", "sub_1.0.AAAAAAAAAAAAAAAAAAAAAA", &"x".repeat(1_000)] {
            assert_eq!(key.open("unsubscribe", bad, 0), None, "{bad}");
        }
        assert_eq!(key.name("a", "x"), key.name("a", "x"));
        assert_ne!(key.name("a", "x"), key.name("b", "x"));
        assert!(!format!("{key:?}").contains('7'));
    }

    proptest! {
        #[test]
        fn no_changed_byte_counts(at in 0..60_usize, to in any::<u8>()) {
            let key = LinkKey::new([7; 32]);
            let token = key.sign("confirm", "sub_0123456789abcdef", Some(100));
            let mut bytes = token.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] = to;
            let changed = String::from_utf8_lossy(&bytes).into_owned();
            prop_assume!(changed != token);
            prop_assert_eq!(key.open("confirm", &changed, 0), None);
        }
    }
}
