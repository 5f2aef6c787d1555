//! Where a file stands in a bundle, and that no two stand in one place.
//!
//! Invariant: a [`MemberPath`] can be joined to any folder on any system and stays inside of it; a set of them has no
//! two that some system takes for one. Not here: opening files.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::refusal::Refusal;

/// What a tar header holds without extensions.
const BYTES_MAX: usize = 100;
const EXTRA: &[u8] = b"._-+@~=,()# ";
/// Names that mean devices on Windows, with any ending.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct MemberPath(String);

impl MemberPath {
    pub fn new(text: &str) -> Result<Self, Refusal> {
        match wrong(text.as_bytes()) {
            None => Ok(Self(text.to_owned())),
            Some(why) => Err(unsafe_path(text.as_bytes(), why)),
        }
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Refusal> {
        match (wrong(bytes), std::str::from_utf8(bytes)) {
            (None, Ok(text)) => Ok(Self(text.to_owned())),
            (why, _) => Err(unsafe_path(bytes, why.unwrap_or("it is no text"))),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for MemberPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for MemberPath {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

fn unsafe_path(bytes: &[u8], why: &'static str) -> Refusal {
    Refusal::PathUnsafe { path: bytes.escape_ascii().to_string(), why }
}

fn wrong(path: &[u8]) -> Option<&'static str> {
    if path.is_empty() {
        return Some("it is empty");
    }
    if path.len() > BYTES_MAX {
        return Some("it has more than 100 bytes");
    }
    if path[0] == b'/' {
        return Some("it is absolute");
    }
    path.split(|byte| *byte == b'/').find_map(part_wrong)
}

fn part_wrong(part: &[u8]) -> Option<&'static str> {
    let first_dot = part.iter().position(|byte| *byte == b'.').unwrap_or(part.len());
    let stem = String::from_utf8_lossy(&part[..first_dot]).to_ascii_lowercase();
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    match part {
        b"" => Some("a folder in it has no name"),
        b".." => Some("it leads out by `..`"),
        b"." => Some("it has `.` for a folder"),
        _ if part.contains(&0) => Some("it has a NUL in it"),
        _ if !part.iter().all(|byte| byte.is_ascii_alphanumeric() || EXTRA.contains(byte)) => {
            Some("it has a character in it that not every system takes")
        }
        _ if part.starts_with(b" ") || part.ends_with(b" ") || part.ends_with(b".") => {
            Some("a name in it begins or ends with a blank, or ends with a dot")
        }
        _ if DEVICES.contains(&stem.as_str())
            || numbered
                .is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit())) =>
        {
            Some("a name in it is a device's on Windows")
        }
        _ => None,
    }
}

/// The paths so far, by what a system that knows no capitals makes of them.
#[derive(Debug, Default)]
pub struct Places {
    /// Files, and the folders that they need (empty where it is one).
    taken: BTreeMap<String, (String, bool)>,
}

impl Places {
    pub fn take(&mut self, path: &MemberPath) -> Result<(), Refusal> {
        let folded = path.folded();
        if let Some((other, _)) = self.taken.get(&folded) {
            return Err(Refusal::PathTwice(other.clone(), path.to_string()));
        }
        for (at, _) in folded.match_indices('/') {
            let (folder, own) = (&folded[..at], &path.as_str()[..at]);
            match self.taken.get(folder) {
                Some((other, is_file)) if *is_file || other != own => {
                    return Err(Refusal::PathTwice(other.clone(), path.to_string()));
                }
                Some(_) => {}
                None => {
                    self.taken.insert(folder.to_owned(), (own.to_owned(), false));
                }
            }
        }
        self.taken.insert(folded, (path.to_string(), true));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for good in ["a", "bin/shop", "docs/Read me.md", "a.b-c_d+e@f~g=h,(i)#j", "com10", "x.con"] {
            assert!(MemberPath::new(good).is_ok(), "{good}");
        }
        let long = "a".repeat(101);
        for bad in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "a/..",
            "a/../b",
            "../a",
            ".",
            "a/./b",
            "a//b",
            "a/",
            "a\0b",
            "a\\b",
            "c:x",
            "a\nb",
            "a?",
            "a*",
            "é",
            "a ",
            " a",
            "a.",
            "con",
            "NUL.txt",
            "a/Aux",
            "com1",
            "LPT9.log",
            "a\u{202e}b",
            &long,
        ] {
            assert_eq!(MemberPath::new(bad).unwrap_err().code(), "bundle-path-unsafe", "{bad:?}");
        }
        assert!(MemberPath::from_bytes(b"a\xff").is_err());
    }

    #[test]
    fn two_paths_of_one_place_are_refused() {
        let taken = |paths: &[&str]| {
            let mut places = Places::default();
            paths.iter().try_for_each(|path| places.take(&MemberPath::new(path).unwrap()))
        };
        assert!(taken(&["a/b", "a/c", "b"]).is_ok());
        for twice in [
            ["a", "a"],
            ["a", "A"],
            ["a/b", "A/c"],
            ["a", "a/b"],
            ["a/b", "a"],
            ["a/b/c", "a/B"],
            ["a/B/c", "a/b/d"],
        ] {
            assert_eq!(taken(&twice).unwrap_err().code(), "bundle-path-twice", "{twice:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_stays_inside(text in "[a-zA-Z./\\\\: \\x00é]{0,12}") {
            if let Ok(path) = MemberPath::new(&text) {
                let joined = std::path::Path::new("/in").join(path.as_str());
                let plain = joined.components().skip(2).all(|part| matches!(part, std::path::Component::Normal(_)));
                prop_assert!(joined.starts_with("/in") && plain);
            }
        }
    }
}
