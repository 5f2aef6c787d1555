//! Where flags are learnt from: addresses, a key, a file.
//!
//! Invariant: a key is shown nowhere but in the requests that need it, and its text is not printed by anything here.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

const KEY_PREFIX: &str = "tdk_";
const KEY_BYTES_MAX: usize = 256;
const ADDRESSES_MAX: usize = 64;

#[derive(Debug, Clone)]
pub struct Sources {
    /// Of a server and its edges, in any number and order: `http://127.0.0.1:7070`.
    pub addresses: Vec<String>,
    pub key: Key,
    /// What is fetched whenever something changed.
    pub path: &'static str,
    /// Where a copy is kept, so that a start during an outage knows something.
    pub file: Option<PathBuf>,
    /// Longer answers are refused.
    pub answer_bytes_max: usize,
    /// Slower ones too.
    pub answer_within: Duration,
    /// Whether it is reported how flags are used.
    pub reports: bool,
}

/// A server key: `tdk_…`.
#[derive(Clone)]
pub struct Key(String);

/// Why nothing can be followed at all.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadSources {
    #[error("no address of a server or an edge is given")]
    NoAddress,
    #[error("more than {ADDRESSES_MAX} addresses are given")]
    TooManyAddresses,
    #[error(
        "`{0}` is not the address of a server: those look like http://127.0.0.1:7070, without a name or password"
    )]
    Address(String),
    #[error("the key is no flag key: those look like tdk_…_…")]
    Key,
    #[error("no HTTP client could be made")]
    Http,
    #[error("no thread could be started")]
    Thread,
}

impl Key {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().trim().to_owned())
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    fn is_one(&self) -> bool {
        let parts = self.0.strip_prefix(KEY_PREFIX).and_then(|rest| rest.split_once('_'));
        let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        self.0.len() <= KEY_BYTES_MAX && parts.is_some_and(|(id, secret)| is_part(id) && is_part(secret))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Key(…)")
    }
}

impl Sources {
    /// The addresses as requests begin.
    pub(super) fn checked(&self) -> Result<Vec<String>, BadSources> {
        if !self.key.is_one() {
            return Err(BadSources::Key);
        }
        match self.addresses.len() {
            0 => Err(BadSources::NoAddress),
            1..=ADDRESSES_MAX => self.addresses.iter().map(|address| checked(address)).collect(),
            _ => Err(BadSources::TooManyAddresses),
        }
    }
}

fn checked(address: &str) -> Result<String, BadSources> {
    let text = address.trim().trim_end_matches('/');
    let url = Url::parse(text).ok().filter(|url| {
        let plain = url.username().is_empty() && url.password().is_none();
        let bare = url.query().is_none() && url.fragment().is_none();
        ["http", "https"].contains(&url.scheme()) && url.has_host() && plain && bare
    });
    match url {
        Some(_) => Ok(text.to_owned()),
        // Somebody may have written a password into it.
        None => Err(BadSources::Address(text.rsplit('@').next().unwrap_or_default().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(addresses: &[&str], key: &str) -> Result<Vec<String>, BadSources> {
        let addresses = addresses.iter().map(|&address| address.to_owned()).collect();
        let key = Key::new(key);
        let (file, answer_within) = (None, Duration::ZERO);
        Sources { addresses, key, path: "/", file, answer_bytes_max: 1, answer_within, reports: false }
            .checked()
    }

    #[test]
    fn what_cannot_be_followed_is_said() {
        let key = "tdk_0f1e_a2b3";
        assert_eq!(sources(&["http://127.0.0.1:1/"], key), Ok(vec!["http://127.0.0.1:1".to_owned()]));
        assert!(sources(&["https://a.example/flags", "http://b.example"], key).is_ok());
        assert_eq!(sources(&[], key), Err(BadSources::NoAddress));
        assert_eq!(sources(&["http://a"; 65], key), Err(BadSources::TooManyAddresses));
        for bad in ["", "127.0.0.1:7070", "ftp://a.example", "file:///etc/passwd", "http://a.example/?key=1"]
        {
            assert_eq!(sources(&[bad], key), Err(BadSources::Address(bad.to_owned())), "{bad}");
        }
        let with_password = sources(&["http://ann:secret@a.example"], key).unwrap_err();
        assert!(!with_password.to_string().contains("secret"), "{with_password}");
        for bad in [
            "",
            "tdk_",
            "tdk_a",
            "tdg_a_b",
            "tdk_a_b c",
            "tdk_a_b\n",
            "tdk_ä_b",
            &format!("{key}{}", "a".repeat(300)),
        ] {
            let expect = if bad == "tdk_a_b\n" { Ok(()) } else { Err(BadSources::Key) };
            assert_eq!(sources(&["http://a.example"], bad).map(|_| ()), expect, "{bad:?}");
        }
    }

    #[test]
    fn a_key_is_not_printed() {
        assert_eq!(format!("{:?}", Key::new("tdk_a_secret")), "Key(…)");
    }
}
