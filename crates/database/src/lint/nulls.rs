//! Which constraints let every row of the running version pass, because it leaves a new column null.
//!
//! Invariant: an expression is accepted only where it is null or true whatever the other columns hold, and cannot fail;
//! every form that is not listed is refused.

use sqlparser::ast::{BinaryOperator, Expr, IndexColumn, UnaryOperator};

use super::statements::ident;

/// Whether a check of it is passed by each row in which the columns that `is_null` names are null. For a column with a
/// default the same forms are what depends on it alone, as long as `has_others` is not allowed: then the statement itself
/// finds out whether its default passes.
#[allow(clippy::wildcard_enum_match_arm)] // what is not listed may refuse a row
pub fn passes(check: &Expr, has_others: bool, is_null: &dyn Fn(&str) -> bool) -> bool {
    let is_plain = |expr: &Expr| is_plain(expr, has_others);
    match check {
        Expr::Nested(inner) => passes(inner, has_others, is_null),
        Expr::IsNull(inner) => is_column(inner, is_null),
        Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
            passes(left, has_others, is_null) && passes(right, has_others, is_null)
        }
        Expr::BinaryOp { left, op, right } if is_comparison(op) => {
            (is_column(left, is_null) && is_plain(right)) || (is_plain(left) && is_column(right, is_null))
        }
        Expr::InList { expr, list, .. } => {
            is_column(expr, is_null) && !list.is_empty() && list.iter().all(is_plain)
        }
        Expr::Between { expr, low, high, .. } => is_column(expr, is_null) && is_plain(low) && is_plain(high),
        _ => false,
    }
}

/// Whether an index of these columns can never find two rows of the running version alike.
pub fn keeps_apart(columns: &[IndexColumn], is_null: &dyn Fn(&str) -> bool) -> bool {
    columns.iter().any(|column| is_column(&column.column.expr, is_null))
}

/// The column and nothing around it: a function of null may be anything.
#[allow(clippy::wildcard_enum_match_arm)] // one form is looked for
fn is_column(expr: &Expr, is_null: &dyn Fn(&str) -> bool) -> bool {
    match expr {
        Expr::Identifier(name) => is_null(&ident(name)),
        Expr::Nested(inner) => is_column(inner, is_null),
        _ => false,
    }
}

/// What has a value without computing one, and so cannot fail.
#[allow(clippy::wildcard_enum_match_arm)] // what is not listed may fail
fn is_plain(expr: &Expr, has_others: bool) -> bool {
    match expr {
        Expr::Value(_) => true,
        Expr::Identifier(_) => has_others,
        Expr::Nested(inner) => is_plain(inner, has_others),
        Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } => {
            matches!(**expr, Expr::Value(_))
        }
        _ => false,
    }
}

#[allow(clippy::wildcard_enum_match_arm)] // these are null where one side is
fn is_comparison(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
    )
}
