//! The rows that a figure comes from.
//!
//! Invariant: as many rows count for a measure as its figure says; the newest come first, and a page ends at a row that the next
//! one is asked for by.

use serde::Serialize;

use super::{Backwards, Index, Restored, Why};
use crate::definition::Measure;
use crate::index::Fact;
use crate::question::{Filter, Question, Unanswerable};
use crate::row::{Kind, Outcome};
use crate::share::Share;

/// Which rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All deployments for the frequency; for the others those above the line of the fraction, or those that have a span.
    Of(Measure),
    /// Those with a span that ends before it begins.
    Errors,
}

#[derive(Debug, Clone)]
pub struct RowsQuestion {
    pub question: Question,
    pub which: Which,
    /// What finished before this deployment; the newest where absent.
    pub after: Option<String>,
    pub limit: usize,
}

/// A deployment and what it counts for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counted {
    pub id: String,
    pub release: String,
    pub environment: String,
    pub components: Vec<String>,
    pub teams: Vec<String>,
    pub kind: Kind,
    pub outcome: Outcome,
    pub finished_ms: u64,
    /// Empty where it did not fail.
    pub failed: Vec<Why>,
    pub restored: Option<Restored>,
    pub backwards: Vec<Backwards>,
    /// The lead times of what it brought first, ascending.
    pub commits_ms: Vec<u64>,
    pub pull_requests_ms: Vec<u64>,
}

impl Index {
    pub fn rows(&self, asked: &RowsQuestion) -> Result<Vec<Counted>, Unanswerable> {
        let periods = asked.question.periods()?;
        let (Some(first), Some(last)) = (periods.first(), periods.last()) else { return Ok(Vec::new()) };
        let end = (last.until_ms, 0);
        let end = self.place(asked.after.as_deref()).map_or(end, |place| place.min(end));
        if end <= (first.from_ms, 0) {
            return Ok(Vec::new());
        }
        let mut share = Share::default();
        let counted = self.order.range((first.from_ms, 0)..end).rev().filter_map(|(_, number)| {
            let fact = self.deployments[*number as usize].fact?;
            let wanted = self.lanes.get(fact.lane).passes(&asked.question.filter);
            let counts = wanted && self.fill(*number, &mut share) && belongs(asked.which, &share);
            counts.then(|| self.counted(*number, &fact, &share))
        });
        Ok(counted.take(asked.limit).collect())
    }

    /// The newest that brought this release to users where the filter lets one look, whenever that was.
    pub fn of_release(&self, release: &str, filter: &Filter, limit: usize) -> Vec<Counted> {
        let Some(release) = self.releases.find(release) else { return Vec::new() };
        let mut share = Share::default();
        let counted = self.order.iter().rev().filter_map(|(_, number)| {
            let fact = self.deployments[*number as usize].fact.filter(|fact| fact.release == release)?;
            let counts = self.lanes.get(fact.lane).passes(filter) && self.fill(*number, &mut share);
            counts.then(|| self.counted(*number, &fact, &share))
        });
        counted.take(limit).collect()
    }

    fn place(&self, id: Option<&str>) -> Option<(u64, u32)> {
        let number = self.ids.find(id?)?;
        Some((self.deployments[number as usize].fact?.finished_ms, number))
    }

    fn counted(&self, number: u32, fact: &Fact, share: &Share) -> Counted {
        let lane = self.lanes.get(fact.lane);
        let (failed, restored, mut backwards) = self.story(number);
        let sorted = |spans: &[u64]| {
            let mut spans = spans.to_vec();
            spans.sort_unstable();
            spans
        };
        let commits = share.errors.saturating_sub(backwards.len() as u64);
        if commits > 0 {
            backwards.push(Backwards::Commits { count: commits });
        }
        Counted {
            id: self.ids.get(number).to_owned(),
            release: self.releases.get(fact.release).to_owned(),
            environment: lane.environment.clone(),
            components: lane.components.iter().cloned().collect(),
            teams: lane.teams.iter().cloned().collect(),
            kind: fact.kind,
            outcome: fact.outcome,
            finished_ms: fact.finished_ms,
            failed,
            restored,
            backwards,
            commits_ms: sorted(&share.commits_ms),
            pull_requests_ms: sorted(&share.pull_requests_ms),
        }
    }
}

fn belongs(which: Which, share: &Share) -> bool {
    match which {
        Which::Of(Measure::DeploymentFrequency) => true,
        Which::Of(Measure::ChangeLeadTime) => !share.commits_ms.is_empty(),
        Which::Of(Measure::ChangeFailRate | Measure::FailedDeploymentRecoveryTime) => share.is_failed,
        Which::Of(Measure::DeploymentReworkRate) => share.is_unplanned,
        Which::Errors => share.errors > 0,
    }
}
