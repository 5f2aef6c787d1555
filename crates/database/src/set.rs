//! A folder of migrations: one order, without two of one number and without a gap.
//!
//! Invariant: a set is sorted by number; each number stands once. Counted numbers follow one another; numbers of ten and
//! more digits are times, and times have gaps. Not here: reading the folder (the command).

use crate::{Migration, Refusal};

/// A team that has more of them begins a new history.
pub const FILES_MAX: usize = 10_000;
/// From so many digits on a number is a time (`20261122230000`).
const TIME_DIGITS: usize = 10;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    all: Vec<Migration>,
}

impl Set {
    /// Of file names and what is in them, in any order; files that do not end in `.sql` are none of ours.
    pub fn of(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Self, Refusal> {
        let mut all = Vec::new();
        for (file, bytes) in files {
            if all.len() == FILES_MAX {
                return Err(Refusal::TooMany);
            }
            if file.strip_suffix(".sql").is_some() {
                all.push(Migration::of(&file, bytes)?);
            }
        }
        all.sort_by(|one, other| (one.number, &one.file).cmp(&(other.number, &other.file)));
        for pair in all.windows(2) {
            let [one, next] = pair else { continue };
            if one.number == next.number {
                return Err(Refusal::Twice { one: one.file.clone(), other: next.file.clone() });
            }
            let are_counted = one.digits < TIME_DIGITS && next.digits < TIME_DIGITS;
            if are_counted && one.number + 1 != next.number {
                return Err(Refusal::Gap { before: one.file.clone(), after: next.file.clone() });
            }
        }
        Ok(Self { all })
    }

    pub fn all(&self) -> &[Migration] {
        &self.all
    }
    pub fn get(&self, number: u64) -> Option<&Migration> {
        self.all.iter().find(|migration| migration.number == number)
    }
}
