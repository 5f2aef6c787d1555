//! A commit as git stores it, taken apart without copying.
//!
//! Invariant: bytes that are no commit give nothing, never a panic; what this house does not need is passed over.

use crate::Id;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commit<'a> {
    pub tree: Id,
    /// `parent …` lines, as they stand.
    parents: &'a [u8],
    /// Of the committer, since 1970.
    pub seconds: i64,
    encoding: Option<&'a [u8]>,
    message: &'a [u8],
}

impl<'a> Commit<'a> {
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (first, mut rest) = line(bytes)?;
        let tree = Id::from_hex(first.strip_prefix(b"tree ")?).ok()?;
        let begin = rest;
        while rest.starts_with(b"parent ") {
            rest = line(rest)?.1;
        }
        let parents = &begin[..begin.len() - rest.len()];
        let (mut seconds, mut encoding) = (0, None);
        loop {
            // A commit without a message may end with its headers.
            let Some((header, after)) = line(rest) else {
                return Some(Self { tree, parents, seconds, encoding, message: b"" });
            };
            rest = after;
            if header.is_empty() {
                return Some(Self { tree, parents, seconds, encoding, message: rest });
            }
            if let Some(who) = header.strip_prefix(b"committer ") {
                seconds = time(who).unwrap_or(0);
            } else if let Some(named) = header.strip_prefix(b"encoding ") {
                encoding = Some(named);
            }
        }
    }

    pub fn parents(&self) -> impl Iterator<Item = Id> + 'a {
        let lines = self.parents.split(|byte| *byte == b'\n');
        lines.filter_map(|line| Id::from_hex(line.strip_prefix(b"parent ")?).ok())
    }

    /// The text, and whether signs of it could not be read as what they are said to be.
    pub fn message(&self) -> (String, bool) {
        let latin = self.encoding.is_some_and(|name| {
            let name = name.to_ascii_lowercase();
            matches!(name.as_slice(), b"iso-8859-1" | b"iso8859-1" | b"latin1" | b"latin-1")
        });
        if latin {
            return (self.message.iter().map(|byte| char::from(*byte)).collect(), false);
        }
        match std::str::from_utf8(self.message) {
            Ok(text) => (text.to_owned(), false),
            Err(_) => (String::from_utf8_lossy(self.message).into_owned(), true),
        }
    }
}

fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.is_empty() {
        return None;
    }
    let end = bytes.iter().position(|byte| *byte == b'\n');
    Some(end.map_or((bytes, &[][..]), |end| (&bytes[..end], &bytes[end + 1..])))
}

/// `Name <address> 1700000000 +0100`
fn time(who: &[u8]) -> Option<i64> {
    let after = &who[who.iter().rposition(|byte| *byte == b'>')? + 1..];
    std::str::from_utf8(after).ok()?.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
    const ONE: &str = "1111111111111111111111111111111111111111";

    #[test]
    fn commits_are_taken_apart() {
        let text = format!(
            "{TREE}parent {ONE}\nparent {ONE}\nauthor A <a@b> 5 +0000\ncommitter B > <a@b> 7 -0100\ngpgsig x\n y\n\nfeat: a\n"
        );
        let commit = Commit::parse(text.as_bytes()).unwrap();
        assert_eq!((commit.seconds, commit.parents().count()), (7, 2));
        assert_eq!(commit.message(), ("feat: a\n".to_owned(), false));
    }

    #[test]
    fn messages_in_other_alphabets_are_read_or_said() {
        let with = |header: &str, message: &[u8]| {
            let mut bytes = format!("{TREE}author A <a@b> 5 +0000\n{header}\n").into_bytes();
            bytes.extend_from_slice(message);
            Commit::parse(&bytes).unwrap().message()
        };
        assert_eq!(with("", b"caf\xe9"), ("caf\u{fffd}".to_owned(), true));
        assert_eq!(with("encoding ISO-8859-1\n", b"caf\xe9"), ("café".to_owned(), false));
        assert_eq!(with("encoding Shift_JIS\n", "café".as_bytes()), ("café".to_owned(), false));
    }

    #[test]
    fn what_is_no_commit_is_none() {
        for bytes in ["", "tree", "tree x\n", "parent 1\n", "blob"] {
            assert_eq!(Commit::parse(bytes.as_bytes()), None, "{bytes}");
        }
        let bare = Commit::parse(TREE.as_bytes()).unwrap();
        assert_eq!((bare.seconds, bare.parents().count(), bare.message().0), (0, 0, String::new()));
        let odd = format!("{TREE}committer nobody\n\nm");
        assert_eq!(Commit::parse(odd.as_bytes()).unwrap().seconds, 0);
    }
}
