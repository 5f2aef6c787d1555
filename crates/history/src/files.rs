//! The files that lie in one directory at one commit.
//!
//! Invariant: only plain files are given, by their bytes; links and what lies deeper are passed over, and how many and
//! how large they may be is bounded.

use gix::objs::{Find, Kind, TreeRefIter};

use crate::Id;
use crate::open::History;
use crate::paths::find;
use crate::trouble::Trouble;

const FILES_MAX: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub name: String,
    /// None where it has more bytes than were asked for.
    pub bytes: Option<Vec<u8>>,
}

impl History {
    /// In the order of their names; empty where there is no such directory.
    pub fn files(&self, commit: Id, directory: &str, bytes_max: usize) -> Result<Vec<Blob>, Trouble> {
        let mut files = Vec::new();
        let mut buffer = Vec::new();
        for (name, id) in self.entries(commit, directory)? {
            let found = self.repository.objects.try_find(&id, &mut buffer).map_err(Trouble::unreadable)?;
            let found = found.ok_or_else(|| Trouble::Missing(id.to_string()))?;
            let bytes = (found.data.len() <= bytes_max).then(|| found.data.to_vec());
            files.push(Blob { name, bytes });
        }
        Ok(files)
    }

    /// Only their names, without reading one.
    pub fn file_names(&self, commit: Id, directory: &str) -> Result<Vec<String>, Trouble> {
        Ok(self.entries(commit, directory)?.into_iter().map(|(name, _)| name).collect())
    }

    /// One file of a commit.
    pub fn file(&self, commit: Id, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, Trouble> {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let found = self.entries(commit, directory)?.into_iter().find(|(known, _)| known == name);
        let Some((_, id)) = found else { return Ok(None) };
        let mut buffer = Vec::new();
        let found = self.repository.objects.try_find(&id, &mut buffer).map_err(Trouble::unreadable)?;
        let found = found.ok_or_else(|| Trouble::Missing(id.to_string()))?;
        Ok(Some(found.data[..found.data.len().min(bytes_max + 1)].to_vec()))
    }

    fn entries(&self, commit: Id, directory: &str) -> Result<Vec<(String, Id)>, Trouble> {
        let mut nodes = self.nodes.borrow_mut();
        let at = nodes.find(self, commit)?;
        let root = nodes.node(at).tree;
        drop(nodes);
        let path: Vec<String> =
            directory.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect();
        let mut buffer = Vec::new();
        let Some(tree) = find(self, root, &path, &mut buffer)? else { return Ok(Vec::new()) };
        // The path may lead to a file.
        let Ok(bytes) = self.object(tree, Kind::Tree, &mut buffer) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for entry in TreeRefIter::from_bytes(bytes, tree.kind()) {
            let entry = entry.map_err(Trouble::unreadable)?;
            if entry.mode.is_blob() && found.len() < FILES_MAX {
                found.push((entry.filename.to_string(), entry.oid.to_owned()));
            }
        }
        Ok(found)
    }
}
