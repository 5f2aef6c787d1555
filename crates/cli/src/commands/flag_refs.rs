//! `tidegate flag refs`: where source code asks for flags, which flags no code asks for, and which keys no flag has.
//!
//! Invariant: a key counts where it stands as a whole text in quotes; files that version control ignores, binaries and
//! what is too long are passed over; nothing is run. Not here: deciding what to remove.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aho_corasick::{AhoCorasick, MatchKind};
use ignore::WalkBuilder;
use serde::Serialize;
use tidegate_client::FlagsQuery;

use super::{Answer, Context};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;

/// Longer ones are made by programs.
const FILE_BYTES_MAX: u64 = 1 << 20;
const FILES_MAX: usize = 200_000;
/// Of what was found.
const FOUND_MAX: usize = 100_000;
/// From the bracket of a call to the key that it asks for.
const CALL_BYTES_MAX: usize = 300;
const KEY_BYTES_MAX: usize = 800;

/// How calls of OpenFeature's clients begin, in small letters without underscores.
const CALLS: [&str; 5] = ["booleanvalue", "stringvalue", "numbervalue", "objectvalue", "integervalue"];
const MORE_CALLS: [&str; 7] = [
    "doublevalue",
    "floatvalue",
    "booleandetails",
    "stringdetails",
    "numberdetails",
    "objectdetails",
    "integerdetails",
];

/// Find flags in source code
///
/// Lists each place where a flag's key stands in quotes, flags that nothing refers to, and keys that code asks an
/// OpenFeature client for though no flag has them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to look
    #[arg(default_value = ".")]
    directory: PathBuf,
    /// Exit code 1 when a flag has no reference, or code asks for one that is not there
    #[arg(long)]
    exit_code: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Reference {
    pub key: String,
    pub file: String,
    pub line: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    pub references: Vec<Reference>,
    /// Flags that no file refers to.
    pub unreferenced: Vec<String>,
    /// What an OpenFeature call asks for and no flag is.
    pub unknown: Vec<Reference>,
    pub files: usize,
    /// Whether there was more than is looked at or told.
    pub cut: bool,
}

pub async fn run(args: Args, context: &Context) -> Answer {
    let flags = context.connect()?.client.flags(&FlagsQuery::default()).await?;
    let keys: BTreeSet<String> = flags.items.into_iter().map(|flag| flag.key).collect();
    if !args.directory.is_dir() {
        let detail = format!("{} is no directory", args.directory.display());
        return Err(Failure::usage("directory-unreadable", detail).help("name the root of the source code"));
    }
    let found = tokio::task::block_in_place(|| look(&args.directory, &keys))?;
    let out = &context.out;
    out.show(&found, |found| render::flag::references(found, out.paint))?;
    let clean = found.unreferenced.is_empty() && found.unknown.is_empty();
    Ok(if args.exit_code && !clean { Ending::Refused } else { Ending::Done })
}

fn look(root: &Path, keys: &BTreeSet<String>) -> Result<Found, Failure> {
    let searching = Searching::new(keys)?;
    let mut found = Found::default();
    let walk = WalkBuilder::new(root).max_filesize(Some(FILE_BYTES_MAX)).require_git(false).build();
    for entry in walk.flatten() {
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        if found.files >= FILES_MAX || found.references.len() + found.unknown.len() >= FOUND_MAX {
            found.cut = true;
            break;
        }
        // What cannot be read holds nothing that could be changed here either.
        let Ok(bytes) = std::fs::read(entry.path()) else { continue };
        if bytes.iter().take(8_000).any(|byte| *byte == 0) {
            continue;
        }
        found.files += 1;
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path()).display().to_string();
        searching.file(&path, &bytes, &mut found);
    }
    found.references.sort();
    found.unknown.sort();
    let referenced: BTreeSet<&str> = found.references.iter().map(|one| one.key.as_str()).collect();
    found.unreferenced = keys.iter().filter(|key| !referenced.contains(key.as_str())).cloned().collect();
    Ok(found)
}

struct Searching<'a> {
    keys: &'a BTreeSet<String>,
    by_key: AhoCorasick,
    calls: AhoCorasick,
}

impl<'a> Searching<'a> {
    fn new(keys: &'a BTreeSet<String>) -> Result<Self, Failure> {
        let by_key = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(keys);
        let names = CALLS.iter().chain(&MORE_CALLS);
        let spelled = names.clone().map(|name| (*name).to_owned()).chain(names.map(|name| snake(name)));
        let calls = AhoCorasick::builder().ascii_case_insensitive(true).build(spelled);
        let (Ok(by_key), Ok(calls)) = (by_key, calls) else {
            return Err(Failure::fault(
                "too-many-flags",
                "there are more keys than can be looked for at once",
            ));
        };
        Ok(Self { keys, by_key, calls })
    }

