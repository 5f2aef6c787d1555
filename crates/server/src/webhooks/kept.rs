//! What is kept of deliveries: how far each subscription has come, and the messages that did not arrive yet.
//!
//! Invariant: a message that arrived at its first attempt leaves no row; one that did not has a row until it arrives or
//! is given up. Deliberately not here: messages themselves, which are made from the log anew.

use tidegate_api::{Delivery, DeliveryState};
use tidegate_domain::id::StreamId;
use tidegate_domain::moment::Moment;
use tidegate_domain::name::WebhookName;
use tidegate_ports::{AppendError, Batch, EventsAfter, Fault, Note, Row, RowQuery, Store};

const KIND: &str = "delivery";
const PAGE: u32 = 1_000;

/// The position up to which everything was told or has a row.
pub(super) async fn position(store: &dyn Store, name: &WebhookName) -> Result<u64, Fault> {
    let kept = store.note(&StreamId::Webhooks, &note_name(name)).await?;
    let kept = kept.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.parse().ok()).unwrap_or(0);
    Ok(added_at(store, name).await?.max(kept))
}

/// Whoever subscribes is told what comes after that.
async fn added_at(store: &dyn Store, name: &WebhookName) -> Result<u64, Fault> {
    let mut query = EventsAfter { position: 0, stream: Some(StreamId::Webhooks), limit: PAGE };
    let mut newest = 0;
    loop {
        let found = store.events(query.clone()).await?;
        let Some(last) = found.last() else { return Ok(newest) };
        query.position = last.position;
        let of_this = |body: &str| {
            let body: Option<serde_json::Value> = serde_json::from_str(body).ok();
            body.is_some_and(|body| body["Added"]["name"] == name.as_str())
        };
        let added = found.iter().rev().find(|entry| entry.kind == "webhook.added" && of_this(&entry.body));
        newest = added.map_or(newest, |entry| entry.position);
    }
}

pub(super) async fn keep(
    store: &dyn Store,
    name: &WebhookName,
    position: Option<u64>,
    (deliveries, at): (&[Delivery], Moment),
) -> Result<(), Fault> {
    let note = |position: u64| Note {
        stream: StreamId::Webhooks,
        name: note_name(name),
        body: Some(position.to_string().into_bytes()),
    };
    let notes = position.map(note).into_iter().collect();
    write(store, notes, deliveries.iter().filter_map(row).collect(), at).await
}

/// When it is removed: another of the same name begins anew.
pub(crate) async fn forget(store: &dyn Store, name: &WebhookName, at: Moment) -> Result<(), Fault> {
    let note = Note { stream: StreamId::Webhooks, name: note_name(name), body: None };
    let mut given_up = waiting(store, name).await?;
    for delivery in &mut given_up {
        (delivery.state, delivery.next_ms) = (DeliveryState::Dead, None);
    }
    write(store, vec![note], given_up.iter().filter_map(row).collect(), at).await
}

/// To be sent again from the beginning of the timetable.
pub(crate) async fn at_once(store: &dyn Store, deliveries: &[Delivery], at: Moment) -> Result<(), Fault> {
    let again = deliveries.iter().map(|delivery| Delivery {
        state: DeliveryState::Waiting,
        attempts: 0,
        next_ms: Some(at.wall_ms),
        ..delivery.clone()
    });
    write(store, Vec::new(), again.filter_map(|delivery| row(&delivery)).collect(), at).await
}

/// What is no history: beside the log.
pub(crate) async fn write(
    store: &dyn Store,
    notes: Vec<Note>,
    rows: Vec<Row>,
    at: Moment,
) -> Result<(), Fault> {
    let batch = Batch { at, actor: "tidegate".to_owned(), notes, rows, ..Batch::default() };
    match store.append(batch).await {
        Err(AppendError::Fault(fault)) => Err(fault),
        // It names no version, lease or key that could be refused.
        Ok(_) | Err(_) => Ok(()),
    }
}

fn row(delivery: &Delivery) -> Option<Row> {
    let state = match delivery.state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Dead => "dead",
    };
    Some(Row {
        kind: KIND.to_owned(),
        id: delivery.id.clone(),
        scope: delivery.webhook.clone(),
        state: state.to_owned(),
        body: serde_json::to_string(delivery).ok()?,
    })
}

pub(crate) async fn waiting(store: &dyn Store, name: &WebhookName) -> Result<Vec<Delivery>, Fault> {
    of_state(store, name, Some("waiting")).await
}

/// Given up, newest first.
pub(crate) async fn dead(store: &dyn Store, name: &WebhookName) -> Result<Vec<Delivery>, Fault> {
    of_state(store, name, Some("dead")).await
}

/// All that have a row, newest first.
pub(crate) async fn kept(store: &dyn Store, name: &WebhookName) -> Result<Vec<Delivery>, Fault> {
    of_state(store, name, None).await
}

pub(crate) async fn one(store: &dyn Store, id: &str) -> Result<Option<Delivery>, Fault> {
    Ok(store.row(KIND, id).await?.and_then(|row| serde_json::from_str(&row.body).ok()))
}

async fn of_state(
    store: &dyn Store,
    name: &WebhookName,
    state: Option<&str>,
) -> Result<Vec<Delivery>, Fault> {
    let query = RowQuery {
        kind: KIND.to_owned(),
        scope: Some(name.to_string()),
        state: state.map(str::to_owned),
        before: None,
        limit: PAGE,
    };
    let rows = store.rows(query).await?;
    Ok(rows.into_iter().filter_map(|(_, row)| serde_json::from_str(&row.body).ok()).collect())
}

fn note_name(name: &WebhookName) -> String {
    format!("position/{name}")
}
