//! All flags of an environment at once: brought in, given out, asked for a subject.
//!
//! Invariant: of a document each flag comes in whole or not at all, and it is said which and why; trying a subject counts
//! nowhere and changes nothing. Deliberately not here: evaluation for programs (`ofrep`).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde_json::Value;
use tidegate_api::{
    DescribeFlagRequest, EvaluateFlagsRequest, FlagEvaluation, FlagEvaluations, FlagFormat, FlagNotImported,
    FlagsImported, ImportFlagsRequest,
};
use tidegate_domain::flag::{self, Change, Definition, FlagCommand, FlagRefusal, Life};
use tidegate_domain::name::{EnvironmentName, FlagKey};
use tidegate_domain::refusal::Refusal;
use tidegate_engine::{Command, ForFlags, SubmitError};
use tidegate_flags::import::{self, Import};
use tidegate_flags::{Context, Details, FlagSet};

use super::flags::{check, life, said};
use super::problems::{Commanding, ReadingOne};
use crate::app::App;
use crate::asked::Asked;
use crate::extract::{At, name};
use crate::flags::{ofrep, seconds};
use crate::problem::Trouble;

/// Of one document.
const FLAGS_MAX: usize = 10_000;
/// Subjects that are tried at once.
const CONTEXTS_MAX: usize = 1_000;
const DOCUMENT_BYTES_MAX: usize = 16 << 20;
/// Flags written at once.
const BATCH: usize = 100;

/// Import flags
///
/// A document in flagd's format, or an export of Unleash or LaunchDarkly, into one environment: new flags are created, others
/// get the document's definition there where it differs. Each flag comes in whole or is refused with its place; the rest
/// comes in, and `advice` says what is different from where it was. A body has at most 16 MiB. With `dry_run` nothing is written. Where the
/// environment is protected, flags that are to change there are refused.
#[utoipa::path(
    post, path = "/environments/{environment}/flags/import", operation_id = "import_flags", tag = "flags",
    params(("environment" = String, Path, description = "Where")), request_body = ImportFlagsRequest,
    responses((status = 200, description = "What became of each flag", body = FlagsImported), Commanding)
)]
pub(super) async fn bring(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
    asked: Asked<ImportFlagsRequest, DOCUMENT_BYTES_MAX>,
) -> Result<Json<FlagsImported>, Trouble> {
    let (body, asked) = asked.split();
    let environment: EnvironmentName = name(&environment)?;
    app.engine.catalog().await?.environment(&environment).map_err(Refusal::from)?;
    let mut told = FlagsImported { dry_run: body.dry_run, ..FlagsImported::default() };
    let document = translated(body.format, body.document, &mut told);
    let found = flag::from_flagd(&document).filter(|found| found.len() <= FLAGS_MAX);
    let found = found.ok_or_else(|| {
        let detail = format!("`document` has no object `flags` with at most {FLAGS_MAX} flags in it");
        Trouble::unfit(detail)
            .help("flagd's files look like {\"flags\": {\"KEY\": {…}}}; other systems' exports need `format`")
    })?;
    let described =
        DescribeFlagRequest { kind: body.kind, owner: body.owner, ..DescribeFlagRequest::default() };
    let life = life(described)?;
    let reason = said(body.reason)?;
    let mut wanted = Vec::new();
    for one in found {
        let refuse =
            |why: String| FlagNotImported { key: Some(one.key.clone()), path: one.pointer.clone(), why };
        match one.definition.clone() {
            Err(why) => told.refused.push(refuse(why)),
            Ok((key, given)) => match Definition::compiled(&key, &given) {
                Ok(definition) => wanted.push((key, definition, one.pointer.clone())),
                Err(FlagRefusal::BadDefinition { pointer, why, .. }) => {
                    let path = format!("{}{pointer}", one.pointer);
                    told.refused.push(FlagNotImported { path, ..refuse(why) });
                }
                Err(refusal) => told.refused.push(refuse(refusal.to_string())),
            },
        }
    }
    let importing = Importing { app: &app, asked: &asked, environment, life, reason, dry_run: body.dry_run };
    for batch in wanted.chunks(BATCH) {
        importing.bring(batch, &mut told).await?;
    }
    Ok(Json(told))
}

