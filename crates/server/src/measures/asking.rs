//! What somebody asks about measures: of whom, in which periods, as far as they may see.
//!
//! Invariant: whoever may read in some environments only is answered about those alone, and a name that nobody knows is refused,
//! since a figure of nothing would look like a good one. Deliberately not here: figures.

use std::collections::BTreeSet;

use http::StatusCode;
use serde::Deserialize;
use tidegate_api::MeasurePeriod;
use tidegate_domain::catalog::Catalog;
use tidegate_domain::name::{ComponentName, EnvironmentName, TeamName};
use tidegate_domain::refusal::Refusal;
use tidegate_domain::rights::{Place, Right};
use tidegate_measures::{Filter, Question, Unit, Zone};
use utoipa::IntoParams;

use super::unanswerable;
use crate::app::App;
use crate::extract::{day, name};
use crate::identity::{Caller, must_in};
use crate::problem::Trouble;

/// Where nobody says how many.
const PERIODS: i64 = 12;
const NAMES_MAX: usize = 50;
/// No environment has this name.
const NOWHERE: &str = "";

/// Of whom, and when.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asks {
    /// Of these components, separated by commas; of all where absent.
    #[serde(default)]
    pub components: Option<String>,
    /// Of components of these teams, separated by commas.
    #[serde(default)]
    pub teams: Option<String>,
    /// In these environments, separated by commas; in all that count as production where absent.
    #[serde(default)]
    pub environments: Option<String>,
    /// A day in the first period, like 2026-08-31; eleven periods before the last where absent.
    #[serde(default)]
    pub from: Option<String>,
    /// A day in the last period; today where absent.
    #[serde(default)]
    pub to: Option<String>,
    /// How long each is; a week where absent.
    #[serde(default)]
    pub period: Option<MeasurePeriod>,
    /// Where days begin, by the IANA's name, like Europe/Berlin; UTC where absent.
    #[serde(default)]
    pub zone: Option<String>,
}

/// A question, and the environments that it is about.
pub(crate) struct Asking {
    pub question: Question,
    pub environments: Vec<String>,
}

pub(crate) async fn asking(app: &App, caller: &Caller, asks: &Asks) -> Result<Asking, Trouble> {
    let production = app.measures.caught_up(app).await?;
    let catalog = app.engine.catalog().await?;
    let known = {
        let index = app.measures.index.lock().await;
        index.names().map(|names| names.into_iter().map(str::to_owned).collect::<BTreeSet<String>>())
    };
    let [measured, components, teams] = &known;
    let filter = Filter {
        environments: environments((app, caller), &catalog, (asks, &production, measured)).await?,
        components: of_components(&catalog, asks, components)?,
        teams: of_teams(&catalog, asks, teams)?,
    };
    let counted = production.iter().map(EnvironmentName::as_str).chain(measured.iter().map(String::as_str));
    let counted: BTreeSet<&str> = counted
        .filter(|name| filter.environments.is_empty() || filter.environments.contains(*name))
        .collect();
    let environments = counted.into_iter().map(str::to_owned).collect();
    let now_ms = app.clock.now().wall_ms;
    let zone = Zone::named(asks.zone.as_deref().unwrap_or("UTC")).map_err(|no| unanswerable(&no))?;
    let unit = match asks.period.unwrap_or_default() {
        MeasurePeriod::Day => Unit::Day,
        MeasurePeriod::Week => Unit::Week,
        MeasurePeriod::Month => Unit::Month,
    };
    let today = zone.day_at(now_ms).ok_or_else(Trouble::bug)?;
    let to = asks.to.as_deref().map(|text| day("to", text)).transpose()?.unwrap_or(today);
    let before = || unit.first_day(to).and_then(|first| unit.after(first, 1 - PERIODS)).unwrap_or(to);
    let from = asks.from.as_deref().map(|text| day("from", text)).transpose()?.unwrap_or_else(before);
    Ok(Asking { question: Question { filter, zone, unit, from, to, now_ms }, environments })
}

