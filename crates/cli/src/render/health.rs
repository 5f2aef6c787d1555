//! How Tidegate itself does, and what an audit found.
//!
//! Invariant: what is not well is said first. Not here: finding out.

use tidegate_api::{Audit, ChainState, Health, RetentionState};

use super::number;
use super::piece::{self, Row};
use crate::paint::{Paint, Tone};

pub fn health(health: &Health, url: &str, paint: Paint) -> String {
    let part = |name: &str, ok: bool, detail: &Option<String>| {
        let (tone, word) = if ok { (Tone::Good, "well") } else { (Tone::Bad, "not well") };
        let detail = detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
        Row::new().plain(format!("  {name:<9}")).add(tone, word).plain(detail)
    };
    let server = if health.version.is_empty() {
        format!("a server at {url} (sign in to see more: `tidegate login`)")
    } else {
        let up = number::duration(health.uptime_ms);
        format!("server {} at {url}, up {up}, process {}", health.version, health.process_id)
    };
    let rows = [
        Row::new().plain(server),
        part("store", health.store.ok, &health.store.detail),
        part("gateway", health.gateway.ok, &health.gateway.detail),
    ];
    piece::text(&rows, paint)
}

pub fn audit(audit: &Audit, paint: Paint) -> String {
    let events = number::counted(audit.events, "event");
    let (are, they_were) = if audit.events == 1 { ("is", "it was") } else { ("are", "they were") };
    let rows = match audit.chain {
        ChainState::Ok => vec![
            Row::new().add(Tone::Good, "ok").plain(format!(": {events} {are} as {they_were} written")),
            Row::new().plain("  head ").plain(&audit.head),
            compared(audit.checkpoints),
        ]
        .into_iter()
        .chain(forgotten(audit.forgotten_origins))
        .collect(),
        ChainState::Broken => vec![
            Row::new().add(Tone::Bad, "broken").plain(format!(
                ": event {} is not as it was written: {}",
                audit.first_bad_position.map_or("?".to_owned(), |position| position.to_string()),
                audit.why.as_deref().unwrap_or("the reason is not known"),
            )),
            Row::new().plain(format!("  {events} before it {are} good, head {}", audit.head)),
            Row::new().plain("  restore a backup, and find out who could write to the database"),
        ],
    };
    piece::text(&rows, paint)
}

fn forgotten(origins: u64) -> Option<Row> {
    let told =
        || format!("  of {} the origin was forgotten, as the log says", number::counted(origins, "event"));
    (origins > 0).then(|| Row::new().add(Tone::Quiet, told()))
}

pub fn retention(state: &RetentionState) -> String {
    let long = match state.origin_days {
        None => "From where somebody asked is remembered for ever.".to_owned(),
        Some(days) => {
            let days = number::counted(u64::from(days), "day");
            format!("From where somebody asked is forgotten after {days}; looked after each day.")
        }
    };
    match state.forgotten_through {
        0 => format!("{long}\n"),
        through => format!("{long}\n  forgotten of the events up to {through}\n"),
    }
}

fn compared(checkpoints: u64) -> Row {
    if checkpoints > 0 {
        let agree = if checkpoints == 1 { "agrees" } else { "agree" };
        return Row::new().plain(format!("  {} {agree}", number::counted(checkpoints, "signed checkpoint")));
    }
    Row::new().add(Tone::Quiet, "  note the head elsewhere: it proves later that nothing was rewritten")
}

#[cfg(test)]
mod tests {
    use tidegate_api::{GatewayHealth, StoreHealth};

    use super::*;

    #[test]
    fn audits() {
        let good = Audit {
            events: 1_234,
            head: "0f3a".to_owned(),
            chain: ChainState::Ok,
            first_bad_position: None,
            why: None,
            checkpoints: 0,
            forgotten_origins: 0,
        };
        let signed = Audit { checkpoints: 7, forgotten_origins: 12, ..good.clone() };
        let bad = Audit {
            chain: ChainState::Broken,
            first_bad_position: Some(1_235),
            why: Some("its content is not what was hashed when it was written".to_owned()),
            ..good.clone()
        };
        insta::assert_snapshot!(
            [&good, &signed, &bad].map(|found| audit(found, Paint::default())).join("\n")
        );
    }

    #[test]
    fn what_is_remembered() {
        let state = |origin_days, forgotten_through| RetentionState { origin_days, forgotten_through };
        let told = [state(None, 0), state(Some(1), 0), state(Some(90), 4_711)];
        insta::assert_snapshot!(told.map(|state| retention(&state)).join("\n"));
    }

    #[test]
    fn a_server_that_is_not_well() {
        let given = Health {
            ok: false,
            version: "0.1.0".to_owned(),
            process_id: 4_711,
            uptime_ms: 64_000,
            position: 118,
            store: StoreHealth { ok: true, detail: None },
            gateway: GatewayHealth {
                ok: false,
                detail: Some("it does not answer".to_owned()),
                url: None,
                instance_id: None,
                process_id: None,
            },
        };
        insta::assert_snapshot!(health(&given, "http://127.0.0.1:7070/", Paint::default()));
    }
}
