//! `tidegate review`: what emergencies owe afterwards.
//!
//! Invariant: whoever reviews says what was found. Not here: who may (the server).

use tidegate_api::{ReviewOutcome, ReviewRequest, ReviewState};

use super::{Answer, Context};
use crate::ending::Ending;
use crate::render;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    List(ListArgs),
    /// Show the reviews of a release
    Show {
        /// The release
        version: String,
    },
    Done(DoneArgs),
}

/// List what is owed, and what was found
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only of this state
    #[arg(long, value_name = "STATE")]
    state: Option<StateWord>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum StateWord {
    Due,
    Overdue,
    Done,
}

/// Say what you found when you looked back at an emergency
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "tidegate review done <VERSION> --in <ENVIRONMENT> --outcome <OUTCOME>\n                            --note <TEXT>"
)]
pub struct DoneArgs {
    /// The release
    version: String,
    /// Where the emergency went
    #[arg(long = "in", value_name = "ENVIRONMENT")]
    environment: String,
    /// Whether it had to be an emergency
    #[arg(long, value_name = "OUTCOME")]
    outcome: OutcomeWord,
    /// What was found, and what follows from it
    #[arg(long, value_name = "TEXT")]
    note: String,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum OutcomeWord {
    Justified,
    Unjustified,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let out = &context.out;
    let connection = context.connect()?;
    let page = match verb {
        Verb::List(args) => {
            let state = args.state.map(|word| match word {
                StateWord::Due => ReviewState::Due,
                StateWord::Overdue => ReviewState::Overdue,
                StateWord::Done => ReviewState::Done,
            });
            connection.client.reviews(state).await?
        }
        Verb::Show { version } => connection.client.reviews_of(&version).await?,
        Verb::Done(args) => {
            let outcome = match args.outcome {
                OutcomeWord::Justified => ReviewOutcome::Justified,
                OutcomeWord::Unjustified => ReviewOutcome::Unjustified,
            };
            let request = ReviewRequest { environment: args.environment, outcome, note: args.note };
            connection.once(async |client, key| client.review(&args.version, &request, key).await).await?
        }
    };
    out.show(&page, |page| render::review::list(&page.items, out.paint, out.columns()))?;
    Ok(Ending::Done)
}
