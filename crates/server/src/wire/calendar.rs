//! Freezes and windows.

use tidegate_api::{CalendarEntry, CalendarKind, Occurrence};
use tidegate_calendar::{Kind, Span};
use tidegate_domain::calendar;

pub(crate) fn calendar_entry(
    name: String,
    entry: &calendar::CalendarEntry,
    next: Option<Span>,
    now_ms: u64,
) -> CalendarEntry {
    let calendar::CalendarEntry { kind, reason, reach, period, feed } = entry.clone();
    CalendarEntry {
        name,
        kind: match kind {
            Kind::Freeze => CalendarKind::Freeze,
            Kind::Window => CalendarKind::Window,
        },
        reason,
        from: period.from,
        until: period.until,
        lasts_seconds: period.lasts_seconds,
        zone: period.zone,
        rule: period.rule,
        except: period.except,
        environments: reach.environments,
        components: reach.components,
        tenants: reach.tenants,
        feed,
        holds_now: next.is_some_and(|span| span.holds(now_ms)),
        next: next.map(|Span { from_ms, until_ms }| Occurrence { from_ms, until_ms }),
    }
}
