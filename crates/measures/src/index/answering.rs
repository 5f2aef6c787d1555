//! Answering: cells that are there are used, those that are missing are filled from the rows of their period alone.

use std::panic::resume_unwind;

use super::Index;
use crate::answer::{ActiveDays, Answer, PeriodFigures};
use crate::aside::cores;
use crate::period::Period;
use crate::question::{Question, Unanswerable};
use crate::share::Share;
use crate::view::{Cell, Filling};

/// Rows from which on it is worth another thread.
const MANY: usize = 20_000;
const SIDES_MAX: usize = 4;

impl Index {
    pub fn answer(&mut self, question: &Question) -> Result<Answer, Unanswerable> {
        let periods = question.periods()?;
        let before = question.periods_before(&periods);
        // Taken out while they are filled: filling reads everything else.
        let mut views = std::mem::take(&mut self.views);
        let view = views.of(question, &self.lanes);
        let asked = periods.iter().chain(before.iter().flatten());
        let missing: Vec<&Period> = asked.filter(|period| !view.has(period)).collect();
        let told_from_ms = periods.first().map_or(u64::MAX, |period| period.from_ms);
        let cells = self.cells(question, &missing, (view.lanes(), told_from_ms));
        for (period, cell) in cells {
            view.put(period, cell);
        }
        let now_ms = question.now_ms;
        let total = view.figures(&periods, now_ms);
        let before = before.map(|before| view.figures(&before, now_ms));
        let days: Vec<_> = periods
            .iter()
            .flat_map(|period| period.days().zip(view.ends_by_day(period)).collect::<Vec<_>>())
            .collect();
        let active_days = ActiveDays::of(&days, question.zone.day_at(now_ms));
        let periods = periods
            .into_iter()
            .map(|period| PeriodFigures {
                figures: view.figures_of(&period, now_ms),
                is_over: period.until_ms <= now_ms,
                period,
            })
            .collect();
        self.views = views;
        Ok(Answer { periods, total, before, active_days })
    }

    /// Where there are many rows, side by side: each cell is worked out from rows of its own, so none needs another. Those that are told
    /// one by one are worked out to the end here; of the time before, only the whole is told.
    fn cells<'p>(
        &self,
        question: &Question,
        missing: &[&'p Period],
        (wants, told_from_ms): (&[bool], u64),
    ) -> Vec<(&'p Period, Cell)> {
        let of = |from: usize, step: usize| {
            let mut share = Share::default();
            let own = missing.iter().skip(from).step_by(step);
            let cell = |period: &&'p Period| {
                let mut cell = self.cell(question, period, wants, &mut share);
                if period.from_ms >= told_from_ms {
                    cell.said();
                }
                (*period, cell)
            };
            own.map(cell).collect::<Vec<_>>()
        };
        let sides = if self.order.len() < MANY { 1 } else { cores() };
        let sides = sides.min(SIDES_MAX).min(missing.len());
        if sides < 2 {
            return of(0, 1);
        }
        let of = &of;
        std::thread::scope(|scope| {
            // Every second one, say, so that the busy months are not all on one side.
            let others: Vec<_> = (1..sides).map(|side| scope.spawn(move || of(side, sides))).collect();
            let mut cells = of(0, sides);
            for other in others {
                cells.extend(other.join().unwrap_or_else(|bug| resume_unwind(bug)));
            }
            cells
        })
    }

    fn cell(&self, question: &Question, period: &Period, wants: &[bool], share: &mut Share) -> Cell {
        let mut filling = Filling::of(period, &question.zone);
        for (_, number) in self.order.range((period.from_ms, 0)..(period.until_ms, 0)) {
            let lane = self.deployments[*number as usize].fact.map(|fact| fact.lane);
            if lane.is_some_and(|lane| wants[lane as usize]) && self.fill(*number, share) {
                filling.add(share);
            }
        }
        filling.done()
    }
}
