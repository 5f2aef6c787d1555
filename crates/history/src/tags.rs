//! The tags of a repository and the commits they lead to.
//!
//! Invariant: a tag of a tag is followed to its end, however many there are; one that leads nowhere, round in a circle
//! or to something else than a commit is named, never an error of all.

use gix::objs::{FindHeader as _, Kind};

use crate::Id;
use crate::open::History;
use crate::trouble::Trouble;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Without `refs/tags/`.
    pub name: String,
    pub commit: Id,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    pub all: Vec<Tag>,
    /// Wanted, and no commit was found behind them; with why.
    pub unusable: Vec<(String, String)>,
}

impl History {
    /// Only those whose name is wanted are followed.
    pub fn tags(&self, wanted: impl Fn(&str) -> bool) -> Result<Tags, Trouble> {
        let references = self.repository.references().map_err(Trouble::unreadable)?;
        let mut tags = Tags::default();
        for reference in references.tags().map_err(Trouble::unreadable)? {
            // One that cannot be read has no name to tell.
            let Ok(mut reference) = reference else { continue };
            let Ok(name) = std::str::from_utf8(reference.name().shorten()) else { continue };
            if !wanted(name) {
                continue;
            }
            let name = name.to_owned();
            match reference.peel_to_id() {
                Ok(id) if self.is_commit(id.detach()) => tags.all.push(Tag { name, commit: id.detach() }),
                Ok(id) => tags.unusable.push((name, format!("leads to {id}, which is no commit"))),
                Err(why) => tags.unusable.push((name, why.to_string())),
            }
        }
        tags.all.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(tags)
    }

    pub(crate) fn is_commit(&self, id: Id) -> bool {
        if self.graph.as_ref().is_some_and(|graph| graph.lookup(id).is_some()) {
            return true;
        }
        let header = self.repository.objects.try_header(&id);
        header.ok().flatten().is_some_and(|header| header.kind == Kind::Commit)
    }
}
