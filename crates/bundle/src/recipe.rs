//! What the author of a bundle writes: `bundle.yaml`, in YAML or JSON.
//!
//! Invariant: nothing here is believed that can be worked out: digests and sizes come from the files. Not here: reading
//! those (`make`).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::{DuplicateKeyPolicy, Options, alias_limits, budget, options};

use crate::manifest::Kind;
use crate::refusal::Refusal;

pub const RECIPE_BYTES_MAX: usize = 4 << 20;
const NODES_MAX: usize = 400_000;
const TEXT_MAX: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    pub name: String,
    pub version: String,
    /// RFC 3339. Part of the bundle's bytes, so it is said and never looked up.
    #[serde(default)]
    pub created: Option<String>,
    pub artifacts: Vec<Part>,
    /// A file with the release notes.
    pub notes: String,
    /// Bills of materials that are there; without any, one is worked out.
    #[serde(default)]
    pub boms: Vec<String>,
    pub provenance: Provenance,
    /// Reports of tests, in any format that `tidegate evidence` reads.
    #[serde(default)]
    pub tests: Vec<String>,
    #[serde(default)]
    pub decisions: Vec<Decision>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub name: String,
    /// The file, beside the recipe.
    pub path: String,
    pub kind: Kind,
    #[serde(default)]
    pub purl: Option<String>,
    #[serde(default)]
    pub media_type: Option<String>,
    /// Where it stands in the bundle, unless in the folder of its kind.
    #[serde(default)]
    pub place: Option<String>,
    /// SPDX identifiers, for the bill of materials.
    #[serde(default)]
    pub licences: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// A URI of who built the artifacts.
    pub builder: String,
    #[serde(default)]
    pub build_type: Option<String>,
    #[serde(default)]
    pub invocation: Option<String>,
    #[serde(default)]
    pub started: Option<String>,
    #[serde(default)]
    pub finished: Option<String>,
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub sources: Vec<SourceOf>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceOf {
    pub uri: String,
    pub commit: String,
}

/// One call of go or no-go.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    pub environment: String,
    pub go: bool,
    /// A URI of who decided, like `mailto:ann@example.com`.
    pub by: String,
    pub at: String,
    /// A URI of the rule that was followed.
    pub policy: String,
    #[serde(default)]
    pub levels: Vec<String>,
}

impl Recipe {
    pub fn read(text: &str) -> Result<Self, Refusal> {
        if text.len() > RECIPE_BYTES_MAX {
            return Err(Refusal::Manifest(format!("it has more than {RECIPE_BYTES_MAX} bytes")));
        }
        let recipe: Self = serde_saphyr::from_str_with_options(text, limits())
            .map_err(|why| Refusal::Manifest(why.without_snippet().to_string()))?;
        recipe.check()?;
        Ok(recipe)
    }

    fn check(&self) -> Result<(), Refusal> {
        word("name", &self.name)?;
        word("version", &self.version)?;
        if self.artifacts.is_empty() {
            return Err(Refusal::Manifest(
                "`artifacts` is empty, and a bundle without any brings nothing".to_owned(),
            ));
        }
        for part in &self.artifacts {
            filled("artifacts: name", &part.name)?;
            if part.purl.as_ref().is_some_and(|purl| !is_purl(purl)) {
                return refuse(format!(
                    "artifacts: `{}`: its purl is none, like `pkg:generic/shop@2.1.0`",
                    part.name
                ));
            }
            if part.media_type.as_ref().is_some_and(|kind| !is_media_type(kind)) {
                return refuse(format!(
                    "artifacts: `{}`: its media type is none, like `application/pdf`",
                    part.name
                ));
            }
        }
        uri("provenance: builder", &self.provenance.builder)?;
        instant("created", self.created.as_ref())?;
        instant("provenance: started", self.provenance.started.as_ref())?;
        instant("provenance: finished", self.provenance.finished.as_ref())?;
        self.provenance.build_type.iter().try_for_each(|kind| uri("provenance: build_type", kind))?;
        for source in &self.provenance.sources {
            uri("provenance: sources: uri", &source.uri)?;
            let hexadecimal = source.commit.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if !hexadecimal || ![40, 64].contains(&source.commit.len()) {
                return refuse(format!("provenance: sources: `{}` is no whole commit", source.commit));
            }
        }
        for decision in &self.decisions {
            word("decisions: environment", &decision.environment)?;
            uri("decisions: by", &decision.by)?;
            uri("decisions: policy", &decision.policy)?;
            instant("decisions: at", Some(&decision.at))?;
        }
        Ok(())
    }
}

