//! Words for the enums of a plan, the same as on the wire, and enums for words as people write them.
//!
//! Invariant: the word of a value reads as that value again.

use super::{
    ActivityState, BoundKind, Decision, FixRisk, Kind, MaterialKind, MeetingKind, Moment, RiskState,
    ScopeState, Severity, TestNeed,
};

macro_rules! words {
    ($type:ty, $($value:ident = $word:literal $(| $also:literal)*),+ $(,)?) => {
        impl $type {
            pub const EACH: &'static [Self] = &[$(Self::$value),+];

            pub fn word(self) -> &'static str {
                match self { $(Self::$value => $word),+ }
            }

            /// Upper case, spaces and a few other names of the same are understood.
            pub fn from_word(text: &str) -> Option<Self> {
                match super::words::plain(text).as_str() {
                    $($word $(| $also)* => Some(Self::$value),)+
                    _ => None,
                }
            }
        }
    };
}

words!(
    Kind,
    Planned = "planned" | "standard" | "normal",
    Hotfix = "hotfix" | "emergency",
    Rollback = "rollback"
);
words!(
    ScopeState,
    New = "new" | "untriaged",
    In = "in" | "open" | "planned",
    Done = "done" | "closed" | "merged",
    Out = "out" | "rejected"
);
words!(
    Severity,
    Trivial = "trivial" | "cosmetic",
    Minor = "minor" | "low",
    Major = "major" | "high",
    Critical = "critical" | "blocker",
);
words!(FixRisk, Low = "low", Medium = "medium", High = "high");
words!(
    Decision,
    FixNow = "fix-now",
    FixNext = "fix-next",
    KnownIssue = "known-issue",
    StopRelease = "stop-release"
);
words!(TestNeed, Unit = "unit", EndToEnd = "end-to-end" | "e2e", Manual = "manual");
words!(
    ActivityState,
    Open = "open" | "not-started" | "todo",
    UnderWay = "under-way" | "in-progress" | "started",
    Done = "done" | "completed" | "finished",
    Cancelled = "cancelled" | "canceled",
);
words!(
    MeetingKind,
    Planning = "planning",
    Refinement = "refinement",
    GoNoGo = "go-no-go" | "go/no-go",
    Retrospective = "retrospective",
    Other = "other",
);
words!(RiskState, Open = "open", Occurred = "occurred", Closed = "closed");
words!(BoundKind, Flag = "flag", RollbackRule = "rollback-rule", Gate = "gate");
words!(
    Moment,
    WindowStart = "window-start",
    WindowEnd = "window-end",
    Started = "started",
    Step = "step",
    Succeeded = "succeeded",
    RolledBack = "rolled-back",
);
words!(
    MaterialKind,
    ReleaseNotes = "release-notes",
    Documentation = "documentation" | "docs",
    Training = "training",
    Support = "support",
);

/// Lower case, with a hyphen between words.
pub(crate) fn plain(text: &str) -> String {
    text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join("-").replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_value_reads_as_that_value_again_and_is_the_one_on_the_wire() {
        macro_rules! check {
            ($($type:ty),+) => {$(
                for value in <$type>::EACH {
                    assert_eq!(<$type>::from_word(value.word()), Some(*value));
                    assert_eq!(serde_json::to_value(value).unwrap(), value.word());
                }
                assert_eq!(<$type>::from_word("no such word"), None);
            )+};
        }
        check!(Kind, ScopeState, Severity, FixRisk, Decision, TestNeed, ActivityState);
        check!(MeetingKind, RiskState, BoundKind, Moment, MaterialKind);
        assert_eq!(ActivityState::from_word(" In Progress "), Some(ActivityState::UnderWay));
    }
}
