//! The control plane as a process: the HTTP API, the drive that moves rollouts, and the gateway beside it.
//!
//! Invariant: every change comes in by a route, becomes one command, and is answered once it is durable; whatever
//! follows from it is the drive's. Deliberately not here: deciding (the domain), the command line.

mod actor;
mod announce;
mod announcements;
mod app;
mod asked;
mod bring;
mod bundles;
mod checkpoints;
mod clock;
mod compose;
#[cfg(debug_assertions)]
mod crashpoints;
mod download;
mod drive;
mod each;
mod edge;
mod edition;
mod error;
mod extract;
mod finish;
mod flags;
mod forgetting;
mod gateway;
mod idempotency;
mod identity;
mod inbound;
mod inquiries;
mod listen;
mod machine;
mod measurements;
mod measures;
mod notices;
mod options;
mod origin;
mod pace;
mod page;
mod paging;
mod places;
mod problem;
mod program;
mod project;
mod recent;
mod routes;
mod sample;
mod scope;
mod secrets;
mod serve;
mod smoke;
mod spans;
mod tail;
mod tls;
mod watching;
mod webhooks;
mod wire;

pub use edge::{EdgeOptions, EdgeReady, run_edge};
pub use error::ServeError;
pub use gateway::GatewayMode;
pub use options::{OnStop, Options, Outside, Ready};
pub use pace::{BadPace, Pace, Paces};
pub use places::{Places, ServerRecord};
pub use program::Program;
pub use routes::openapi_json;
pub use serve::{serve, take_down};
pub use tls::TlsFiles;
