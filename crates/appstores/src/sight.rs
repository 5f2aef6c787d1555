//! How a version stands in its store, and what may be done about it from there.

use serde::Serialize;

use crate::share::Share;

/// The order in which a version goes; a halt is beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Not there, or not through its review: nobody can begin with it.
    Unready,
    /// It waits for whoever releases it.
    Approved,
    UnderWay,
    Halted,
    /// Everybody is to get it.
    Complete,
    /// A later version took its place.
    Replaced,
}

impl Stage {
    pub fn word(self) -> &'static str {
        match self {
            Self::Unready => "unready",
            Self::Approved => "approved",
            Self::UnderWay => "under-way",
            Self::Halted => "halted",
            Self::Complete => "complete",
            Self::Replaced => "replaced",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sight {
    pub version: String,
    pub stage: Stage,
    /// Who is to get it by itself. Whoever looks for it in Apple's store gets it at every stage from the first day.
    pub share: Share,
    /// Of Apple's seven.
    pub day: Option<u8>,
    /// Of the thirty that Apple allows in all.
    pub paused_days: Option<u16>,
    /// Whether people can have it; none where the store does not say, as Google does not: what it calls completed may be in review.
    pub live: Option<bool>,
    /// In the store's own words.
    pub says: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// To its first share.
    Begin,
    /// To a larger share.
    Widen,
    Halt,
    Resume,
    /// To everybody.
    Complete,
}

impl Act {
    pub const ALL: [Self; 5] = [Self::Begin, Self::Widen, Self::Halt, Self::Resume, Self::Complete];

    pub fn word(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Widen => "widen",
            Self::Halt => "halt",
            Self::Resume => "resume",
            Self::Complete => "complete",
        }
    }

    /// Whether it leads on from there; from where it has led already, it is done.
    pub(crate) fn fits(self, stage: Stage) -> bool {
        match self {
            Self::Begin => stage == Stage::Approved,
            Self::Widen | Self::Halt => stage == Stage::UnderWay,
            Self::Resume => stage == Stage::Halted,
            Self::Complete => matches!(stage, Stage::UnderWay | Stage::Halted | Stage::Approved),
        }
    }

    pub(crate) fn is_done(self, stage: Stage) -> bool {
        match self {
            Self::Begin | Self::Resume => matches!(stage, Stage::UnderWay | Stage::Complete),
            Self::Widen | Self::Complete => stage == Stage::Complete,
            Self::Halt => stage == Stage::Halted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_both_leads_on_and_is_done_and_nothing_leads_back() {
        let stages = [
            Stage::Unready,
            Stage::Approved,
            Stage::UnderWay,
            Stage::Halted,
            Stage::Complete,
            Stage::Replaced,
        ];
        for (act, stage) in Act::ALL.into_iter().flat_map(|act| stages.map(|stage| (act, stage))) {
            assert!(!(act.fits(stage) && act.is_done(stage)), "{act:?} {stage:?}");
            let ended = matches!(stage, Stage::Complete | Stage::Replaced | Stage::Unready);
            assert!(!(ended && act.fits(stage)), "{act:?} {stage:?}");
        }
    }
}
