//! Reviews of emergencies: what is owed and until when, and what was found.

use tidegate_api::{Review, ReviewOutcome, ReviewState};

use super::number;
use super::piece::{self, Row, wrapped};
use crate::paint::{Paint, Tone};

pub fn list(reviews: &[Review], paint: Paint, width: usize) -> String {
    if reviews.is_empty() {
        let hint = "No reviews. An emergency owes one once its rollout has ended where people approve.";
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let rows: Vec<Row> = reviews.iter().flat_map(|review| one(review, width)).collect();
    piece::text(&rows, paint)
}

fn one(review: &Review, width: usize) -> Vec<Row> {
    let (tone, word) = match (review.state, review.outcome) {
        (ReviewState::Due, _) => (Tone::Warning, "due"),
        (ReviewState::Overdue, _) => (Tone::Bad, "overdue"),
        (ReviewState::Done, Some(ReviewOutcome::Unjustified)) => (Tone::Warning, "unjustified"),
        (ReviewState::Done, _) => (Tone::Good, "justified"),
    };
    let Review { release, environment, rollout, .. } = review;
    let head = Row::new().add(Tone::Strong, release).plain(format!(" in {environment} ({rollout}): "));
    let mut rows = vec![head.add(tone, word)];
    let mut tell = |text: &str| {
        rows.extend(
            wrapped(text, width.saturating_sub(4))
                .into_iter()
                .map(|line| Row::new().plain(format!("    {line}"))),
        );
    };
    let signed = if review.signed_by.is_empty() { "nobody".to_owned() } else { review.signed_by.join(", ") };
    tell(&format!(
        "ended {}; made by {}, signed by {signed}; a review is due by {}",
        number::time(review.ended_ms),
        review.author,
        number::time(review.due_ms)
    ));
    if let (Some(by), Some(note)) = (&review.reviewed_by, &review.note) {
        let when = review.reviewed_ms.map(number::time).unwrap_or_default();
        tell(&format!("{by}, {when}: {note}"));
    } else {
        let command =
            format!("tidegate review done {release} --in {environment} --outcome justified --note \"…\"");
        rows.push(Row::new().plain("    ").add(Tone::Strong, command));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::STARTED_MS;

    #[test]
    fn what_is_owed_and_what_was_found_is_told() {
        let owed = Review {
            release: "2.1.1".to_owned(),
            environment: "production".to_owned(),
            rollout: "rol_0123456789abcdef".to_owned(),
            state: ReviewState::Due,
            author: "ana".to_owned(),
            signed_by: vec!["ben".to_owned()],
            ended_ms: STARTED_MS,
            due_ms: STARTED_MS + 72 * 3_600_000,
            outcome: None,
            note: None,
            reviewed_by: None,
            reviewed_ms: None,
        };
        let overdue = Review { state: ReviewState::Overdue, signed_by: Vec::new(), ..owed.clone() };
        let done = Review {
            state: ReviewState::Done,
            outcome: Some(ReviewOutcome::Unjustified),
            note: Some("The queue could have waited until Monday; the alert was a wrong one.".to_owned()),
            reviewed_by: Some("cleo".to_owned()),
            reviewed_ms: Some(STARTED_MS + 3_600_000),
            ..owed.clone()
        };
        let text = list(&[owed, overdue, done], Paint::default(), 100);
        insta::assert_snapshot!("reviews", text);
        insta::assert_snapshot!("reviews_none", list(&[], Paint::default(), 100));
    }
}
