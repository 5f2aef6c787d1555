//! Which database: `sqlite:PATH`, or `postgres://user@host:port/name`.
//!
//! Invariant: a password in it is never printed. Not here: where a password comes from (the command).

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tidegate_database::Dialect;

use crate::Trouble;
use crate::server::Server;

#[derive(Clone)]
pub enum Address {
    Sqlite(PathBuf),
    Postgres(Box<Server>),
}

impl Address {
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    pub fn has_password(&self) -> bool {
        matches!(self, Self::Postgres(server) if server.config.get_password().is_some())
    }

    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        if let Self::Postgres(server) = &mut self {
            server.config.password(password);
        }
        self
    }

    /// A file with those who may vouch for the server, besides the system's. Nobody goes in the clear who gave one.
    pub fn with_authorities(mut self, file: &Path) -> Result<Self, Trouble> {
        match &mut self {
            Self::Postgres(server) if server.is_secured() => server.trust(file),
            Self::Postgres(_) | Self::Sqlite(_) => {
                let why =
                    "authorities go with an encrypted connection: add `?sslmode=require` to the address";
                return Err(Trouble::Address(why.to_owned()));
            }
        }
        Ok(self)
    }
}

impl FromStr for Address {
    type Err = Trouble;

    fn from_str(text: &str) -> Result<Self, Trouble> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            if path.is_empty() || path == ":memory:" {
                return Err(Trouble::Address("a file is expected behind `sqlite:`".to_owned()));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(Trouble::Address("it begins with neither `sqlite:` nor `postgres://`".to_owned()));
        }
        // The parser's own words never repeat what was given.
        let config: tokio_postgres::Config = text.parse().map_err(|why: tokio_postgres::Error| {
            let cause =
                std::error::Error::source(&why).map_or_else(String::new, |cause| format!(": {cause}"));
            Trouble::Address(format!("{why}{cause}"))
        })?;
        if config.get_dbname().is_none() {
            return Err(Trouble::Address("it names no database, as in `postgres://host/shop`".to_owned()));
        }
        if config.get_hosts().len() > 1 || config.get_hostaddrs().len() > 1 || config.get_ports().len() > 1 {
            // A backup could be of another server than the one that is changed.
            return Err(Trouble::Address("it names more than one server".to_owned()));
        }
        Ok(Self::Postgres(Box::new(Server::new(config))))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(to, "sqlite:{}", path.display()),
            Self::Postgres(server) => {
                write!(to, "postgres database {}", server.config.get_dbname().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, to)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_is_of_one_server() {
        for text in [
            "postgres://one,two/shop",
            "postgres://one:1,one:2/shop",
            "postgres://one/shop?host=two",
            "postgres:///shop?hostaddr=10.0.0.1,10.0.0.2",
        ] {
            let refused = text.parse::<Address>().err().map(|trouble| trouble.code());
            assert_eq!(refused, Some("database-address-malformed"), "{text}");
        }
        assert!("postgres://one:1/shop".parse::<Address>().is_ok());
    }
}
