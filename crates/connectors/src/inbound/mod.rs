//! What other systems send in: verified first, then read, and told apart from what came before.
//!
//! Invariant: a body is parsed only after its sender was verified over the raw bytes, in constant time. Deliberately not
//! here: routes, body limits, and what is done about it; CDEvents and generic webhooks are read by `cdevents` and
//! verified by `standard_webhooks`.

pub mod alertmanager;
pub mod bearer;
pub mod github;
pub mod gitlab;

use reqwest::header::HeaderMap;

/// One verified delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The same for every copy: for `SeenIds` and the inbox.
    pub id: String,
    /// In the sender's words: `push`, `Pipeline Hook`.
    pub event: String,
}

/// Why a delivery is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the header {0} is missing, is there twice, or cannot be read")]
    Header(&'static str),
    #[error("the delivery does not carry the secret of this hook")]
    Secret,
    #[error(transparent)]
    Signature(#[from] crate::standard_webhooks::Rejection),
}

impl Refused {
    pub fn code(self) -> &'static str {
        match self {
            Self::Header(_) => "delivery-unsigned",
            Self::Secret => "delivery-secret-wrong",
            Self::Signature(rejection) => rejection.code(),
        }
    }
    pub fn help(self) -> &'static str {
        match self {
            Self::Header(_) => "give the hook a secret where it is set up, the same as here",
            Self::Secret => "compare the hook's secret on both sides; a proxy must leave the body as it is",
            Self::Signature(rejection) => rejection.help(),
        }
    }
}

/// A header that is there once, readable and not empty.
fn one<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, Refused> {
    optional(headers, name)?.ok_or(Refused::Header(name))
}

fn optional<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Refused> {
    let mut values = headers.get_all(name).iter();
    let (value, other) = (values.next(), values.next());
    let Some(value) = value else { return Ok(None) };
    let text = value.to_str().map_err(|_| Refused::Header(name))?;
    if other.is_some() || text.is_empty() || text.len() > 1024 {
        Err(Refused::Header(name))
    } else {
        Ok(Some(text))
    }
}

#[cfg(test)]
mod tests;
