//! Tags and the versions that they name, with the prefixes of one component.
//!
//! Invariant: a tag belongs to a component if one of its prefixes and a whole version make it up, and nothing else.

use crate::version::Version;

/// What may stand before a version, the longest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefixes(Vec<String>);

impl Prefixes {
    /// `v1.2.3` or `1.2.3`; of a component `api-v1.2.3`, `api/v1.2.3`, `api@1.2.3` and the like.
    pub fn usual(component: Option<&str>) -> Self {
        let Some(name) = component else { return Self(vec!["v".to_owned(), String::new()]) };
        let signs = ["-v", "/v", "@v", "-", "/", "@"];
        Self(signs.iter().map(|sign| format!("{name}{sign}")).collect())
    }

    pub fn only(prefix: &str) -> Self {
        Self(vec![prefix.to_owned()])
    }

    pub fn version(&self, tag: &str) -> Option<Version> {
        self.0.iter().find_map(|prefix| tag.strip_prefix(prefix.as_str())?.parse().ok())
    }

    /// As the tag before it was written, else in the first of the usual ways.
    pub fn tag(&self, version: &Version, before: Option<&str>) -> String {
        let as_before = before.and_then(|tag| {
            self.0.iter().find(|prefix| {
                tag.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.parse::<Version>().is_ok())
            })
        });
        let prefix = as_before.or(self.0.first()).map_or("", String::as_str);
        format!("{prefix}{version}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_prefix_and_a_whole_version() {
        let check = |component: Option<&str>, tag: &str, expect: Option<&str>| {
            let found = Prefixes::usual(component).version(tag).map(|version| version.to_string());
            assert_eq!(found.as_deref(), expect, "{tag}");
        };
        check(None, "v1.2.3", Some("1.2.3"));
        check(None, "1.2.3-rc.1", Some("1.2.3-rc.1"));
        check(None, "v1.2", None);
        check(None, "nightly", None);
        check(None, "api-v1.2.3", None);
        check(Some("api"), "api-v1.2.3", Some("1.2.3"));
        check(Some("api"), "api@1.2.3", Some("1.2.3"));
        check(Some("api"), "api/v1.2.3", Some("1.2.3"));
        check(Some("api"), "v1.2.3", None);
        check(Some("api"), "api-web-v1.2.3", None);
    }

    #[test]
    fn a_new_tag_is_written_as_the_one_before_it() {
        let version: Version = "1.3.0".parse().unwrap();
        let tag = |component, before| Prefixes::usual(component).tag(&version, before);
        assert_eq!(tag(None, None), "v1.3.0");
        assert_eq!(tag(None, Some("1.2.0")), "1.3.0");
        assert_eq!(tag(Some("api"), Some("api@1.2.0")), "api@1.3.0");
        assert_eq!(Prefixes::only("r").tag(&version, None), "r1.3.0");
    }
}
