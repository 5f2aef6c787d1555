//! Lists in columns, without lines between them.
//!
//! Invariant: one row per thing, so that `grep` and `awk` work; the first column names it. Not here: what is listed.

use super::piece::{Row, columns, cut, printable};
use crate::paint::Tone;

/// Toned cells under a header.
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<(Tone, String)>>,
}

impl Table {
    pub fn new(header: &[&str]) -> Self {
        Self { header: header.iter().map(ToString::to_string).collect(), rows: Vec::new() }
    }

    pub fn row(&mut self, cells: Vec<(Tone, String)>) {
        debug_assert_eq!(cells.len(), self.header.len(), "as many cells as the header has");
        self.rows.push(cells.into_iter().map(|(tone, text)| (tone, printable(&text))).collect());
    }

    /// Where `width` is given, the last column is cut to it.
    pub fn rows(&self, width: Option<usize>) -> Vec<Row> {
        let mut widths: Vec<usize> = self.header.iter().map(|name| columns(name)).collect();
        for row in &self.rows {
            for (index, (_, text)) in row.iter().enumerate() {
                widths[index] = widths[index].max(columns(text));
            }
        }
        let header = self.header.iter().map(|name| (Tone::Quiet, name.to_uppercase())).collect();
        let all = std::iter::once(&header).chain(&self.rows);
        all.map(|cells| lay_out(cells, &widths, width)).collect()
    }
}

fn lay_out(cells: &[(Tone, String)], widths: &[usize], width: Option<usize>) -> Row {
    let mut row = Row::new();
    for (index, (tone, text)) in cells.iter().enumerate() {
        let is_last = index + 1 == cells.len();
        let room = width.map_or(usize::MAX, |width| width.saturating_sub(row.columns()));
        let shown = cut(text, room);
        let blanks = if is_last { 0 } else { (widths[index] + 2).saturating_sub(columns(&shown)).min(room) };
        row = row.add(*tone, shown).plain(" ".repeat(blanks));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paint::Paint;
    use crate::render::piece;

    #[test]
    fn columns_line_up_and_the_last_gives_way() {
        let mut table = Table::new(&["name", "why"]);
        table.row(vec![(Tone::Plain, "a".into()), (Tone::Bad, "a long reason that needs room".into())]);
        table.row(vec![(Tone::Plain, "production".into()), (Tone::Plain, "x".into())]);
        let text = |width| piece::text(&table.rows(width), Paint::default());
        assert_eq!(text(None), "NAME        WHY\na           a long reason that needs room\nproduction  x\n");
        assert_eq!(text(Some(20)), "NAME        WHY\na           a long …\nproduction  x\n");
    }
}
