//! The five measures as one would do them by hand: every row is read for every figure.
//!
//! Invariant: it shares nothing with what it is compared to but rows, questions and the shape of the answer.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tidegate_measures::{Deployment, Figures, Filter, Incident, Kind, Outcome, Period, Spread};

pub struct Oracle<'a> {
    pub deployments: &'a [Deployment],
    pub incidents: &'a [Incident],
}

impl Oracle<'_> {
    pub fn figures(&self, filter: &Filter, zone: &str, periods: &[Period], now_ms: u64) -> Figures {
        let zone = TimeZone::get(zone).unwrap();
        let within = |at: u64| periods.iter().any(|period| (period.from_ms..period.until_ms).contains(&at));
        let mine: Vec<&Deployment> = self
            .deployments
            .iter()
            .filter(|row| row.reached_ms.is_some() && wanted(row, filter) && within(row.finished_ms))
            .collect();
        let day = |at: u64| zone.to_datetime(Timestamp::from_millisecond(at as i64).unwrap()).date();
        let (mut commits, mut requests, mut recoveries) = (Vec::new(), Vec::new(), Vec::new());
        let mut figures = Figures { deployments: mine.len() as u64, ..Figures::default() };
        for row in &mine {
            let (leads, late) = self.leads(row);
            figures.errors += late;
            commits.extend(leads);
            requests.extend(self.request_leads(row));
            figures.unplanned += u64::from(row.kind != Kind::Planned);
            let (ends, bad) = self.ends(row);
            figures.errors += bad;
            if self.failed(row) {
                figures.failed += 1;
                match ends.iter().min() {
                    Some(end) => recoveries.push(end - failed_at(row)),
                    None => figures.unrecovered += 1,
                }
            }
        }
        let all_days = || periods.iter().flat_map(Period::days);
        let begun = |day: &jiff::civil::Date| {
            let start = day.to_zoned(zone.clone()).unwrap().timestamp().as_millisecond();
            start <= i64::try_from(now_ms).unwrap_or(i64::MAX)
        };
        figures.days = all_days().filter(begun).count() as u64;
        figures.days_with_one =
            mine.iter().map(|row| day(row.finished_ms)).collect::<BTreeSet<_>>().len() as u64;
        figures.lead_of_commits = spread(commits);
        figures.lead_of_pull_requests = spread(requests);
        figures.recovery = spread(recoveries);
        figures
    }

    /// The first that brought it there.
    fn bringer(&self, environment: &str, has: impl Fn(&Deployment) -> bool) -> Option<&Deployment> {
        let brings = |row: &&Deployment| {
            row.environment == environment
                && row.reached_ms.is_some()
                && row.outcome == Outcome::Succeeded
                && row.kind != Kind::Rollback
                && has(row)
        };
        self.deployments.iter().filter(brings).min_by_key(|row| (row.finished_ms, row.id.clone()))
    }

    fn leads(&self, row: &Deployment) -> (Vec<u64>, u64) {
        let ids: BTreeSet<&str> = row.commits.iter().map(|commit| commit.id.as_str()).collect();
        let (mut leads, mut late) = (Vec::new(), 0);
        for id in ids {
            let has = |other: &Deployment| other.commits.iter().any(|commit| commit.id == id);
            if self.bringer(&row.environment, has).is_some_and(|first| first.id == row.id) {
                let authored = row
                    .commits
                    .iter()
                    .filter(|commit| commit.id == id)
                    .map(|commit| commit.authored_ms)
                    .min();
                match row.finished_ms.checked_sub(authored.unwrap()) {
                    Some(lead) => leads.push(lead),
                    None => late += 1,
                }
            }
        }
        (leads, late)
    }

    fn request_leads(&self, row: &Deployment) -> Vec<u64> {
        let ids: BTreeSet<&str> =
            row.commits.iter().filter_map(|commit| commit.pull_request.as_deref()).collect();
        let mine = ids.into_iter().filter(|id| {
            let has = |other: &Deployment| {
                other.commits.iter().any(|commit| commit.pull_request.as_deref() == Some(id))
            };
            self.bringer(&row.environment, has).is_some_and(|first| first.id == row.id)
        });
        let lead = |id: &str| {
            let of = row.commits.iter().filter(|commit| commit.pull_request.as_deref() == Some(id));
            row.finished_ms.checked_sub(of.map(|commit| commit.authored_ms).min().unwrap())
        };
        mine.filter_map(lead).collect()
    }

    fn followers<'a>(&'a self, row: &'a Deployment) -> impl Iterator<Item = &'a Deployment> {
        self.deployments.iter().filter(|other| {
            other.kind != Kind::Planned && other.reached_ms.is_some() && other.recovers.contains(&row.id)
        })
    }

    fn linked<'a>(&'a self, row: &'a Deployment) -> impl Iterator<Item = &'a Incident> {
        self.incidents.iter().filter(|incident| incident.deployments.contains(&row.id))
    }

    fn failed(&self, row: &Deployment) -> bool {
        row.outcome == Outcome::RolledBack
            || self.followers(row).next().is_some()
            || self.linked(row).next().is_some()
    }

    fn ends(&self, row: &Deployment) -> (Vec<u64>, u64) {
        let own = (row.outcome == Outcome::RolledBack).then_some(row.finished_ms);
        let mut ends: Vec<u64> = own.into_iter().collect();
        let restoring = self.followers(row).filter(|other| other.outcome == Outcome::Succeeded);
        ends.extend(restoring.map(|other| other.finished_ms));
        let resolved =
            self.linked(row).filter_map(|incident| Some((incident.detected_ms, incident.resolved_ms?)));
        let resolved: Vec<(u64, u64)> = resolved.collect();
        let contradictions = resolved.iter().filter(|(detected, resolved)| resolved < detected).count();
        ends.extend(resolved.iter().filter(|(detected, at)| at >= detected).map(|(_, at)| at));
        let early = ends.iter().filter(|end| **end < failed_at(row)).count();
        ends.retain(|end| *end >= failed_at(row));
        (ends, (contradictions + early) as u64)
    }
}

fn failed_at(row: &Deployment) -> u64 {
    match row.outcome {
        Outcome::RolledBack => row.turned_ms.unwrap_or(row.finished_ms),
        Outcome::Succeeded => row.finished_ms,
    }
}

fn wanted(row: &Deployment, filter: &Filter) -> bool {
    let any = |names: &[String], wanted: &BTreeSet<String>| {
        wanted.is_empty() || names.iter().any(|name| wanted.contains(name))
    };
    any(std::slice::from_ref(&row.environment), &filter.environments)
        && any(&row.components, &filter.components)
        && any(&row.teams, &filter.teams)
}

fn spread(mut values: Vec<u64>) -> Option<Spread> {
    values.sort_unstable();
    let last = values.len().checked_sub(1)?;
    let at = |percent: usize| {
        let (rank, rest) = (last * percent / 100, last * percent % 100);
        let (low, high) = (values[rank], values[(rank + 1).min(last)]);
        low as f64 + (high - low) as f64 * rest as f64 / 100.0
    };
    let mean_ms = values.iter().map(|value| u128::from(*value)).sum::<u128>() as f64 / values.len() as f64;
    let (p50_ms, p75_ms, p90_ms, p95_ms) = (at(50), at(75), at(90), at(95));
    Some(Spread { count: values.len() as u64, mean_ms, p50_ms, p75_ms, p90_ms, p95_ms })
}
