//! Reviews of emergencies.

use tidegate_api::{Review, ReviewOutcome, ReviewState};
use tidegate_domain::review::Outcome;
use tidegate_engine::ReviewView;

pub(crate) fn review(view: ReviewView, now_ms: u64) -> Review {
    let ReviewView { release, author, signed_by, owed } = view;
    let state = match &owed.done {
        Some(_) => ReviewState::Done,
        None if owed.is_overdue(now_ms) => ReviewState::Overdue,
        None => ReviewState::Due,
    };
    let done = owed.done;
    Review {
        release: release.to_string(),
        environment: owed.environment.to_string(),
        rollout: owed.rollout.to_string(),
        state,
        author,
        signed_by: signed_by.iter().map(ToString::to_string).collect(),
        ended_ms: owed.ended_ms,
        due_ms: owed.due_ms,
        outcome: done.as_ref().map(|done| match done.outcome {
            Outcome::Justified => ReviewOutcome::Justified,
            Outcome::Unjustified => ReviewOutcome::Unjustified,
        }),
        note: done.as_ref().map(|done| done.note.clone()),
        reviewed_by: done.as_ref().map(|done| done.by.to_string()),
        reviewed_ms: done.map(|done| done.at_ms),
    }
}
