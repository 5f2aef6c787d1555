//! `tidegate.yaml`: text in, a catalog or diagnostics out.
//!
//! Invariant: text that `parse` takes is a catalog that the domain takes; text that it refuses gets at least one
//! diagnostic with line, column and a suggestion, and no text makes it panic or run away. Deliberately not here:
//! reading files, and what the words mean once they are read (`tidegate-domain`, `tidegate-analysis`).

mod codes;
mod diagnostic;
mod lower;
mod place;
mod problems;
mod render;
mod schema;
mod starter;
mod suggest;
mod syntax;
mod written;

use tidegate_domain::catalog::{Catalog, Source};

pub use codes::codes;
pub use diagnostic::{Diagnostic, Diagnostics};
pub use schema::json_schema;
pub use starter::{Starter, StarterProbe, starter};

use problems::Problems;

/// The largest file that is read at all.
pub const FILE_BYTES_MAX: usize = 1 << 20;

/// A `tidegate.yaml` that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    pub project: String,
    pub catalog: Catalog,
}

/// `file_name` only names the file in diagnostics.
pub fn parse(file_name: &str, text: &str) -> Result<Manifest, Diagnostics> {
    // A byte order mark is no character of the first line.
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut problems = Problems::default();
    let manifest = syntax::read(text, &mut problems).map(|written| lower::manifest(&written, &mut problems));
    match manifest {
        Some(mut manifest) if problems.is_empty() => {
            let source = Source { file_name: file_name.to_owned(), text: text.to_owned() };
            manifest.catalog.source = Some(source);
            Ok(manifest)
        }
        Some(_) | None => Err(problems.into_diagnostics(file_name, text)),
    }
}

/// The same file as JSON, for programs that change it: aliases are written out, comments are gone, and every value
/// is a text, as it was written. `parse` takes it like the file. None where the file cannot be read.
pub fn as_json(text: &str) -> Option<serde_json::Value> {
    let mut problems = Problems::default();
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let written = syntax::read(text, &mut problems)?;
    serde_json::to_value(written).ok()
}
