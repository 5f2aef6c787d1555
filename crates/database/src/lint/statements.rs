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
use sqlparser::tokenizer::{Token, Tokenizer};

use super::known::Known;
use super::read::{Outside, is_transaction, outside};
use super::{kept, nulls, tables};
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
        // Not every form of them is known to the parser.
        Some(Outside::DropIndex(name)) => {
            let parsed = parse(&format!("DROP INDEX {name}"), dialect);
            if let Some(Sql::Drop { names, .. }) = &parsed {
                drop_indexes(names, known, &mut found);
            }
            return of_phase(found, phase);
        }
        Some(Outside::Again) => {
            by_words(statement, dialect, &mut found);
            return found;
        }
        Some(Outside::CreateIndex { .. }) | None => {}
    }
    by_words(statement, dialect, &mut found);
    if found.is_empty() {
        match parse(&statement.text, dialect) {
            Some(sql) => {
                parsed(&sql, dialect, known, &mut found);
                if dialect == Dialect::Postgres {
                    kept::look(&sql, known, &mut found);
                }
            }
            None => found.push(("unreadable-statement", statement.words.join(" "))),
        }
    }
    let is_unread = found.iter().any(|(rule, _)| matches!(*rule, "unreadable-statement" | "table-locked"));
    if is_unread && dialect == Dialect::Postgres && changes_tables(statement) {
        known.keep(statement.words.join(" "), true);
    }
    of_phase(found, phase)
}

/// A contraction is what breaks the version before, on purpose.
fn of_phase(mut found: Vec<Hit>, phase: Phase) -> Vec<Hit> {
    found.retain(|(rule, _)| phase == Phase::Expand || !is_breaking(rule));
    found
}

/// Though it was not parsed.
fn changes_tables(statement: &Statement) -> bool {
    ["ALTER", "DROP", "TRUNCATE", "LOCK"].iter().any(|word| statement.begins(&[word]))
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

fn spoken(dialect: Dialect) -> &'static dyn Parsed {
    match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
    }
}

/// Without what stands between them.
pub fn tokens(text: &str, dialect: Dialect) -> Option<Vec<Token>> {
    let tokens = Tokenizer::new(spoken(dialect), text).tokenize().ok()?;
    Some(tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect())
}

pub fn parse(text: &str, dialect: Dialect) -> Option<Sql> {
    let mut parser = Parser::new(spoken(dialect)).try_with_sql(text).ok()?;
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
        Sql::Drop { object_type, names, .. } => drop(*object_type, names, dialect, sql, (known, found)),
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
    if let Some(parent) = &create.partition_of {
        found.push(("partition-locks", name_of(parent)));
    }
    // `IF NOT EXISTS` may make nothing, and then the table is not new; one that is part of another is reached by that.
    if !create.if_not_exists && create.partition_of.is_none() && create.inherits.is_none() {
        known.table(&name);
    }
}

fn create_index(create: &CreateIndex, known: &mut Known, found: &mut Vec<Hit>) {
    let table = name_of(&create.table_name);
    let name = create.name.as_ref().map(name_of).unwrap_or_default();
    if !create.concurrently && !known.is_made_here(&table) {
        found.push(("index-blocks-writes", format!("{name} on {table}")));
    }
    if create.unique {
        let is_null = |column: &str| known.is_null_column(&table, column);
        let are_apart = create.nulls_distinct != Some(false) && nulls::keeps_apart(&create.columns, &is_null);
        if !are_apart && !known.is_new(&table) {
            found.push(("constraint-new", format!("unique {name} on {table}")));
        }
    }
    known.index(&name, !create.unique && !create.if_not_exists);
}

fn drop_indexes(names: &[ObjectName], known: &mut Known, found: &mut Vec<Hit>) {
    for name in names.iter().map(name_of) {
        if !known.is_plain_index(&name) {
            found.push(("index-dropped", name.clone()));
        }
        known.index(&name, false);
    }
}

fn drop(
    what: ObjectType,
    names: &[ObjectName],
    dialect: Dialect,
    sql: &Sql,
    (known, found): (&mut Known, &mut Vec<Hit>),
) {
    let list = names.iter().map(name_of).collect::<Vec<_>>().join(", ");
    match what {
        ObjectType::Table | ObjectType::View | ObjectType::MaterializedView => {
            found.push(("drops-table", list));
            for name in names {
                known.forget_table(&name_of(name));
            }
        }
        ObjectType::Index => {
            drop_indexes(names, known, found);
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
