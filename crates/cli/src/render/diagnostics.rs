//! What is wrong with a configuration: the line, a caret under the place, and what to write instead.
//!
//! Invariant: looks the same whether a server or this command found it. Not here: finding it (`tidegate-manifest`).

use tidegate_api::{Diagnostic, Diagnostics};

use crate::paint::Paint;

pub fn text(diagnostics: &Diagnostics, paint: Paint) -> String {
    let diagnostics = to_manifest(diagnostics);
    let drawn = diagnostics.render(paint.colour);
    // The last line counts them; that is what the failure itself says.
    drawn.strip_suffix(&format!("{diagnostics}\n")).unwrap_or(&drawn).to_owned()
}

fn to_manifest(diagnostics: &Diagnostics) -> tidegate_manifest::Diagnostics {
    let entries = diagnostics.entries.iter().map(|entry| tidegate_manifest::Diagnostic {
        code: entry.code.clone(),
        message: entry.message.clone(),
        line: entry.line,
        column: entry.column,
        length: entry.length,
        source_line: entry.source_line.clone(),
        source_column: entry.source_column,
        suggestion: entry.suggestion.clone(),
    });
    let file = diagnostics.file.clone();
    tidegate_manifest::Diagnostics { file, entries: entries.collect(), omitted: diagnostics.omitted }
}

pub fn from_manifest(diagnostics: tidegate_manifest::Diagnostics) -> Diagnostics {
    let entries = diagnostics.entries.into_iter().map(|entry| Diagnostic {
        code: entry.code,
        message: entry.message,
        line: entry.line,
        column: entry.column,
        length: entry.length,
        source_line: entry.source_line,
        source_column: entry.source_column,
        suggestion: entry.suggestion,
    });
    Diagnostics { file: diagnostics.file, entries: entries.collect(), omitted: diagnostics.omitted }
}
