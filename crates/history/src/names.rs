//! From what people write to a commit: a branch, a tag, the digits of a commit, and `~2` or `^` after it.
//!
//! Invariant: nothing is guessed: digits that fit several objects are refused. A name of a reference goes before digits.

use crate::Id;
use crate::open::History;
use crate::trouble::Trouble;

impl History {
    pub fn resolve(&self, name: &str) -> Result<Id, Trouble> {
        let unknown = || Trouble::UnknownPoint(name.to_owned());
        let at = name.find(['~', '^']).unwrap_or(name.len());
        let mut id = self.named(&name[..at], name)?;
        let mut rest = &name[at..];
        while let Some(sign) = rest.chars().next() {
            let after = rest.strip_prefix(['~', '^']).ok_or_else(unknown)?;
            let digits = after.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(after.len());
            let number = &after[..digits];
            let number: usize = if number.is_empty() { 1 } else { number.parse().map_err(|_| unknown())? };
            rest = &after[digits..];
            id = match sign {
                '~' => (0..number)
                    .try_fold(id, |id, _| self.parent(id, 1).and_then(|id| id.ok_or_else(unknown)))?,
                '^' if number == 0 => id,
                '^' => self.parent(id, number)?.ok_or_else(unknown)?,
                _ => return Err(unknown()),
            };
        }
        Ok(id)
    }

    fn parent(&self, id: Id, which: usize) -> Result<Option<Id>, Trouble> {
        let mut nodes = self.nodes.borrow_mut();
        let at = nodes.find(self, id)?;
        Ok(nodes.node(at).parents.all().get(which - 1).copied())
    }

    fn named(&self, base: &str, name: &str) -> Result<Id, Trouble> {
        let base = if base == "@" || base.is_empty() { "HEAD" } else { base };
        if base == "HEAD" {
            let mut head = self.repository.head().map_err(Trouble::unreadable)?;
            let id = head.try_peel_to_id().map_err(Trouble::unreadable)?;
            let id = id.ok_or(Trouble::Empty)?.detach();
            return if self.is_commit(id) { Ok(id) } else { Err(self.no_commit(id, name)) };
        }
        if let Ok(Some(mut reference)) = self.repository.try_find_reference(base) {
            let id = reference.peel_to_id().map_err(Trouble::unreadable)?.detach();
            return if self.is_commit(id) { Ok(id) } else { Err(self.no_commit(id, name)) };
        }
        let Ok(prefix) = gix::hash::Prefix::from_hex(base) else {
            return Err(Trouble::UnknownPoint(name.to_owned()));
        };
        match self.repository.objects.lookup_prefix(prefix, None).map_err(Trouble::unreadable)? {
            Some(Ok(id)) if self.is_commit(id) => Ok(id),
            Some(Ok(_)) => Err(Trouble::NoCommit(name.to_owned())),
            Some(Err(())) => Err(Trouble::Ambiguous(name.to_owned())),
            None => Err(Trouble::UnknownPoint(name.to_owned())),
        }
    }

    /// What a reference names may be missing, or be something else.
    fn no_commit(&self, id: Id, name: &str) -> Trouble {
        if self.repository.has_object(id) {
            Trouble::NoCommit(name.to_owned())
        } else {
            Trouble::Missing(id.to_string())
        }
    }
}
