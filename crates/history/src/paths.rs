//! Which commits touch which paths, by comparing trees along those paths alone.
//!
//! Invariant: a commit touches a path where it is another there than in every parent; what stands beside a path is not
//! read. Renames are a removal and an addition. A part of a path that is `*` stands for every name there.

use gix::hashtable::HashMap;
use gix::objs::{Kind, TreeRefIter};

use crate::Id;
use crate::graph::{At, Nodes};
use crate::open::History;
use crate::trouble::Trouble;

/// What stands at one path: its name where the path has a `*`, and its object. None where there is nothing.
type Found = Vec<(Vec<u8>, Id)>;

/// Sets of paths, each cut at its slashes.
pub struct Paths(Vec<Vec<Vec<String>>>);

impl Paths {
    pub fn new(sets: &[Vec<String>]) -> Self {
        let cut = |path: &String| {
            path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
        };
        Self(sets.iter().map(|set| set.iter().map(cut).collect()).collect())
    }
}

pub struct Touching<'a> {
    history: &'a History,
    paths: Paths,
    /// What stands in a tree at each of the paths, for the trees that were asked last.
    known: HashMap<Id, Vec<Vec<Found>>>,
    buffer: Vec<u8>,
}

/// Roots that are kept: a commit asks for its own and its parents', which are its neighbours' too.
const KNOWN_MAX: usize = 4096;

impl<'a> Touching<'a> {
    pub fn new(history: &'a History, paths: Paths) -> Self {
        Self { history, paths, known: HashMap::default(), buffer: Vec::new() }
    }

    /// Which sets the commit touches.
    pub fn of(&mut self, nodes: &mut Nodes, at: At) -> Result<Vec<usize>, Trouble> {
        if self.paths.0.is_empty() {
            return Ok(Vec::new());
        }
        let node = nodes.node(at);
        let (tree, parents) = (node.tree, node.parents.all().to_vec());
        let own = self.at_paths(tree)?;
        let mut others = Vec::with_capacity(parents.len());
        for parent in parents {
            let parent = nodes.find(self.history, parent)?;
            others.push(self.at_paths(nodes.node(parent).tree)?);
        }
        let touched = (0..own.len()).filter(|set| {
            let nothing = own[*set].iter().all(Vec::is_empty);
            if others.is_empty() { !nothing } else { others.iter().all(|other| other[*set] != own[*set]) }
        });
        Ok(touched.collect())
    }

    fn at_paths(&mut self, root: Id) -> Result<Vec<Vec<Found>>, Trouble> {
        if let Some(known) = self.known.get(&root) {
            return Ok(known.clone());
        }
        let mut all = Vec::with_capacity(self.paths.0.len());
        for set in &self.paths.0 {
            let at = set.iter().map(|path| found(self.history, root, path, &mut self.buffer));
            all.push(at.collect::<Result<Vec<_>, _>>()?);
        }
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        self.known.insert(root, all.clone());
        Ok(all)
    }
}

fn found(history: &History, root: Id, path: &[String], buffer: &mut Vec<u8>) -> Result<Found, Trouble> {
    if path.iter().all(|part| part != "*") {
        return Ok(find(history, root, path, buffer)?.map(|id| (Vec::new(), id)).into_iter().collect());
    }
    let mut found = vec![(Vec::new(), root)];
    for (depth, part) in path.iter().enumerate() {
        let mut next = Vec::new();
        for (above, here) in found {
            let bytes = history.object(here, Kind::Tree, buffer)?;
            for entry in TreeRefIter::from_bytes(bytes, root.kind()) {
                let entry = entry.map_err(Trouble::unreadable)?;
                let leads_on = depth + 1 == path.len() || entry.mode.is_tree();
                if leads_on && (part == "*" || entry.filename == part.as_str()) {
                    let mut name = above.clone();
                    name.push(b'/');
                    name.extend_from_slice(entry.filename);
                    next.push((name, entry.oid.to_owned()));
                }
            }
        }
        found = next;
    }
    Ok(found)
}

/// What the tree has at the path: a directory, a file, or nothing.
pub fn find(
    history: &History,
    root: Id,
    path: &[String],
    buffer: &mut Vec<u8>,
) -> Result<Option<Id>, Trouble> {
    let mut here = root;
    for (depth, part) in path.iter().enumerate() {
        let bytes = history.object(here, Kind::Tree, buffer)?;
        let mut next = None;
        for entry in TreeRefIter::from_bytes(bytes, root.kind()) {
            let entry = entry.map_err(Trouble::unreadable)?;
            if entry.filename == part.as_str() {
                let leads_on = depth + 1 == path.len() || entry.mode.is_tree();
                next = leads_on.then(|| entry.oid.to_owned());
                break;
            }
        }
        let Some(next) = next else { return Ok(None) };
        here = next;
    }
    Ok(Some(here))
}
