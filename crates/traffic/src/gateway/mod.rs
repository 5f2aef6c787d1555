//! The gateway as router and as metrics source.

mod http;
mod metrics;
mod router;
mod wire;

pub use metrics::GatewayMetrics;
pub use router::GatewayRouter;
