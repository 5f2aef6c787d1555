//! Which rules the parts of an `ALTER TABLE` meet.
//!
//! Invariant: a part that is not listed is unknown. Not here: other statements ([`super::statements`]).

use sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation, ColumnDef, ColumnOption,
    ConstraintReferenceMatchKind, Expr, NullsDistinctOption, TableConstraint, UnaryOperator,
};

use super::known::Known;
use super::nulls;
use super::statements::{Hit, ident, name_of};
use crate::Dialect;

pub fn alter(alter: &AlterTable, dialect: Dialect, known: &mut Known, found: &mut Vec<Hit>) {
    let table = name_of(&alter.name);
    for part in &alter.operations {
        let mut hits = Vec::new();
        operation(part, &table, dialect, known, &mut hits);
        // Nobody uses it yet and nothing is in it; what it is renamed to or whether it goes is still said.
        let is_said = |rule: &str| matches!(rule, "unknown-statement" | "renames-table" | "security-changed");
        hits.retain(|(rule, _)| !known.is_made_here(&table) || is_said(rule));
        found.extend(hits);
    }
}

#[allow(clippy::wildcard_enum_match_arm)] // what is not listed is unknown: that is the rule
fn operation(
    part: &AlterTableOperation,
    table: &str,
    dialect: Dialect,
    known: &mut Known,
    found: &mut Vec<Hit>,
) {
    match part {
        AlterTableOperation::AddColumn { column_def, if_not_exists, .. } => {
            let is_null = add_column(column_def, table, (dialect, known.is_new(table)), found);
            // It may have been there, and be used.
            if !if_not_exists {
                known.column(table, &ident(&column_def.name), is_null);
            }
        }
        AlterTableOperation::DropColumn { column_names, .. } => {
            for column in column_names {
                found.push(("drops-column", format!("{table}.{}", ident(column))));
                known.forget_column(table, &ident(column));
            }
            if dialect == Dialect::Sqlite {
                found.push(("table-rewrites", table.to_owned()));
            }
        }
        AlterTableOperation::RenameColumn { old_column_name, .. } => {
            found.push(("renames-column", format!("{table}.{}", ident(old_column_name))));
            known.forget_column(table, &ident(old_column_name));
        }
        AlterTableOperation::RenameTable { .. } => {
            found.push(("renames-table", table.to_owned()));
            known.forget_table(table);
        }
        AlterTableOperation::AlterColumn { column_name, op } => {
            alter_column(&ident(column_name), op, table, known, found);
        }
        AlterTableOperation::AddConstraint { constraint, not_valid } => {
            add_constraint(constraint, *not_valid, table, known, found);
        }
        AlterTableOperation::ValidateConstraint { name } => {
            let name = ident(name);
            if known.is_check_of_this_file(table, &name) {
                found.push(("validate-holds-lock", format!("{name} on {table}")));
            }
            known.validate(table, &name);
        }
        AlterTableOperation::EnableRowLevelSecurity | AlterTableOperation::ForceRowLevelSecurity => {
            found.push(("security-changed", table.to_owned()));
        }
        AlterTableOperation::SetLogged | AlterTableOperation::SetUnlogged => {
            found.push(("table-rewrites", table.to_owned()));
        }
        AlterTableOperation::DropConstraint { name, .. }
        | AlterTableOperation::RenameConstraint { old_name: name, .. } => {
            if !known.is_new(table) {
                found.push(("constraint-dropped", format!("{} on {table}", ident(name))));
            }
            known.forget_check(table, &ident(name));
        }
        // Who owned it has no rights on it any more but those that were granted.
        AlterTableOperation::OwnerTo { .. } if !known.is_new(table) => {
            found.push(("rights-removed", format!("owner of {table}")));
        }
        AlterTableOperation::OwnerTo { .. } | AlterTableOperation::SetOptionsParens { .. } => {}
        _ => {
            let said: String = part.to_string().chars().take(60).collect();
            found.push(("unknown-statement", format!("{table}: {said}")));
        }
    }
}

