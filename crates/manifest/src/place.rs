//! Where in the text something stands.
//!
//! Invariant: lines and columns count characters from 1; a length of 0 means "to the end of the line".

use serde_saphyr::Location;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    pub line: usize,
    pub column: usize,
    pub length: usize,
}

impl Place {
    /// The first character of the file, for what belongs to no line.
    pub const START: Self = Self { line: 1, column: 1, length: 1 };
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        let number = |given: u64| usize::try_from(given).unwrap_or(usize::MAX);
        if location.line() == 0 {
            return Self::START;
        }
        Self {
            line: number(location.line()),
            column: number(location.column()).max(1),
            length: number(location.span().len()),
        }
    }
}
