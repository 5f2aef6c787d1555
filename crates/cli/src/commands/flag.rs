//! `tidegate flag`: feature flags, from their making to their end.
//!
//! Invariant: a definition is sent as it was written; only the server reads it. Not here: finding flags in source code
//! (`flag_refs`), keys (`flag_keys`).

use std::path::Path;

use serde_json::{Map, Value, json};
use tidegate_api::{
    ActRequest, CreateFlagRequest, DescribeFlagRequest, EvaluateFlagsRequest, Flag, ImportFlagsRequest,
    ProposeFlagRequest, RevertFlagRequest, SetFlagRequest, SwitchFlagRequest,
};
use tidegate_client::FlagsQuery;

use super::flag_arguments::{
    ChangeArgs, CreateArgs, DescribeArgs, EndArgs, EnvironmentArgs, ExposureArgs, HistoryArgs, ImportArgs,
    KeyArgs, ListArgs, PlaceArgs, ProposeArgs, RevertArgs, SetArgs, TryArgs,
};
use super::{Answer, Context, flag_keys, flag_refs, input};
use crate::connect::Connection;
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;

const DOCUMENT_BYTES_MAX: u64 = 1 << 20;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    List(ListArgs),
    Create(CreateArgs),
    /// Show a flag: how it stands where, what it gave, what waits
    Show(KeyArgs),
    Describe(DescribeArgs),
    Set(SetArgs),
    /// Switch a flag on
    On(PlaceArgs),
    /// Switch a flag off, at once: everybody gets its off variant
    Off(PlaceArgs),
    Revert(RevertArgs),
    History(HistoryArgs),
    Exposure(ExposureArgs),
    /// Serve a flag nowhere any more
    Archive(EndArgs),
    /// Bring an archived flag back as it stood
    Restore(EndArgs),
    Propose(ProposeArgs),
    /// Approve a change that somebody else proposed; it happens at once
    Approve(ChangeArgs),
    /// Reject a proposed change
    Reject(ChangeArgs),
    /// Take a proposed change back
    Withdraw(ChangeArgs),
    Import(ImportArgs),
    /// Print all flags of an environment in flagd's format
    Export(EnvironmentArgs),
    Try(TryArgs),
    /// Keys by which programs ask for flags
    #[command(subcommand)]
    Keys(flag_keys::Verb),
    Refs(flag_refs::Args),
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let flag = match verb {
        Verb::Keys(verb) => return flag_keys::run(verb, context).await,
        Verb::Refs(args) => return flag_refs::run(args, context).await,
        Verb::List(args) => return list(args, context).await,
        Verb::History(args) => return history(args, context).await,
        Verb::Exposure(args) => return exposure(args, context).await,
        Verb::Import(args) => return import(args, context).await,
        Verb::Export(args) => return export(args, context).await,
        Verb::Try(args) => return tried(args, context).await,
        Verb::Show(KeyArgs { key }) => context.connect()?.client.flag(&key).await?,
        Verb::Create(args) => create(args, &context.connect()?).await?,
        Verb::Describe(args) => describe(args, &context.connect()?).await?,
        Verb::Set(args) => set(args, context).await?,
        Verb::On(place) => switch(place, true, context).await?,
        Verb::Off(place) => switch(place, false, context).await?,
        Verb::Revert(args) => revert(args, &context.connect()?).await?,
        Verb::Archive(args) => archive(args, &context.connect()?).await?,
        Verb::Restore(args) => restore(args, &context.connect()?).await?,
        Verb::Propose(args) => propose(args, &context.connect()?).await?,
        Verb::Approve(args) => decide(args, "approve", &context.connect()?).await?,
        Verb::Reject(args) => decide(args, "reject", &context.connect()?).await?,
        Verb::Withdraw(args) => decide(args, "withdraw", &context.connect()?).await?,
    };
    context.out.show(&flag, |flag| render::flag::one(flag, context.out.paint))?;
    Ok(Ending::Done)
}

async fn list(args: ListArgs, context: &Context) -> Answer {
    let (ListArgs { kind, owner, archived, stale, days }, out) = (args, &context.out);
    let query = FlagsQuery { kind, owner, archived, stale, stale_days: days };
    let all = query == FlagsQuery::default();
    let page = context.connect()?.client.flags(&query).await?;
    out.show(&page, |page| render::flag::list((&page.items, all), out.paint, out.terminal_columns))?;
    Ok(Ending::Done)
}

