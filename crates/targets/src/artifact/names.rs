//! The names inside an artifact: which are allowed, and each only once.
//!
//! Invariant: a path that `Ledger::enter` answers is relative, stays below the root, has only directories above it,
//! and differs from every other one even where upper and lower case are the same. Deliberately not here: writing.

use std::collections::HashMap;

use tidegate_ports::Fault;

use super::limits::Limits;
use super::problem::{too_big, unsafe_entry};

const COMPONENT_BYTES_MAX: usize = 255;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    Link,
}

struct Seen {
    spelled: Box<str>,
    kind: Kind,
    /// False for a directory that so far only stands in other paths.
    declared: bool,
}

/// Everything entered so far, by its case-folded path.
pub(crate) struct Ledger<'a> {
    limits: &'a Limits,
    seen: HashMap<String, Seen>,
    names_bytes: usize,
}

impl<'a> Ledger<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self { limits, seen: HashMap::new(), names_bytes: 0 }
    }

    /// The path without `.` and empty components; empty for the root itself.
    pub(crate) fn enter(&mut self, raw: &[u8], kind: Kind) -> Result<String, Fault> {
        let path = clean(raw, self.limits).map_err(|why| unsafe_entry(raw, &why))?;
        if path.is_empty() {
            return if kind == Kind::Directory { Ok(path) } else { Err(unsafe_entry(raw, "names no file")) };
        }
        if kind != Kind::Directory && raw.ends_with(b"/") {
            return Err(unsafe_entry(raw, "is no directory but ends with a slash"));
        }
        for (end, _) in path.match_indices('/') {
            self.note(raw, &path[..end], Kind::Directory, false)?;
        }
        self.note(raw, &path, kind, true)?;
        Ok(path)
    }

    /// Checks where a link points, which must be inside the tree whatever other links there are.
    ///
    /// Only leading `..` are allowed: they climb real directories (nothing above a link is a link itself), and what
    /// follows only goes down, through links that keep the same rule.
    pub(crate) fn check_target(&mut self, path: &str, raw: &[u8]) -> Result<String, Fault> {
        let refuse = |why: &str| Err(unsafe_entry(path.as_bytes(), &format!("is a link that {why}")));
        let Ok(target) = std::str::from_utf8(raw) else {
            return refuse("points at a name that is not UTF-8");
        };
        if target.is_empty() || target.len() > self.limits.path_bytes_max {
            return refuse("points at nothing, or at a path that is too long");
        }
        if target.starts_with('/') {
            return refuse("points at an absolute path");
        }
        if target.chars().any(char::is_control) {
            return refuse("points at a name with control characters");
        }
        self.count_name(target.len())?;
        let mut height = path.matches('/').count();
        let mut descending = false;
        for component in target.split('/') {
            match component {
                "" | "." => {}
                ".." if descending => return refuse("climbs after going down"),
                ".." if height == 0 => return refuse("leaves the artifact"),
                ".." => height -= 1,
                _ => descending = true,
            }
        }
        Ok(target.to_owned())
    }

    fn note(&mut self, raw: &[u8], path: &str, kind: Kind, declared: bool) -> Result<(), Fault> {
        let folded = path.to_lowercase();
        let Some(seen) = self.seen.get_mut(&folded) else {
            self.count_name(path.len())?;
            if self.seen.len() >= self.limits.entries_max {
                return Err(too_big(format_args!("has more than {} entries", self.limits.entries_max)));
            }
            self.seen.insert(folded, Seen { spelled: path.into(), kind, declared });
            return Ok(());
        };
        if &*seen.spelled != path {
            return Err(unsafe_entry(raw, "differs from another one only in upper and lower case"));
        }
        if seen.kind != Kind::Directory && !declared {
            return Err(unsafe_entry(raw, "lies below something that is not a directory"));
        }
        if declared && (seen.declared || kind != seen.kind) {
            return Err(unsafe_entry(raw, "is there twice"));
        }
        seen.declared |= declared;
        Ok(())
    }

    fn count_name(&mut self, bytes: usize) -> Result<(), Fault> {
        self.names_bytes += bytes;
        if self.names_bytes > self.limits.names_bytes_max {
            return Err(too_big(format_args!(
                "has names of more than {} bytes",
                self.limits.names_bytes_max
            )));
        }
        Ok(())
    }
}

