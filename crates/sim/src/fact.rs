//! What happened in a simulated world, in the order in which it happened: what the checkers look at.
//!
//! Invariant: a fact is noted at the very instant of the thing it tells, by the world and never by the engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_domain::id::SlotId;
use tidegate_domain::name::Version;
use tidegate_domain::smoke::SmokeVerdict;
use tidegate_ports::{Entry, Generation, Notice, RouteIntent, Serving, SmokeQuestion};

use crate::shadow::{Aggregate, Event};

/// One control plane, from one start of it to its end.
pub type ProcessId = u32;

#[derive(Debug, Clone)]
pub enum Fact {
    /// A batch was written whole; the runner turns it into one `Recorded` for each event.
    Appended {
        by: ProcessId,
    },
    Recorded(Arc<Record>),
    Ensured(Ensured),
    /// Somebody asked what is there, and changed nothing.
    Looked(Looked),
    Routed(Routed),
    /// Somebody else changed the router.
    Drifted {
        slot: SlotId,
    },
    Told {
        by: ProcessId,
        notice: Notice,
    },
    /// A smoke test was asked, and this is true of it.
    Tested(Tested),
    Answered(Answered),
    Control {
        process: ProcessId,
        what: Control,
    },
    /// What happens to the world from outside, for the story.
    Weather(String),
}

/// One event, with the state of its stream before and after.
#[derive(Debug)]
pub struct Record {
    pub entry: Entry,
    pub event: Event,
    pub before: Aggregate,
    pub after: Aggregate,
    /// How many batches were written before this one.
    pub batch: u64,
    /// True time, whatever the clocks of the control plane say.
    pub true_ms: u64,
}

/// Where and when a call was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    pub by: ProcessId,
    /// The step of the simulation in which it was sent.
    pub sent: u64,
    pub arrival: Arrival,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    InTime,
    /// Long after the caller gave up.
    Late,
    /// A second time.
    Again,
}

#[derive(Debug, Clone)]
pub struct Ensured {
    pub call: Call,
    pub step: u64,
    pub generation: Generation,
    pub slot: SlotId,
    pub version: Version,
    pub replicas: u32,
    pub accepted: bool,
    /// Addresses that the answer calls ready.
    pub said_ready: Vec<String>,
    /// Addresses that were ready.
    pub truly_ready: Vec<String>,
    /// Addresses that were ready and are to stop because of this call.
    pub stopped: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Looked {
    pub call: Call,
    pub step: u64,
    pub slot: SlotId,
    /// Of each version, the addresses that were ready.
    pub truly_ready: BTreeMap<Version, Vec<String>>,
}

#[derive(Debug, Clone)]
pub struct Routed {
    pub call: Call,
    pub step: u64,
    pub generation: Generation,
    pub intent: RouteIntent,
    pub accepted: bool,
    pub before: Option<Serving>,
    /// What the router does after the call, whether it was accepted or not.
    pub after: Option<Serving>,
    /// What the answer said; none for a refusal.
    pub said: Option<Serving>,
}

#[derive(Debug, Clone)]
pub struct Tested {
    pub by: ProcessId,
    pub question: SmokeQuestion,
    pub verdict: SmokeVerdict,
}

#[derive(Debug, Clone)]
pub struct Answered {
    pub key: String,
    pub actor: String,
    pub starts: bool,
    pub attempt: u32,
    /// The answer as JSON, or the code of a refusal, or why none came.
    pub answer: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done(String),
    Refused(String),
    /// A fault, or the connection was lost: it may have happened or not.
    Unknown(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    Started {
        holder: String,
    },
    Killed,
    Paused {
        ms: u64,
    },
    Continued,
    /// A turn ended with a fault that the driver was told.
    Faulted {
        stream: String,
        why: String,
    },
}
