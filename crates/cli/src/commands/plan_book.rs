//! `tidegate plan new`, `template`, `rotation`, `actions`, `history`, `diff`, `progress`: begin from a template, and look at a plan's past.
//!
//! Invariant: one verb is one request. Not here: merging and who is next (the server).

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use tidegate_api::{BeginPlanRequest, PlanDaysOff, WritePlanRotationRequest, WritePlanTemplateRequest};

use super::{Answer, Context, input};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;

const FILE_BYTES_MAX: u64 = 900 << 10;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Begin a plan from a template, with whose turn it is and what is still to be done
    New {
        /// Of the release that it is for
        version: String,
        /// Which one: `tidegate plan template list` shows them
        #[arg(long, value_name = "NAME", default_value = "planned")]
        template: String,
        /// The template's edition; the newest where absent
        #[arg(long, value_name = "NUMBER")]
        edition: Option<u32>,
        /// What it is called
        #[arg(long, value_name = "TEXT")]
        title: Option<String>,
        /// The day on which everything has to be ready, such as 2026-12-01; activities get their dates from it
        #[arg(long, value_name = "DAY")]
        ready_on: Option<String>,
        /// An action of an earlier retrospective that it carries, as RELEASE/ID, or `all`; may be repeated
        #[arg(long, value_name = "ACTION")]
        carry: Vec<String>,
    },
    /// Bring what is new in its template into a plan; what you wrote stays
    Renew {
        /// Of the release that the plan is for
        version: String,
    },
    /// Templates of plans
    #[command(subcommand)]
    Template(TemplateVerb),
    /// Whose turn it is to manage a release
    #[command(subcommand)]
    Rotation(RotationVerb),
    /// List what retrospectives asked for and nobody has done yet
    Actions,
    /// Show every edition of a plan: who changed what, when
    History {
        /// Of the release that the plan is for
        version: String,
    },
    /// Show what two editions of a plan say otherwise, or a plan and its template
    Diff {
        /// Of the release that the plan is for
        version: String,
        /// The earlier edition; the one before where absent
        #[arg(long, value_name = "NUMBER", conflicts_with = "template")]
        from: Option<u64>,
        /// The later edition; the newest where absent
        #[arg(long, value_name = "NUMBER", conflicts_with = "template")]
        to: Option<u64>,
        /// Against the template that it was made from
        #[arg(long)]
        template: bool,
    },
    /// Show how far the work is against the plan, day by day, and what is late
    Progress {
        /// Of the release that the plan is for
        version: String,
    },
}

#[derive(Debug, clap::Subcommand)]
pub enum TemplateVerb {
    /// List them, Tidegate's own and yours
    List,
    /// Show one
    Show {
        /// Its name
        name: String,
        /// The newest where absent
        #[arg(long, value_name = "NUMBER")]
        edition: Option<u32>,
    },
    /// Keep a plan, or a document from a file, as a template of your own
    Save {
        /// Its name; a new edition where there is one
        name: String,
        /// The version of a plan; what belongs to its release alone stays out
        #[arg(long, value_name = "VERSION", required_unless_present = "file", conflicts_with = "file")]
        plan: Option<String>,
        /// JSON with `document`, and `days` of its activities; `-` reads stdin
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// What is new in it
        #[arg(long, value_name = "TEXT")]
        change: Option<String>,
    },
    /// Remove one of your own; plans that were made from it stay
    Remove {
        /// Its name
        name: String,
    },
    /// Show what two editions say otherwise
    Diff {
        /// Its name
        name: String,
        /// The earlier edition; the one before where absent
        #[arg(long, value_name = "NUMBER")]
        from: Option<u32>,
        /// The later edition; the newest where absent
        #[arg(long, value_name = "NUMBER")]
        to: Option<u32>,
    },
    /// Bring what is new in the template that it was made from into one of your own
    Update {
        /// Its name
        name: String,
    },
}

