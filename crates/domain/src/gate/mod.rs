//! Gates: what must be so before a release enters an environment, and before each step forward in it.
//!
//! Invariant: a gate is closed until shown open; missing facts never open one. Every closed gate says why, since when,
//! who can open it and by which command. Deliberately not here: fetching facts (the engine), and reading reports or
//! calendars (`tidegate-evidence`, `tidegate-calendar`).

mod answer;
mod evaluate;
mod facts;
mod refusal;
mod sign;
mod spec;
mod status;
#[cfg(test)]
mod tests;

pub use answer::{Asking, Failed, GateAnswer, Inquiries, Inquiry, Reply, Said, is_due};
pub use evaluate::evaluate;
pub use facts::{Dues, Facts, Finding, OverdueReview, Override};
pub use refusal::GateRefusal;
pub use sign::{Ballot, Choice, Tally, Void, Vote, Voter, tally};
pub use spec::{
    ChangeType, Dependency, EXPRESSION_VARIABLES, GateRule, GateSpec, PlanRule, SignAct, SignRule, Signer,
    WebhookRule,
};
pub use status::{FREEZE, GateStatus, REVIEW, Signing, WINDOW};