    fn file(&self, path: &str, bytes: &[u8], found: &mut Found) {
        let lines = Lines::of(bytes);
        for hit in self.by_key.find_iter(bytes) {
            if is_quoted(bytes, hit.start(), hit.end()) {
                let key = String::from_utf8_lossy(&bytes[hit.range()]).into_owned();
                found.references.push(Reference { key, file: path.to_owned(), line: lines.at(hit.start()) });
            }
        }
        let mut unknown = BTreeMap::new();
        for hit in self.calls.find_iter(bytes) {
            let Some((at, key)) = asked(bytes, hit.end()) else { continue };
            if !self.keys.contains(key) {
                unknown.insert(at, key.to_owned());
            }
        }
        let told =
            unknown.into_iter().map(|(at, key)| Reference { key, file: path.to_owned(), line: lines.at(at) });
        found.unknown.extend(told);
    }
}

/// `booleanvalue` → `boolean_value`
fn snake(name: &str) -> String {
    let cut = name.find("value").or_else(|| name.find("details")).unwrap_or(name.len());
    format!("{}_{}", &name[..cut], &name[cut..])
}

fn is_quoted(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    before.is_some_and(|quote| is_quote(*quote) && bytes.get(end) == Some(quote))
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// The first text of a call, where its name goes on to a bracket: `Async(ctx, "key"`, `<T>(\n  'key'`.
fn asked(bytes: &[u8], from: usize) -> Option<(usize, &str)> {
    let rest = bytes.get(from..)?;
    let rest = &rest[..rest.len().min(CALL_BYTES_MAX + KEY_BYTES_MAX)];
    let bracket = rest.iter().position(|byte| *byte == b'(').filter(|at| *at <= 60)?;
    let between = &rest[..bracket];
    // Generic arguments may hold quotes; anything else between is no call.
    let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"_<>, :|&{}'\"[]".contains(byte);
    if !between.iter().all(named) {
        return None;
    }
    let inside = &rest[bracket + 1..];
    let quote = inside.iter().take(CALL_BYTES_MAX).position(|byte| is_quote(*byte) || *byte == b')')?;
    if inside[quote] == b')' {
        return None;
    }
    let text = &inside[quote + 1..];
    let end = text.iter().take(KEY_BYTES_MAX).position(|byte| *byte == inside[quote])?;
    let key = std::str::from_utf8(&text[..end]).ok()?;
    let fits = !key.is_empty() && !key.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    fits.then_some((from + bracket + 1 + quote + 1, key))
}

/// Where each line begins.
struct Lines(Vec<usize>);

impl Lines {
    fn of(bytes: &[u8]) -> Self {
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        Self(std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect())
    }

    /// 1-based.
    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|begin| *begin <= offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(given: &[&str]) -> BTreeSet<String> {
        given.iter().map(|key| (*key).to_owned()).collect()
    }

    fn tell(found: &[Reference]) -> Vec<(&str, &str, usize)> {
        found.iter().map(|one| (one.key.as_str(), one.file.as_str(), one.line)).collect()
    }

    #[test]
    fn references_are_found_with_their_lines_and_what_is_missing_is_said() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "a.ts",
            "// new-checkout\nif (client.getBooleanValue('new-checkout', false)) {}\nclient.getStringValue(\n  \"colour\", 'red')\n",
        );
        write(
            "b.py",
            "client.get_boolean_value(\"gone\", False)\nclient.get_boolean_details(flag_key, False)\n",
        );
        write("c.go", "client.BooleanValue(ctx, \"new-checkout\", false, e)\n");
        write("d.cs", "await client.GetIntegerValueAsync(\"limit\", 3);\n");
        write("ignored/e.ts", "getBooleanValue('colour')");
        write(".gitignore", "ignored/\n");
        write("f.bin", "\0'new-checkout'");
        let known = keys(&["new-checkout", "colour", "new", "unused"]);
        let found = look(root.path(), &known).unwrap();
        let expect = [("colour", "a.ts", 4), ("new-checkout", "a.ts", 2), ("new-checkout", "c.go", 1)];
        assert_eq!(tell(&found.references), expect);
        assert_eq!(found.unreferenced, ["new", "unused"]);
        assert_eq!(tell(&found.unknown), [("gone", "b.py", 1), ("limit", "d.cs", 1)]);
        assert!(!found.cut);
    }

    #[test]
    fn only_the_first_text_of_a_call_is_a_key() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(asked(text.as_bytes(), 0).map(|(_, key)| key), expect, "{text}");
        };
        check("('a', 'b')", Some("a"));
        check("Async(ctx, \"a\")", Some("a"));
        check("<'x' | 'y'>(`a`)", Some("a"));
        check("()", None);
        check("(key, 'b'", Some("b"));
        check(" = 'a'", None);
        check("; f('a')", None);
        check("('a b')", None);
        check("('')", None);
        check("('a", None);
        check("", None);
    }
}
