//! How a command ends, as scripts see it.
//!
//! Invariant: 0 done, 1 refused or rolled back, 2 wrong use, 3 the outside failed; 130 when interrupted while it only
//! watched. Not here: the words that go with it (`failure`).

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Done,
    /// An answer that says no, or a rollout that did not stay.
    Refused,
    Usage,
    Fault,
    /// Ctrl-C; what was watched goes on.
    Interrupted,
}

impl Ending {
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Fault => 3,
            Self::Interrupted => 130,
        }
    }
}
