//! Why a period can not be taken.
//!
//! Invariant: each has a stable code and says what to write instead. Deliberately not here: where it stood.

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPeriod {
    #[error("`{text}` is not a local date and time")]
    NotATime { text: String },
    #[error("`{zone}` is not a time zone of the IANA database")]
    UnknownZone { zone: String },
    #[error("a period has either an end or a length")]
    NoEnd,
    #[error("the period ends at {until}, not after it begins at {from}")]
    EndsFirst { from: String, until: String },
    #[error("the period lasts {days} days; the most is {most}")]
    TooLong { days: u64, most: u64 },
    #[error("the rule `{rule}` can not be read: {why}")]
    BadRule { rule: String, why: String },
    #[error("the rule repeats within a day ({what})")]
    TooOften { what: String },
    #[error("{count} exceptions; the most is {most}")]
    TooManyExceptions { count: usize, most: usize },
}

impl BadPeriod {
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotATime { .. } => "not-a-local-time",
            Self::UnknownZone { .. } => "unknown-time-zone",
            Self::NoEnd => "period-without-end",
            Self::EndsFirst { .. } => "period-ends-first",
            Self::TooLong { .. } => "period-too-long",
            Self::BadRule { .. } => "bad-recurrence-rule",
            Self::TooOften { .. } => "recurrence-too-often",
            Self::TooManyExceptions { .. } => "too-many-exceptions",
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            Self::NotATime { .. } => {
                "write it as 2026-12-24T18:00, or 2026-12-24 for midnight; the zone stands beside it"
            }
            Self::UnknownZone { .. } => "write a name such as Europe/Berlin, America/New_York or UTC",
            Self::NoEnd => "give an end (--until, a local time) or a length (--for), and not both",
            Self::EndsFirst { .. } => "set `until` to a later local time",
            Self::TooLong { .. } => "write a shorter one, or a rule that repeats it",
            Self::BadRule { .. } => {
                "write a rule of RFC 5545, for example FREQ=WEEKLY;BYDAY=FR or FREQ=MONTHLY;BYDAY=-1FR"
            }
            Self::TooOften { .. } => {
                "use FREQ=DAILY, WEEKLY, MONTHLY or YEARLY; the time of day stands in `from`"
            }
            Self::TooManyExceptions { .. } => "end the rule with UNTIL and write a new one",
        }
    }
}
