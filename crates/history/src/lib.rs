//! What a git repository knows: its tags, which commits lie between two points, and which paths they touch.
//!
//! Invariant: nothing is written and no command is run, whatever the repository's configuration says; what is read of a
//! repository besides its own files is nothing. Deliberately not here: what a message or a version means (`tidegate-notes`).

mod files;
mod graph;
mod names;
mod open;
mod paths;
mod range;
mod raw;
mod reach;
mod tags;
mod trouble;

pub use files::Blob;
pub use open::History;
pub use range::{Commit, Range};
pub use tags::{Tag, Tags};
pub use trouble::Trouble;

/// The name of an object, as its 40 hexadecimal digits where it is shown.
pub type Id = gix::ObjectId;
