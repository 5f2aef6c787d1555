//! Our values as SQL has them and back.
//!
//! Invariant: SQL's integers are signed; our numbers are counts and milliseconds that never reach the upper half, and
//! one that does is stored as the greatest. Deliberately not here: statements.

use rusqlite::types::Type;
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::{Moment, Steady};

pub(super) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
pub(super) fn to_u64(number: i64) -> u64 {
    number.cast_unsigned()
}
pub(super) fn at_to_sql(at: Option<Steady>) -> Option<i64> {
    at.map(|at| to_sql(at.0))
}
pub(super) fn at_of(number: Option<i64>) -> Option<Steady> {
    number.map(|number| Steady(to_u64(number)))
}
/// The moment as it will be read back: what is hashed must be what is stored.
pub(super) fn stored(at: Moment) -> Moment {
    Moment { wall_ms: to_u64(to_sql(at.wall_ms)), steady: Steady(to_u64(to_sql(at.steady.0))) }
}
pub(super) fn moment_of(wall_ms: i64, steady_ms: i64) -> Moment {
    Moment { wall_ms: to_u64(wall_ms), steady: Steady(to_u64(steady_ms)) }
}
/// A text that names no stream was not written by us.
pub(super) fn stream_of(column: usize, text: &str) -> rusqlite::Result<StreamId> {
    text.parse()
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}
