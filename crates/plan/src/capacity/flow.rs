//! Whether hours of people cover hours of skills, where a person's hours go to any of the skills they have.
//!
//! Invariant: a greatest flow from people to skills, found by augmenting paths of least length, so what is left uncovered cannot be
//! covered by any other division of work. Numbers are whole.

use std::collections::VecDeque;

/// A helper who could do less of one skill and more of the skill that asked.
#[derive(Clone, Copy)]
struct Step {
    helper: usize,
    less: usize,
    more: usize,
}

#[derive(Clone)]
pub(super) struct Cover {
    /// Of each person, what is not used yet.
    free: Vec<u64>,
    /// Of each skill, what is not covered yet.
    unmet: Vec<u64>,
    /// Of each person: the skills they have, and how much of theirs goes there.
    can: Vec<Vec<(usize, u64)>>,
    /// Of each skill: who has it, and at which place of theirs it stands.
    known_by: Vec<Vec<(usize, usize)>>,
}

impl Cover {
    pub fn new(free: &[u64], needed: &[u64], can: Vec<Vec<usize>>) -> Self {
        let mut known_by = vec![Vec::new(); needed.len()];
        for (person, skills) in can.iter().enumerate() {
            for (place, skill) in skills.iter().enumerate() {
                known_by[*skill].push((person, place));
            }
        }
        let can = can.into_iter().map(|skills| skills.into_iter().map(|skill| (skill, 0)).collect());
        let mut cover = Self { free: free.to_vec(), unmet: needed.to_vec(), can: can.collect(), known_by };
        cover.spread();
        while cover.augment() {}
        cover
    }

    pub fn is_whole(&self) -> bool {
        self.unmet.iter().all(|unmet| *unmet == 0)
    }

    pub fn unmet(&self, skill: usize) -> u64 {
        self.unmet[skill]
    }

    /// Skills that are short: those with work left over, and those whose people could help them if they had an hour free.
    pub fn short(&self) -> Vec<usize> {
        let mut seen = vec![false; self.unmet.len()];
        let mut open: Vec<usize> = (0..seen.len()).filter(|skill| self.unmet[*skill] > 0).collect();
        for skill in &open {
            seen[*skill] = true;
        }
        while let Some(skill) = open.pop() {
            for (person, _) in &self.known_by[skill] {
                // This person is used up, and where it went is where it would be missed.
                for (other, given) in &self.can[*person] {
                    if *given > 0 && !seen[*other] {
                        seen[*other] = true;
                        open.push(*other);
                    }
                }
            }
        }
        (0..seen.len()).filter(|skill| seen[*skill]).collect()
    }

    /// The same with more work to do; none where that cannot be covered too.
    pub fn with(&self, more: &[(usize, u64)]) -> Option<Self> {
        let mut cover = self.clone();
        for (skill, fifths) in more {
            cover.unmet[*skill] += fifths;
        }
        while cover.augment() {}
        cover.is_whole().then_some(cover)
    }

    /// What can be given without moving anything.
    fn spread(&mut self) {
        for person in 0..self.free.len() {
            for (skill, given) in &mut self.can[person] {
                let more = self.free[person].min(self.unmet[*skill]);
                *given += more;
                self.free[person] -= more;
                self.unmet[*skill] -= more;
            }
        }
    }

    /// Moves work along the shortest way from a skill that is short to a person who is free; false where there is none.
    fn augment(&mut self) -> bool {
        let mut came_from: Vec<Option<Step>> = vec![None; self.unmet.len()];
        let mut visited = vec![false; self.free.len()];
        let mut seen: Vec<bool> = self.unmet.iter().map(|unmet| *unmet > 0).collect();
        let mut open: VecDeque<usize> = (0..seen.len()).filter(|skill| seen[*skill]).collect();
        while let Some(skill) = open.pop_front() {
            for &(person, place) in &self.known_by[skill] {
                if std::mem::replace(&mut visited[person], true) {
                    continue;
                }
                if self.free[person] > 0 {
                    self.shift(skill, person, place, &came_from);
                    return true;
                }
                for (at, (other, given)) in self.can[person].iter().enumerate() {
                    if *given > 0 && !seen[*other] {
                        seen[*other] = true;
                        came_from[*other] = Some(Step { helper: person, less: at, more: place });
                        open.push_back(*other);
                    }
                }
            }
        }
        false
    }

    /// The free person takes work of the skill at the end of the way, whose helper takes work of the next, up to the short one.
    fn shift(&mut self, end: usize, person: usize, place: usize, came_from: &[Option<Step>]) {
        let mut way = Vec::new();
        let mut skill = end;
        while let Some(step) = came_from[skill] {
            way.push(step);
            skill = self.can[step.helper][step.more].0;
        }
        let given = way.iter().map(|step| self.can[step.helper][step.less].1);
        let amount = given.fold(self.free[person].min(self.unmet[skill]), u64::min);
        self.free[person] -= amount;
        self.can[person][place].1 += amount;
        for step in way {
            self.can[step.helper][step.less].1 -= amount;
            self.can[step.helper][step.more].1 += amount;
        }
        self.unmet[skill] -= amount;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whole by the theorem of the greatest flow: every set of skills needs no more than those who know any of them have.
    fn coverable(free: &[u64], needed: &[u64], can: &[Vec<usize>]) -> bool {
        (0_u32..1 << needed.len()).all(|set| {
            let within = |skill: &usize| set >> *skill & 1 == 1;
            let need: u64 = (0..needed.len()).filter(within).map(|skill| needed[skill]).sum();
            let helpers = free.iter().zip(can).filter(|(_, can)| can.iter().any(within));
            need <= helpers.map(|(free, _)| free).sum()
        })
    }

    proptest! {
        #[test]
        fn work_is_covered_when_no_set_of_skills_needs_more_than_its_people_have(
            people in prop::collection::vec((0..20_u64, prop::collection::btree_set(0..4_usize, 0..4)), 0..6),
            needed in prop::collection::vec(0..20_u64, 4),
        ) {
            let free: Vec<u64> = people.iter().map(|(free, _)| *free).collect();
            let can: Vec<Vec<usize>> = people.iter().map(|(_, can)| can.iter().copied().collect()).collect();
            let cover = Cover::new(&free, &needed, can.clone());
            prop_assert_eq!(cover.is_whole(), coverable(&free, &needed, &can));
            // What is said to be short is a set that proves it.
            let short = cover.short();
            let need: u64 = short.iter().map(|skill| needed[*skill]).sum();
            let helpers = (0..free.len()).filter(|person| can[*person].iter().any(|skill| short.contains(skill)));
            let have: u64 = helpers.map(|person| free[person]).sum();
            prop_assert_eq!(cover.is_whole(), short.is_empty());
            prop_assert!(short.is_empty() || need > have, "{short:?} needs {need} of {have}");
        }
    }
}
