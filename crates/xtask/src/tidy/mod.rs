//! The rules of the house that a compiler does not hold.
//!
//! Invariant: each rule answers with the places that break it, so that all are seen at once.

mod architecture;
mod dependencies;
mod files;
mod heads;
mod words;

use std::io;
use std::path::{Path, PathBuf};

pub use files::File;

/// The checkout that this crate was built in.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// Everything that breaks a rule, one line each.
pub fn all(root: &Path) -> io::Result<Vec<String>> {
    let files = files::tracked(root)?;
    let mut broken = heads::broken(&files);
    broken.extend(words::broken(&files));
    broken.extend(dependencies::broken(root)?);
    broken.extend(architecture::broken(&files));
    Ok(broken)
}
