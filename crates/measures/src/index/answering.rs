//! Answering: cells that are there are used, those that are missing are filled from the rows of their period alone.

use super::Index;
use crate::answer::{ActiveDays, Answer, PeriodFigures};
use crate::period::Period;
use crate::question::{Question, Unanswerable};
use crate::share::Share;
use crate::view::{Cell, Filling};

impl Index {
    pub fn answer(&mut self, question: &Question) -> Result<Answer, Unanswerable> {
        let periods = question.periods()?;
        let before = question.periods_before(&periods);
        // Taken out while they are filled: filling reads everything else.
        let mut views = std::mem::take(&mut self.views);
        let view = views.of(question, &self.lanes);
        let mut scratch = Share::default();
        for period in periods.iter().chain(before.iter().flatten()) {
            if !view.has(period) {
                let wants = |lane| view.wants(lane);
                let cell = self.cell(question, period, &wants, &mut scratch);
                view.put(period, cell);
            }
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

    fn cell(
        &self,
        question: &Question,
        period: &Period,
        wants: &dyn Fn(u32) -> bool,
        share: &mut Share,
    ) -> Cell {
        let mut filling = Filling::of(period, &question.zone);
        for (_, number) in self.order.range((period.from_ms, 0)..(period.until_ms, 0)) {
            let lane = self.deployments[*number as usize].fact.map(|fact| fact.lane);
            if lane.is_some_and(wants) && self.fill(*number, share) {
                filling.add(share);
            }
        }
        filling.done()
    }
}
