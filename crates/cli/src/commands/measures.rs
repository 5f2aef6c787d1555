//! `tidegate measures`: the five of DORA, and the rollouts that each figure came from.
//!
//! Invariant: every number is the server's. Not here: definitions (`tidegate-measures`).

use tidegate_api::{MeasurePeriod, MeasuredRows};
use tidegate_client::MeasuresQuery;

use super::{Answer, Context};
use crate::ending::Ending;
use crate::render;

/// How software is delivered: the five measures of DORA, of rollouts that ended in production
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only of this component; repeat for several
    #[arg(long = "component", value_name = "NAME")]
    components: Vec<String>,
    /// Only of components of this team; repeat for several
    #[arg(long = "team", value_name = "NAME")]
    teams: Vec<String>,
    /// Only in this environment; repeat for several
    #[arg(long = "in", value_name = "ENVIRONMENT")]
    environments: Vec<String>,
    /// A day in the first period; eleven periods before the last unless given
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// A day in the last period; today unless given
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// How long each period is
    #[arg(long, value_name = "LENGTH", default_value = "week")]
    period: PeriodWord,
    /// Where days begin, like Europe/Berlin; UTC unless given
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// The rollouts that a measure came from, the newest first
    #[arg(long, value_name = "MEASURE")]
    rows: Option<RowsWord>,
    /// With --rows, go on after this rollout
    #[arg(long, value_name = "ROLLOUT", requires = "rows")]
    after: Option<String>,
    /// With --rows, at most this many
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
    limit: u32,
    /// One line for each period, for spreadsheets
    #[arg(long, conflicts_with = "rows")]
    csv: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum PeriodWord {
    Day,
    Week,
    Month,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum RowsWord {
    DeploymentFrequency,
    ChangeLeadTime,
    ChangeFailRate,
    #[value(alias = "mean-time-to-recovery")]
    FailedDeploymentRecoveryTime,
    DeploymentReworkRate,
    /// What counts in none, because its times contradict each other
    Errors,
}

pub async fn run(args: Args, context: &Context) -> Answer {
    let out = &context.out;
    let client = context.connect()?.client;
    let query = MeasuresQuery {
        components: args.components,
        teams: args.teams,
        environments: args.environments,
        from: args.from,
        to: args.to,
        period: Some(match args.period {
            PeriodWord::Day => MeasurePeriod::Day,
            PeriodWord::Week => MeasurePeriod::Week,
            PeriodWord::Month => MeasurePeriod::Month,
        }),
        zone: args.zone,
    };
    if let Some(rows) = args.rows {
        let which = match rows {
            RowsWord::DeploymentFrequency => MeasuredRows::DeploymentFrequency,
            RowsWord::ChangeLeadTime => MeasuredRows::ChangeLeadTime,
            RowsWord::ChangeFailRate => MeasuredRows::ChangeFailRate,
            RowsWord::FailedDeploymentRecoveryTime => MeasuredRows::FailedDeploymentRecoveryTime,
            RowsWord::DeploymentReworkRate => MeasuredRows::DeploymentReworkRate,
            RowsWord::Errors => MeasuredRows::Errors,
        };
        let page = client.measure_rows(which, &query, (args.after.as_deref(), Some(args.limit))).await?;
        out.show(&page, |page| render::measures::rows(page, out.paint, out.terminal_columns))?;
    } else if args.csv {
        out.text(&client.measures_csv(&query).await?)?;
    } else {
        let measures = client.measures(&query).await?;
        out.show(&measures, |measures| render::measures::all(measures, out.paint, out.columns()))?;
    }
    Ok(Ending::Done)
}
