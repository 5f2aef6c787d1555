//! Webhooks, deliveries from outside, the calendar, incidents.

use tidegate_calendar::{Kind, PeriodText, Reach};
use tidegate_domain::calendar::{CalendarEntry, CalendarEvent};
use tidegate_domain::catalog::{Catalog, CatalogEvent};
use tidegate_domain::id::IncidentId;
use tidegate_domain::inbound::{Alert, Delivery, InboundEvent, InboundKind, OnAlert};
use tidegate_domain::incident::{About, IncidentEvent, Note};
use tidegate_domain::name::{GateName, InboundName, WebhookName};
use tidegate_domain::release::{Commits, NotesRecord, ReleaseCommit, ReleaseEvent};
use tidegate_domain::webhook::{Webhook, WebhookEvent, WebhookFormat};

use super::samples::{ana, api, because, check, production, rollout, version};

#[test]
fn calendar_events_keep_their_form() {
    let period = PeriodText {
        from: "2026-11-27T18:00".to_owned(),
        until: None,
        lasts_seconds: Some(223_200),
        zone: "Europe/Berlin".to_owned(),
        rule: Some("FREQ=WEEKLY;BYDAY=FR".to_owned()),
        except: vec!["2026-12-25".to_owned()],
    };
    let reach = Reach { environments: vec!["production".to_owned()], ..Reach::default() };
    let entry =
        CalendarEntry { kind: Kind::Freeze, reason: because(), reach, period, feed: Some("team".to_owned()) };
    let name: GateName = "weekends".parse().unwrap();
    let set = CalendarEvent::Set { name: name.clone(), entry: Box::new(entry) };
    [set, CalendarEvent::Removed { name }].iter().for_each(|event| check(event.kind(), event));
}

#[test]
fn inbound_events_keep_their_form() {
    let name = || "alerts".parse::<InboundName>().unwrap();
    let source =
        tidegate_domain::inbound::Source { kind: InboundKind::Alertmanager, on_alert: OnAlert::Hold };
    let alert = Alert {
        incident: "ab12/1".to_owned(),
        firing: true,
        environment: Some("production".to_owned()),
        component: Some("api".to_owned()),
        severity: Some("critical".to_owned()),
        group: None,
        at_ms: None,
    };
    let delivery = Delivery {
        id: "00ff".to_owned(),
        event: "firing".to_owned(),
        says: because(),
        alert: Some(alert),
        at_ms: 1,
    };
    let events = [
        InboundEvent::Added { name: name(), source },
        InboundEvent::Removed { name: name() },
        InboundEvent::SecretRotated { name: name(), at_ms: 1 },
        InboundEvent::Received { name: name(), delivery },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
}

#[test]
fn incident_events_keep_their_form() {
    let about = About {
        title: because(),
        severity: Some("critical".to_owned()),
        environment: Some(production()),
        component: Some(api()),
        detected_ms: 1,
    };
    let events = [
        IncidentEvent::Opened { id: IncidentId::from_bits(7), about, by: ana() },
        IncidentEvent::Linked { rollout: rollout() },
        IncidentEvent::Unlinked { rollout: rollout() },
        IncidentEvent::Resolved { at_ms: 2 },
        IncidentEvent::Reopened,
        IncidentEvent::Noted { note: Note { by: ana(), at_ms: 2, text: because() } },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
    // What came with a group, and a time of its own.
    let alert = Alert {
        incident: "ab12/1".to_owned(),
        firing: true,
        environment: None,
        component: None,
        severity: None,
        group: Some("00ff".to_owned()),
        at_ms: Some(1),
    };
    check("inbound.received.grouped", &alert);
    let commit = ReleaseCommit {
        id: "a1b2".to_owned(),
        authored_ms: 1,
        pull_request: Some("#7".to_owned()),
        title: None,
        references: Vec::new(),
    };
    let listed =
        ReleaseEvent::CommitsListed { commits: Commits::checked(vec![commit], &version("2.0.0")).unwrap() };
    check(listed.kind(), &listed);
    let notes = NotesRecord { digest: "00ff".to_owned(), lines: 2, waiting: 1, renewed: true };
    let written = ReleaseEvent::NotesWritten { notes };
    check(written.kind(), &written);
    let teams = [(api(), "payments".parse().unwrap())].into();
    let applied =
        CatalogEvent::Applied { catalog: Catalog { teams, ..Catalog::default() }, changes: vec![because()] };
    check("catalog.teams", &applied);
}

#[test]
fn webhook_events_keep_their_form() {
    let name = || "ci".parse::<WebhookName>().unwrap();
    let webhook = Webhook {
        host: "hooks.example".to_owned(),
        patterns: vec!["rollout.*".to_owned()],
        format: WebhookFormat::Cdevents,
        disabled: None,
    };
    let events = [
        WebhookEvent::Added { name: name(), webhook },
        WebhookEvent::Removed { name: name() },
        WebhookEvent::Enabled { name: name() },
        WebhookEvent::Disabled { name: name(), why: because() },
        WebhookEvent::SecretRotated { name: name() },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
}
