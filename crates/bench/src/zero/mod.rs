//! From a fault to no traffic on the candidate: the real server, the real gateway, real processes, 300 requests a second.
//!
//! A canary stands at half of the traffic; then its version fails every request, on command. Invariant: the times come
//! from three independent witnesses on one clock: the command (the fault), the server's log (the verdict), the visitors
//! (the last request that the candidate answered). Deliberately not here: faults that are harder to see.

pub mod fixture;
mod plane;
mod visitors;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tidegate_client::EventsQuery;
use tidegate_client::api::RolloutState;

use crate::measured::Times;
use crate::paths;
use crate::result::{Row, Sheet, remark, say};
use plane::Plane;
use visitors::Visitors;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Faults of each kind
    #[arg(long, default_value_t = 20)]
    repeats: usize,
    /// Requests a second
    #[arg(long, default_value_t = 300)]
    rate: u32,
    /// Of healthy traffic on the candidate before each fault
    #[arg(long, default_value_t = 3)]
    healthy_seconds: u64,
    /// Only rules whose name contains this
    #[arg(long)]
    only: Option<String>,
}

/// What the plan says about rolling back.
struct Rule {
    name: &'static str,
    analysis: &'static str,
}

const RULES: [Rule; 3] = [
    Rule {
        name: "strict 1 s ceiling, blocks of 250 ms",
        analysis: "{scrape_interval: 250ms, block: 250ms, mode: strict, \
                   rollback_when: [{metric: error_rate, threshold: 0.05, duration: 1s}]}",
    },
    Rule {
        name: "strict 1 s ceiling, blocks as shipped",
        analysis: "{scrape_interval: 250ms, mode: strict, \
                   rollback_when: [{metric: error_rate, threshold: 0.05, duration: 1s}]}",
    },
    Rule { name: "the rule as it ships", analysis: "{scrape_interval: 250ms}" },
];

/// One fault, on one clock, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Seen {
    fault_ms: u64,
    /// The scrape that carried the evidence.
    evidence_ms: u64,
    /// The last request that the candidate answered had been sent then.
    last_sent_ms: u64,
    /// … and was answered then.
    last_answered_ms: u64,
    failed: u64,
}

const STATE_MAX: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(20);

pub async fn run(args: &Args) -> Result<()> {
    let heading =
        format!("fault to no traffic, {} faults of each kind, {} requests/s", args.repeats, args.rate);
    let mut sheet = Sheet::begin("zero", &heading);
    let mut detail = json!({});
    let only = args.only.as_deref().unwrap_or("");
    for rule in RULES.iter().filter(|rule| rule.name.contains(only)) {
        let scratch = paths::scratch()?;
        let mut plane = Plane::start(scratch.path(), rule.analysis).await?;
        let told = measure(args, &mut plane).await;
        if told.is_err() {
            remark(&format!("  {}", plane.log()));
        }
        plane.end()?;
        let (seen, dropped) = told?;
        detail[rule.name] = tell(&mut sheet, rule.name, &seen, dropped);
    }
    sheet.end(detail)
}

async fn measure(args: &Args, plane: &mut Plane) -> Result<(Vec<Seen>, u64)> {
    plane.apply().await?;
    let first = plane.release("1.0.0").await?;
    wait(plane, &first, |state, _| state == RolloutState::Succeeded).await?;
    let visitors = Visitors::arrive(plane.service_port(), args.rate);
    let mut seen = Vec::new();
    for number in 1..=args.repeats {
        seen.push(fault(args, plane, &visitors, &format!("1.{number}.0")).await?);
    }
    let dropped = visitors.leave().await;
    Ok((seen, dropped))
}

