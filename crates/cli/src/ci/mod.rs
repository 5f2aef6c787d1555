//! What a build server shows of a deployment: a JUnit report, and annotations with a summary for GitHub.
//!
//! Invariant: told once, after it has ended or was refused, and never changes how the command ends. Deliberately not
//! here: deploying and waiting (`commands`).

mod github;
mod junit;

use std::path::{Path, PathBuf};

use tidegate_api::{Gate, Rollout, RolloutState};
use tidegate_client::Client;

use crate::commands::Answer;
use crate::ending::Ending;
use crate::failure::{Failure, Saying};
use crate::output::Output;

/// For build servers: `tidegate promote VERSION --to ENVIRONMENT --wait --report junit=FILE`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct BuildServer {
    /// Also write each gate and step as a test case, for build servers
    #[arg(long, value_name = "junit=FILE", value_parser = report_to, help_heading = "Build servers")]
    report: Option<PathBuf>,
    /// Also tell a build server in its own words [default: github where GITHUB_ACTIONS is set, else none]
    #[arg(long, value_name = "WHOSE", help_heading = "Build servers")]
    annotations: Option<Annotations>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Annotations {
    Github,
    None,
}

fn report_to(text: &str) -> Result<PathBuf, String> {
    match text.split_once('=') {
        Some(("junit", file)) if !file.is_empty() => Ok(file.into()),
        Some(_) | None => Err("write junit=FILE, for example junit=tidegate.xml".to_owned()),
    }
}

/// What is told of one deployment.
#[derive(Debug, Clone, Default)]
struct Story {
    release: String,
    /// Empty where the next stage was meant and is not known.
    environment: String,
    gates: Vec<Gate>,
    rollouts: Vec<Rollout>,
    /// Why it was not done, or not known how it ended.
    failure: Option<Saying>,
}

impl Story {
    fn title(&self) -> String {
        if self.environment.is_empty() {
            return format!("{} to the next stage", self.release);
        }
        format!("{} to {}", self.release, self.environment)
    }

    fn went_well(&self) -> bool {
        self.failure.is_none() && !self.rollouts.iter().any(|rollout| goes_back(rollout.state))
    }
}

/// Which release went where, and the rollouts that came of it.
pub struct Subject<'a> {
    pub release: &'a str,
    pub environment: Option<&'a str>,
    pub rollouts: &'a [String],
}

impl BuildServer {
    fn github(&self) -> bool {
        match self.annotations {
            Some(whose) => whose == Annotations::Github,
            None => std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true"),
        }
    }

    /// Tells how it ended, where that was asked for, and answers it.
    pub async fn tell(&self, answer: Answer, subject: &Subject<'_>, client: &Client, out: &Output) -> Answer {
        if self.report.is_none() && !self.github() {
            return answer;
        }
        let story = story(&answer, subject, client).await;
        if self.github() {
            for line in github::annotations(&story) {
                out.command(&line);
            }
            if let Some(file) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty()) {
                append(Path::new(&file), &github::summary(&story))?;
            }
        }
        if let Some(file) = &self.report {
            std::fs::write(file, junit::report(&story)).map_err(|error| unwritable(file, &error))?;
        }
        answer
    }
}

async fn story(answer: &Answer, subject: &Subject<'_>, client: &Client) -> Story {
    let mut rollouts = Vec::new();
    for id in subject.rollouts {
        // What cannot be asked any more is told by the failure.
        rollouts.extend(client.rollout(id).await.ok());
    }
    let known = rollouts.first().map(|rollout: &Rollout| rollout.environment.clone());
    let environment = subject.environment.map(str::to_owned).or(known).unwrap_or_default();
    let mut gates = Vec::new();
    if !environment.is_empty() {
        // Beside a failure they are only more of the same.
        gates = client.gates(&environment, subject.release).await.map_or(gates, |found| found.gates);
    }
    let failure = match answer {
        Err(Failure::Said(saying)) => Some((**saying).clone()),
        Ok(Ending::Interrupted) => Some(interrupted()),
        Ok(_) | Err(Failure::OutputClosed) => None,
    };
    Story { release: subject.release.to_owned(), environment, gates, rollouts, failure }
}

fn interrupted() -> Saying {
    Saying {
        code: "still-under-way".to_owned(),
        detail: "the waiting was interrupted; the rollout goes on".to_owned(),
        help: "watch it: tidegate rollout watch".to_owned(),
        causes: Vec::new(),
        request_id: None,
        diagnostics: None,
        ending: Ending::Interrupted,
    }
}

fn append(file: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let opened = std::fs::File::options().create(true).append(true).open(file);
    opened.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| unwritable(file, &error))
}

fn unwritable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::fault("file-unwritable", format!("{} could not be written", file.display()))
        .help("check that its directory exists and may be written")
        .caused_by(error)
}

/// How one step of one component ended.
#[derive(Debug, PartialEq, Eq)]
enum StepEnd {
    Passed,
    Failed(String),
    NotReached,
}

/// Each step of each component with how it ended, in their order.
fn steps(rollout: &Rollout) -> Vec<(String, String, StepEnd)> {
    let cause = rollout.cause.clone().or_else(|| rollout.fault.clone());
    let why = cause.unwrap_or_else(|| "it went back".to_owned());
    let mut told = Vec::new();
    let mut failed = false;
    for leg in &rollout.legs {
        for (index, step) in leg.plan.iter().enumerate() {
            let end = if rollout.state == RolloutState::Succeeded || (!failed && index + 1 < leg.step) {
                StepEnd::Passed
            } else if !failed
                && goes_back(rollout.state)
                && leg.component == rollout.component
                && index + 1 == leg.step
            {
                failed = true;
                StepEnd::Failed(why.clone())
            } else {
                StepEnd::NotReached
            };
            told.push((leg.component.clone(), step.name.clone(), end));
        }
    }
    told
}

/// What is only under way has not failed.
fn goes_back(state: RolloutState) -> bool {
    matches!(state, RolloutState::Returning | RolloutState::RolledBack | RolloutState::Cancelled)
}

#[cfg(test)]
mod tests;
