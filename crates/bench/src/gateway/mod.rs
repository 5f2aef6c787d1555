//! The gateway against nginx and HAProxy from the distribution: the same backends, cores, clients and division.
//!
//! All three divide requests 9 : 1 between two backends, keep connections on both sides, add `X-Forwarded-*` and write
//! no access log. Invariant: the three take turns, with the same pinning. Deliberately not here: HTTP/2 and TLS.

mod load;
mod rivals;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};
use tidegate_gateway::{Options, run_blocking_with};

use crate::measured::Spread;
use crate::result::{Row, Sheet, remark, say};
use crate::wrk::Answered;
use crate::{machine, paths};
use load::{Case, Layout};
use rivals::{Proxy, Rival};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of each proxy in each round of each case
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Only cases whose name contains this
    #[arg(long)]
    only: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    #[arg(long)]
    admin: SocketAddr,
    #[arg(long)]
    state: PathBuf,
    #[arg(long)]
    workers: NonZeroUsize,
}

/// The gateway as `tidegate gateway` runs it.
pub fn serve(args: &ServeArgs) -> Result<()> {
    let options = Options { workers: Some(args.workers), ..Options::new(args.admin, &args.state) };
    Ok(run_blocking_with(options, |_| {})?)
}

pub async fn run(args: &Args) -> Result<()> {
    let heading =
        format!("against nginx and HAProxy, {} rounds of {} s a proxy and case", args.rounds, args.seconds);
    let mut sheet = Sheet::begin("gateway", &heading);
    let missing: Vec<&str> =
        ["wrk", "nginx"].into_iter().filter(|program| paths::installed(program).is_none()).collect();
    if !missing.is_empty() {
        remark(&format!(
            "  skipped: {} is not installed (as root, make bench installs it)",
            missing.join(" and ")
        ));
        sheet.row(Row::new("skipped", format!("{} not installed", missing.join(", "))));
        return sheet.end(Value::Null);
    }
    let mut details = Vec::new();
    for layout in layouts() {
        for case in Case::all().iter().filter(|case| layout.runs(case)) {
            let name = format!("{}, {}", case.name, layout.name);
            if args.only.as_ref().is_none_or(|only| name.contains(only)) {
                let answers = compare(args, &layout, case).await?;
                say(&format!("  {name}"));
                tell(&mut sheet, &name, case, &answers);
                details.push(json!({ "case": name, "proxies": detail(&answers) }));
            }
        }
    }
    sheet.end(Value::Array(details))
}

/// On two cores the proxy has one for itself, and client and backends share the other.
fn layouts() -> Vec<Layout> {
    let cores = machine::cores();
    let shared = Layout::shared(cores);
    if cores >= 2 && paths::installed("taskset").is_some() {
        vec![Layout::pinned(cores), shared]
    } else {
        vec![shared]
    }
}

type Answers = Vec<(Rival, Vec<Answered>)>;

async fn compare(args: &Args, layout: &Layout, case: &Case) -> Result<Answers> {
    let scratch = paths::scratch()?;
    let backends = rivals::backends(scratch.path(), layout).await?;
    let mut proxies = proxies(scratch.path(), layout, backends.ports).await?;
    let mut answers: Answers = proxies.iter().map(|(rival, _)| (*rival, Vec::new())).collect();
    // The direct way is measured too: it says how much the client and the backends leave to the proxies.
    for round in 0..=args.rounds {
        // The first round only warms up.
        let seconds = if round == 0 { 1 } else { args.seconds };
        for ((_, proxy), (_, answered)) in proxies.iter_mut().zip(&mut answers) {
            proxy.check()?;
            let before = proxy.cpu_seconds();
            let found = load::drive(scratch.path(), layout, case, proxy.port, seconds).await?;
            let cpu_micros = (proxy.cpu_seconds() - before) * 1e6 / found.requests.max(1.0);
            if round > 0 {
                answered.push(Answered { cpu_micros, ..found });
            }
        }
    }
    Ok(answers)
}

async fn proxies(folder: &Path, layout: &Layout, backends: [u16; 2]) -> Result<Vec<(Rival, Proxy)>> {
    let mut proxies = Vec::new();
    for rival in Rival::ALL {
        if rival.is_installed() {
            proxies.push((rival, rivals::start(rival, folder, layout, backends).await?));
        } else {
            remark(&format!("  without {}: it is not installed", rival.name()));
        }
    }
    Ok(proxies)
}

fn tell(sheet: &mut Sheet, name: &str, case: &Case, answers: &Answers) {
    for (rival, answered) in answers {
        let (rate, p50, p99) = (
            spread(answered, |a| a.per_second),
            spread(answered, |a| a.p50_ms),
            spread(answered, |a| a.p99_ms),
        );
        let errors: u64 = answered.iter().map(|answered| answered.errors).sum();
        say(&format!(
            "    {:<10} {:>28}/s  p50 {:>6.3} ms  p99 {:>20} ms  {:>5.1} µs of processor each  {errors} errors",
            rival.name(),
            rate.told(0),
            p50.median,
            p99.told(3),
            spread(answered, |a| a.cpu_micros).median
        ));
    }
    let found =
        |rival: Rival| answers.iter().find(|(which, _)| *which == rival).map(|(_, answered)| answered);
    let Some(ours) = found(Rival::Tidegate) else { return };
    for (rival, least) in [(Rival::Nginx, 1.0), (Rival::Haproxy, 0.8)] {
        let Some(theirs) = found(rival) else { continue };
        let rate = ratio(ours, theirs, |answered| answered.per_second);
        let p99 = ratio(ours, theirs, |answered| answered.p99_ms);
        let what = format!("requests/s of {}: {name}", rival.name());
        let cpu = ratio(theirs, ours, |answered| answered.cpu_micros);
        let row = Row::new(
            what,
            format!("{} (p99 × {:.2}; by processor time {})", rate.told(2), p99.median, cpu.told(2)),
        );
        sheet.row(if case.aims { row.aim(format!("≥ {least:.2}"), rate.median >= least) } else { row });
    }
}

fn spread(answered: &[Answered], of: fn(&Answered) -> f64) -> Spread {
    Spread::of(&answered.iter().map(of).collect::<Vec<_>>())
}

fn ratio(ours: &[Answered], theirs: &[Answered], of: fn(&Answered) -> f64) -> Spread {
    Spread::of(&ours.iter().zip(theirs).map(|(our, their)| of(our) / of(their)).collect::<Vec<_>>())
}

fn detail(answers: &Answers) -> Value {
    let each = |(rival, answered): &(Rival, Vec<Answered>)| {
        json!({
            "proxy": rival.name(),
            "per_second": spread(answered, |a| a.per_second).median.round(),
            "p50_ms": spread(answered, |a| a.p50_ms).median,
            "p99_ms": spread(answered, |a| a.p99_ms).median,
            "cpu_micros": spread(answered, |a| a.cpu_micros).median,
            "errors": answered.iter().map(|a| a.errors).sum::<u64>(),
        })
    };
    answers.iter().map(each).collect()
}