/// Answers whether the column is null in every row of the running version.
#[allow(clippy::wildcard_enum_match_arm)] // one option is looked for
fn add_column(
    column: &ColumnDef,
    table: &str,
    (dialect, is_new): (Dialect, bool),
    found: &mut Vec<Hit>,
) -> bool {
    let name = ident(&column.name);
    let subject = format!("{table}.{name}");
    let has = |wanted: fn(&ColumnOption) -> bool| column.options.iter().any(|option| wanted(&option.option));
    let default = column.options.iter().find_map(|option| match &option.option {
        ColumnOption::Default(value) => Some(value),
        _ => None,
    });
    let is_counted = column.data_type.to_string().to_lowercase().contains("serial");
    let is_made = has(|option| matches!(option, ColumnOption::Generated { .. } | ColumnOption::Identity(_)));
    if has(|option| matches!(option, ColumnOption::NotNull)) && default.is_none() && !is_counted && !is_made {
        found.push(("not-null-without-default", subject.clone()));
    }
    let is_volatile = default.is_some_and(|value| !is_steady(value));
    if dialect == Dialect::Postgres && (is_counted || is_made || is_volatile) {
        found.push(("column-rewrites", subject.clone()));
    }
    if dialect == Dialect::Postgres
        && has(|option| matches!(option, ColumnOption::Unique(_) | ColumnOption::PrimaryKey(_)))
    {
        found.push(("constraint-builds-index", subject.clone()));
    }
    let checks = has(|option| matches!(option, ColumnOption::Check(_)));
    let refers = has(|option| matches!(option, ColumnOption::ForeignKey(_)));
    // A column that is null everywhere refers to nothing, yet every row is read to find that out.
    if dialect == Dialect::Postgres && (checks || refers) {
        found.push(("constraint-scans", subject.clone()));
    }
    let is_null = default.is_none() && !is_counted && !is_made;
    // A value that is the same in every row of the running version, and may refer to nothing.
    let is_alike = default.is_some_and(is_steady);
    let is_unique = has(|option| matches!(option, ColumnOption::Unique(_) | ColumnOption::PrimaryKey(_)));
    let is_kept = column.options.iter().all(|option| match &option.option {
        ColumnOption::Check(check) => nulls::passes(&check.expr, is_null, &|of| of == name),
        _ => true,
    });
    if !is_new && (!is_kept || (is_alike && (is_unique || refers))) {
        found.push(("constraint-new", subject));
    }
    is_null
}

/// The same for every row: a literal, or a function that is asked once for the statement.
#[allow(clippy::wildcard_enum_match_arm)] // what is not listed may differ
fn is_steady(value: &Expr) -> bool {
    match value {
        Expr::Value(_) | Expr::TypedString { .. } => true,
        Expr::Identifier(name) => matches!(
            name.value.to_lowercase().as_str(),
            "true"
                | "false"
                | "null"
                | "current_timestamp"
                | "current_date"
                | "current_time"
                | "current_user"
        ),
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => is_steady(inner),
        Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } => is_steady(expr),
        Expr::Array(array) => array.elem.iter().all(is_steady),
        Expr::Function(function) => matches!(
            function.name.to_string().to_lowercase().as_str(),
            "now"
                | "current_timestamp"
                | "current_date"
                | "current_time"
                | "transaction_timestamp"
                | "statement_timestamp"
                | "current_user"
                | "localtimestamp"
                | "localtime"
        ),
        _ => false,
    }
}

