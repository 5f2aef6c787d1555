//! The five measures over a million deployments: how long the first answer takes, and the answer after one more.
//!
//! Invariant: an answer is the whole of it (every period, the total, the time before), for three years at once; a first answer is
//! one whose way of asking was never asked before. Deliberately not here: whether it is right (the crate's tests).

use std::time::Instant;

use anyhow::Result;
use serde_json::json;
use tidegate_measures::{
    Answer, Commit, Date, Deployment, Filter, Incident, Index, Kind, Outcome, Question, Unit, Zone,
};

use crate::machine;
use crate::measured::{Spread, Times};
use crate::result::{Row, Sheet, say};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, default_value_t = 1_000_000)]
    deployments: u64,
    /// Answers after one more deployment each
    #[arg(long, default_value_t = 300)]
    more: u64,
}

/// 2023-11-06T00:00:00Z, a Monday.
const START_MS: u64 = 1_699_228_800_000;
const DAYS: u64 = 3 * 365;
const DAY_MS: u64 = 86_400_000;
const COMPONENTS: u64 = 60;
const TEAMS: u64 = 12;
const COMMITS: u64 = 3;
/// Each is a way of asking of its own.
const ZONES: [&str; 5] = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"];

const FIRST_MS_MOST: f64 = 100.0;
const MORE_MS_MOST: f64 = 5.0;

pub fn run(args: &Args) -> Result<()> {
    let heading = format!("{} deployments, {COMMITS} commits each, 5 % failed, in 3 years", args.deployments);
    let mut sheet = Sheet::begin("measures", &heading);
    let before_mib = machine::resident_mib(std::process::id());
    let (mut index, load_seconds) = load(args.deployments);
    let index_mib = machine::resident_mib(std::process::id()) - before_mib;
    let (mut first, mut more) = (Vec::new(), Vec::new());
    let mut next = args.deployments;
    for (unit, team) in [(Unit::Week, false), (Unit::Month, false), (Unit::Day, false), (Unit::Week, true)] {
        let told = format!("{}s{}", unit.word(), if team { " of one team" } else { "" });
        let (mut times, mut cpu) = (Vec::new(), Vec::new());
        for zone in ZONES {
            let (began, worked) = (Instant::now(), machine::own_cpu_ms());
            let answer = index.answer(&question(unit, zone, team)?)?;
            times.push(began.elapsed().as_secs_f64() * 1_000.0);
            cpu.push(machine::own_cpu_ms() - worked);
            anyhow::ensure!(answer.total.deployments > 0, "nothing was counted");
        }
        let (after, after_cpu) = one_more(&mut index, (unit, team), (&mut next, args.more))?;
        let (times, cpu) = (Spread::of(&times), Spread::of(&cpu));
        let of = |times: &Times| format!("p50 {:.2} ms, p99 {:.2} ms", times.at_ms(0.5), times.at_ms(0.99));
        say(&format!("    by {told}: first {} ms (of it at work {} ms)", times.told(1), cpu.told(1)));
        say(&format!(
            "    … after one more: {} (of it at work {} ms)",
            of(&after),
            Spread::of(&after_cpu).told(2)
        ));
        first.push((told.clone(), times));
        more.push((told, after));
    }
    let whole_mib = machine::resident_mib_max(std::process::id()) - before_mib;
    sheet.row(Row::new("rows in memory made an index, s", format!("{load_seconds:.2}")));
    for (told, times) in &first {
        sheet.row(
            Row::new(format!("first answer, 3 years by {told}, ms"), times.told(1))
                .aim("< 100 ms", times.median < FIRST_MS_MOST),
        );
    }
    for (told, times) in &more {
        sheet.row(
            Row::new(
                format!("after one more deployment, by {told}, p99 ms"),
                format!("{:.2}", times.at_ms(0.99)),
            )
            .aim("< 5 ms", times.at_ms(0.99) < MORE_MS_MOST),
        );
    }
    sheet.row(Row::new("memory of the index, MiB", format!("{index_mib:.0}")));
    sheet.row(Row::new("… with twelve ways of asking remembered, at most", format!("{whole_mib:.0}")));
    sheet.end(json!({
        "deployments": args.deployments,
        "load_seconds": load_seconds,
        "first_ms": first.iter().map(|(told, times)| json!([told, times.median])).collect::<Vec<_>>(),
        "more_p99_ms": more.iter().map(|(told, times)| json!([told, times.at_ms(0.99)])).collect::<Vec<_>>(),
        "index_mib": index_mib,
    }))
}

