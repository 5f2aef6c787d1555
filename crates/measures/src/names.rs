//! Names as small numbers, in one piece of memory.
//!
//! Invariant: a name has one number, in the order of first mention; numbers are never given back.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    text: String,
    /// Where each name ends in the text.
    ends: Vec<usize>,
    table: HashTable<u32>,
    hasher: FixedState,
}

impl Names {
    pub fn find(&self, name: &str) -> Option<u32> {
        self.table.find(self.hasher.hash_one(name), |number| self.get(*number) == name).copied()
    }

    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(known) = self.find(name) {
            return known;
        }
        let number = self.ends.len() as u32;
        self.text.push_str(name);
        self.ends.push(self.text.len());
        let (text, ends, hasher) = (&self.text, &self.ends, &self.hasher);
        let hash = |number: &u32| hasher.hash_one(name_at(text, ends, *number));
        self.table.insert_unique(hasher.hash_one(name), number, hash);
        number
    }

    pub fn get(&self, number: u32) -> &str {
        name_at(&self.text, &self.ends, number)
    }
}

fn name_at<'a>(text: &'a str, ends: &[usize], number: u32) -> &'a str {
    let number = number as usize;
    let start = if number == 0 { 0 } else { ends[number - 1] };
    &text[start..ends[number]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number() {
        let mut names = Names::default();
        let text = |number: u32| format!("name-{}", number / 2);
        for number in 0..10_000 {
            assert_eq!(names.number(&text(number)), number / 2);
        }
        for number in 0..10_000 {
            assert_eq!(names.find(&text(number)), Some(number / 2));
            assert_eq!(names.get(number / 2), text(number));
        }
        assert_eq!(names.find("nobody"), None);
        assert_eq!(names.number(""), 5_000);
        assert_eq!((names.get(5_000), names.find("")), ("", Some(5_000)));
    }
}