fn refuse<T>(why: String) -> Result<T, Refusal> {
    Err(Refusal::Manifest(why))
}

fn filled(field: &str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() || text.len() > TEXT_MAX || text.contains(char::is_control) {
        return refuse(format!("`{field}` is empty, longer than {TEXT_MAX} bytes or not of one line"));
    }
    Ok(())
}

/// It becomes part of a file's name.
fn word(field: &str, text: &str) -> Result<(), Refusal> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte);
    if text.is_empty() || text.len() > 64 || !text.bytes().all(fits) || text.starts_with(['.', '-']) {
        return refuse(format!("`{field}` is `{text}`; letters, digits and `._-+` are allowed, 64 at most"));
    }
    Ok(())
}

fn uri(field: &str, text: &str) -> Result<(), Refusal> {
    filled(field, text)?;
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte);
    if !scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
        || !scheme.bytes().all(fits)
        || text.contains(' ')
    {
        return refuse(format!(
            "`{field}` is `{text}`, and no URI like `https://ci.example.com` or `mailto:ann@example.com`"
        ));
    }
    Ok(())
}

fn instant(field: &str, text: Option<&String>) -> Result<(), Refusal> {
    match text {
        Some(text) if text.parse::<jiff::Timestamp>().is_err() => {
            refuse(format!("`{field}` is `{text}`, and no instant like `2026-11-22T12:00:00Z`"))
        }
        Some(_) | None => Ok(()),
    }
}

fn is_purl(text: &str) -> bool {
    let name = text.strip_prefix("pkg:").and_then(|rest| rest.split_once('/'));
    name.is_some_and(|(kind, name)| !kind.is_empty() && !name.is_empty())
        && !text.contains(char::is_whitespace)
}

fn is_media_type(text: &str) -> bool {
    let fits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/');
    text.split_once('/').is_some_and(|(kind, name)| fits(kind) && fits(name))
}

fn limits() -> Options {
    options! {
        budget: budget! {
            max_depth: 12,
            flow_nesting_limit: 24,
            max_nodes: NODES_MAX,
            max_events: NODES_MAX * 3,
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 2,
            max_total_scalar_bytes: RECIPE_BYTES_MAX * 2,
            max_merge_keys: 0,
        },
        alias_limits: alias_limits! {
            max_total_replayed_events: 1,
            max_replay_stack_depth: 1,
            max_alias_expansions_per_anchor: 1,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "name: shop\nversion: 2.1.0\nnotes: N.md\nprovenance: {builder: 'https://ci.example.com'}\n\
                        artifacts:\n  - {name: api, path: api, kind: binary}\n";

    #[test]
    fn yaml_and_json_are_read() {
        let recipe = Recipe::read(GOOD).unwrap();
        assert_eq!((recipe.name.as_str(), recipe.artifacts[0].kind), ("shop", Kind::Binary));
        let json = r#"{"name":"a","version":"1","notes":"N","provenance":{"builder":"urn:x:y"},
            "artifacts":[{"name":"a","path":"a","kind":"mobile"}]}"#;
        assert_eq!(Recipe::read(json).unwrap().artifacts[0].kind, Kind::Mobile);
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (from, to, told) in [
            ("name: shop", "name: ../shop", "`name`"),
            ("version: 2.1.0", "version: 2.1.0\nversion: 3", "duplicate"),
            ("kind: binary", "kind: link", "link"),
            ("kind: binary", "kind: binary, size: 3", "size"),
            ("https://ci", "ci", "builder"),
            ("kind: binary", "kind: binary, purl: shop", "purl"),
            ("notes: N.md", "notes: N.md\ncreated: yesterday", "created"),
            ("- {name: api, path: api, kind: binary}", "[]", "artifacts"),
        ] {
            let refusal = Recipe::read(&GOOD.replace(from, to)).unwrap_err();
            assert_eq!(refusal.code(), "bundle-manifest-invalid");
            assert!(refusal.to_string().contains(told), "{to}: {refusal}");
        }
    }
}
