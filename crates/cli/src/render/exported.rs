//! What checking an export of the log found.
//!
//! Invariant: what no signature covers is said. Not here: checking.

use tidegate_api::ChainState;

use super::number::counted;
use super::piece::{self, Row};
use crate::commands::audit_exported::Found;
use crate::paint::{Paint, Tone};

pub fn text(found: &Found, paint: Paint) -> String {
    let last = found.after + found.events;
    let which = match found.events {
        0 => format!("no events after event {}", found.after),
        1 => format!("event {last}"),
        _ => format!("events {} to {last}", found.after + 1),
    };
    let rows = match found.chain {
        ChainState::Ok => vec![
            Row::new()
                .add(Tone::Good, "ok")
                .plain(format!(": {which} of project {} hash to what was written", found.project)),
            Row::new().plain(format!("  head after event {last} ")).plain(&found.head),
            signed(found, last),
        ],
        ChainState::Broken => vec![
            Row::new().add(Tone::Bad, "broken").plain(format!(
                ": event {} is not as it was written: {}",
                found.first_bad_position.unwrap_or(last + 1),
                found.why.as_deref().unwrap_or("the reason is not known"),
            )),
            Row::new().plain("  export it anew, and find out who could write to the file"),
        ],
    };
    let left_out = [
        (found.withheld, "only the hash is there: who exported may not see them"),
        (found.forgotten_origins, "the origin was forgotten"),
    ];
    let left_out = left_out.into_iter().filter(|(count, _)| *count > 0);
    let left_out = left_out
        .map(|(count, why)| Row::new().add(Tone::Quiet, format!("  of {} {why}", counted(count, "event"))));
    piece::text(&rows.into_iter().chain(left_out).collect::<Vec<_>>(), paint)
}

fn signed(found: &Found, last: u64) -> Row {
    let Some(until) = found.proven_until else {
        return Row::new().add(
            Tone::Quiet,
            "  no signed checkpoint was compared: it proves no more than that nothing was changed by accident",
        );
    };
    let agree = if found.checkpoints == 1 { "agrees" } else { "agree" };
    let many = counted(found.checkpoints, "signed checkpoint");
    if until == last {
        return Row::new().plain(format!("  {many} {agree}, up to the last event"));
    }
    Row::new()
        .plain(format!("  {many} {agree}, up to event {until}; nothing signed stands for those after it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports() {
        let good = Found {
            project: "default".to_owned(),
            after: 0,
            events: 1_234,
            withheld: 0,
            forgotten_origins: 0,
            head: "0f3a".to_owned(),
            chain: ChainState::Ok,
            first_bad_position: None,
            why: None,
            checkpoints: 5,
            proven_until: Some(1_234),
        };
        let part = Found {
            after: 1_000,
            events: 234,
            withheld: 1,
            forgotten_origins: 12,
            checkpoints: 1,
            proven_until: Some(1_200),
            ..good.clone()
        };
        let unsigned = Found { events: 1, checkpoints: 0, proven_until: None, ..good.clone() };
        let bad = Found {
            chain: ChainState::Broken,
            first_bad_position: Some(1_235),
            why: Some("its content is not what was hashed when it was written".to_owned()),
            ..good.clone()
        };
        let all = [&good, &part, &unsigned, &bad].map(|found| text(found, Paint::default()));
        insta::assert_snapshot!(all.join("\n"));
    }
}
