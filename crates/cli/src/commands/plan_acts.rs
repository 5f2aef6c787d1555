//! Acts on a plan: moves, triage, marks, votes, the final call.
//!
//! Invariant: one verb is one act, sent under a key of its own. Not here: who may (the server).

use tidegate_api::{
    PlanActRequest, PlanActivityState, PlanChoice, PlanDecision, PlanOutcome, PlanPhase, PlanRiskState,
    PlanStepState,
};

use super::{Answer, Context};
use crate::ending::Ending;
use crate::render;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Bring a plan to another phase; back and to its end with a note
    Move {
        /// Of the release that the plan is for
        version: String,
        /// Where to
        to: PhaseWord,
        /// With `candidate`: the release that is looked at, where it is another than VERSION
        #[arg(long, value_name = "VERSION")]
        release: Option<String>,
        #[command(flatten)]
        said: Note,
    },
    /// Let nothing move until somebody resumes it
    Hold {
        /// Of the release that the plan is for
        version: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
    /// End a hold
    Resume {
        /// Of the release that the plan is for
        version: String,
        #[command(flatten)]
        said: Note,
    },
    /// Decide whether an item of the scope goes out with it
    Triage {
        /// Of the release that the plan is for
        version: String,
        /// The item, such as PAY-7
        item: String,
        /// What is done about it
        decision: DecisionWord,
        #[command(flatten)]
        said: Note,
    },
    /// Say how an activity stands
    Activity {
        /// Of the release that the plan is for
        version: String,
        /// Its id in the plan
        activity: String,
        /// How it stands
        state: ActivityWord,
        #[command(flatten)]
        said: Note,
    },
    /// Tick an item of a checklist
    Tick {
        /// Of the release that the plan is for
        version: String,
        /// Its id in the plan
        item: String,
        /// Take the tick away
        #[arg(long)]
        undo: bool,
        #[command(flatten)]
        said: Note,
    },
    /// Say how a manual test case went on the candidate
    Case {
        /// Of the release that the plan is for
        version: String,
        /// Its id in the plan
        case: String,
        /// How it went
        outcome: OutcomeWord,
        #[command(flatten)]
        said: Note,
    },
    /// Say that a risk has occurred, is over, or is open again
    Risk {
        /// Of the release that the plan is for
        version: String,
        /// Its id in the plan
        risk: String,
        /// What became of it
        state: RiskWord,
        #[command(flatten)]
        said: Note,
    },
    /// Say that a step of a runbook was started or done
    Step {
        /// Of the release that the plan is for
        version: String,
        /// Its id in the plan
        step: String,
        /// How far it is
        state: StepWord,
        /// The risk whose contingency it belongs to; the deployment's runbooks where absent
        #[arg(long, value_name = "RISK")]
        risk: Option<String>,
        #[command(flatten)]
        said: Note,
    },
    /// Say what came of a meeting
    Meeting {
        /// Of the release that the plan is for
        version: String,
        /// Its id in the plan
        meeting: String,
        /// What came of it
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
    /// Say that something a retrospective asked for is done
    Action {
        /// Of the release that the plan is for
        version: String,
        /// Its id in the plan
        action: String,
        /// It is not done after all
        #[arg(long)]
        undo: bool,
        #[command(flatten)]
        said: Note,
    },
    /// Vote for the role that the plan gives you
    Vote {
        /// Of the release that the plan is for
        version: String,
        /// The role's id in the plan
        role: String,
        /// What you say; a no takes a note
        choice: ChoiceWord,
        #[command(flatten)]
        said: Note,
    },
    /// Make the final call on what you saw
    Call {
        /// Of the release that the plan is for
        version: String,
        /// Whether it goes
        choice: CallWord,
        /// Of what you saw: `tidegate plan go-no-go VERSION` shows it
        #[arg(long, value_name = "DIGEST")]
        digest: String,
        #[command(flatten)]
        said: Note,
    },
}

#[derive(Debug, clap::Args)]
pub struct Note {
    /// Why, or what was seen
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// Words of the command line, and what they mean on the wire.
macro_rules! words {
    ($($name:ident => $wire:ident { $($word:ident),+ $(,)? })+) => {$(
        #[derive(Debug, Clone, Copy, clap::ValueEnum)]
        pub enum $name {
            $($word),+
        }
        impl From<$name> for $wire {
            fn from(word: $name) -> Self {
                match word {
                    $($name::$word => Self::$word),+
                }
            }
        }
    )+};
}

words! {
    PhaseWord => PlanPhase { Draft, Planned, Frozen, Candidate, Cancelled }
    DecisionWord => PlanDecision { FixNow, FixNext, KnownIssue, StopRelease }
    ActivityWord => PlanActivityState { Open, UnderWay, Done, Cancelled }
    OutcomeWord => PlanOutcome { Passed, Failed, Blocked }
    RiskWord => PlanRiskState { Open, Occurred, Closed }
    StepWord => PlanStepState { Started, Done }
    ChoiceWord => PlanChoice { Go, NoGo, Withdrawn }
    CallWord => PlanChoice { Go, NoGo }
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let (version, request) = act(verb);
    let connection = context.connect()?;
    let send = connection.once(async |client, key| client.act_on_plan(&version, &request, key).await);
    let plan = send.await?;
    context.out.show(&plan, |plan| render::plan::head(plan, context.out.paint, context.out.columns()))?;
    Ok(Ending::Done)
}

fn act(verb: Verb) -> (String, PlanActRequest) {
    match verb {
        Verb::Move { version, to, release, said: Note { note } } => {
            (version, PlanActRequest::Move { to: to.into(), release, note })
        }
        Verb::Hold { version, note } => (version, PlanActRequest::Hold { note }),
        Verb::Resume { version, said: Note { note } } => (version, PlanActRequest::Resume { note }),
        Verb::Triage { version, item, decision, said: Note { note } } => {
            (version, PlanActRequest::Triage { item, decision: decision.into(), note })
        }
        Verb::Activity { version, activity, state, said: Note { note } } => {
            (version, PlanActRequest::Activity { activity, state: state.into(), note })
        }
        Verb::Tick { version, item, undo, said: Note { note } } => {
            (version, PlanActRequest::Tick { item, done: !undo, note })
        }
        Verb::Case { version, case, outcome, said: Note { note } } => {
            (version, PlanActRequest::Case { case, outcome: outcome.into(), note })
        }
        Verb::Risk { version, risk, state, said: Note { note } } => {
            (version, PlanActRequest::Risk { risk, state: state.into(), note })
        }
        Verb::Step { version, step, state, risk, said: Note { note } } => {
            (version, PlanActRequest::Step { risk, step, state: state.into(), note })
        }
        Verb::Meeting { version, meeting, note } => (version, PlanActRequest::Meeting { meeting, note }),
        Verb::Action { version, action, undo, said: Note { note } } => {
            (version, PlanActRequest::Action { action, done: !undo, note })
        }
        Verb::Vote { version, role, choice, said: Note { note } } => {
            (version, PlanActRequest::Vote { role, choice: choice.into(), note })
        }
        Verb::Call { version, choice, digest, said: Note { note } } => {
            (version, PlanActRequest::Call { choice: choice.into(), digest, note })
        }
    }
}
