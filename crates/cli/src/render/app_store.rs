//! A mobile release in its store, as text for people.
//!
//! Invariant: what a store cannot do stands beside what it was asked. Not here: the JSON form (the command).

use tidegate_appstores::{APPLE_PAUSE_DAYS, Sight, Stage, Store, cannot};

use super::piece::{self, Row, printable};
use crate::paint::{Paint, Tone};

pub fn sight(store: Store, sight: &Sight, paint: Paint) -> String {
    let (tone, word) = match sight.stage {
        Stage::Unready => (Tone::Warning, "is not ready"),
        Stage::Approved => (Tone::Plain, "is approved and waits to be released"),
        Stage::UnderWay => (Tone::Plain, "is under way"),
        Stage::Halted => (Tone::Warning, "is halted"),
        Stage::Complete => (Tone::Good, "is complete"),
        Stage::Replaced => (Tone::Quiet, "was replaced by a later version"),
    };
    let mut head = Row::new().add(Tone::Strong, printable(&sight.version)).plain(" ").add(tone, word);
    head = head.plain(format!(" in {}", store.called()));
    if matches!(sight.stage, Stage::UnderWay | Stage::Halted) {
        head = head.plain(format!(": {} of the users", sight.share));
    }
    let mut rows = vec![head];
    if let Some(day) = sight.day {
        rows.push(Row::new().plain(format!("  day {day} of 7")));
    }
    if let Some(days) = sight.paused_days.filter(|days| *days > 0) {
        rows.push(Row::new().plain(format!("  paused for {days} of {APPLE_PAUSE_DAYS} days")));
    }
    if sight.live.is_none() && sight.stage == Stage::Complete {
        rows.push(Row::new().plain("  whether people can have it yet, this store does not say"));
    }
    rows.push(Row::new().add(Tone::Quiet, format!("  the store says: {}", printable(&sight.says))));
    piece::text(&rows, paint)
}

pub fn check(store: Store, objections: &[String], paint: Paint) -> String {
    let mut rows = vec![if objections.is_empty() {
        Row::new().add(Tone::Good, format!("All of it can be done in {}.", store.called()))
    } else {
        Row::new().add(Tone::Bad, format!("It cannot be done so in {}:", store.called()))
    }];
    rows.extend(objections.iter().map(|objection| Row::new().plain(format!("  {objection}"))));
    rows.push(Row::new().plain("Whatever the plan, nobody can there"));
    rows.extend(cannot(store).iter().map(|limit| Row::new().plain(format!("  {limit}"))));
    piece::text(&rows, paint)
}
