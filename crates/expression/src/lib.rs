//! Conditions that people write in CEL, with limits that the language itself does not have.
//!
//! Invariant: what was accepted when it was saved ends soon and takes little memory, whatever it is asked about; the
//! library has no budget of its own (an expression of 221 bytes was seen to run for seconds), so size, nesting and
//! inputs are bounded here. Deliberately not here: gathering what it is asked about.

mod bad_expression;
mod bounded;
mod expression;
mod shape;

pub use bad_expression::BadExpression;
pub use bounded::{INPUT_LIST_MAX, INPUT_TEXT_BYTES_MAX, bounded};
pub use expression::{Expression, Unanswered};
