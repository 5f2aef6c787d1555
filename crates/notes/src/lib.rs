//! Release notes and versions: commits and fragments in, sections, the next version and a changelog out.
//!
//! Invariant: every answer follows from its arguments alone: the same commits, fragments and file give the same bytes.
//! What people wrote into a changelog is never lost. Deliberately not here: git (`tidegate-history`), files and the clock.

pub mod changelog;
pub mod check;
pub mod collect;
pub mod conventional;
pub mod entry;
pub mod fragment;
pub mod kept;
pub mod next;
pub mod references;
pub mod render;
pub mod section;
pub mod settings;
pub mod tag;
pub mod version;
mod yaml;

pub use collect::{Change, Collected, collect};
pub use entry::{Entry, Notes};
pub use section::{Audience, Section};
pub use settings::Settings;
pub use version::Version;
