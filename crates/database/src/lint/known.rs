//! What the migrations before made: tables and columns that the running version cannot use yet, and checks for null.
//!
//! Invariant: what is new is new since the last contraction, and was not applied yet; the version that runs may use whatever
//! was. Not here: the locks that a file keeps while it runs ([`super::kept`]).

use std::collections::{BTreeMap, BTreeSet};

use crate::Phase;

#[derive(Debug, Default)]
pub struct Known {
    in_this: BTreeSet<String>,
    tables: BTreeSet<String>,
    /// By table and column: whether it is null in every row that the running version writes.
    columns: BTreeMap<(String, String), bool>,
    /// By table and constraint: the column that is checked, and whether in this file, and whether it holds for all rows.
    checks: BTreeMap<(String, String), Check>,
    /// Indexes that are known not to be unique.
    plain: BTreeSet<String>,
    /// Tables that writers wait for until this file ends, and whether readers do.
    kept: BTreeMap<String, bool>,
    last: Option<Phase>,
    was_chosen: bool,
}

#[derive(Debug)]
struct Check {
    column: Option<String>,
    is_of_this_file: bool,
    is_valid: bool,
}

impl Known {
    /// The next file, and whether it is one of those that are to be run.
    pub fn begin(&mut self, phase: Phase, is_chosen: bool) {
        let is_next_release = self.last == Some(Phase::Contract) && phase == Phase::Expand;
        if is_next_release || (is_chosen && !self.was_chosen) {
            self.tables.clear();
            self.columns.clear();
        }
        self.in_this.clear();
        self.kept.clear();
        self.checks.values_mut().for_each(|check| check.is_of_this_file = false);
        self.last = Some(phase);
        self.was_chosen = is_chosen;
    }
    pub fn table(&mut self, table: &str) {
        self.in_this.insert(table.to_owned());
        self.tables.insert(table.to_owned());
    }
    pub fn column(&mut self, table: &str, column: &str, is_null: bool) {
        self.columns.insert((table.to_owned(), column.to_owned()), is_null);
    }
    /// From here on the running version's rows have a value in it.
    pub fn is_given_a_default(&mut self, table: &str, column: &str) {
        if let Some(is_null) = self.columns.get_mut(&(table.to_owned(), column.to_owned())) {
            *is_null = false;
        }
    }
    /// No row was in it when this migration began.
    pub fn is_made_here(&self, table: &str) -> bool {
        self.in_this.contains(table)
    }
    /// The running version does not know it.
    pub fn is_new(&self, table: &str) -> bool {
        self.tables.contains(table)
    }
    pub fn is_new_column(&self, table: &str, column: &str) -> bool {
        self.is_new(table) || self.columns.contains_key(&(table.to_owned(), column.to_owned()))
    }
    /// The running version writes null there, for it knows of no such column.
    pub fn is_null_column(&self, table: &str, column: &str) -> bool {
        self.columns.get(&(table.to_owned(), column.to_owned())).copied().unwrap_or_default()
    }
    pub fn check(&mut self, table: &str, name: &str, column: Option<String>, is_valid: bool) {
        let key = (table.to_owned(), name.to_owned());
        self.checks.insert(key, Check { column, is_of_this_file: true, is_valid });
    }
    pub fn validate(&mut self, table: &str, name: &str) {
        if let Some(check) = self.checks.get_mut(&(table.to_owned(), name.to_owned())) {
            check.is_valid = true;
        }
    }
    /// Added by the migration that is read now.
    pub fn is_check_of_this_file(&self, table: &str, name: &str) -> bool {
        self.checks.get(&(table.to_owned(), name.to_owned())).is_some_and(|check| check.is_of_this_file)
    }
    pub fn is_never_null(&self, table: &str, column: &str) -> bool {
        self.checks
            .iter()
            .any(|((of, _), check)| of == table && check.is_valid && check.column.as_deref() == Some(column))
    }
    pub fn forget_check(&mut self, table: &str, name: &str) {
        self.checks.remove(&(table.to_owned(), name.to_owned()));
    }
    /// It is gone, or has another name.
    pub fn forget_column(&mut self, table: &str, column: &str) {
        self.columns.remove(&(table.to_owned(), column.to_owned()));
        self.checks.retain(|(of, _), check| of != table || check.column.as_deref() != Some(column));
    }
    /// It is gone, or has another name.
    pub fn forget_table(&mut self, table: &str) {
        self.in_this.remove(table);
        self.tables.remove(table);
        self.columns.retain(|(of, _), _| of != table);
        self.checks.retain(|(of, _), _| of != table);
    }
    pub fn index(&mut self, name: &str, is_plain: bool) {
        if is_plain {
            self.plain.insert(name.to_owned());
        } else {
            self.plain.remove(name);
        }
    }
    /// Not even by its name can it be told from one that keeps rows apart, unless it was read how it was made.
    pub fn is_plain_index(&self, name: &str) -> bool {
        self.plain.contains(name)
    }
    pub fn keep(&mut self, table: String, from_readers: bool) {
        *self.kept.entry(table).or_default() |= from_readers;
    }
    /// What is kept, from readers too where only that counts.
    pub fn kept(&self, only_from_readers: bool) -> Option<String> {
        let kept = self.kept.iter().filter(|(_, from_readers)| **from_readers || !only_from_readers);
        let kept: Vec<&str> = kept.map(|(table, _)| table.as_str()).collect();
        (!kept.is_empty()).then(|| kept.join(", "))
    }
}
