//! Gates: in a list, and why they are closed.
//!
//! Invariant: a closed gate is never shown without its reason. Not here: opening one.

use tidegate_api::{Gate, Gates};

use super::number;
use super::piece::{self, Row, wrapped};
use super::table::Table;
use crate::paint::{Paint, Tone};

fn word(gate: &Gate) -> (Tone, &'static str) {
    if gate.open { (Tone::Good, "open") } else { (Tone::Bad, "closed") }
}

fn verdict(gates: &Gates) -> Row {
    let closed = gates.gates.iter().filter(|gate| !gate.open).count() as u64;
    let (release, environment) = (&gates.release, &gates.environment);
    if closed == 0 {
        return Row::new().add(Tone::Good, format!("{release} may enter {environment}."));
    }
    let told = format!("{release} may not enter {environment}: {}.", number::counted(closed, "closed gate"));
    Row::new().add(Tone::Bad, told)
}

pub fn list(gates: &Gates, paint: Paint, width: Option<usize>) -> String {
    let mut rows = vec![verdict(gates)];
    if !gates.gates.is_empty() {
        let mut table = Table::new(&["gate", "kind", "is", "because"]);
        for gate in &gates.gates {
            let (tone, word) = word(gate);
            table.row(vec![
                (Tone::Strong, gate.name.clone()),
                (Tone::Plain, gate.kind.clone()),
                (tone, word.to_owned()),
                (Tone::Plain, gate.why.clone()),
            ]);
        }
        rows.push(Row::new());
        rows.extend(table.rows(width));
    }
    piece::text(&rows, paint)
}

pub fn why(gates: &Gates, paint: Paint, width: usize) -> String {
    let mut rows = vec![verdict(gates)];
    for gate in &gates.gates {
        rows.push(Row::new());
        rows.extend(one(gate, width));
    }
    piece::text(&rows, paint)
}

fn one(gate: &Gate, width: usize) -> Vec<Row> {
    let (tone, word) = word(gate);
    let head =
        Row::new().add(Tone::Strong, &gate.name).plain(format!(" ({}) is ", gate.kind)).add(tone, word);
    let since = gate.since_ms.map(|since| format!(" since {}", number::time(since))).unwrap_or_default();
    let mut rows = vec![head.plain(since)];
    let lines = wrapped(&gate.why, width.saturating_sub(2));
    rows.extend(lines.into_iter().map(|line| Row::new().plain(format!("  {line}"))));
    if let Some(opens) = gate.opens_ms.filter(|_| !gate.open) {
        rows.push(Row::new().plain(format!("  opens by itself: {}", number::time(opens))));
    }
    if !gate.who.is_empty() {
        rows.push(Row::new().plain(format!("  opened by {}", gate.who)));
    }
    if !gate.command.is_empty() {
        // Whole, however long: it is there to be copied.
        rows.push(Row::new().plain("  ").add(Tone::Strong, &gate.command));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::STARTED_MS;

    fn gates() -> Gates {
        let open = Gate {
            name: "scan".to_owned(),
            kind: "evidence".to_owned(),
            open: true,
            why: "its evidence holds".to_owned(),
            since_ms: None,
            opens_ms: None,
            who: String::new(),
            command: String::new(),
            signing: None,
        };
        let closed = Gate {
            name: "freeze".to_owned(),
            kind: "freeze".to_owned(),
            open: false,
            why: "the freeze `year-end` holds: the accounts are being closed, and nobody is here to look"
                .to_owned(),
            since_ms: Some(STARTED_MS),
            opens_ms: Some(STARTED_MS + 86_400_000),
            who: "time, or a release manager".to_owned(),
            command: "tidegate override 2.1.0 --to production --name year-end --reason \"…\"".to_owned(),
            signing: None,
        };
        Gates {
            release: "2.1.0".to_owned(),
            environment: "production".to_owned(),
            open: false,
            digest: "0f3a".to_owned(),
            gates: vec![closed, open],
        }
    }

    #[test]
    fn gates_are_told() {
        insta::assert_snapshot!("gate-list", list(&gates(), Paint::default(), Some(80)));
        insta::assert_snapshot!("gate-why", why(&gates(), Paint::default(), 60));
        let none = Gates { gates: Vec::new(), open: true, ..gates() };
        assert_eq!(list(&none, Paint::default(), None), "2.1.0 may enter production.\n");
    }
}
