//! What was added up for one way of asking (of whom, in which zone, by which unit), kept for the next time.
//!
//! Invariant: a cell holds exactly the shares of the deployments that finished in its period, whether they were there when it was
//! filled or came later. How many ways of asking are remembered has a limit; the one that was not asked for the longest goes.

use std::collections::BTreeMap;

use crate::aside::both;
use crate::figures::Figures;
use crate::index::Lanes;
use crate::period::{Period, Unit, Zone};
use crate::question::{Filter, Question};
use crate::share::Share;
use crate::spans::{Spans, Spread};
use crate::tally::Tally;

const VIEWS_MAX: usize = 12;
/// What is asked for and the time before, of two who ask for different times.
const TOTALS_MAX: usize = 4;
/// Values from which on a second thread is worth it.
const MANY: usize = 200_000;

#[derive(Debug, Clone, Default)]
pub(crate) struct Views {
    all: Vec<View>,
    /// Counts questions.
    clock: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct View {
    filter: Filter,
    zone: Zone,
    unit: Unit,
    asked: u64,
    /// For each lane, whether its deployments are asked for.
    lanes: Vec<bool>,
    /// By the start of their period.
    cells: BTreeMap<u64, Cell>,
    /// The one that was asked for last comes last.
    totals: Vec<Total>,
}

/// The spans of several cells that follow each other.
#[derive(Debug, Clone)]
struct Total {
    from_ms: u64,
    until_ms: u64,
    commits: Tally,
    pull_requests: Tally,
    recoveries: Tally,
}

/// Everything of one period that figures are made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    until_ms: u64,
    /// When each of its days begins, and how many deployments ended on it.
    days: Vec<(u64, u64)>,
    deployments: u64,
    failed: u64,
    unplanned: u64,
    unrecovered: u64,
    errors: u64,
    commits: Spans,
    pull_requests: Spans,
    recoveries: Spans,
    /// What was said of it last, until it changes.
    said: Option<Said>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    commits: Option<Spread>,
    pull_requests: Option<Spread>,
    recoveries: Option<Spread>,
}

/// A cell that is being filled.
#[derive(Default)]
pub(crate) struct Filling {
    cell: Cell,
    commits_ms: Vec<u64>,
    pull_requests_ms: Vec<u64>,
    recoveries_ms: Vec<u64>,
}

impl Views {
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
    pub fn forget(&mut self) {
        self.all.clear();
    }

    /// The view of a question, with all lanes known to it.
    pub fn of(&mut self, question: &Question, lanes: &Lanes) -> &mut View {
        self.clock += 1;
        let Question { filter, zone, unit, .. } = question;
        let same = |view: &View| view.unit == *unit && view.filter == *filter && view.zone == *zone;
        let at = self.all.iter().position(same).unwrap_or_else(|| {
            if self.all.len() == VIEWS_MAX {
                let oldest = (0..VIEWS_MAX).min_by_key(|at| self.all[*at].asked).unwrap_or(0);
                self.all.swap_remove(oldest);
            }
            self.all.push(View::new(question));
            self.all.len() - 1
        });
        let view = &mut self.all[at];
        view.asked = self.clock;
        view.learn(lanes);
        view
    }

    /// Some deployments add something else now than before.
    pub fn apply(&mut self, lanes: &Lanes, before: &[Share], after: &[Share]) {
        for view in &mut self.all {
            view.learn(lanes);
            for share in before {
                view.change(share, Cell::take_away, Total::take_away);
            }
            for share in after {
                view.change(share, Cell::add, Total::add);
            }
        }
    }
}

impl View {
    fn new(question: &Question) -> Self {
        let (filter, zone, unit) = (question.filter.clone(), question.zone.clone(), question.unit);
        let (lanes, cells, totals) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { filter, zone, unit, asked: 0, lanes, cells, totals }
    }

    fn learn(&mut self, lanes: &Lanes) {
        let known = self.lanes.len();
        self.lanes.extend(lanes.all()[known..].iter().map(|lane| lane.passes(&self.filter)));
    }

