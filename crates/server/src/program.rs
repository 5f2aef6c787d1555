//! How to run this build once more: as the gateway, or as another server.
//!
//! Invariant: arguments are handed over one by one, never through a shell. Deliberately not here: which verb is meant.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program with what goes before a verb of `tidegate`; nothing where the program is `tidegate` itself, an
/// interpreter's options where Tidegate is a module in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    path: PathBuf,
    before: Vec<OsString>,
}

impl Program {
    pub fn new(path: impl Into<PathBuf>, before: Vec<OsString>) -> Self {
        Self { path: path.into(), before }
    }

    /// The one that runs here.
    pub fn this() -> io::Result<Self> {
        std::env::current_exe().map(Self::from)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it is called; none where that is no text.
    pub(crate) fn words(&self) -> Option<Vec<String>> {
        let path = Some(self.path.as_os_str().to_owned()).filter(|path| !path.is_empty());
        let words = path.into_iter().chain(self.before.iter().cloned()).map(|word| word.into_string().ok());
        words.collect::<Option<Vec<_>>>().filter(|words| !words.is_empty())
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.before);
        command
    }
}

impl From<PathBuf> for Program {
    fn from(path: PathBuf) -> Self {
        Self::new(path, Vec::new())
    }
}
