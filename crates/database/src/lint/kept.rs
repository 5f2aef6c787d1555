//! Locks of PostgreSQL that a file keeps until its end, and what takes long behind them.
//!
//! Invariant: a file is one transaction, so whoever waits for a table that it changed waits for everything that follows in
//! it. Tables that the file itself made are nobody's yet. Not here: what takes long by itself, which has a rule of its own.

use sqlparser::ast::{
    AlterTableOperation, FromTable, ObjectType, SetExpr, Statement as Sql, TableConstraint, TableFactor,
};

use super::known::Known;
use super::statements::{Hit, ident, name_of};

/// Told before what it takes itself is kept.
pub fn look(sql: &Sql, known: &mut Known, found: &mut Vec<Hit>) {
    let own = takes(sql);
    // Writers wait for an index anyway, which is told; readers do not.
    let is_index = matches!(sql, Sql::CreateIndex(_));
    // Parts of one statement have its strongest lock.
    if let Some(behind) = validates(sql, known)
        && let Some(kept) = known.kept(false).or_else(|| (!own.is_empty()).then_some(behind))
    {
        found.push(("lock-kept", kept));
    }
    if let Some(kept) = known.kept(is_index).filter(|_| is_long(sql, known)) {
        found.push(("lock-kept", kept));
    }
    for table in own {
        if !known.is_made_here(&table) {
            known.keep(table, !is_index);
        }
    }
}

/// The table whose rows are all looked at because of a constraint that an earlier file added.
#[allow(clippy::wildcard_enum_match_arm)] // one form is looked for
fn validates(sql: &Sql, known: &Known) -> Option<String> {
    let Sql::AlterTable(alter) = sql else { return None };
    let table = name_of(&alter.name);
    let is_looking = alter.operations.iter().any(|part| match part {
        AlterTableOperation::ValidateConstraint { name } => {
            !known.is_check_of_this_file(&table, &ident(name))
        }
        _ => false,
    });
    (is_looking && !known.is_made_here(&table)).then_some(table)
}

/// The tables that others cannot write, or not even read, until the file ends.
#[allow(clippy::wildcard_enum_match_arm)] // what is not listed takes none that keeps writers waiting, or is unknown
fn takes(sql: &Sql) -> Vec<String> {
    match sql {
        Sql::AlterTable(alter) => {
            let mut tables = Vec::new();
            for part in &alter.operations {
                match part {
                    AlterTableOperation::ValidateConstraint { .. }
                    | AlterTableOperation::SetOptionsParens { .. } => {}
                    AlterTableOperation::AddConstraint { constraint, .. } => {
                        tables.push(name_of(&alter.name));
                        tables.extend(refers(constraint));
                    }
                    _ => tables.push(name_of(&alter.name)),
                }
            }
            tables
        }
        Sql::CreateTable(create) => {
            let referred = create.constraints.iter().filter_map(refers);
            let parents = create.partition_of.iter().map(name_of);
            let of_columns = create.columns.iter().flat_map(|column| &column.options).filter_map(|option| {
                match &option.option {
                    sqlparser::ast::ColumnOption::ForeignKey(key) => Some(name_of(&key.foreign_table)),
                    _ => None,
                }
            });
            referred.chain(parents).chain(of_columns).collect()
        }
        Sql::CreateIndex(create) if !create.concurrently => vec![name_of(&create.table_name)],
        Sql::CreateTrigger(trigger) => vec![name_of(&trigger.table_name)],
        Sql::CreatePolicy(policy) => vec![name_of(&policy.table_name)],
        Sql::Truncate(truncate) => truncate.table_names.iter().map(|target| name_of(&target.name)).collect(),
        Sql::Drop { object_type: ObjectType::Table | ObjectType::Index, names, .. } => {
            names.iter().map(name_of).collect()
        }
        _ => Vec::new(),
    }
}

#[allow(clippy::wildcard_enum_match_arm)] // one form is looked for
fn refers(constraint: &TableConstraint) -> Option<String> {
    match constraint {
        TableConstraint::ForeignKey(key) => Some(name_of(&key.foreign_table)),
        _ => None,
    }
}

/// Reads or writes as many rows as there are.
#[allow(clippy::wildcard_enum_match_arm)] // those that take long by themselves have rules of their own
fn is_long(sql: &Sql, known: &Known) -> bool {
    let reads_more = || sql.to_string().to_uppercase().contains("SELECT");
    match sql {
        Sql::Update(update) => {
            let is_ours = match &update.table.relation {
                TableFactor::Table { name, .. } => known.is_made_here(&name_of(name)),
                _ => false,
            };
            !is_ours || update.from.is_some() || reads_more()
        }
        Sql::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            let are_ours = from.iter().all(|table| match &table.relation {
                TableFactor::Table { name, .. } => known.is_made_here(&name_of(name)),
                _ => false,
            });
            !are_ours || delete.using.is_some() || reads_more()
        }
        Sql::Insert(insert) => insert.source.as_ref().is_some_and(|query| {
            query.with.is_some() || !matches!(*query.body, SetExpr::Values(_)) || reads_more()
        }),
        Sql::CreateTable(create) => create.query.is_some(),
        Sql::CreateIndex(create) => !create.concurrently && !known.is_made_here(&name_of(&create.table_name)),
        Sql::CreateView(view) => view.materialized,
        Sql::Query(_) => sql.to_string().to_uppercase().contains(" FROM "),
        _ => false,
    }
}
