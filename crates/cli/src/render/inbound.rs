//! Sources of deliveries. Not here: secrets, but for the one that was just made.

use tidegate_api::{Inbound, InboundKind, InboundSecret, OnAlert};

use super::number;
use super::piece::{self, Row};
use super::table::Table;
use crate::paint::{Paint, Tone};

fn word(kind: InboundKind) -> &'static str {
    match kind {
        InboundKind::Github => "github",
        InboundKind::Gitlab => "gitlab",
        InboundKind::Alertmanager => "alertmanager",
        InboundKind::Cdevents => "cdevents",
        InboundKind::Generic => "generic",
    }
}

pub fn list(sources: &[Inbound], paint: Paint, width: Option<usize>) -> String {
    if sources.is_empty() {
        let hint = "No inbound sources. Add one with `tidegate inbound add github --name ci`.";
        return piece::text(&[Row::new().plain(hint)], paint);
    }
    let mut table = Table::new(&["source", "kind", "on an alert", "received", "last", "sends to"]);
    for source in sources {
        let on_alert = match (source.kind, source.on_alert) {
            (InboundKind::Alertmanager, OnAlert::Record) => "record",
            (InboundKind::Alertmanager, OnAlert::Hold) => "hold",
            (InboundKind::Alertmanager, OnAlert::Abort) => "abort",
            _ => "-",
        };
        table.row(vec![
            (Tone::Strong, source.name.clone()),
            (Tone::Plain, word(source.kind).to_owned()),
            (Tone::Plain, on_alert.to_owned()),
            (Tone::Plain, source.received.to_string()),
            (Tone::Plain, source.last_ms.map_or_else(|| "never".to_owned(), number::time)),
            (Tone::Quiet, source.url.clone()),
        ]);
    }
    let mut rows = table.rows(width);
    for (source, firing) in
        sources.iter().flat_map(|source| source.firing.iter().map(move |one| (source, one)))
    {
        let place =
            [&firing.environment, &firing.component].map(|part| part.as_deref().unwrap_or("-")).join("/");
        let since = number::time(firing.since_ms);
        let severity = firing.severity.as_deref().unwrap_or("alert");
        rows.push(
            Row::new()
                .plain(format!("{}: ", source.name))
                .add(Tone::Bad, severity)
                .plain(format!(" fires in {place} since {since}: {}", firing.says)),
        );
    }
    piece::text(&rows, paint)
}

pub fn made(made: &InboundSecret) -> String {
    let InboundSecret { inbound, secret } = made;
    let how = match inbound.kind {
        InboundKind::Github => "as the webhook's secret, with content type application/json",
        InboundKind::Gitlab => "as the webhook's secret token",
        InboundKind::Alertmanager => {
            "as http_config.authorization.credentials of the receiver's webhook_configs"
        }
        InboundKind::Cdevents | InboundKind::Generic => "to sign with, by Standard Webhooks",
    };
    format!(
        "{} is taken from at {}\nGive the other system this secret {how}; it is not shown again:\n{secret}\n",
        inbound.name, inbound.url
    )
}

#[cfg(test)]
mod tests {
    use tidegate_api::Firing;

    use super::*;
    use crate::render::samples::STARTED_MS;

    #[test]
    fn sources_and_what_fires_are_told() {
        let source = |name: &str, kind| Inbound {
            name: name.to_owned(),
            kind,
            on_alert: OnAlert::Record,
            url: format!("http://127.0.0.1:7070/api/v1/inbound/{name}"),
            received: 3,
            last_ms: Some(STARTED_MS),
            firing: Vec::new(),
        };
        let firing = Firing {
            says: "Checkout is slow".to_owned(),
            environment: Some("production".to_owned()),
            component: None,
            severity: Some("critical".to_owned()),
            since_ms: STARTED_MS,
        };
        let ci = Inbound { last_ms: None, received: 0, ..source("ci", InboundKind::Github) };
        let alerts = Inbound {
            on_alert: OnAlert::Hold,
            firing: vec![firing],
            ..source("alerts", InboundKind::Alertmanager)
        };
        let secret = InboundSecret { inbound: ci.clone(), secret: "0123abcd".to_owned() };
        insta::assert_snapshot!("inbound", list(&[ci, alerts], Paint::default(), Some(120)));
        insta::assert_snapshot!("inbound_none", list(&[], Paint::default(), None));
        insta::assert_snapshot!("inbound_made", made(&secret));
    }
}
