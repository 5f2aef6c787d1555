//! What the migrations before made: tables and columns that the running version cannot use yet, and checks for null.
//!
//! Invariant: what is new is new since the last contraction; the version that runs was written before it.

use std::collections::{BTreeMap, BTreeSet};

use crate::Phase;

#[derive(Debug, Default)]
pub struct Known {
    in_this: BTreeSet<String>,
    tables: BTreeSet<String>,
    columns: BTreeSet<(String, String)>,
    /// By table and constraint: the column that is checked, and whether in this file, and whether it holds for all rows.
    checks: BTreeMap<(String, String), Check>,
    last: Option<Phase>,
}

#[derive(Debug)]
struct Check {
    column: Option<String>,
    is_of_this_file: bool,
    is_valid: bool,
}

impl Known {
    pub fn begin(&mut self, phase: Phase) {
        if self.last == Some(Phase::Contract) && phase == Phase::Expand {
            self.tables.clear();
            self.columns.clear();
        }
        self.in_this.clear();
        self.checks.values_mut().for_each(|check| check.is_of_this_file = false);
        self.last = Some(phase);
    }
    pub fn table(&mut self, table: &str) {
        self.in_this.insert(table.to_owned());
        self.tables.insert(table.to_owned());
    }
    pub fn column(&mut self, table: &str, column: &str) {
        self.columns.insert((table.to_owned(), column.to_owned()));
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
        self.is_new(table) || self.columns.contains(&(table.to_owned(), column.to_owned()))
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
}