fn list<'a>(what: &str, text: Option<&'a str>) -> Result<Vec<&'a str>, Trouble> {
    let names: Vec<&str> = text.into_iter().flat_map(|text| text.split(',')).map(str::trim).collect();
    if names.len() > NAMES_MAX {
        return Err(Trouble::bad_request(format!("`{what}` names more than {NAMES_MAX}")));
    }
    Ok(names)
}

/// Those that are named, or all that the caller may see; an empty set is no condition.
async fn environments(
    (app, caller): (&App, &Caller),
    catalog: &Catalog,
    (asks, production, measured): (&Asks, &BTreeSet<EnvironmentName>, &BTreeSet<String>),
) -> Result<BTreeSet<String>, Trouble> {
    let counts = |name: &EnvironmentName| production.contains(name) || measured.contains(name.as_str());
    let mut wanted = BTreeSet::new();
    for text in list("environments", asks.environments.as_deref())? {
        let environment: EnvironmentName = name(text)?;
        if !counts(&environment) {
            catalog.environment(&environment).map_err(Refusal::from)?;
            must_in(app, caller, (Right::Read, &environment)).await?;
            return Err(not_measured(&environment, production));
        }
        must_in(app, caller, (Right::Read, &environment)).await?;
        wanted.insert(environment.to_string());
    }
    let all = caller.may(Right::Read, Place::Project(app.engine.project().as_str()));
    if !wanted.is_empty() || all {
        return Ok(wanted);
    }
    let known = measured.iter().filter_map(|name| name.parse().ok()).chain(production.iter().cloned());
    let seen = known.filter(|environment: &EnvironmentName| caller.may_in(Right::Read, environment));
    wanted.extend(seen.map(|environment| environment.to_string()));
    if wanted.is_empty() {
        wanted.insert(NOWHERE.to_owned());
    }
    Ok(wanted)
}

fn not_measured(environment: &EnvironmentName, production: &BTreeSet<EnvironmentName>) -> Trouble {
    let named: Vec<&str> = production.iter().map(EnvironmentName::as_str).collect();
    let help = if named.is_empty() {
        "say which environments users are in: `tier: production` in tidegate.yaml".to_owned()
    } else {
        format!(
            "ask for {}, or write `tier: production` at {environment} in tidegate.yaml",
            named.join(" or ")
        )
    };
    let detail = format!("{environment} is no production environment, and only those are measured");
    Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, "environment-not-measured", detail).help(help)
}

fn of_components(
    catalog: &Catalog,
    asks: &Asks,
    measured: &BTreeSet<String>,
) -> Result<BTreeSet<String>, Trouble> {
    let mut wanted = BTreeSet::new();
    for text in list("components", asks.components.as_deref())? {
        let component: ComponentName = name(text)?;
        if !measured.contains(component.as_str()) {
            catalog.component(&component).map_err(Refusal::from)?;
        }
        wanted.insert(component.to_string());
    }
    Ok(wanted)
}

fn of_teams(
    catalog: &Catalog,
    asks: &Asks,
    measured: &BTreeSet<String>,
) -> Result<BTreeSet<String>, Trouble> {
    let known: BTreeSet<&str> =
        catalog.teams.values().map(TeamName::as_str).chain(measured.iter().map(String::as_str)).collect();
    let mut wanted = BTreeSet::new();
    for text in list("teams", asks.teams.as_deref())? {
        let team: TeamName = name(text)?;
        if !known.contains(team.as_str()) {
            let help = if known.is_empty() {
                "no component has a team; write `team: payments` at one in tidegate.yaml".to_owned()
            } else {
                format!("there are: {}", known.into_iter().collect::<Vec<_>>().join(", "))
            };
            let detail = format!("there is no team `{team}`");
            return Err(Trouble::new(StatusCode::NOT_FOUND, "unknown-team", detail).help(help));
        }
        wanted.insert(team.to_string());
    }
    Ok(wanted)
}
