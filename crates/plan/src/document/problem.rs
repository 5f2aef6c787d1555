//! What does not fit in a plan.

use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// Where, as a JSON pointer into the document.
    pub path: String,
    /// A stable word for it.
    pub code: &'static str,
    /// What is wrong and what would be right, as a sentence.
    pub says: String,
}
