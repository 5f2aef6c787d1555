//! What one attempt to sign in is bound by: state, nonce, and the verifier of PKCE (RFC 7636).
//!
//! Invariant: all three are 256 bits that nobody can guess, and none is printed. Deliberately not here: keeping them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

#[derive(Debug, Clone)]
pub struct Attempt {
    /// Comes back with the answer, and nobody but the browser that was sent away knows it.
    pub state: SecretString,
    /// Stands in the ID token.
    pub nonce: SecretString,
    /// Proves to the provider that who brings the code asked for it.
    pub verifier: SecretString,
}

impl Attempt {
    pub fn new(random: [[u8; 32]; 3]) -> Self {
        let [state, nonce, verifier] = random.map(|bytes| SecretString::from(URL_SAFE_NO_PAD.encode(bytes)));
        Self { state, nonce, verifier }
    }

    pub(crate) fn challenge(&self) -> String {
        challenge_of(self.verifier.expose_secret())
    }
}

/// S256 (RFC 7636, 4.2).
pub fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_the_one_of_the_standard() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge_of(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn nothing_of_an_attempt_is_printed() {
        let attempt = Attempt::new([[1; 32], [2; 32], [3; 32]]);
        let printed = format!("{attempt:?}");
        for secret in [&attempt.state, &attempt.nonce, &attempt.verifier] {
            assert_eq!(secret.expose_secret().len(), 43);
            assert!(!printed.contains(secret.expose_secret()), "{printed}");
        }
    }
}
