//! `tidegate-notes.yaml`: which types make which sections, components and their paths, links, and what 0.x means.
//!
//! Invariant: without the file everything has a usual value; a file that says something unknown is refused with its line,
//! never half believed. Nothing in it can name a program.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::section::{Audience, Bump, Section, of_type};
use crate::tag::Prefixes;
use crate::version::Version;
use crate::yaml;

/// As it is called in a repository's root.
pub const FILE: &str = "tidegate-notes.yaml";
const COMPONENTS_MAX: usize = 500;
const PATHS_MAX: usize = 200;

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// What stands before the version in a tag; else `v` or nothing.
    pub tag_prefix: Option<String>,
    /// Where no tag is a version yet; else 0.1.0.
    pub first_version: Option<String>,
    pub initial_development: Initial,
    /// By type of a commit, in small letters.
    pub types: BTreeMap<String, TypeRule>,
    pub scopes: BTreeMap<String, ScopeRule>,
    /// By section.
    pub titles: BTreeMap<Section, String>,
    pub audiences: BTreeMap<Section, Vec<Audience>>,
    /// Sections that are shown besides the usual ones.
    pub show: Vec<Section>,
    /// The directory of hand-written fragments; else `notes.d`.
    pub fragments: Option<String>,
    pub links: Links,
    pub components: BTreeMap<String, Component>,
}

/// What a change asks for before 1.0.0.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Initial {
    pub breaking: Bump,
    pub feature: Bump,
}

impl Default for Initial {
    fn default() -> Self {
        Self { breaking: Bump::Minor, feature: Bump::Minor }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a section like `fixes`, or {section: fixes, bump: patch}")]
pub enum TypeRule {
    Section(Section),
    Whole(WholeRule),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WholeRule {
    pub section: Section,
    #[serde(default)]
    pub bump: Option<Bump>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScopeRule {
    pub section: Option<Section>,
    pub audiences: Option<Vec<Audience>>,
    /// Written instead of the scope; empty leaves it out.
    pub title: Option<String>,
}

/// With `{key}` where the number or the id goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Links {
    pub commit: Option<String>,
    pub issue: Option<String>,
    pub pull_request: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Component {
    /// Directories and files, from the repository's root.
    pub paths: Vec<String>,
    /// Commits of these scopes belong to it wherever they are.
    pub scopes: Vec<String>,
    pub tag_prefix: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Wrong {
    pub line: usize,
    pub message: String,
}

impl Settings {
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let settings: Self =
            yaml::read(text).map_err(|wrong| Wrong { line: wrong.line, message: wrong.message })?;
        settings.fits().map_err(|(key, message)| Wrong { line: line_of(text, &key), message })?;
        Ok(settings)
    }

    /// What types alone cannot say, with the key where it stands.
    fn fits(&self) -> Result<(), (String, String)> {
        let wrong = |key: &str, message: String| Err((key.to_owned(), message));
        if let Some(Err(why)) = self.first_version.as_ref().map(|first| first.parse::<Version>()) {
            return wrong("first-version", why.to_string());
        }
        if self.components.len() > COMPONENTS_MAX {
            return wrong("components", format!("more than {COMPONENTS_MAX} components"));
        }
        for (name, component) in &self.components {
            if component.paths.is_empty() && component.scopes.is_empty() {
                return wrong(name, format!("the component `{name}` has neither paths nor scopes"));
            }
            if component.paths.len() > PATHS_MAX {
                return wrong(name, format!("the component `{name}` has more than {PATHS_MAX} paths"));
            }
            for path in &component.paths {
                if !is_inside(path) {
                    return wrong(path, format!("`{path}` is no path from the root of the repository"));
                }
                if path.split('/').any(|part| part != "*" && part.contains('*')) {
                    return wrong(
                        path,
                        format!("`{path}`: a `*` stands for a whole part of a path, as in `services/*`"),
                    );
                }
            }
        }
        if let Some(directory) = self.fragments.as_deref().filter(|directory| !is_inside(directory)) {
            return wrong("fragments", format!("`{directory}` is no directory of the repository"));
        }
        for link in [&self.links.commit, &self.links.issue, &self.links.pull_request].into_iter().flatten() {
            let web = link.starts_with("https://") || link.starts_with("http://");
            let plain = !link.contains(|letter: char| letter.is_whitespace() || "<>()\"".contains(letter));
            if !(web && plain && link.contains("{key}")) {
                return wrong(link, format!("`{link}` is no web address with {{key}} in it"));
            }
        }
        Ok(())
    }

    pub fn first_version(&self) -> Version {
        let first = self.first_version.as_deref().unwrap_or("0.1.0").parse();
        first.unwrap_or_else(|_| Version {
            major: 0.into(),
            minor: 1.into(),
            patch: 0.into(),
            pre: Vec::new(),
            build: String::new(),
        })
    }

    pub fn fragments(&self) -> &str {
        self.fragments.as_deref().unwrap_or("notes.d").trim_end_matches('/')
    }

    /// Where a type goes and how far it moves the version; none for a type that nobody knows.
    pub fn rule(&self, kind: &str) -> Option<(Section, Bump)> {
        match self.types.get(kind) {
            Some(TypeRule::Section(section)) => Some((*section, section.bump())),
            Some(TypeRule::Whole(rule)) => Some((rule.section, rule.bump.unwrap_or(rule.section.bump()))),
            None => of_type(kind).map(|section| (section, section.bump())),
        }
    }

    pub fn title(&self, section: Section) -> &str {
        self.titles.get(&section).map_or(section.title(), String::as_str)
    }

    pub fn audiences(&self, section: Section, scope: Option<&str>) -> Vec<Audience> {
        let by_scope = scope.and_then(|scope| self.scopes.get(scope)?.audiences.clone());
        by_scope
            .or_else(|| self.audiences.get(&section).cloned())
            .unwrap_or_else(|| section.audiences().to_vec())
    }

    pub fn is_shown(&self, section: Section) -> bool {
        section != Section::Other || self.show.contains(&section)
    }

    pub fn prefixes(&self, component: Option<&str>) -> Prefixes {
        let own = match component {
            Some(name) => self.components.get(name).and_then(|component| component.tag_prefix.as_ref()),
            None => self.tag_prefix.as_ref(),
        };
        own.map_or_else(|| Prefixes::usual(component), |prefix| Prefixes::only(prefix))
    }
}

/// A path that stays within the repository.
fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && !path.starts_with('/')
        && !path.contains(['\\', '\0'])
        && path.trim_end_matches('/').split('/').all(|part| !part.is_empty() && part != "..")
}

fn line_of(text: &str, key: &str) -> usize {
    text.lines().position(|line| line.contains(key)).map_or(1, |at| at + 1)
}
