//! What `tidegate flag` takes.
//!
//! Invariant: a value that cannot be meant is refused here, before anything is sent. Not here: carrying out (`flag`).

use std::path::PathBuf;

use serde_json::Value;
use tidegate_api::{FlagFormat, FlagKind};

use crate::span;

/// List flags
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only of one kind: release, experiment, operations, permission
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// Only of one owner
    #[arg(long, value_name = "TEXT")]
    pub owner: Option<String>,
    /// Those that are archived
    #[arg(long)]
    pub archived: bool,
    /// Only those that look as if nobody needed them any more
    #[arg(long)]
    pub stale: bool,
    /// What counts as long enough for that [default: 30]
    #[arg(long, value_name = "DAYS", requires = "stale")]
    pub days: Option<u32>,
}

/// Create a flag
#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    /// As code asks for it
    pub key: String,
    #[command(flatten)]
    pub about: AboutArgs,
    /// Give it a definition in this environment; several times for several
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    pub environments: Vec<String>,
    /// The definition in flagd's format, `-` for stdin [default: a switch that is off]
    #[arg(long, value_name = "FILE", requires = "environments")]
    pub file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct AboutArgs {
    /// release, experiment, operations or permission
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Option<FlagKind>,
    /// Whom to ask: a person or a team
    #[arg(long, value_name = "TEXT")]
    pub owner: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// When it should be gone from the code: 2027-03-31, 90d
    #[arg(long, value_name = "WHEN", value_parser = span::until)]
    pub remove_by: Option<u64>,
    /// The release that it belongs to
    #[arg(long, value_name = "VERSION")]
    pub release: Option<String>,
}

/// Change what is said about a flag; what is not named stays
#[derive(Debug, clap::Args)]
pub struct DescribeArgs {
    /// Its key
    pub key: String,
    #[command(flatten)]
    pub about: AboutArgs,
}

#[derive(Debug, clap::Args)]
pub struct KeyArgs {
    /// Its key
    pub key: String,
}

/// Give a flag a definition in an environment
#[derive(Debug, clap::Args)]
pub struct SetArgs {
    /// Its key
    pub key: String,
    /// The definition in flagd's format; `-` for stdin
    pub file: PathBuf,
    /// Where
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    pub environment: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct PlaceArgs {
    /// Its key
    pub key: String,
    /// Where
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    pub environment: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Go back to an earlier edition of a flag
#[derive(Debug, clap::Args)]
pub struct RevertArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// The edition [default: the one before]
    #[arg(long, value_name = "EDITION")]
    pub to: Option<u64>,
}

/// Show what was changed about a flag, by whom and why, newest first
#[derive(Debug, clap::Args)]
pub struct HistoryArgs {
    /// Its key
    pub key: String,
    /// Only there
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    pub environment: Option<String>,
}

/// Show what was given of a flag over time
#[derive(Debug, clap::Args)]
pub struct ExposureArgs {
    /// Its key
    pub key: String,
    /// Where
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    pub environment: String,
    /// How far back, at most two weeks
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=336))]
    pub hours: u32,
    /// In how many steps
    #[arg(long, value_name = "NUMBER", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub points: u32,
}

#[derive(Debug, clap::Args)]
pub struct EndArgs {
    /// Its key
    pub key: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Propose a change that a second person must approve
#[derive(Debug, clap::Args)]
#[command(override_usage = "tidegate flag propose KEY --env ENVIRONMENT (--file FILE|--on|--to N)")]
#[group(id = "change", required = true, multiple = false, args = ["file", "on", "to"])]
pub struct ProposeArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// A definition in flagd's format; `-` for stdin
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Switch it on
    #[arg(long)]
    pub on: bool,
    /// Go back to this edition
    #[arg(long, value_name = "EDITION")]
    pub to: Option<u64>,
}

#[derive(Debug, clap::Args)]
pub struct ChangeArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// The change's number [default: the only one that waits there]
    #[arg(long, value_name = "NUMBER")]
    pub change: Option<u64>,
}

/// Bring in the flags of a document of flagd, Unleash or LaunchDarkly
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// The document; `-` for stdin
    pub file: PathBuf,
    /// flagd, unleash or launchdarkly [default: flagd]
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub format: Option<FlagFormat>,
    /// Where
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    pub environment: String,
    /// Only say what would happen
    #[arg(long)]
    pub dry_run: bool,
    /// The kind of those that are new
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Option<FlagKind>,
    /// The owner of those that are new
    #[arg(long, value_name = "TEXT")]
    pub owner: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct EnvironmentArgs {
    /// Where
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    pub environment: String,
}

/// See what somebody would get, and why
#[derive(Debug, clap::Args)]
pub struct TryArgs {
    /// One flag [default: all]
    pub key: Option<String>,
    /// Where
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    pub environment: String,
    /// Whom: the targeting key
    #[arg(long, value_name = "TEXT")]
    pub subject: Option<String>,
    /// What rules look at: `plan=gold`, `age=7`, `beta=true`; several times for several
    #[arg(long = "with", value_name = "NAME=VALUE", value_parser = attribute)]
    pub attributes: Vec<(String, Value)>,
    /// Not how it stands but with this definition; `-` for stdin
    #[arg(long, value_name = "FILE", requires = "key")]
    pub file: Option<PathBuf>,
}

fn kind(text: &str) -> Result<FlagKind, String> {
    serde_json::from_value(Value::String(text.to_owned()))
        .map_err(|_| "use release, experiment, operations or permission".to_owned())
}

fn format(text: &str) -> Result<FlagFormat, String> {
    serde_json::from_value(Value::String(text.to_owned()))
        .map_err(|_| "use flagd, unleash or launchdarkly".to_owned())
}

/// What reads as JSON is that; everything else is text.
fn attribute(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    if name.is_empty() {
        return Err("write NAME=VALUE".to_owned());
    }
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn attributes_are_what_they_look_like() {
        let check = |text: &str, expect: Value| assert_eq!(attribute(text).unwrap().1, expect, "{text}");
        check("plan=gold", json!("gold"));
        check("age=7", json!(7));
        check("beta=true", json!(true));
        check("name=\"7\"", json!("7"));
        check("empty=", json!(""));
        check("query=a=b", json!("a=b"));
        assert!(attribute("plan").is_err() && attribute("=x").is_err());
    }
}
