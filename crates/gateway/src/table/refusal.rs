//! Why a routing table change is refused: an answer for the control plane, never a fault.
//!
//! Invariant: every refusal has a stable kebab-case code and says what to do next; a refused change
//! leaves the table as it was.
//! Not here: the HTTP form (`admin::answer`), faults while storing the table (`state_file`).

use super::Generation;
use std::net::SocketAddr;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableRefusal {
    #[error("route {id}: generation {offered} is older than {stored}, which is in force")]
    StaleGeneration { id: String, offered: Generation, stored: Generation },
    #[error("route {id}: generation {generation} is in force with other content")]
    GenerationConflict { id: String, generation: Generation },
    #[error("there is no route {id}")]
    RouteUnknown { id: String },
    #[error("the address says route {address}, the body says route {body}")]
    RouteIdMismatch { address: String, body: String },
    #[error("{field}: {problem}")]
    Invalid { field: String, problem: String },
    #[error("the weights of a split sum to 10000 basis points, these sum to {sum}")]
    WeightsDoNotSum { sum: u32 },
    #[error("routes {id} and {other} would take the same requests on {listen}")]
    RouteOverlaps { id: String, other: String, listen: SocketAddr },
    #[error("{listen} cannot be listened on: {problem}")]
    ListenFailed { listen: SocketAddr, problem: String },
    #[error("there are already {routes_max} routes")]
    TooManyRoutes { routes_max: usize },
}

impl TableRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            TableRefusal::StaleGeneration { .. } => "stale-generation",
            TableRefusal::GenerationConflict { .. } => "generation-conflict",
            TableRefusal::RouteUnknown { .. } => "route-unknown",
            TableRefusal::RouteIdMismatch { .. } => "route-id-mismatch",
            TableRefusal::Invalid { .. } => "route-invalid",
            TableRefusal::WeightsDoNotSum { .. } => "weights-do-not-sum",
            TableRefusal::RouteOverlaps { .. } => "route-overlaps",
            TableRefusal::ListenFailed { .. } => "listen-failed",
            TableRefusal::TooManyRoutes { .. } => "too-many-routes",
        }
    }

    /// 409: true now, may be different after a read; 422: the same body will never be taken.
    pub fn status(&self) -> u16 {
        match self {
            TableRefusal::RouteUnknown { .. } => 404,
            TableRefusal::StaleGeneration { .. }
            | TableRefusal::GenerationConflict { .. }
            | TableRefusal::RouteOverlaps { .. }
            | TableRefusal::ListenFailed { .. }
            | TableRefusal::TooManyRoutes { .. } => 409,
            TableRefusal::RouteIdMismatch { .. }
            | TableRefusal::Invalid { .. }
            | TableRefusal::WeightsDoNotSum { .. } => 422,
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            TableRefusal::StaleGeneration { .. } => {
                "another control plane holds the lease: read the route with GET /v1/routes/{id} and step down"
            }
            TableRefusal::GenerationConflict { .. } => {
                "raise the position for each change; read the route with GET /v1/routes/{id}"
            }
            TableRefusal::RouteUnknown { .. } => "list the routes with GET /v1/routes",
            TableRefusal::RouteIdMismatch { .. } => "send the route to the address that its id names",
            TableRefusal::Invalid { .. } | TableRefusal::WeightsDoNotSum { .. } => {
                "see docs/reference/gateway.md for what each field may hold"
            }
            TableRefusal::RouteOverlaps { .. } => "give one of them another host, path prefix or address",
            TableRefusal::ListenFailed { .. } => {
                "free the address (`ss -ltnp` shows who holds it) or choose another in tidegate.yaml"
            }
            TableRefusal::TooManyRoutes { .. } => {
                "delete routes that are no longer used, or run a second gateway"
            }
        }
    }
}
