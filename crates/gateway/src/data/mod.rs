//! The data path: what happens to one request.
//!
//! Invariant: every request gets exactly one answer, from the service or from the gateway; an answer of
//! the gateway itself always carries `x-tidegate-gateway` and says why.
//! Not here: sockets (`client`, `upstream`), the table (`table`).

mod body;
mod compare;
pub(crate) mod forward;
mod mirror;
pub(crate) mod problem;
mod proxy;
mod select;

pub(crate) use body::GatewayBody;
pub(crate) use proxy::serve;
