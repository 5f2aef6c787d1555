//! Projects of an installation.

use tidegate_api::Project;

use super::piece;
use super::table::Table;
use crate::paint::{Paint, Tone};

pub fn list(projects: &[Project], paint: Paint) -> String {
    let mut table = Table::new(&["project", "path"]);
    for project in projects {
        table.row(vec![(Tone::Strong, project.name.clone()), (Tone::Quiet, project.path.clone())]);
    }
    piece::text(&table.rows(None), paint)
}
