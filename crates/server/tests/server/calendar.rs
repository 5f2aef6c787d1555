//! `/calendar`: whom a freeze reaches, and what a feed becomes.

use tidegate_client::FeedReading;
use tidegate_client::api::{ApplyRequest, CalendarEntryRequest, CalendarKind};

use crate::support::{World, deploy, key, manifest};

const FEED: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:unity@example.com\r\nSUMMARY:Unity Day\r\n\
    DTSTART;VALUE=DATE:20271003\r\nDTEND;VALUE=DATE:20271004\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// Every day, so whenever the test runs.
fn freeze(tenants: &[&str], environments: &[&str]) -> CalendarEntryRequest {
    CalendarEntryRequest {
        kind: CalendarKind::Freeze,
        reason: "their audit".to_owned(),
        from: "2020-01-01".to_owned(),
        until: Some("2020-01-02".to_owned()),
        lasts_seconds: None,
        zone: "UTC".to_owned(),
        rule: Some("FREQ=DAILY".to_owned()),
        except: Vec::new(),
        environments: environments.iter().map(ToString::to_string).collect(),
        components: Vec::new(),
        tenants: tenants.iter().map(ToString::to_string).collect(),
    }
}

/// Production is for two tenants, development for everybody.
async fn with_tenants() -> World {
    let world = World::start().await;
    let text = manifest(world.ports)
        .replace("- name: production", "- name: production\n    tenants: [acme, globex]");
    let request = ApplyRequest { file_name: "tidegate.yaml".to_owned(), text, dry_run: false };
    world.client.apply(&request, &key()).await.unwrap();
    world
}

#[tokio::test]
async fn a_freeze_for_a_tenant_stops_only_where_the_tenant_is_served() {
    let world = with_tenants().await;
    let catalog = world.client.catalog().await.unwrap();
    let production = catalog.environments.iter().find(|found| found.name == "production").unwrap();
    assert_eq!(production.tenants, ["acme", "globex"]);
    world.release("1.0.0").await;
    let entry = world.client.set_calendar_entry("audit", &freeze(&["globex"], &[]), &key()).await.unwrap();
    assert!(entry.holds_now, "{entry:?}");
    let development = world.deploy("1.0.0", "development").await;
    world.ended(&development).await;
    let refused = world.client.start_rollout("production", &deploy("1.0.0"), &key()).await.unwrap_err();
    let problem = refused.problem().unwrap();
    assert!(problem.detail.contains("audit") || problem.help.contains("audit"), "{problem:?}");
    world.client.remove_calendar_entry("audit", &key()).await.unwrap();
    world.deploy("1.0.0", "production").await;
}

#[tokio::test]
async fn a_freeze_that_would_reach_nothing_is_refused() {
    let world = with_tenants().await;
    let mut of_component = freeze(&[], &[]);
    of_component.components.push("wbe".to_owned());
    for (entry, expect) in [
        (freeze(&["acmee"], &[]), "unknown-tenant"),
        (freeze(&[], &["prodution"]), "unknown-environment"),
        (of_component, "unknown-component"),
    ] {
        let refused = world.client.set_calendar_entry("audit", &entry, &key()).await.unwrap_err();
        assert_eq!((refused.problem().unwrap().status, refused.code()), (404, expect));
    }
    assert!(world.client.calendar().await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_feed_becomes_what_it_was_asked_to_and_goes_with_its_events() {
    let world = with_tenants().await;
    world.client.set_calendar_entry("audit", &freeze(&["acme"], &[]), &key()).await.unwrap();
    let reading = FeedReading {
        zone: Some("Europe/Berlin".to_owned()),
        kind: Some(CalendarKind::Window),
        environments: vec!["production".to_owned()],
    };
    let taken = world.client.import_feed("holidays", &reading, FEED.into(), &key()).await.unwrap();
    let calendar = world.client.calendar().await.unwrap().items;
    let entry = calendar.iter().find(|entry| taken.entries.contains(&entry.name)).unwrap();
    assert_eq!((entry.kind, entry.zone.as_str()), (CalendarKind::Window, "Europe/Berlin"));
    assert_eq!(
        (entry.environments.clone(), entry.reason.as_str()),
        (reading.environments.clone(), "Unity Day")
    );
    let nowhere = FeedReading { environments: vec!["prodution".to_owned()], ..reading.clone() };
    let refused = world.client.import_feed("holidays", &nowhere, FEED.into(), &key()).await.unwrap_err();
    assert_eq!(refused.code(), "unknown-environment");
    let empty = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n";
    world.client.import_feed("holidays", &reading, empty.into(), &key()).await.unwrap();
    let names: Vec<_> =
        world.client.calendar().await.unwrap().items.into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["audit"]);
}