    pub fn wants(&self, lane: u32) -> bool {
        self.lanes[lane as usize]
    }

    /// For each lane, whether its deployments are asked for.
    pub fn lanes(&self) -> &[bool] {
        &self.lanes
    }

    pub fn has(&self, period: &Period) -> bool {
        self.cells.contains_key(&period.from_ms)
    }

    pub fn put(&mut self, period: &Period, cell: Cell) {
        self.cells.insert(period.from_ms, cell);
    }

    fn change(&mut self, share: &Share, how: fn(&mut Cell, &Share), in_total: fn(&mut Total, &Share)) {
        if !self.wants(share.lane) {
            return;
        }
        for total in self.totals.iter_mut().filter(|total| total.holds(share.at_ms)) {
            in_total(total, share);
        }
        let cell = self.cells.range_mut(..=share.at_ms).next_back().map(|(_, cell)| cell);
        if let Some(cell) = cell.filter(|cell| share.at_ms < cell.until_ms) {
            how(cell, share);
        }
    }

    /// Of one period, which has been filled.
    pub fn figures_of(&mut self, period: &Period, now_ms: u64) -> Figures {
        let Some(cell) = self.cells.get_mut(&period.from_ms) else { return Figures::default() };
        let said = cell.said();
        figures(&[cell], said, now_ms)
    }

    /// Of these together, which follow each other and have all been filled.
    pub fn figures(&mut self, periods: &[Period], now_ms: u64) -> Figures {
        let (Some(first), Some(last)) = (periods.first(), periods.last()) else { return Figures::default() };
        let (from_ms, until_ms) = (first.from_ms, last.until_ms);
        let cells: Vec<&Cell> = self.cells.range(from_ms..until_ms).map(|(_, cell)| cell).collect();
        let known =
            self.totals.iter().position(|total| (total.from_ms, total.until_ms) == (from_ms, until_ms));
        let mut total = match known {
            Some(at) => self.totals.remove(at),
            None => Total::of((from_ms, until_ms), &cells),
        };
        let said = total.say(&cells);
        if self.totals.len() == TOTALS_MAX {
            self.totals.remove(0);
        }
        self.totals.push(total);
        figures(&cells, said, now_ms)
    }

    /// For each day of a period, how many deployments ended on it.
    pub fn ends_by_day(&self, period: &Period) -> Vec<u64> {
        let cell = self.cells.get(&period.from_ms);
        cell.map(|cell| cell.days.iter().map(|(_, count)| *count).collect()).unwrap_or_default()
    }
}

impl Total {
    fn of((from_ms, until_ms): (u64, u64), cells: &[&Cell]) -> Self {
        let tally = |spans: fn(&Cell) -> &Spans| {
            let sets = || cells.iter().map(|cell| spans(cell));
            let mut tally = Tally::of(sets());
            // It remembers what it looked at for this.
            tally.spread(sets());
            tally
        };
        let values = |cell: &&Cell| cell.commits.values().len() + cell.pull_requests.values().len();
        let (commits, (pull_requests, recoveries)) = both(
            cells.iter().map(values).sum::<usize>() > MANY,
            || tally(|cell| &cell.commits),
            || (tally(|cell| &cell.pull_requests), tally(|cell| &cell.recoveries)),
        );
        Self { from_ms, until_ms, commits, pull_requests, recoveries }
    }

    fn holds(&self, at_ms: u64) -> bool {
        (self.from_ms..self.until_ms).contains(&at_ms)
    }

    fn add(&mut self, share: &Share) {
        share.commits_ms.iter().for_each(|span| self.commits.insert(*span));
        share.pull_requests_ms.iter().for_each(|span| self.pull_requests.insert(*span));
        share.recovery_ms.iter().for_each(|span| self.recoveries.insert(*span));
    }

    fn take_away(&mut self, share: &Share) {
        share.commits_ms.iter().for_each(|span| self.commits.remove(*span));
        share.pull_requests_ms.iter().for_each(|span| self.pull_requests.remove(*span));
        share.recovery_ms.iter().for_each(|span| self.recoveries.remove(*span));
    }

