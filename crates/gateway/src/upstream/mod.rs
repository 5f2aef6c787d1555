//! Speaking HTTP/1.1 to services: connections kept alive, requests written, responses read.
//!
//! Invariant: a connection goes back to the pool only when its request was sent whole, its response read
//! whole and neither side asked to close; otherwise it is closed.
//! Not here: which endpoint (`data::forward`), the client's side (`client`).

pub(crate) mod chunked;
pub(crate) mod encode;
pub(crate) mod exchange;
pub(crate) mod parse;
pub(crate) mod pool;
pub(crate) mod send;