async fn fault(args: &Args, plane: &mut Plane, visitors: &Visitors, version: &str) -> Result<Seen> {
    let rollout = plane.release(version).await?;
    wait(plane, &rollout, |_, weight| weight == Some(5_000)).await?;
    tokio::time::sleep(Duration::from_secs(args.healthy_seconds)).await;
    let fault_ms = now_ms();
    plane.fail(version)?;
    wait(plane, &rollout, |state, _| state == RolloutState::RolledBack).await?;
    // Whatever was still under way has been answered by then.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let tally = visitors.tally(version).context("the candidate was never asked")?;
    let evidence_ms = evidence(plane, &rollout).await?;
    Ok(Seen {
        fault_ms,
        evidence_ms,
        last_sent_ms: tally.last_sent_ms,
        last_answered_ms: tally.last_answered_ms,
        failed: tally.failed,
    })
}

/// When the numbers were read that the way back follows from: the newest sample no younger than that decision.
async fn evidence(plane: &Plane, rollout: &str) -> Result<u64> {
    let query = EventsQuery { after: None, stream: Some(format!("rollout/{rollout}")), limit: Some(1_000) };
    let events = plane.client.events(&query).await?.items;
    let returning = events.iter().find(|event| event.kind == "rollout.returning");
    let returning = returning.context("the log does not say why it went back")?;
    let samples = plane.client.samples(rollout, Some(5_000)).await?.items;
    let newest = samples.iter().map(|sample| sample.at_ms).filter(|at_ms| *at_ms <= returning.at_ms).max();
    newest.context("no sample came before the decision")
}

async fn wait(plane: &mut Plane, id: &str, until: impl Fn(RolloutState, Option<u16>) -> bool) -> Result<()> {
    let deadline = tokio::time::Instant::now() + STATE_MAX;
    while tokio::time::Instant::now() < deadline {
        let rollout = plane.client.rollout(id).await?;
        if until(rollout.state, rollout.legs[0].weight) {
            return Ok(());
        }
        if rollout.state.is_final() {
            bail!("rollout {id} ended early: {:?} {:?}", rollout.state, rollout.cause);
        }
        plane.check()?;
        tokio::time::sleep(POLL).await;
    }
    bail!("rollout {id} did not get there: {:?}", plane.client.rollout(id).await?)
}

fn tell(sheet: &mut Sheet, rule: &str, seen: &[Seen], dropped: u64) -> Value {
    let times =
        |of: fn(&Seen) -> u64| Times::new(seen.iter().map(|seen| Duration::from_millis(of(seen))).collect());
    let after_evidence = times(|seen| seen.last_answered_ms.saturating_sub(seen.evidence_ms));
    let detection = times(|seen| seen.evidence_ms.saturating_sub(seen.fault_ms));
    let after_fault = times(|seen| seen.last_sent_ms.saturating_sub(seen.fault_ms));
    let failed: Vec<u64> = seen.iter().map(|seen| seen.failed).collect();
    for (name, times) in [
        ("evidence to the last answer of the candidate", &after_evidence),
        ("fault to the sample with the evidence", &detection),
        ("fault to the last request sent to it", &after_fault),
    ] {
        say(&format!("    {rule}: {name}: {}", quantiles(times)));
    }
    say(&format!("    {rule}: failed requests a fault: {failed:?}; not answered by any version: {dropped}"));
    sheet.row(
        Row::new(format!("evidence → zero: {rule}"), quantiles(&after_evidence))
            .aim("p99 < 1 s", after_evidence.at_ms(0.99) < 1_000.0),
    );
    sheet.row(Row::new(format!("fault → zero: {rule}"), quantiles(&after_fault)));
    sheet.row(Row::new(format!("dropped: {rule}"), dropped.to_string()).aim("0", dropped == 0));
    let each = |seen: &Seen| {
        json!({
            "detected_after_ms": seen.evidence_ms.saturating_sub(seen.fault_ms),
            "zero_after_evidence_ms": seen.last_answered_ms.saturating_sub(seen.evidence_ms),
            "failed": seen.failed,
        })
    };
    json!({ "faults": seen.iter().map(each).collect::<Vec<_>>(), "dropped": dropped })
}

fn quantiles(times: &Times) -> String {
    format!("p50 {:.0}, p90 {:.0}, p99 {:.0} ms", times.at_ms(0.5), times.at_ms(0.9), times.at_ms(0.99))
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}
