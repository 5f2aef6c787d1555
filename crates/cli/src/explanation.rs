//! The pages of `docs/errors`, inside of the program.
//!
//! Invariant: every code that Tidegate can answer with has one (`tests/pages.rs` compares with the sources). Not here:
//! printing them.

/// Code and page, in the order of the codes.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

pub fn page(code: &str) -> Option<&'static str> {
    PAGES.iter().find(|(known, _)| *known == code).map(|(_, page)| *page)
}

/// What a code of a configuration error means; their pages are one, the reference of the configuration.
pub fn configuration(code: &str) -> Option<&'static str> {
    tidegate_manifest::codes().find(|(known, _)| *known == code).map(|(_, meaning)| meaning)
}

pub fn codes() -> impl Iterator<Item = &'static str> {
    PAGES.iter().map(|(code, _)| *code).chain(tidegate_manifest::codes().map(|(code, _)| code))
}

/// Every page with its first sentence.
pub fn index() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGES.iter().map(|(code, page)| (*code, page.lines().nth(2).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_says_what_why_and_what_to_do() {
        for (code, page) in PAGES {
            assert!(page.starts_with(&format!("# {code}\n\n")), "{code}: its first line is its name");
            for part in ["\nKind: ", "\n## Why\n", "\n## What to do\n\n- ", "\n## Example\n\n    "] {
                assert!(page.contains(part), "{code}: has no {part:?}");
            }
        }
        assert!(PAGES.is_sorted());
    }
}
