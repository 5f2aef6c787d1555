//! Opening a repository, and what is kept while it is read.
//!
//! Invariant: only the repository's own configuration is read, without includes, and nothing in it can start a program.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use gix::objs::{Find, Kind};
use gix::open::Options;

use crate::graph::Nodes;
use crate::trouble::Trouble;
use crate::{Id, raw};

pub struct History {
    pub(crate) repository: gix::Repository,
    /// What `git commit-graph write` left, if it did: parents, trees and times without decoding a commit.
    pub(crate) graph: Option<gix::commitgraph::Graph>,
    /// Commits whose parents were left out of this clone.
    pub(crate) shallow: Vec<Id>,
    pub(crate) nodes: RefCell<Nodes>,
}

impl History {
    /// Looks in this directory and in those above it.
    pub fn open(directory: &Path) -> Result<Self, Trouble> {
        if !directory.is_dir() {
            return Err(Trouble::NoRepository(directory.to_owned()));
        }
        let upwards = gix::discover::upwards::Options::default();
        let found = gix::discover_opts(directory, upwards, Options::isolated());
        let repository = found.map_err(|why| {
            if why.is_not_found() {
                Trouble::NoRepository(directory.to_owned())
            } else {
                Trouble::unreadable(why)
            }
        })?;
        // A graph that is damaged only made reading faster.
        let graph = repository.commit_graph_if_enabled().ok().flatten();
        let shallow = repository.shallow_commits().map_err(Trouble::unreadable)?;
        let mut shallow: Vec<Id> = shallow.iter().flat_map(|commits| commits.iter().copied()).collect();
        shallow.sort_unstable();
        // With parents that are not there, what the graph says of them is of no use.
        let graph = graph.filter(|_| shallow.is_empty());
        Ok(Self { repository, graph, shallow, nodes: RefCell::default() })
    }

    /// Where the files are checked out; none in a bare repository.
    pub fn root(&self) -> Option<PathBuf> {
        self.repository.workdir().map(Path::to_owned)
    }

    pub fn is_shallow(&self) -> bool {
        !self.shallow.is_empty()
    }

    /// When it was committed, in seconds since 1970.
    pub fn committed_at(&self, commit: Id) -> Result<i64, Trouble> {
        let mut buffer = Vec::new();
        let bytes = self.object(commit, Kind::Commit, &mut buffer)?;
        Ok(raw::Commit::parse(bytes).map_or(0, |commit| commit.seconds))
    }

    pub(crate) fn object<'a>(
        &self,
        id: Id,
        kind: Kind,
        buffer: &'a mut Vec<u8>,
    ) -> Result<&'a [u8], Trouble> {
        let found = self.repository.objects.try_find(&id, buffer).map_err(Trouble::unreadable)?;
        let found = found.ok_or_else(|| Trouble::Missing(id.to_string()))?;
        if found.kind == kind { Ok(found.data) } else { Err(Trouble::NoCommit(id.to_string())) }
    }
}