async fn history(args: HistoryArgs, context: &Context) -> Answer {
    let page = context.connect()?.client.flag_history(&args.key, args.environment.as_deref()).await?;
    context.out.show(&page, |page| render::flag::history(&page.items, context.out.paint))?;
    Ok(Ending::Done)
}

async fn exposure(args: ExposureArgs, context: &Context) -> Answer {
    let ExposureArgs { key, environment, hours, points } = args;
    let at = (key.as_str(), environment.as_str());
    let told = context.connect()?.client.flag_exposure(at, (hours, points)).await?;
    context.out.show(&told, |told| render::flag::exposure(told, context.out.paint))?;
    Ok(Ending::Done)
}

async fn export(args: EnvironmentArgs, context: &Context) -> Answer {
    context.out.document(&context.connect()?.client.export_flags(&args.environment).await?)?;
    Ok(Ending::Done)
}

async fn set(args: SetArgs, context: &Context) -> Result<Flag, Failure> {
    let SetArgs { key, file, environment, reason } = args;
    let request = SetFlagRequest { definition: read(&file)?, reason };
    let (at, connection) = ((key.as_str(), environment.as_str()), context.connect()?);
    let stood = edition(connection.client.flag(&key).await.ok().as_ref(), &environment);
    let flag = connection.once(async |client, id| client.set_flag(at, &request, id).await).await?;
    remark_same(context, stood, &flag, &environment);
    Ok(flag)
}

/// Who changes what stands so already is told that nothing happened.
fn remark_same(context: &Context, stood: Option<u64>, flag: &Flag, environment: &str) {
    if stood.is_some() && stood == edition(Some(flag), environment) {
        context.out.remark(format!("Nothing changed: `{}` stood so in {environment} already.", flag.key));
    }
}

fn edition(flag: Option<&Flag>, environment: &str) -> Option<u64> {
    let place = flag?.environments.iter().find(|place| place.environment == environment)?;
    Some(place.edition)
}

async fn revert(args: RevertArgs, connection: &Connection) -> Result<Flag, Failure> {
    let RevertArgs { place: PlaceArgs { key, environment, reason }, to } = args;
    let request = RevertFlagRequest { edition: to, reason };
    let at = (key.as_str(), environment.as_str());
    connection.once(async |client, id| client.revert_flag(at, &request, id).await).await
}

async fn archive(args: EndArgs, connection: &Connection) -> Result<Flag, Failure> {
    let (key, request) = (args.key, ActRequest { reason: args.reason });
    connection.once(async |client, id| client.archive_flag(&key, &request, id).await).await
}

async fn restore(args: EndArgs, connection: &Connection) -> Result<Flag, Failure> {
    let (key, request) = (args.key, ActRequest { reason: args.reason });
    connection.once(async |client, id| client.restore_flag(&key, &request, id).await).await
}

async fn propose(args: ProposeArgs, connection: &Connection) -> Result<Flag, Failure> {
    let ProposeArgs { place: PlaceArgs { key, environment, reason }, file, on, to } = args;
    let definition = file.as_deref().map(read).transpose()?;
    let request = ProposeFlagRequest { definition, on: on.then_some(true), edition: to, reason };
    let at = (key.as_str(), environment.as_str());
    connection.once(async |client, id| client.propose_flag(at, &request, id).await).await
}

async fn create(args: CreateArgs, connection: &Connection) -> Result<Flag, Failure> {
    let CreateArgs { key, about, environments, file } = args;
    let definition = match file {
        Some(file) => Some(read(&file)?),
        None => (!environments.is_empty()).then(switched_off),
    };
    let request = CreateFlagRequest {
        key,
        kind: about.kind.unwrap_or_default(),
        owner: about.owner,
        description: about.description,
        remove_by_ms: about.remove_by,
        release: about.release,
        definition,
        environments,
        reason: None,
    };
    connection.once(async |client, id| client.create_flag(&request, id).await).await
}

/// What most flags begin as: off, and on for everybody once it is switched on, be it by a person or by its release.
fn switched_off() -> Value {
    json!({
        "state": "DISABLED",
        "variants": { "on": true, "off": false },
        "defaultVariant": "on",
        "offVariant": "off",
    })
}

