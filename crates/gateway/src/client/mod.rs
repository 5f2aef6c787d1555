//! The clients' side: a connection from its first byte to its last.
//!
//! Invariant: a connection that does nothing, sends its head too slowly or does not take its response is
//! closed by a deadline; HTTP/1.1 and HTTP/2 are told apart by the first bytes.
//! Not here: what a request is answered with (`data`).

mod connection;
mod state;
mod stream;
pub(crate) mod tunnel;

pub(crate) use connection::{Accepted, serve};
pub(crate) use state::{ClientState, Open};
