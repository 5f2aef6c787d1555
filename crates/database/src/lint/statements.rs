//! Which rules a statement meets.
//!
//! Invariant: kinds of statements that are harmless are listed; whatever is not listed is unknown. Not here: the parts of
//! `ALTER TABLE` ([`super::tables`]).

use sqlparser::ast::{
    AlterTypeOperation, CreateIndex, CreateTable, Delete, FromTable, Insert, ObjectName, ObjectType, SetExpr,
    SqliteOnConflict, Statement as Sql, TableFactor, Update,
};
use sqlparser::dialect::{Dialect as Parsed, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::known::Known;
use super::read::{Outside, is_transaction, outside};
use super::tables;
use crate::statement::Statement;
use crate::{Dialect, Phase};

/// A rule, and what of the statement meets it.
pub type Hit = (&'static str, String);

pub fn hits(statement: &Statement, dialect: Dialect, phase: Phase, known: &mut Known) -> Vec<Hit> {
    if let Some(what) = statement.open {
        return vec![("unended-statement", what.to_owned())];
    }
    if is_transaction(statement) {
        return vec![("own-transaction", statement.words.join(" "))];
    }
    let mut found = Vec::new();
    match outside(statement, dialect) {
        Some(Outside::Unsupported)
            if statement.begins(&["CREATE"]) && statement.words.iter().any(|w| w == "INDEX") =>
        {
            return vec![("index-unnamed", String::new())];
        }
        Some(Outside::Unsupported) => return vec![("outside-unsupported", statement.words.join(" "))],
        // Not every form of them is known to the parser, and none of them breaks anybody.
        Some(Outside::DropIndex(_)) => return found,
        Some(Outside::Again) => {
            by_words(statement, dialect, &mut found);
            return found;
        }
        Some(Outside::CreateIndex { .. }) | None => {}
    }
    by_words(statement, dialect, &mut found);
    if found.is_empty() {
        match parse(&statement.text, dialect) {
            Some(sql) => parsed(&sql, dialect, known, &mut found),
            None => found.push(("unreadable-statement", statement.words.join(" "))),
        }
    }
    // A contraction is what breaks the version before, on purpose.
    found.retain(|(rule, _)| phase == Phase::Expand || !is_breaking(rule));
    found
}

fn is_breaking(code: &str) -> bool {
    super::RULES.iter().any(|rule| rule.code == code && rule.effect == super::Effect::Breaks)
}

/// What is told by its first words, whether or not it can be parsed.
fn by_words(statement: &Statement, dialect: Dialect, found: &mut Vec<Hit>) {
    let says = |words: &[&str]| statement.begins(words);
    let told = || statement.words.join(" ");
    if dialect == Dialect::Postgres {
        let upper = statement.text.to_uppercase();
        if says(&["VACUUM"]) && upper.contains("FULL") || says(&["CLUSTER"]) {
            found.push(("table-rewrites", told()));
        } else if says(&["LOCK"]) || (says(&["REFRESH"]) && !upper.contains("CONCURRENTLY")) {
            found.push(("table-locked", told()));
        }
    }
    if says(&["DO"]) || says(&["CALL"]) {
        found.push(("unknown-statement", told()));
    }
    if says(&["REINDEX"]) {
        found.push(("reindex-blocks", told()));
    }
}

pub fn parse(text: &str, dialect: Dialect) -> Option<Sql> {
    let spoken: &dyn Parsed = match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
    };
    let mut parser = Parser::new(spoken).try_with_sql(text).ok()?;
    let sql = parser.parse_statement().ok()?;
    (parser.peek_token().token == Token::EOF).then_some(sql)
}

/// As names are compared: without quotes, and in small letters where they were not quoted.
pub fn name_of(name: &ObjectName) -> String {
    let parts = name.0.iter().filter_map(|part| part.as_ident()).map(ident);
    let parts: Vec<String> = parts.filter(|part| part != "public" && part != "main").collect();
    parts.join(".")
}

pub fn ident(ident: &sqlparser::ast::Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

#[allow(clippy::wildcard_enum_match_arm)] // what is not listed is unknown: that is the rule
fn parsed(sql: &Sql, dialect: Dialect, known: &mut Known, found: &mut Vec<Hit>) {
    match sql {
        Sql::CreateTable(create) => create_table(create, known, found),
        Sql::AlterTable(alter) => tables::alter(alter, dialect, known, found),
        Sql::CreateIndex(create) => create_index(create, known, found),
        Sql::Drop { object_type, names, .. } => drop(*object_type, names, dialect, sql, found),
        Sql::DropFunction(_)
        | Sql::DropProcedure { .. }
        | Sql::DropTrigger(_)
        | Sql::DropDomain(_)
        | Sql::DropExtension(_)
        | Sql::DropPolicy(_) => found.push(("drops-other", sql.to_string())),
        Sql::Truncate(truncate) => {
            let names = truncate.table_names.iter().map(|target| name_of(&target.name));
            found.push(("rows-removed", names.collect::<Vec<_>>().join(", ")));
        }
        Sql::Insert(insert) => insert_rows(insert, known, found),
        Sql::Update(update) => update_rows(update, known, found),
        Sql::Delete(delete) => delete_rows(delete, known, found),
        Sql::AlterType(alter) => match alter.operation {
            AlterTypeOperation::AddValue(_) => {}
            _ => found.push(("type-changed", name_of(&alter.name))),
        },
        Sql::Revoke(_) => found.push(("rights-removed", sql.to_string())),
        Sql::CreateView(view) if view.materialized => {
            found.push(("unknown-statement", format!("materialized view {}", name_of(&view.name))));
        }
        Sql::CreateView(view) if !view.or_replace => {}
        Sql::CreateFunction(function) if !function.or_replace => {}
        // A trigger works on whatever the running version writes.
        Sql::CreateTrigger(trigger) => {
            let on = name_of(&trigger.table_name);
            if !known.is_new(&on) {
                found.push(("unknown-statement", format!("trigger on {on}")));
            }
        }
        Sql::Query(_) if !sql.to_string().contains('(') => {}
        Sql::Analyze(_)
        | Sql::Comment { .. }
        | Sql::CreateSchema { .. }
        | Sql::CreateSequence { .. }
        | Sql::CreateType { .. }
        | Sql::CreateDomain(_)
        | Sql::CreateExtension(_)
        | Sql::CreatePolicy(_)
        | Sql::Grant(_)
        | Sql::Vacuum(_) => {}
        _ => found.push(("unknown-statement", kind(sql))),
    }
}

/// Its first words.
fn kind(sql: &Sql) -> String {
    sql.to_string().split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

fn create_table(create: &CreateTable, known: &mut Known, found: &mut Vec<Hit>) {
    let name = name_of(&create.name);
    if create.query.is_some() {
        found.push(("whole-table-write", name.clone()));
    }
    // `IF NOT EXISTS` may make nothing, and then the table is not new.
    if !create.if_not_exists {
        known.table(&name);
    }
}

fn create_index(create: &CreateIndex, known: &Known, found: &mut Vec<Hit>) {
    let table = name_of(&create.table_name);
    let name = create.name.as_ref().map(name_of).unwrap_or_default();
    if !create.concurrently && !known.is_made_here(&table) {
        found.push(("index-blocks-writes", format!("{name} on {table}")));
    }
    if create.unique {
        let columns: Vec<String> =
            create.columns.iter().map(|column| column.column.expr.to_string()).collect();
        let is_new = columns.iter().any(|column| known.is_new_column(&table, &column.to_lowercase()));
        if !is_new && !known.is_new(&table) {
            found.push(("constraint-new", format!("unique {name} on {table}")));
        }
    }
}

fn drop(what: ObjectType, names: &[ObjectName], dialect: Dialect, sql: &Sql, found: &mut Vec<Hit>) {
    let list = names.iter().map(name_of).collect::<Vec<_>>().join(", ");
    match what {
        ObjectType::Table | ObjectType::View | ObjectType::MaterializedView => {
            found.push(("drops-table", list));
        }
        ObjectType::Index => {
            if dialect == Dialect::Postgres && !sql_is_concurrent(sql) {
                found.push(("index-drop-blocks", list));
            }
        }
        ObjectType::Schema
        | ObjectType::Sequence
        | ObjectType::Type
        | ObjectType::Collation
        | ObjectType::Role
        | ObjectType::User
        | ObjectType::Database => found.push(("drops-other", list)),
        ObjectType::Stage | ObjectType::Stream | ObjectType::Warehouse => {
            found.push(("unknown-statement", list));
        }
    }
}

fn sql_is_concurrent(sql: &Sql) -> bool {
    sql.to_string().to_uppercase().contains("CONCURRENTLY")
}

fn insert_rows(insert: &Insert, known: &Known, found: &mut Vec<Hit>) {
    let table = insert.table.to_string().to_lowercase();
    let is_listed = match &insert.source {
        None => true,
        Some(query) => query.with.is_none() && matches!(*query.body, SetExpr::Values(_)),
    };
    if !is_listed {
        found.push(("whole-table-write", table.clone()));
    }
    let replaces = insert.replace_into || matches!(insert.or, Some(SqliteOnConflict::Replace));
    if replaces && !known.is_new(&table) {
        found.push(("rows-removed", table));
    }
}

#[allow(clippy::wildcard_enum_match_arm)] // anything else is told as it was written
fn update_rows(update: &Update, known: &Known, found: &mut Vec<Hit>) {
    let table = match &update.table.relation {
        TableFactor::Table { name, .. } => name_of(name),
        other => other.to_string(),
    };
    if update.selection.is_none() && !known.is_made_here(&table) {
        found.push(("whole-table-write", table));
    }
}

fn delete_rows(delete: &Delete, known: &Known, found: &mut Vec<Hit>) {
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    let tables: Vec<String> = from.iter().map(|table| table.relation.to_string().to_lowercase()).collect();
    if tables.iter().all(|table| known.is_new(table)) {
        return;
    }
    found.push(("rows-removed", tables.join(", ")));
    if delete.selection.is_none() {
        found.push(("whole-table-write", tables.join(", ")));
    }
}