    /// `cells`: all of it, as they are now.
    fn say(&mut self, cells: &[&Cell]) -> Said {
        Said {
            commits: self.commits.spread(cells.iter().map(|cell| &cell.commits)),
            pull_requests: self.pull_requests.spread(cells.iter().map(|cell| &cell.pull_requests)),
            recoveries: self.recoveries.spread(cells.iter().map(|cell| &cell.recoveries)),
        }
    }
}

fn figures(cells: &[&Cell], said: Said, now_ms: u64) -> Figures {
    let sum = |get: fn(&Cell) -> u64| cells.iter().map(|cell| get(cell)).sum();
    let days = cells.iter().flat_map(|cell| &cell.days);
    Figures {
        deployments: sum(|cell| cell.deployments),
        days: days.clone().filter(|(start, _)| *start <= now_ms).count() as u64,
        days_with_one: days.filter(|(_, count)| *count > 0).count() as u64,
        failed: sum(|cell| cell.failed),
        unplanned: sum(|cell| cell.unplanned),
        unrecovered: sum(|cell| cell.unrecovered),
        errors: sum(|cell| cell.errors),
        lead_of_commits: said.commits,
        lead_of_pull_requests: said.pull_requests,
        recovery: said.recoveries,
    }
}

impl Filling {
    pub fn of(period: &Period, zone: &Zone) -> Self {
        let days = period.days().map(|day| (zone.start_ms(day).unwrap_or(u64::MAX), 0)).collect();
        Self { cell: Cell { until_ms: period.until_ms, days, ..Cell::default() }, ..Self::default() }
    }

    pub fn add(&mut self, share: &Share) {
        self.cell.count(share, 1);
        self.commits_ms.extend(&share.commits_ms);
        self.pull_requests_ms.extend(&share.pull_requests_ms);
        self.recoveries_ms.extend(share.recovery_ms);
    }

    pub fn done(self) -> Cell {
        let Self { cell, commits_ms, pull_requests_ms, recoveries_ms } = self;
        Cell {
            commits: Spans::of(commits_ms),
            pull_requests: Spans::of(pull_requests_ms),
            recoveries: Spans::of(recoveries_ms),
            ..cell
        }
    }
}

impl Cell {
    pub fn said(&mut self) -> Said {
        *self.said.get_or_insert_with(|| Said {
            commits: self.commits.spread(),
            pull_requests: self.pull_requests.spread(),
            recoveries: self.recoveries.spread(),
        })
    }

    fn add(&mut self, share: &Share) {
        self.count(share, 1);
        share.commits_ms.iter().for_each(|span| self.commits.insert(*span));
        share.pull_requests_ms.iter().for_each(|span| self.pull_requests.insert(*span));
        share.recovery_ms.iter().for_each(|span| self.recoveries.insert(*span));
    }

    fn take_away(&mut self, share: &Share) {
        self.count(share, -1);
        share.commits_ms.iter().for_each(|span| self.commits.remove(*span));
        share.pull_requests_ms.iter().for_each(|span| self.pull_requests.remove(*span));
        share.recovery_ms.iter().for_each(|span| self.recoveries.remove(*span));
    }

    /// `sign`: 1 or -1.
    fn count(&mut self, share: &Share, sign: i64) {
        self.said = None;
        let one = |yes: bool| sign * i64::from(yes);
        let change = |count: &mut u64, by: i64| *count = count.saturating_add_signed(by);
        change(&mut self.deployments, sign);
        change(&mut self.failed, one(share.is_failed));
        change(&mut self.unplanned, one(share.is_unplanned));
        change(&mut self.unrecovered, one(share.is_unrecovered));
        change(&mut self.errors, sign * share.errors.cast_signed());
        let day = self.days.partition_point(|(start, _)| *start <= share.at_ms);
        if let Some((_, count)) = day.checked_sub(1).and_then(|day| self.days.get_mut(day)) {
            change(count, sign);
        }
    }
}