fn clean(raw: &[u8], limits: &Limits) -> Result<String, String> {
    if raw.len() > limits.path_bytes_max {
        return Err(format!("is longer than {} bytes", limits.path_bytes_max));
    }
    let text = std::str::from_utf8(raw).map_err(|_| "is not UTF-8".to_owned())?;
    if text.chars().any(char::is_control) {
        return Err("has control characters in its name".to_owned());
    }
    if text.starts_with('/') {
        return Err("is an absolute path".to_owned());
    }
    let mut path = String::with_capacity(text.len());
    let mut depth = 0;
    for component in text.split('/').filter(|component| !component.is_empty() && *component != ".") {
        if component == ".." {
            return Err("climbs out with `..`".to_owned());
        }
        if component.len() > COMPONENT_BYTES_MAX {
            return Err(format!("has a component of more than {COMPONENT_BYTES_MAX} bytes"));
        }
        depth += 1;
        if depth > limits.depth_max {
            return Err(format!("is nested more than {} deep", limits.depth_max));
        }
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(component);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter_all(names: &[(&str, Kind)]) -> Result<Vec<String>, String> {
        let limits = Limits::default();
        let mut ledger = Ledger::new(&limits);
        names
            .iter()
            .map(|(name, kind)| ledger.enter(name.as_bytes(), *kind).map_err(|fault| fault.message))
            .collect()
    }

    #[test]
    fn ordinary_names_are_cleaned() {
        use Kind::{Directory, File};
        let names = [
            ("./", Directory),
            ("./bin//server", File),
            ("bin/", Directory),
            ("lib/./a.so", File),
            (" x", File),
        ];
        assert_eq!(enter_all(&names).unwrap(), ["", "bin/server", "bin", "lib/a.so", " x"]);
    }

    #[test]
    fn a_name_is_taken_once() {
        use Kind::{Directory, File, Link};
        for (names, why) in [
            (vec![("a", File), ("a", File)], "twice"),
            (vec![("a", File), ("./a", File)], "twice"),
            (vec![("a/", Directory), ("a/", Directory)], "twice"),
            (vec![("a/b", File), ("a", File)], "twice"),
            (vec![("a", Link), ("a", File)], "twice"),
            (vec![("a", Link), ("a/b", File)], "below something"),
            (vec![("a", File), ("a/b", File)], "below something"),
            (vec![("Readme", File), ("README", File)], "upper and lower"),
            (vec![("Lib/a", File), ("lib/b", File)], "upper and lower"),
            (vec![("Ä", File), ("ä", File)], "upper and lower"),
        ] {
            let refused = enter_all(&names).unwrap_err();
            assert!(refused.contains(why), "{names:?}: {refused}");
        }
    }

    #[test]
    fn links_stay_inside() {
        let limits = Limits::default();
        let mut ledger = Ledger::new(&limits);
        for (path, target, fits) in [
            ("a", "b", true),
            ("d/a", "../b", true),
            ("d/e/a", "../../b/c", true),
            ("a", "./b/./c", true),
            ("a", "..", false),
            ("a", "../b", false),
            ("d/a", "../../b", false),
            ("d/a", "x/../../b", false),
            ("d/e/a", "x/..", false),
            ("a", "/etc/passwd", false),
            ("a", "", false),
            ("a", "b\0c", false),
        ] {
            assert_eq!(ledger.check_target(path, target.as_bytes()).is_ok(), fits, "{path} -> {target}");
        }
    }
}
