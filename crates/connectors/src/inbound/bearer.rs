//! A token of ours in `Authorization`, for senders that sign nothing.
//!
//! Invariant: compared by hashes, in constant time. It proves who sends, and not what: let such senders come by TLS.

use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{Refused, one};

const AUTHORIZATION: &str = "authorization";

/// Against any of the tokens: two while one is changed.
pub fn verify(tokens: &[SecretString], headers: &HeaderMap) -> Result<(), Refused> {
    let (scheme, given) =
        one(headers, AUTHORIZATION)?.split_once(' ').ok_or(Refused::Header(AUTHORIZATION))?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refused::Header(AUTHORIZATION));
    }
    let given = Sha256::digest(given.trim());
    let same = |token: &SecretString| {
        let token = token.expose_secret();
        !token.is_empty() && bool::from(Sha256::digest(token)[..].ct_eq(&given[..]))
    };
    if tokens.iter().any(same) { Ok(()) } else { Err(Refused::Secret) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_itself_is_let_in() {
        let verify = |given: Option<&str>, tokens: &[&str]| {
            let mut headers = HeaderMap::new();
            if let Some(given) = given {
                headers.insert("authorization", given.parse().unwrap());
            }
            let tokens: Vec<SecretString> = tokens.iter().map(|token| (*token).into()).collect();
            super::verify(&tokens, &headers).map_err(Refused::code)
        };
        assert_eq!(verify(Some("Bearer abc"), &["abc"]), Ok(()));
        assert_eq!(verify(Some("bearer abc"), &["new", "abc"]), Ok(()));
        assert_eq!(verify(Some("Bearer ab"), &["abc"]), Err("delivery-secret-wrong"));
        assert_eq!(verify(Some("Bearer "), &[""]), Err("delivery-secret-wrong"));
        assert_eq!(verify(Some("Bearer abc"), &[]), Err("delivery-secret-wrong"));
        for unsigned in [None, Some("abc"), Some("Basic YTpi"), Some("")] {
            assert_eq!(verify(unsigned, &["abc"]), Err("delivery-unsigned"), "{unsigned:?}");
        }
    }
}
