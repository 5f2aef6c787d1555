//! The routing table: what the control plane says should happen to each request.
//!
//! Invariant: a [`Route`] that is stored has passed [`validate::route`], so everything downstream may
//! rely on it (weights sum to 10 000, every version that is named exists, every name is well formed).
//! Not here: where the table is kept (`book`), how it is looked up per request (`compiled`).

pub(crate) mod book;
pub(crate) mod compiled;
pub mod refusal;
mod route;
mod settings;
pub mod validate;
mod weight;

pub use refusal::TableRefusal;
pub use route::{
    Condition, CookieMatch, Generation, HeaderMatch, MatchRule, Offline, Preview, Route, RouteDelete,
    RouteUpdate, Serving, Split, TextMatch, VersionRoute,
};
pub use settings::{Limits, Mirror, REQUEST_HEAD_BYTES_CEILING, Retries, Sticky, Timeouts};
pub use weight::{Weight, WeightOutOfRange};
