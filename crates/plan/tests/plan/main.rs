//! Plans as a whole: laws, the users' own words, and what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_possible_wrap,
    clippy::float_cmp,
    clippy::format_collect,
    clippy::needless_for_each,
    clippy::needless_pass_by_value,
    clippy::too_many_lines,
    clippy::type_complexity,
    clippy::wildcard_imports
)]

mod advice;
mod capacity;
mod cases;
mod changes;
mod check;
mod comparison;
mod hostile;
mod laws;
mod markdown;
mod page;
mod plans;
mod retrospective;
mod risk;
mod rotation;
mod schedule;
mod templates;
mod triage;
