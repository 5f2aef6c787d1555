//! An HTTP client for addresses that people typed in: it cannot be sent inside.
//!
//! Invariant: what is connected to is one of the very addresses that were checked, because the check is the resolver; a
//! redirect is an answer, a proxy is never asked, and no connection is used twice. Deliberately not here: what is sent.

mod address;
mod allowance;
mod client;
mod refusal;
mod resolve;
mod url;

pub use address::{Reach, reach};
pub use allowance::{Allowance, AllowanceRefusal};
pub use client::{Answered, Guard, Limits, Outgoing, SendFailure};
pub use refusal::{AddressRefused, UrlRefusal};
pub use resolve::{Resolver, SystemResolver};

pub use reqwest::{Method, Url};

#[cfg(test)]
mod tests;
