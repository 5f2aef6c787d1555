//! `tidegate plan retrospective`: look back at a release, and keep what people say of it.
//!
//! Invariant: what is added is added to what stands then, or refused. Not here: filling it from the record (the server).

use std::path::PathBuf;

use tidegate_api::{LookedAction, Retrospective, WriteRetrospectiveRequest};

use super::{Answer, Context, input};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;

const FILE_BYTES_MAX: u64 = 900 << 10;

/// Look back at a release: what happened, what it waited for, its measures, and what people say
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    /// Of the plan
    #[arg(required = true)]
    version: Option<String>,
    /// As Markdown, to be put where your team keeps such things
    #[arg(long)]
    markdown: bool,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Say what went well and what did not; lines are added to those that stand
    Say {
        /// Of the plan
        version: String,
        /// In a few words; in the place of the one that stands
        #[arg(long, value_name = "TEXT")]
        summary: Option<String>,
        /// Something that went well; may be repeated
        #[arg(long, value_name = "TEXT")]
        well: Vec<String>,
        /// Something to improve; may be repeated
        #[arg(long, value_name = "TEXT")]
        improve: Vec<String>,
    },
    /// Write all that people say from a file, in the place of what stands
    Write {
        /// Of the plan
        version: String,
        /// JSON with `summary`, `went_well`, `to_improve`, `actions`; `-` reads stdin
        file: PathBuf,
        /// Refuse if the plan is no longer at this edition
        #[arg(long, value_name = "NUMBER")]
        edition: Option<u64>,
    },
    /// Add something to do, by somebody
    Action {
        /// By the version that the plan is for
        #[arg(value_name = "PLAN")]
        version: String,
        /// What
        text: String,
        /// Who owns it: a role or a person
        #[arg(long, value_name = "WHO")]
        owner: String,
        /// By when, such as 2027-01-15
        #[arg(long, value_name = "DAY")]
        due: Option<String>,
        /// By which it is known; made of its text where absent
        #[arg(long, value_name = "ID")]
        id: Option<String>,
    },
    /// Say that an action of it is done
    Done {
        /// Of the plan
        version: String,
        /// Its id
        action: String,
        /// It is not done after all
        #[arg(long)]
        undo: bool,
    },
}

pub async fn run(args: Args, context: &Context) -> Answer {
    let connection = context.connect()?;
    let client = &connection.client;
    let Some(verb) = args.verb else {
        let version = args.version.unwrap_or_default();
        if args.markdown {
            context.out.text(&client.retrospective_text(&version).await?)?;
        } else {
            show(&client.retrospective(&version).await?, context)?;
        }
        return Ok(Ending::Done);
    };
    let (version, request, edition) = match verb {
        Verb::Write { version, file, edition } => {
            let bytes = input::read(&file, FILE_BYTES_MAX).map_err(|why| input::unreadable(&file, &why))?;
            let request: WriteRetrospectiveRequest = serde_json::from_slice(&bytes).map_err(|why| {
                Failure::usage("file-no-json", format!("{} is no retrospective: {why}", file.display()))
                    .help("it is JSON with `summary`, `went_well`, `to_improve` and `actions`, each of which may be absent")
            })?;
            (version, request, edition)
        }
        Verb::Say { version, summary, well, improve } => {
            let found = client.retrospective(&version).await?;
            let (mut request, edition) = stands(found);
            request.summary = summary.unwrap_or(request.summary);
            request.went_well.extend(well);
            request.to_improve.extend(improve);
            (version, request, edition)
        }
        Verb::Action { version, text, owner, due, id } => {
            let found = client.retrospective(&version).await?;
            let (mut request, edition) = stands(found);
            let id = id.unwrap_or_else(|| new_id(&text, &request.actions));
            request.actions.push(LookedAction { id, text, owner: Some(owner), due, done: false });
            (version, request, edition)
        }
        Verb::Done { version, action, undo } => {
            let found = client.retrospective(&version).await?;
            let (mut request, edition) = stands(found);
            let Some(known) = request.actions.iter_mut().find(|known| known.id == action) else {
                let names: Vec<_> = request.actions.iter().map(|action| action.id.as_str()).collect();
                let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                let why = format!("the retrospective of {version} has no action `{action}`");
                return Err(Failure::usage("unknown-plan-member", why).help(format!("there are: {there}")));
            };
            known.done = !undo;
            (version, request, edition)
        }
    };
    let sent = (request, edition);
    let send = connection
        .once(async |client, key| client.write_retrospective(&version, (&sent.0, sent.1), key).await);
    show(&send.await?, context)?;
    Ok(Ending::Done)
}

fn show(found: &Retrospective, context: &Context) -> Result<(), Failure> {
    context.out.show(found, |found| render::plan_back::one(found, context.out.paint, context.out.columns()))
}

fn stands(found: Retrospective) -> (WriteRetrospectiveRequest, Option<u64>) {
    let Retrospective { summary, went_well, to_improve, actions, edition, .. } = found;
    (WriteRetrospectiveRequest { summary, went_well, to_improve, actions, note: None }, Some(edition))
}

/// A few words of it, with a number where that is taken.
fn new_id(text: &str, actions: &[LookedAction]) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let stem: String = words.take(3).collect::<Vec<_>>().join("-").chars().take(40).collect();
    let stem = if stem.is_empty() { "action".to_owned() } else { stem };
    let numbered = (2..).map(|number| format!("{stem}-{number}"));
    let is_free = |id: &String| actions.iter().all(|action| action.id != *id);
    std::iter::once(stem.clone()).chain(numbered).find(is_free).unwrap_or(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_gets_an_id_of_its_own() {
        let action = |id: &str| LookedAction {
            id: id.to_owned(),
            text: String::new(),
            owner: None,
            due: None,
            done: false,
        };
        assert_eq!(new_id("Soak a whole day", &[]), "soak-a-whole");
        assert_eq!(new_id("Soak a whole week", &[action("soak-a-whole")]), "soak-a-whole-2");
        assert_eq!(new_id("!?", &[]), "action");
    }
}
