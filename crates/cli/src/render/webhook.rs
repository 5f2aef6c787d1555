//! Webhooks, their secrets and their messages.
//!
//! Invariant: what is wrong is on the line of what it is about. Not here: asking for them.

use tidegate_api::{Delivery, DeliveryState, Webhook, WebhookFormat, WebhookSecret, WebhookTested};

use super::number;
use super::piece::{self, Row, printable};
use crate::paint::{Paint, Tone};

pub fn list(webhooks: &[Webhook], paint: Paint) -> String {
    if webhooks.is_empty() {
        return "There are no webhooks; add one: tidegate webhook add URL --events 'rollout.*'\n".to_owned();
    }
    piece::text(&webhooks.iter().map(row).collect::<Vec<_>>(), paint)
}

fn row(webhook: &Webhook) -> Row {
    let format = match webhook.format {
        WebhookFormat::Cdevents => "cdevents",
        WebhookFormat::Tidegate => "tidegate",
    };
    let row = Row::new().add(Tone::Strong, &webhook.name).plain(format!(
        "  {}  {format}  {}",
        printable(&webhook.host),
        webhook.events.join(" ")
    ));
    let row = match &webhook.disabled {
        Some(why) => row.add(Tone::Bad, "  off").plain(format!(": {}", printable(why))),
        None => row,
    };
    let waits = |row: Row| match webhook.waiting {
        0 => row,
        waiting => row.plain(format!("  {} waiting", number::counted(waiting, "message"))),
    };
    match webhook.dead {
        0 => waits(row),
        dead => waits(row).add(Tone::Bad, format!("  {} given up", number::counted(dead, "message"))),
    }
}

pub fn secret(made: &WebhookSecret) -> String {
    format!(
        "{} is told from now on. Its secret, which is not shown again:\n{}\n",
        made.webhook.name, made.secret
    )
}

pub fn tested(tested: &WebhookTested) -> String {
    let took = number::duration(tested.duration_ms);
    match (tested.status, &tested.failure) {
        (Some(status), _) => format!(
            "It answered {status} after {took}{}\n",
            tested.said.as_ref().map_or_else(String::new, |said| format!(": {}", printable(said)))
        ),
        (None, Some(failure)) => format!("No answer after {took}: {}\n", printable(failure)),
        (None, None) => format!("No answer after {took}.\n"),
    }
}

pub fn deliveries(deliveries: &[Delivery], paint: Paint) -> String {
    if deliveries.is_empty() {
        return "There are none.\n".to_owned();
    }
    piece::text(&deliveries.iter().map(delivery).collect::<Vec<_>>(), paint)
}

fn delivery(delivery: &Delivery) -> Row {
    let (tone, word) = match delivery.state {
        DeliveryState::Waiting => (Tone::Strong, "waiting"),
        DeliveryState::Delivered => (Tone::Good, "delivered"),
        DeliveryState::Dead => (Tone::Bad, "given up"),
    };
    let answer = match (delivery.status, &delivery.failure) {
        (Some(status), _) => format!("  answered {status}"),
        (None, Some(failure)) => format!("  {}", printable(failure)),
        (None, None) => String::new(),
    };
    let next = delivery.next_ms.map_or_else(String::new, |next| format!("  again at {}", number::time(next)));
    Row::new()
        .plain(format!("{}  {}  ", delivery.id, delivery.kind))
        .add(tone, word)
        .plain(format!("  {}{answer}{next}", number::counted(u64::from(delivery.attempts), "attempt")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::STARTED_MS;

    #[test]
    fn webhooks_and_deliveries() {
        let one = Webhook {
            name: "ci".to_owned(),
            host: "ci.example".to_owned(),
            events: vec!["rollout.*".to_owned()],
            format: WebhookFormat::Cdevents,
            disabled: None,
            waiting: 0,
            dead: 0,
        };
        let off = Webhook {
            disabled: Some("the receiver answered 410".to_owned()),
            waiting: 1,
            dead: 2,
            ..one.clone()
        };
        let waits = Delivery {
            id: "msg_7_0_ci".to_owned(),
            webhook: "ci".to_owned(),
            position: 7,
            kind: "rollout.started".to_owned(),
            state: DeliveryState::Waiting,
            attempts: 2,
            attempted_ms: Some(STARTED_MS),
            next_ms: Some(STARTED_MS + 300_000),
            status: Some(500),
            said: None,
            failure: None,
            duration_ms: Some(12),
        };
        let state = DeliveryState::Dead;
        let dead = Delivery {
            state,
            next_ms: None,
            status: None,
            failure: Some("no\u{7} answer".to_owned()),
            ..waits.clone()
        };
        let paint = Paint::default();
        insta::assert_snapshot!(
            [
                list(&[], paint),
                list(&[one, off], paint),
                deliveries(&[], paint),
                deliveries(&[waits, dead], paint)
            ]
            .join("\n")
        );
    }
}
