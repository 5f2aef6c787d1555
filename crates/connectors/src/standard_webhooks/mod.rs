//! Standard Webhooks 1.0: signing what goes out, verifying what comes in, and knowing what came before.
//!
//! Invariant: the signature covers id, time and the raw body, so none of them can be changed or sent again later.
//! Source: the specification, "Signature scheme". Deliberately not here: sending, retries, clocks.

mod keys;
mod replay;
mod signature;

pub use keys::{KeyRefusal, PrivateKey, PublicKey, SharedKey, SigningKey, VerifyingKey};
pub use replay::{Arrival, SeenIds};
pub use signature::{IdRefusal, MessageId, Rejection, Verified, sign, verify};

pub const ID_HEADER: &str = "webhook-id";
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// How far a message's time may lie from the receiver's clock, either way.
pub const TOLERANCE_SECONDS: u64 = 300;

/// A message is accepted from five minutes before to five minutes after its own time, so its id counts that long.
pub const REMEMBER_SECONDS: u64 = 2 * TOLERANCE_SECONDS;

#[cfg(test)]
mod tests;
