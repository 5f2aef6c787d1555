//! How long the log remembers from where somebody asked.
//!
//! Invariant: what is forgotten is recorded before it is, and nothing but origins is: events themselves are what every state
//! follows from. Deliberately not here: forgetting (the store), and when (the server).

use serde::{Deserialize, Serialize};

use crate::refusal::Refuse;

/// A hundred years.
pub const DAYS_MAX: u32 = 36_525;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retention {
    /// None keeps them for ever.
    pub origin_days: Option<u32>,
    /// Of all events up to this position the origins are forgotten, or about to be.
    pub forgotten_through: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RetentionEvent {
    /// For how long from now on.
    Set { origin_days: Option<u32> },
    /// So many origins go, of events up to this position; all of them are older than this.
    OriginsForgotten { through: u64, origins: u64, before_ms: u64 },
}

impl RetentionEvent {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Set { .. } => "retention.set",
            Self::OriginsForgotten { .. } => "retention.origins-forgotten",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionCommand {
    Set { origin_days: Option<u32> },
    Forget { through: u64, origins: u64, before_ms: u64 },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RetentionRefusal {
    #[error("origins are kept for 1 to {most} days, or for ever")]
    Days { most: u32 },
}

impl Refuse for RetentionRefusal {
    fn code(&self) -> &'static str {
        "retention-days"
    }
    fn help(&self) -> String {
        "for ever: `tidegate audit retain --for-ever`; for a quarter: `tidegate audit retain --days 92`"
            .to_owned()
    }
    fn is_invalid(&self) -> bool {
        true
    }
}

/// What stands already changes nothing, and says so with no event.
pub fn decide(state: &Retention, command: RetentionCommand) -> Result<Vec<RetentionEvent>, RetentionRefusal> {
    match command {
        RetentionCommand::Set { origin_days } => {
            if origin_days.is_some_and(|days| days == 0 || days > DAYS_MAX) {
                return Err(RetentionRefusal::Days { most: DAYS_MAX });
            }
            let stands = state.origin_days == origin_days;
            Ok(if stands { Vec::new() } else { vec![RetentionEvent::Set { origin_days }] })
        }
        RetentionCommand::Forget { through, origins, before_ms } => {
            // Nobody asked for it any more, or there is nothing to forget.
            let idle = state.origin_days.is_none() || origins == 0 || through <= state.forgotten_through;
            let event = RetentionEvent::OriginsForgotten { through, origins, before_ms };
            Ok(if idle { Vec::new() } else { vec![event] })
        }
    }
}

pub fn evolve(mut state: Retention, event: &RetentionEvent) -> Retention {
    match event {
        RetentionEvent::Set { origin_days } => state.origin_days = *origin_days,
        RetentionEvent::OriginsForgotten { through, .. } => {
            state.forgotten_through = state.forgotten_through.max(*through);
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(commands: &[RetentionCommand]) -> Retention {
        commands.iter().fold(Retention::default(), |state, command| {
            decide(&state, *command).unwrap().iter().fold(state, evolve)
        })
    }

    #[test]
    fn days_are_counted_and_limited() {
        for days in [0, DAYS_MAX + 1, u32::MAX] {
            let refused = decide(&Retention::default(), RetentionCommand::Set { origin_days: Some(days) });
            assert_eq!(refused.unwrap_err().code(), "retention-days");
        }
        let set = |days| RetentionCommand::Set { origin_days: days };
        assert_eq!(after(&[set(Some(90))]).origin_days, Some(90));
        assert_eq!(after(&[set(Some(90)), set(None)]), Retention::default());
        assert_eq!(decide(&after(&[set(Some(90))]), set(Some(90))), Ok(Vec::new()));
    }

    #[test]
    fn nothing_is_forgotten_twice_or_without_being_asked_for() {
        let forget = |through| RetentionCommand::Forget { through, origins: 3, before_ms: 1 };
        assert_eq!(decide(&Retention::default(), forget(9)), Ok(Vec::new()));
        let state = after(&[RetentionCommand::Set { origin_days: Some(1) }, forget(9)]);
        assert_eq!(state.forgotten_through, 9);
        assert_eq!(decide(&state, forget(9)), Ok(Vec::new()));
        assert_eq!(decide(&state, forget(8)), Ok(Vec::new()));
        let none = RetentionCommand::Forget { through: 20, origins: 0, before_ms: 1 };
        assert_eq!(decide(&state, none), Ok(Vec::new()));
        assert_eq!(decide(&state, forget(10)).unwrap()[0].kind(), "retention.origins-forgotten");
    }
}
