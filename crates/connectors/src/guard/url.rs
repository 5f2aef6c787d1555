//! What a URL may look like before anything is looked up.
//!
//! Invariant: a host that is an address, in whatever spelling (0x7f.1, 2130706433, 0177.0.0.1, full-width digits), is
//! judged as that address; the URL standard's parser has made it one. Deliberately not here: names (`resolve`).

use std::net::IpAddr;

use reqwest::Url;

use super::allowance::Allowance;
use super::refusal::{AddressRefused, UrlRefusal};

pub(super) const LENGTH: usize = 2048;

pub(super) fn check(text: &str, allowance: &Allowance) -> Result<Url, UrlRefusal> {
    if text.len() > LENGTH {
        return Err(UrlRefusal::Malformed);
    }
    let url = Url::parse(text).map_err(|_| UrlRefusal::Malformed)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(UrlRefusal::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlRefusal::Credentials);
    }
    let host = url.host_str().ok_or(UrlRefusal::Malformed)?;
    if let Some(address) = literal(host) {
        let refused = |reach| AddressRefused { host: host.to_owned(), address, reach };
        allowance.permits(host, address).map_err(refused)?;
    }
    Ok(url)
}

/// The host's address where it is no name.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}
