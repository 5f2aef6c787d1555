//! Why an expression is not saved.
//!
//! Invariant: each has a stable code and its next step. Deliberately not here: where it stood in a file.

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadExpression {
    #[error("the expression has {bytes} bytes; the most is {most}")]
    TooLong { bytes: usize, most: usize },
    #[error("the expression can not be read: {why}")]
    Unreadable { why: String },
    #[error("the expression has {nodes} parts; the most is {most}")]
    TooMuch { nodes: usize, most: usize },
    #[error("the expression walks a list within a list, or is nested too deeply")]
    TooDeep,
    #[error("there is no `{name}` here; there are {known}")]
    UnknownVariable { name: String, known: String },
    #[error("the expression asks for `{name}`, which is no function here")]
    UnknownFunction { name: String },
}

impl BadExpression {
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "expression-too-long",
            Self::Unreadable { .. } => "bad-expression",
            Self::TooMuch { .. } => "expression-too-large",
            Self::TooDeep => "expression-too-deep",
            Self::UnknownVariable { .. } => "expression-unknown-variable",
            Self::UnknownFunction { .. } => "expression-unknown-function",
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            Self::TooLong { .. } | Self::TooMuch { .. } => "split it into several gates: each must be open",
            Self::Unreadable { .. } => {
                "write it in CEL, for example release.kind == 'hotfix' || release.components.size() < 3"
            }
            Self::TooDeep => {
                "use none of all, exists, exists_one, map and filter inside of another, and split long sums"
            }
            Self::UnknownVariable { .. } => "use one of the names that the message lists",
            Self::UnknownFunction { .. } => {
                "use size, contains, startsWith, endsWith, all, exists, exists_one, map, filter, has, min, max, int, double, string"
            }
        }
    }
}
