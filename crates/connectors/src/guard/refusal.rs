//! Why the guard does not send.
//!
//! Invariant: what is said names host and reason, never the path or the query, where people keep secrets.

use std::net::IpAddr;

use super::address::Reach;

/// The URL itself is not one to send to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefusal {
    #[error("this is not a URL of at most {limit} characters", limit = super::url::LENGTH)]
    Malformed,
    #[error("the scheme `{0}` is neither http nor https")]
    Scheme(String),
    #[error("the URL holds a user name or a password")]
    Credentials,
    #[error(transparent)]
    Address(#[from] AddressRefused),
}

impl UrlRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed | Self::Scheme(_) | Self::Credentials => "endpoint-url-refused",
            Self::Address(refused) => refused.code(),
        }
    }
    pub fn help(&self) -> &'static str {
        match self {
            Self::Malformed => "write it whole, as in https://hooks.example.com/tidegate",
            Self::Scheme(_) => "use https, or http inside of your own network",
            Self::Credentials => "leave them out; receivers know Tidegate by its signature",
            Self::Address(refused) => refused.help(),
        }
    }
}

/// The host is, or answers with, an address that is not public and not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host} leads to {address}: {}", reach.as_str())]
pub struct AddressRefused {
    pub host: String,
    pub address: IpAddr,
    pub reach: Reach,
}

impl AddressRefused {
    pub fn code(&self) -> &'static str {
        "address-not-allowed"
    }
    pub fn help(&self) -> &'static str {
        match self.reach {
            Reach::Public | Reach::Loopback | Reach::Private => {
                "an administrator can allow the host by name, or its network by CIDR, in the server's settings"
            }
            Reach::LinkLocal | Reach::Special | Reach::Embedded => {
                "a name does not open such an address; an administrator can allow its network by CIDR"
            }
        }
    }
}
