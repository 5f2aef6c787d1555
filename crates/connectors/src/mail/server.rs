//! The relay that takes letters: where it is, how the way there is protected, and who one is to it.
//!
//! Invariant: a password is never sent over a way that others can read, but to this machine itself; it is in no `Debug`.

use std::net::IpAddr;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::address::is_domain;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// From the first byte, usually port 465.
    Tls,
    /// After a word in the clear, usually port 587; without it nothing is sent.
    StartTls,
    /// Not at all: to this machine itself.
    PlainToLoopback,
    /// Not at all, wherever it goes, because somebody said so. Without a password.
    Plain,
}

/// `Debug` shows no password.
#[derive(Debug, Clone)]
pub struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) credentials: Option<(String, SecretString)>,
    /// How Tidegate names itself.
    pub(super) hello: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerRefusal {
    #[error("a mail server is a host name or an address, and a port")]
    Host,
    #[error("a user name and a password are one line each, and neither is empty")]
    Credentials,
    #[error("a password is not sent in the clear")]
    ClearPassword,
}

impl ServerRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Host | Self::Credentials => "mail-server-malformed",
            Self::ClearPassword => "mail-password-in-clear",
        }
    }
    pub fn help(&self) -> &'static str {
        match self {
            Self::Host => "name it as mail.example.org, without a scheme and without a slash",
            Self::Credentials => "mind the end of the line when it comes from a file",
            Self::ClearPassword => "use `start-tls` (port 587) or `tls` (port 465)",
        }
    }
}

impl Server {
    pub fn new(host: &str, port: u16, security: Security) -> Result<Self, ServerRefusal> {
        let host = host.trim().trim_end_matches('.').to_ascii_lowercase();
        let known = host.parse::<IpAddr>().is_ok() || is_domain(&host);
        if !known || port == 0 {
            return Err(ServerRefusal::Host);
        }
        Ok(Self { host, port, security, credentials: None, hello: "[127.0.0.1]".to_owned() })
    }

    pub fn with_credentials(self, user: &str, password: SecretString) -> Result<Self, ServerRefusal> {
        use secrecy::ExposeSecret as _;
        let fits = |text: &str| (1..=500).contains(&text.len()) && !text.chars().any(char::is_control);
        if !fits(user) || !fits(password.expose_secret()) {
            return Err(ServerRefusal::Credentials);
        }
        if self.security == Security::Plain {
            return Err(ServerRefusal::ClearPassword);
        }
        Ok(Self { credentials: Some((user.to_owned(), password)), ..self })
    }

    /// What relays compare with the address that connects; an address literal where it is no domain.
    pub fn named(self, hello: &str) -> Self {
        let hello = match hello.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => format!("[{address}]"),
            Ok(IpAddr::V6(address)) => format!("[IPv6:{address}]"),
            Err(_) if is_domain(hello) => hello.to_owned(),
            Err(_) => self.hello.clone(),
        };
        Self { hello, ..self }
    }
}