#[derive(Debug, clap::Subcommand)]
pub enum RotationVerb {
    /// Show whose turn it is
    Show {
        /// For the time of this plan; for today where absent
        #[arg(long = "for", value_name = "VERSION")]
        version: Option<String>,
    },
    /// Say who takes turns, in which order they begin
    Set {
        /// Names of people
        #[arg(required = true)]
        people: Vec<String>,
        /// The role's id in plans
        #[arg(long, value_name = "ROLE")]
        role: Option<String>,
    },
    /// Pass somebody over while they are away
    Away {
        /// Who
        person: String,
        /// The first day, such as 2026-12-24
        from: String,
        /// The last day
        until: String,
    },
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let (out, connection) = (&context.out, context.connect()?);
    let (client, paint) = (&connection.client, out.paint);
    match verb {
        Verb::New { version, template, edition, title, ready_on, carry } => {
            let request = BeginPlanRequest { template, edition, title, ready_on, carry };
            let send = connection.once(async |client, key| client.begin_plan(&version, &request, key).await);
            out.show(&send.await?, |plan| render::plan::one(plan, paint, out.columns()))?;
        }
        Verb::Renew { version } => {
            let send =
                connection.once(async |client, key| client.update_plan_from_template(&version, key).await);
            out.show(&send.await?, |applied| render::plan_book::applied(applied, paint, out.columns()))?;
        }
        Verb::Template(verb) => return template(verb, context).await,
        Verb::Rotation(verb) => return rotation(verb, context).await,
        Verb::Actions => {
            let open = client.plan_actions().await?;
            out.show(&open, |open| render::plan_book::actions(&open.actions, paint, out.terminal_columns))?;
        }
        Verb::History { version } => {
            let history = client.plan_history(&version).await?;
            out.show(&history, |found| render::plan_book::history(&found.editions, paint, out.columns()))?;
        }
        Verb::Diff { version, from, to, template } => {
            let found = if template {
                client.plan_difference_to_template(&version).await?
            } else {
                client.plan_difference(&version, (from, to)).await?
            };
            out.show(&found, |found| render::plan_book::difference(found, paint, out.columns()))?;
        }
        Verb::Progress { version } => {
            let progress = client.plan_progress(&version).await?;
            out.show(&progress, |found| render::plan_book::progress(found, paint, out.columns()))?;
        }
    }
    Ok(Ending::Done)
}

async fn template(verb: TemplateVerb, context: &Context) -> Answer {
    let (out, connection) = (&context.out, context.connect()?);
    let (client, paint) = (&connection.client, out.paint);
    match verb {
        TemplateVerb::List => {
            let found = client.plan_templates().await?;
            out.show(&found, |it| render::plan_book::templates(&it.templates, paint, out.terminal_columns))?;
        }
        TemplateVerb::Show { name, edition } => {
            let found = client.plan_template(&name, edition).await?;
            out.show(&found, |found| render::plan_book::template(found, paint))?;
        }
        TemplateVerb::Save { name, plan, file, change } => {
            let mut request =
                WritePlanTemplateRequest { plan, change, ..WritePlanTemplateRequest::default() };
            if let Some(file) = &file {
                let bytes = input::read(file, FILE_BYTES_MAX).map_err(|why| input::unreadable(file, &why))?;
                let given: Value = serde_json::from_slice(&bytes).map_err(|why| {
                    Failure::usage("file-no-json", format!("{} is no JSON: {why}", file.display()))
                        .help("see the form: `tidegate plan template show planned --json`")
                })?;
                request.document = given.get("document").cloned();
                let days = given.get("days").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
                request.days = serde_json::from_value(days).map_err(|why| {
                    Failure::usage(
                        "file-no-json",
                        format!("`days` of {} cannot be read: {why}", file.display()),
                    )
                    .help("each has `activity`, `from` and `until`")
                })?;
            }
            let send =
                connection.once(async |client, key| client.write_plan_template(&name, &request, key).await);
            out.show(&send.await?, |found| render::plan_book::template(found, paint))?;
        }
        TemplateVerb::Remove { name } => {
            let send = connection.once(async |client, key| client.remove_plan_template(&name, key).await);
            let left = send.await?;
            out.show(&left, |it| render::plan_book::templates(&it.templates, paint, out.terminal_columns))?;
        }
        TemplateVerb::Diff { name, from, to } => {
            let found = client.plan_template_difference(&name, (from, to)).await?;
            out.show(&found, |found| render::plan_book::difference(found, paint, out.columns()))?;
        }
        TemplateVerb::Update { name } => {
            let send = connection.once(async |client, key| client.update_plan_template(&name, key).await);
            out.show(&send.await?, |applied| render::plan_book::applied(applied, paint, out.columns()))?;
        }
    }
    Ok(Ending::Done)
}

async fn rotation(verb: RotationVerb, context: &Context) -> Answer {
    let (out, connection) = (&context.out, context.connect()?);
    let stands = connection.client.plan_rotation(None).await?;
    let request = match verb {
        RotationVerb::Show { version } => {
            let found = connection.client.plan_rotation(version.as_deref()).await?;
            out.show(&found, |found| render::plan_book::rotation(found, out.paint, out.columns()))?;
            return Ok(Ending::Done);
        }
        RotationVerb::Set { people, role } => {
            let away: BTreeMap<_, _> =
                stands.away.into_iter().filter(|(person, _)| people.contains(person)).collect();
            WritePlanRotationRequest { role: role.or(Some(stands.role)), people, away, note: None }
        }
        RotationVerb::Away { person, from, until } => {
            let mut away = stands.away;
            away.entry(person).or_default().push(PlanDaysOff { from, until });
            WritePlanRotationRequest { role: Some(stands.role), people: stands.people, away, note: None }
        }
    };
    let send = connection.once(async |client, key| client.write_plan_rotation(&request, key).await);
    out.show(&send.await?, |found| render::plan_book::rotation(found, out.paint, out.columns()))?;
    Ok(Ending::Done)
}
