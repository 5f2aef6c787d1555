//! Fragments: a note that people wrote, in a file of its own, with what it is about in front.
//!
//! Invariant: a fragment is taken whole or refused with its line and the next step; its file's name is its mark, so it
//! stays the same note when it is rewritten.

use std::path::Path;

use serde::Deserialize;

use crate::section::{Audience, Bump, Section};
use crate::settings::Settings;
use crate::yaml;

/// Longer ones are documents, not notes.
pub const BYTES_MAX: usize = 64 << 10;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// The file's name without its ending.
    pub name: String,
    pub section: Section,
    pub bump: Bump,
    pub audiences: Option<Vec<Audience>>,
    pub component: Option<String>,
    pub scope: Option<String>,
    pub issues: Vec<String>,
    /// Its entries give way to this one.
    pub commit: Option<String>,
    /// The first paragraph, in one line.
    pub text: String,
    pub details: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct Broken {
    pub file: String,
    /// 1-based.
    pub line: usize,
    pub message: String,
    pub help: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Front {
    #[serde(rename = "type")]
    kind: Option<String>,
    section: Option<Section>,
    audience: Option<OneOrMore<Audience>>,
    component: Option<String>,
    scope: Option<String>,
    issue: Option<OneOrMore<Key>>,
    breaking: bool,
    bump: Option<Bump>,
    commit: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "one value, or a list of them")]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

/// `12`, `#12` or `PAY-7`.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "an issue like PAY-7 or 12")]
enum Key {
    Number(u64),
    Text(String),
}

impl<T> OneOrMore<T> {
    fn all(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::More(all) => all,
        }
    }
}

/// Whether a file in the directory of fragments is one; others may lie there too.
pub fn is_fragment(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    let readme = name.eq_ignore_ascii_case("readme.md") || name.starts_with(['.', '_']);
    Path::new(name).extension().is_some_and(|end| end == "md") && !readme
}

/// `file` as people see it, from the root of the repository.
pub fn parse(file: &str, bytes: &[u8], settings: &Settings) -> Result<Fragment, Broken> {
    let broken = |line: usize, message: String, help: &str| Broken {
        file: file.to_owned(),
        line,
        message,
        help: help.to_owned(),
    };
    let name = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".md");
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if name.is_empty() || name.len() > 100 || !name.chars().all(plain) {
        let help = "name it with letters, digits, `-`, `_` and `.`: its name is its mark in the changelog";
        return Err(broken(1, "the name of this file cannot be a mark".to_owned(), help));
    }
    if bytes.len() > BYTES_MAX {
        return Err(broken(1, format!("it has more than {BYTES_MAX} bytes"), "link to what is long"));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        let line = 1 + bytes.utf8_chunks().next().map_or(0, |chunk| chunk.valid().matches('\n').count());
        return Err(broken(line, "this is no UTF-8".to_owned(), "save it as UTF-8"));
    };
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text).replace("\r\n", "\n");
    let Some(rest) = text.strip_prefix("---\n") else {
        let help = "begin it with `---`, `type: fix`, `---`, and the note behind";
        return Err(broken(1, "it does not say what kind of note it is".to_owned(), help));
    };
    let end = rest.starts_with("---\n").then_some((0, 4));
    let end = end.or_else(|| rest.find("\n---\n").map(|at| (at + 1, at + 5)));
    let end = end.or_else(|| rest.strip_suffix("\n---").map(|front| (front.len() + 1, rest.len())));
    let Some((front_end, body_start)) = end else {
        let message = "the part between the two lines of `---` has no end".to_owned();
        return Err(broken(1, message, "write `---` on a line of its own before the note"));
    };
    let front_text = &rest[..front_end];
    let front: Front = yaml::read(front_text).map_err(|wrong| {
        broken(wrong.line + 1, wrong.message, "`tidegate notes --help` names the guide with its members")
    })?;
    let line_of = |key: &str| 2 + front_text.lines().position(|line| line.starts_with(key)).unwrap_or(0);
    let (section, bump) = match (&front.kind, front.section, front.breaking) {
        (_, Some(Section::Breaking), _) | (_, _, true) => (Section::Breaking, Bump::Major),
        (_, Some(section), false) => (section, section.bump()),
        (Some(kind), None, false) => settings.rule(&kind.to_lowercase()).ok_or_else(|| {
            let help = "types are those of commits, like `feat` and `fix`; `section: known-issues` says where it goes";
            broken(line_of("type"), format!("`{kind}` is no type that is known"), help)
        })?,
        (None, None, false) => {
            let help = "write `type: fix`, or `section: known-issues`";
            return Err(broken(2, "it does not say what kind of note it is".to_owned(), help));
        }
    };
    if let Some(component) = front.component.as_ref().filter(|name| !settings.components.contains_key(*name))
    {
        let message = format!("there is no component `{component}` in {}", crate::settings::FILE);
        return Err(broken(line_of("component"), message, "name one that is there, or add it"));
    }
    if front
        .commit
        .as_ref()
        .is_some_and(|id| id.len() < 7 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        return Err(broken(
            line_of("commit"),
            "this is no commit".to_owned(),
            "write at least 7 of its digits",
        ));
    }
    let body = rest[body_start..].trim();
    if body.is_empty() {
        let line = text.lines().count();
        return Err(broken(
            line,
            "it has no text".to_owned(),
            "write what readers should know behind the second `---`",
        ));
    }
    let (first, details) = body.split_once("\n\n").unwrap_or((body, ""));
    let key = |key: Key| match key {
        Key::Number(number) => format!("#{number}"),
        Key::Text(text) => text,
    };
    Ok(Fragment {
        name: name.to_owned(),
        section,
        bump: front.bump.unwrap_or(bump),
        audiences: front.audience.map(OneOrMore::all),
        component: front.component,
        scope: front.scope,
        issues: front.issue.map(|issues| issues.all().into_iter().map(key).collect()).unwrap_or_default(),
        commit: front.commit.map(|id| id.to_lowercase()),
        text: first.split_whitespace().collect::<Vec<_>>().join(" "),
        details: details.trim_matches('\n').trim_end().to_owned(),
    })
}