fn alter_column(
    column: &str,
    op: &AlterColumnOperation,
    table: &str,
    known: &mut Known,
    found: &mut Vec<Hit>,
) {
    let subject = format!("{table}.{column}");
    let is_new = known.is_new_column(table, column);
    match op {
        AlterColumnOperation::SetNotNull => {
            if !known.is_never_null(table, column) {
                found.push(("not-null-scans", subject.clone()));
            }
            found.push(("not-null-set", subject));
        }
        AlterColumnOperation::SetDataType { .. } => {
            found.push(("type-rewrites", subject.clone()));
            if !is_new {
                found.push(("type-changed", subject));
            }
        }
        AlterColumnOperation::DropDefault => found.push(("default-dropped", subject)),
        AlterColumnOperation::SetDefault { .. } if !is_new => found.push(("default-changed", subject)),
        AlterColumnOperation::SetDefault { .. } => known.is_given_a_default(table, column),
        AlterColumnOperation::DropNotNull => {}
        AlterColumnOperation::AddGenerated { .. } => found.push(("unknown-statement", subject)),
    }
}

#[allow(clippy::wildcard_enum_match_arm)] // one form of check is looked for
fn add_constraint(
    constraint: &TableConstraint,
    not_valid: bool,
    table: &str,
    known: &mut Known,
    found: &mut Vec<Hit>,
) {
    let subject = |name: &str| if name.is_empty() { table.to_owned() } else { format!("{name} on {table}") };
    match constraint {
        TableConstraint::Check(check) => {
            let name = check.name.as_ref().map(ident).unwrap_or_default();
            if !not_valid {
                found.push(("constraint-scans", subject(&name)));
            }
            let column = match &*check.expr {
                Expr::IsNotNull(inner) => match &**inner {
                    Expr::Identifier(column) => Some(ident(column)),
                    _ => None,
                },
                _ => None,
            };
            let passes = nulls::passes(&check.expr, true, &|of| known.is_null_column(table, of));
            if !passes && !known.is_new(table) {
                found.push(("constraint-new", subject(&name)));
            }
            known.check(table, &name, column, !not_valid);
        }
        TableConstraint::ForeignKey(key) => {
            let name = key.name.as_ref().map(ident).unwrap_or_default();
            if !not_valid {
                found.push(("constraint-scans", subject(&name)));
            }
            let is_null = |column: &sqlparser::ast::Ident| known.is_null_column(table, &ident(column));
            let refers_to_nothing = match key.match_kind {
                Some(ConstraintReferenceMatchKind::Full) => key.columns.iter().all(is_null),
                _ => key.columns.iter().any(is_null),
            };
            if !refers_to_nothing && !known.is_new(table) {
                found.push(("constraint-new", subject(&name)));
            }
            known.check(table, &name, None, !not_valid);
        }
        TableConstraint::Unique(unique) => {
            let name = unique.name.as_ref().map(ident).unwrap_or_default();
            found.push(("constraint-builds-index", subject(&name)));
            let are_apart = unique.nulls_distinct != NullsDistinctOption::NotDistinct
                && nulls::keeps_apart(&unique.columns, &|of| known.is_null_column(table, of));
            if !are_apart && !known.is_new(table) {
                found.push(("constraint-new", subject(&name)));
            }
        }
        TableConstraint::PrimaryKey(key) => {
            let name = key.name.as_ref().map(ident).unwrap_or_default();
            found.push(("constraint-builds-index", subject(&name)));
            if !known.is_new(table) {
                found.push(("constraint-new", subject(&name)));
            }
        }
        // Its columns are made NOT NULL.
        TableConstraint::PrimaryKeyUsingIndex(key) => {
            let name = key.name.as_ref().map(ident).unwrap_or_default();
            found.push(("not-null-scans", subject(&name)));
            if !known.is_new(table) {
                found.push(("constraint-new", subject(&name)));
            }
        }
        TableConstraint::UniqueUsingIndex(_) => {}
        TableConstraint::Index(_) | TableConstraint::FulltextOrSpatial(_) | TableConstraint::Exclude(_) => {
            found.push(("unknown-statement", table.to_owned()));
        }
    }
}
