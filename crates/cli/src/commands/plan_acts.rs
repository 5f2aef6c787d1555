//! Acts on a plan: moves, triage, marks, votes, the final call.
//!
//! Invariant: one verb is one act, sent under a key of its own. Not here: who may (the server).

use std::path::PathBuf;

use tidegate_api::{
    Plan, PlanActRequest, PlanActivityState, PlanChoice, PlanDecision, PlanFixRisk, PlanOutcome, PlanPhase,
    PlanRiskState, PlanSeverity, PlanStepState,
};

use super::{Answer, Context, plan_cases};
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
        /// What is done about it; as the matrix says where absent
        decision: Option<DecisionWord>,
        /// How bad it is
        #[arg(long, value_name = "WORD")]
        severity: Option<SeverityWord>,
        /// How much its fix could break
        #[arg(long, value_name = "WORD")]
        fix_risk: Option<FixRiskWord>,
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
        /// A log or a picture that shows it; several times for several
        #[arg(long = "file", value_name = "FILE")]
        files: Vec<PathBuf>,
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
    /// Say that an item of the scope is done
    Done {
        /// Of the release that the plan is for
        version: String,
        /// The item, such as PAY-7
        item: String,
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
    SeverityWord => PlanSeverity { Trivial, Minor, Major, Critical }
    FixRiskWord => PlanFixRisk { Low, Medium, High }
    ActivityWord => PlanActivityState { Open, UnderWay, Done, Cancelled }
    OutcomeWord => PlanOutcome { Passed, Failed, Blocked }
    RiskWord => PlanRiskState { Open, Occurred, Closed }
    StepWord => PlanStepState { Started, Done }
    ChoiceWord => PlanChoice { Go, NoGo, Withdrawn }
    CallWord => PlanChoice { Go, NoGo }
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let done = done(&verb);
    let files = if let Verb::Case { files, .. } = &verb { plan_cases::read(files)? } else { Vec::new() };
    let (version, request) = act(verb);
    let connection = context.connect()?;
    let send = connection.once(async |client, key| client.act_on_plan(&version, &request, key).await);
    let mut plan = send.await?;
    if let PlanActRequest::Case { case, .. } = &request {
        plan = plan_cases::attach((&version, case), &files, context).await?.unwrap_or(plan);
    }
    let done = triaged(&request, &plan).or(done);
    context.out.show(&plan, |plan| {
        let head = render::plan::head(plan, context.out.paint, context.out.columns());
        done.map_or_else(|| head.clone(), |done| format!("{done}\n{head}"))
    })?;
    Ok(Ending::Done)
}

/// What was noted, where the head of the plan does not say it.
fn done(verb: &Verb) -> Option<String> {
    let said = match verb {
        Verb::Move { .. }
        | Verb::Hold { .. }
        | Verb::Resume { .. }
        | Verb::Triage { .. }
        | Verb::Call { .. } => return None,
        Verb::Activity { activity, state, .. } => format!("activity {activity}: {}", spelt(state)),
        Verb::Tick { item, undo, .. } => format!("{item}: {}", if *undo { "not ticked" } else { "ticked" }),
        Verb::Case { case, outcome, .. } => format!("test case {case}: {}", spelt(outcome)),
        Verb::Risk { risk, state, .. } => format!("risk {risk}: {}", spelt(state)),
        Verb::Step { step, state, risk: None, .. } => format!("step {step}: {}", spelt(state)),
        Verb::Step { step, state, risk: Some(risk), .. } => {
            format!("step {step} against the risk {risk}: {}", spelt(state))
        }
        Verb::Meeting { meeting, .. } => format!("meeting {meeting}: what came of it is noted"),
        Verb::Action { action, undo, .. } => {
            format!("action {action}: {}", if *undo { "open again" } else { "done" })
        }
        Verb::Done { item, undo, .. } => {
            format!("{item}: {}", if *undo { "not done after all" } else { "done" })
        }
        Verb::Vote { role, choice, .. } => format!("vote of {role}: {}", spelt(choice)),
    };
    Some(said)
}

/// What was decided about an item, which the matrix may have said.
fn triaged(request: &PlanActRequest, plan: &Plan) -> Option<String> {
    let PlanActRequest::Triage { item, .. } = request else { return None };
    Some(render::plan::triaged(item, plan.triage.get(item)?))
}

/// As it is typed.
fn spelt(word: &impl clap::ValueEnum) -> String {
    word.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn act(verb: Verb) -> (String, PlanActRequest) {
    match verb {
        Verb::Move { version, to, release, said: Note { note } } => {
            (version, PlanActRequest::Move { to: to.into(), release, note })
        }
        Verb::Hold { version, note } => (version, PlanActRequest::Hold { note }),
        Verb::Resume { version, said: Note { note } } => (version, PlanActRequest::Resume { note }),
        Verb::Triage { version, item, decision, severity, fix_risk, said: Note { note } } => {
            let decision = decision.map(Into::into);
            let (severity, fix_risk) = (severity.map(Into::into), fix_risk.map(Into::into));
            (version, PlanActRequest::Triage { item, decision, severity, fix_risk, note })
        }
        Verb::Activity { version, activity, state, said: Note { note } } => {
            (version, PlanActRequest::Activity { activity, state: state.into(), note })
        }
        Verb::Tick { version, item, undo, said: Note { note } } => {
            (version, PlanActRequest::Tick { item, done: !undo, note })
        }
        Verb::Case { version, case, outcome, files: _, said: Note { note } } => {
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
        Verb::Done { version, item, undo, said: Note { note } } => {
            (version, PlanActRequest::Scope { item, done: !undo, note })
        }
        Verb::Vote { version, role, choice, said: Note { note } } => {
            (version, PlanActRequest::Vote { role, choice: choice.into(), note })
        }
        Verb::Call { version, choice, digest, said: Note { note } } => {
            (version, PlanActRequest::Call { choice: choice.into(), digest, note })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_act_says_what_was_noted_in_the_words_that_were_typed() {
        let said = || Note { note: None };
        let version = || "2.1.0".to_owned();
        let triage = |item: &str| PlanActRequest::Triage {
            item: item.to_owned(),
            decision: None,
            severity: Some(PlanSeverity::Major),
            fix_risk: Some(PlanFixRisk::High),
            note: None,
        };
        let plan = crate::render::plan_samples::plan();
        assert_eq!(triaged(&triage("LIB-0"), &plan), None);
        let told = "LIB-9: fix-next (severity major, a fix of high risk), after the freeze, ann, ";
        let said_so = triaged(&triage("LIB-9"), &plan).unwrap();
        assert!(said_so.starts_with(told), "{said_so}");
        let step = |risk: Option<&str>| Verb::Step {
            version: version(),
            step: "restore".to_owned(),
            state: StepWord::Done,
            risk: risk.map(str::to_owned),
            said: said(),
        };
        assert_eq!(done(&step(None)).unwrap(), "step restore: done");
        assert_eq!(done(&step(Some("data"))).unwrap(), "step restore against the risk data: done");
        let moved = Verb::Move { version: version(), to: PhaseWord::Planned, release: None, said: said() };
        assert_eq!(done(&moved), None, "the plan itself says where it stands");
    }
}
