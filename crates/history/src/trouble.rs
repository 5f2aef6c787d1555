//! Why a history could not be read.
//!
//! Invariant: each has a stable code with a page, and the next step. Not here: printing.

use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("{} is in no git repository", .0.display())]
    NoRepository(PathBuf),
    #[error("there is no commit yet")]
    Empty,
    #[error("there is no commit, tag or branch `{0}`")]
    UnknownPoint(String),
    #[error("`{0}` begins the names of several objects")]
    Ambiguous(String),
    #[error("`{0}` is no commit")]
    NoCommit(String),
    #[error("the object {0} is named and not there")]
    Missing(String),
    #[error("the repository could not be read: {0}")]
    Unreadable(String),
}

impl Trouble {
    pub(crate) fn unreadable(why: impl std::fmt::Display) -> Self {
        Self::Unreadable(why.to_string())
    }

    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRepository(_) => "no-repository",
            Self::Empty => "history-empty",
            Self::UnknownPoint(_) => "history-point-unknown",
            Self::Ambiguous(_) => "history-point-unknown",
            Self::NoCommit(_) => "history-point-unknown",
            Self::Missing(_) => "history-incomplete",
            Self::Unreadable(_) => "history-unreadable",
        }
    }

    pub fn help(&self) -> &'static str {
        match self {
            Self::NoRepository(_) => "go into a clone, or name one with --repository DIRECTORY",
            Self::Empty => "commit something first",
            Self::UnknownPoint(_) => {
                "`git tag` and `git branch --all` list names; a clone may need `git fetch --tags`"
            }
            Self::Ambiguous(_) => "write more digits of it",
            Self::NoCommit(_) => "name a commit, or a tag or branch that leads to one",
            Self::Missing(_) => {
                "`git fsck` says what is missing; a clone that left objects out needs `git fetch --refetch`"
            }
            Self::Unreadable(_) => {
                "`git fsck` says whether it is whole; SHA-1 repositories with refs in files can be read"
            }
        }
    }
}