/// In flagd's format, with what is left out and what is different.
fn translated(format: FlagFormat, document: Value, told: &mut FlagsImported) -> Value {
    let Import { document, problems } = match format {
        FlagFormat::Flagd => return document,
        FlagFormat::Unleash => import::unleash(&document),
        FlagFormat::Launchdarkly => import::launchdarkly(&document),
    };
    for problem in problems {
        let list = if problem.refused { &mut told.refused } else { &mut told.advice };
        list.push(FlagNotImported { key: problem.flag, path: problem.path, why: problem.detail });
    }
    document
}

struct Importing<'a> {
    app: &'a App,
    asked: &'a Asked<()>,
    environment: EnvironmentName,
    life: Life,
    reason: String,
    dry_run: bool,
}

/// A flag, how it shall stand, and where it stood in the document.
type WantedFlag = (FlagKey, Definition, String);

impl Importing<'_> {
    /// Together where that is possible; else each by itself, so that one that is refused keeps none out.
    async fn bring(&self, batch: &[WantedFlag], told: &mut FlagsImported) -> Result<(), Trouble> {
        let mut fitting = Vec::new();
        for wanted in batch {
            match check(self.app, (&wanted.0, &self.environment), &wanted.1) {
                Ok(()) => fitting.push(wanted),
                Err(trouble) => told.refused.push(refused(wanted, trouble.detail)),
            }
        }
        let mut before = Vec::with_capacity(fitting.len());
        for (key, definition, _) in &fitting {
            before.push(self.fate(key, definition).await?);
        }
        let commands = fitting.iter().zip(&before).flat_map(|(wanted, fate)| self.commands(wanted, *fate));
        let together = self.submit(commands.collect()).await?;
        for (wanted, fate) in fitting.into_iter().zip(before) {
            let outcome = match &together {
                Ok(()) => Ok(()),
                Err(_) => self.submit(self.commands(wanted, fate).collect()).await?,
            };
            match outcome {
                Ok(()) => fate.tell(&wanted.0, told),
                Err(why) => told.refused.push(refused(wanted, why)),
            }
        }
        Ok(())
    }

    async fn fate(&self, key: &FlagKey, definition: &Definition) -> Result<Fate, Trouble> {
        Ok(match self.app.engine.flag(key).await? {
            None => Fate::Created,
            Some((flag, _, _)) => {
                let standing = flag.environments.get(&self.environment);
                let same = standing.is_some_and(|standing| standing.current.definition == *definition);
                if same && flag.archived.is_none() { Fate::Unchanged } else { Fate::Changed }
            }
        })
    }

    fn commands(
        &self,
        (key, definition, _): &WantedFlag,
        fate: Fate,
    ) -> impl Iterator<Item = (FlagKey, FlagCommand)> {
        let create = FlagCommand::Create { key: key.clone(), life: self.life.clone() };
        let change = Change::Configure { definition: definition.clone() };
        let change = FlagCommand::Change { environment: self.environment.clone(), change };
        let create = (fate == Fate::Created).then_some(create);
        let change = (fate != Fate::Unchanged).then_some(change);
        let key = key.clone();
        create.into_iter().chain(change).map(move |command| (key.clone(), command))
    }

    /// What refused it, in words; anything else ends the import.
    async fn submit(&self, commands: Vec<(FlagKey, FlagCommand)>) -> Result<Result<(), String>, Trouble> {
        let wish = ForFlags { commands, reason: self.reason.clone() };
        let mut request = self.asked.again(Command::Flags(Box::new(wish)));
        request.dry_run = self.dry_run;
        match self.app.engine.submit(&request, self.app.clock.now()).await {
            Ok(_) => Ok(Ok(())),
            Err(SubmitError::Refused(refusal)) => Ok(Err(refusal.to_string())),
            Err(other) => Err(other.into()),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Created,
    Changed,
    Unchanged,
}

impl Fate {
    fn tell(self, key: &FlagKey, told: &mut FlagsImported) {
        let list = match self {
            Self::Created => &mut told.created,
            Self::Changed => &mut told.changed,
            Self::Unchanged => &mut told.unchanged,
        };
        list.push(key.to_string());
    }
}

fn refused((key, _, pointer): &WantedFlag, why: String) -> FlagNotImported {
    FlagNotImported { key: Some(key.to_string()), path: pointer.clone(), why }
}

/// Export flags
///
/// Everything that is served there, in flagd's format as its own daemon and in-process providers read it. `If-None-Match`
/// with the `ETag` of an earlier answer gets 304 while nothing changed.
#[utoipa::path(
    get, path = "/environments/{environment}/flags.json", operation_id = "export_flags", tag = "flags",
    params(("environment" = String, Path, description = "Where")),
    responses(
        (status = 200, description = "A flagd document", content_type = "application/json", body = Object),
        (status = 304, description = "Nothing changed"),
        ReadingOne,
    )
)]
pub(super) async fn export(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let environment: EnvironmentName = name(&environment)?;
    app.engine.catalog().await?.environment(&environment).map_err(Refusal::from)?;
    let place = app.flags.place(&(app.engine.project().clone(), environment));
    Ok(ofrep::exported(&app.flags, &place, &headers))
}