async fn describe(args: DescribeArgs, connection: &Connection) -> Result<Flag, Failure> {
    let DescribeArgs { key, about } = args;
    let stands = connection.client.flag(&key).await?;
    let request = DescribeFlagRequest {
        kind: about.kind.unwrap_or(stands.kind),
        owner: about.owner.or(stands.owner),
        description: about.description.or(stands.description),
        remove_by_ms: about.remove_by.or(stands.remove_by_ms),
        release: about.release.or(stands.release),
    };
    connection.once(async |client, id| client.describe_flag(&key, &request, id).await).await
}

async fn switch(place: PlaceArgs, on: bool, context: &Context) -> Result<Flag, Failure> {
    let PlaceArgs { key, environment, reason } = place;
    let request = SwitchFlagRequest { on, reason };
    let (at, connection) = ((key.as_str(), environment.as_str()), context.connect()?);
    // Only to say whether something changed: what is on fire is switched off whatever this answers.
    let stood = edition(connection.client.flag(&key).await.ok().as_ref(), &environment);
    let flag = connection.once(async |client, id| client.switch_flag(at, &request, id).await).await?;
    remark_same(context, stood, &flag, &environment);
    Ok(flag)
}

async fn decide(args: ChangeArgs, word: &str, connection: &Connection) -> Result<Flag, Failure> {
    let ChangeArgs { place: PlaceArgs { key, environment, reason }, change } = args;
    let change = match change {
        Some(change) => change,
        None => only(&connection.client.flag(&key).await?, &environment)?,
    };
    let (place, request) = ((key.as_str(), environment.as_str(), change), ActRequest { reason });
    connection.once(async |client, id| client.decide_flag(place, (word, &request), id).await).await
}

/// The one change that waits there.
fn only(flag: &Flag, environment: &str) -> Result<u64, Failure> {
    let waiting = flag.proposals.iter().flatten().filter(|change| change.environment == environment);
    let waiting: Vec<u64> = waiting.map(|change| change.id).collect();
    match waiting.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::refused(
            "unknown-flag-change",
            format!("no change of `{}` waits in {environment}", flag.key),
        )
        .help(format!("see what was decided: `tidegate flag history {}`", flag.key))),
        several => {
            let numbers: Vec<String> = several.iter().map(ToString::to_string).collect();
            Err(Failure::usage("which-change", format!("changes {} wait there", numbers.join(", ")))
                .help("name one: --change NUMBER"))
        }
    }
}

async fn import(args: ImportArgs, context: &Context) -> Answer {
    let ImportArgs { file, format, environment, dry_run, kind, owner, reason } = args;
    let (connection, out) = (context.connect()?, &context.out);
    let request = ImportFlagsRequest {
        format: format.unwrap_or_default(),
        document: read(&file)?,
        dry_run,
        kind: kind.unwrap_or_default(),
        owner,
        reason,
    };
    let told =
        connection.once(async |client, id| client.import_flags(&environment, &request, id).await).await?;
    out.show(&told, |told| render::flag::imported(told, out.paint))?;
    Ok(if told.refused.is_empty() { Ending::Done } else { Ending::Refused })
}

async fn tried(args: TryArgs, context: &Context) -> Answer {
    let TryArgs { key, environment, subject, attributes, file } = args;
    let mut given: Map<String, Value> = attributes.into_iter().collect();
    if let Some(subject) = subject {
        given.insert("targetingKey".to_owned(), subject.into());
    }
    let definition = file.as_deref().map(read).transpose()?;
    let request = EvaluateFlagsRequest { key, context: Some(given.into()), definition, contexts: Vec::new() };
    let told = context.connect()?.client.evaluate_flags(&environment, &request).await?;
    let out = &context.out;
    out.show(&told, |told| render::flag::tried(&told.items, out.paint, out.terminal_columns))?;
    Ok(Ending::Done)
}

/// JSON of a file.
fn read(file: &Path) -> Result<Value, Failure> {
    let bytes = input::read(file, DOCUMENT_BYTES_MAX).map_err(|why| input::unreadable(file, &why))?;
    if bytes.len() as u64 > DOCUMENT_BYTES_MAX {
        let detail = format!("{} is longer than {DOCUMENT_BYTES_MAX} bytes", file.display());
        return Err(Failure::usage("body-too-large", detail).help("send it in several parts"));
    }
    serde_json::from_slice(&bytes).map_err(|why| {
        Failure::usage("file-no-json", format!("{} is no JSON", file.display()))
            .help("definitions are JSON in flagd's format: flagd.dev/reference/flag-definitions")
            .caused_by(&why)
    })
}