fn load(count: u64) -> (Index, f64) {
    let (mut index, mut seconds) = (Index::new(), 0.0);
    let mut chance = Chance(7);
    for number in 0..count {
        // Only the index's own work is timed, not the making of the rows.
        let (row, incident) = deployment(number, count, &mut chance);
        let began = Instant::now();
        index.deployment(&row, number + 1);
        if let Some(incident) = incident {
            index.incident(&incident, number + 1);
        }
        seconds += began.elapsed().as_secs_f64();
    }
    (index, seconds)
}

fn one_more(
    index: &mut Index,
    (unit, team): (Unit, bool),
    (next, count): (&mut u64, u64),
) -> Result<(Times, Vec<f64>)> {
    let mut chance = Chance(*next);
    let (mut times, mut cpu) = (Vec::new(), Vec::new());
    for number in 0..count {
        let zone = ZONES[(number % ZONES.len() as u64) as usize];
        let question = question(unit, zone, team)?;
        let (mut row, _) = deployment(*next, *next + 1, &mut chance);
        "production".clone_into(&mut row.environment);
        *next += 1;
        let (began, worked) = (Instant::now(), machine::own_cpu_ms());
        index.deployment(&row, *next);
        let answer: Answer = index.answer(&question)?;
        times.push(began.elapsed());
        cpu.push(machine::own_cpu_ms() - worked);
        anyhow::ensure!(!answer.periods.is_empty(), "no period was answered");
    }
    Ok((Times::new(times), cpu))
}

fn question(unit: Unit, zone: &str, team: bool) -> Result<Question> {
    let teams = team.then(|| "team-3".to_owned()).into_iter().collect();
    let filter = Filter { environments: ["production".to_owned()].into(), teams, ..Filter::default() };
    let (from, to) = (Date::new(2023, 11, 6)?, Date::new(2026, 11, 6)?);
    Ok(Question { filter, zone: Zone::named(zone)?, unit, from, to, now_ms: START_MS + DAYS * DAY_MS })
}

fn deployment(number: u64, count: u64, chance: &mut Chance) -> (Deployment, Option<Incident>) {
    let finished_ms = START_MS + (DAYS * DAY_MS) / count * number + chance.below(3_600_000);
    let component = chance.below(COMPONENTS);
    let first = number * COMMITS;
    let commit = |position: u64, chance: &mut Chance| Commit {
        id: format!("{:016x}{:024x}", (first + position).wrapping_mul(0x9e37_79b9_7f4a_7c15), number),
        // From an hour to three weeks, mostly short.
        authored_ms: finished_ms - 3_600_000 - (chance.below(1_346_400).pow(2)) / 1_000_000,
        pull_request: Some(format!("#{}", (first + position).div_euclid(2))),
    };
    let failed = chance.below(20) == 0;
    let kind = if failed && number > 0 && chance.below(2) == 0 { Kind::Hotfix } else { Kind::Planned };
    let incident = (failed && kind == Kind::Planned).then(|| Incident {
        id: format!("inc_{number:032x}"),
        detected_ms: finished_ms + 600_000,
        resolved_ms: Some(finished_ms + 600_000 + chance.below(7_200_000)),
        deployments: vec![id(number)],
    });
    let row = Deployment {
        id: id(number),
        release: format!("1.{number}.0"),
        environment: if number.is_multiple_of(5) { "staging" } else { "production" }.to_owned(),
        components: vec![format!("component-{component}")],
        teams: vec![format!("team-{}", component % TEAMS)],
        kind,
        started_ms: finished_ms - 1_800_000,
        reached_ms: Some(finished_ms - 1_700_000),
        turned_ms: None,
        finished_ms,
        outcome: Outcome::Succeeded,
        recovers: if kind == Kind::Hotfix { vec![id(number - 1)] } else { Vec::new() },
        commits: (0..COMMITS).map(|position| commit(position, chance)).collect(),
    };
    (row, incident)
}

fn id(number: u64) -> String {
    format!("rol_{number:016x}")
}

/// The same numbers in every run: a linear congruence (Knuth, MMIX).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}