/// Try subjects
///
/// What they would get, and why; one subject of one flag or of all, or many of one flag. With a `definition`, how the flag would answer with that instead.
/// Nothing is counted.
#[utoipa::path(
    post, path = "/environments/{environment}/flags/evaluate", operation_id = "evaluate_flags", tag = "flags",
    params(("environment" = String, Path, description = "Where")), request_body = EvaluateFlagsRequest,
    responses((status = 200, description = "What the subject gets", body = FlagEvaluations), Commanding)
)]
pub(super) async fn evaluate(
    State(app): State<Arc<App>>,
    At(environment): At<String>,
    asked: Asked<EvaluateFlagsRequest>,
) -> Result<Json<FlagEvaluations>, Trouble> {
    let body = asked.body;
    let environment: EnvironmentName = name(&environment)?;
    app.engine.catalog().await?.environment(&environment).map_err(Refusal::from)?;
    let key: Option<FlagKey> = body.key.as_deref().map(name).transpose()?;
    let contexts = contexts((body.context, body.contexts), seconds(app.clock.now().wall_ms))?;
    let place = app.flags.place(&(app.engine.project().clone(), environment));
    let (mut set, version) = {
        let served = place.served();
        (served.set.clone(), served.version)
    };
    if let Some(given) = body.definition {
        let key = key
            .as_ref()
            .ok_or_else(|| Trouble::unfit("`definition` is given, and `key` does not say of which flag"))?;
        let definition = Definition::compiled(key, &given).map_err(Refusal::from)?;
        set = set.with(key.as_str(), &definition.value()).0;
    }
    let items = match (&key, contexts.as_slice()) {
        (Some(key), contexts) => {
            let one = |context| evaluated(key.as_str(), set.evaluate(key.as_str(), context));
            contexts.iter().map(one).collect()
        }
        (None, [context]) => all(&set, context),
        (None, _) => {
            return Err(Trouble::unfit("`contexts` are given, and `key` does not say of which flag"));
        }
    };
    Ok(Json(FlagEvaluations { items, version }))
}

/// The one, or the many.
fn contexts((one, many): (Option<Value>, Vec<Value>), now_seconds: i64) -> Result<Vec<Context>, Trouble> {
    let given = match (one, many) {
        (Some(one), many) if many.is_empty() => vec![one],
        (None, many) if many.len() > CONTEXTS_MAX => {
            return Err(Trouble::bad_request(format!(
                "`contexts` has {} subjects; at most {CONTEXTS_MAX} can be tried at once",
                many.len()
            )));
        }
        (None, many) if !many.is_empty() => many,
        (Some(_), _) => return Err(Trouble::unfit("`context` and `contexts` are given; give one of them")),
        (None, _) => return Err(Trouble::unfit("`context` is missing, and `contexts` has nobody in it")),
    };
    let many = given.len() > 1;
    let read = |(at, given)| {
        let name = || if many { format!("`contexts[{at}]`") } else { "the context".to_owned() };
        let Value::Object(given) = given else {
            return Err(Trouble::bad_request(format!("{} is no object", name())));
        };
        Context::from_json(given, now_seconds)
            .map_err(|why| Trouble::bad_request(format!("{} is none: {why}", name())))
    };
    given.into_iter().enumerate().map(read).collect()
}

fn all(set: &FlagSet, context: &Context) -> Vec<FlagEvaluation> {
    let mut items: Vec<_> = set.evaluate_all(context).map(|(key, details)| evaluated(key, details)).collect();
    items.sort_by(|one, other| one.key.cmp(&other.key));
    items
}

fn evaluated(key: &str, details: Details<'_>) -> FlagEvaluation {
    let details = details.as_served();
    FlagEvaluation {
        key: key.to_owned(),
        value: details.value().cloned(),
        variant: details.variant().map(str::to_owned),
        reason: details.reason().as_str().to_owned(),
        error_code: details.error().map(|code| code.as_str().to_owned()),
        message: details.message().map(str::to_owned),
        metadata: Value::Object(details.metadata().cloned().unwrap_or_default()),
    }
}
