//! Ids for what has none, and entries for what is spoken of by name.

use std::collections::{BTreeMap, BTreeSet};

use super::super::slug;
use super::Reading;
use crate::document::{Audience, bad_id};

#[derive(Default)]
pub(super) struct Ids {
    taken: BTreeMap<String, BTreeSet<String>>,
}

impl Ids {
    /// In a list: the id that was written, else one of the words of the text that no other entry has.
    pub fn give(&mut self, list: &str, written: Option<String>, text: &str) -> String {
        let taken = self.taken.entry(list.to_owned()).or_default();
        let id = written.filter(|id| bad_id(id).is_none()).unwrap_or_else(|| {
            let slug = slug(text);
            let free = |id: &String| !taken.contains(id);
            let numbered = (2_u32..).map(|number| format!("{slug}-{number}"));
            std::iter::once(slug.clone()).chain(numbered).find(free).unwrap_or_default()
        });
        taken.insert(id.clone());
        id
    }
}

impl Reading<'_> {
    /// References that were written as names become ids; audiences that nobody described are added.
    pub(super) fn resolve(&mut self) {
        let activities = names(self.plan.activities.iter().map(|activity| (&activity.id, &activity.name)));
        for activity in &mut self.plan.activities {
            for after in &mut activity.after {
                activities.resolve(after);
            }
        }
        let known = names(self.plan.audiences.iter().map(|audience| (&audience.id, &audience.name)));
        let mut missing = BTreeMap::new();
        let readiness = self.plan.readiness.iter_mut().chain(&mut self.plan.afterwards);
        let of_lists = readiness.filter_map(|item| item.audience.as_mut());
        let of_materials = self.plan.materials.iter_mut().filter_map(|material| material.audience.as_mut());
        let of_announcements =
            self.plan.announcements.iter_mut().map(|announcement| &mut announcement.audience);
        for audience in of_lists.chain(of_materials).chain(of_announcements) {
            if !known.resolve(audience) {
                let id = if bad_id(audience).is_none() { audience.clone() } else { slug(audience) };
                missing.entry(id.clone()).or_insert_with(|| audience.clone());
                *audience = id;
            }
        }
        for (id, name) in missing {
            self.assume(1, &format!("the audience {name:?} is spoken of and not described, so it was added"));
            self.plan.audiences.push(Audience { id, name, channels: Vec::new() });
        }
    }
}

struct Names {
    ids: BTreeSet<String>,
    /// Ids and names in lower case; an id wins over a name.
    by_name: BTreeMap<String, String>,
}

fn names<'a>(entries: impl Iterator<Item = (&'a String, &'a String)> + Clone) -> Names {
    let by_name = entries.clone().map(|(id, name)| (name.to_lowercase(), id.clone()));
    Names {
        by_name: by_name.chain(entries.clone().map(|(id, _)| (id.to_lowercase(), id.clone()))).collect(),
        ids: entries.map(|(id, _)| id.clone()).collect(),
    }
}

impl Names {
    /// Whether it is known, as an id from now on.
    fn resolve(&self, reference: &mut String) -> bool {
        // Two ids may differ in case alone; what is one already stays.
        if self.ids.contains(reference) {
            return true;
        }
        match self.by_name.get(&reference.to_lowercase()) {
            Some(id) => {
                reference.clone_from(id);
                true
            }
            None => false,
        }
    }
}
