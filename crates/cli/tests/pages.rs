//! Every code that Tidegate can answer with has its page in `docs/errors`.
//!
//! Invariant: the codes are read from the sources, so a new one without a page fails here. Not here: whether a page is
//! good (a person reads it).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        // Tests invent codes.
        if path.ends_with("tests.rs") {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The string literal that the text begins with, after blanks.
fn literal(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix('"')?.split('"').next()
}

fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Literals in the bodies of `fn code`, and the first literals of what makes failures.
fn codes(source: &str) -> BTreeSet<String> {
    let product = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let mut found = BTreeSet::new();
    for body in product.split("fn code(").skip(1) {
        let body = body.split_once("\n    }\n").map_or("", |(body, _)| body);
        // An arm of a match, or the only line there is.
        let values = body.lines().filter_map(|line| literal(line.rsplit("=> ").next().unwrap_or(line)));
        found.extend(values.map(str::to_owned));
    }
    let makers = [
        "Fault::retry(",
        "Fault::hold(",
        "Fault::drop(",
        "Failure::refused(",
        "Failure::usage(",
        "Failure::fault(",
        "Self::fault(",
    ];
    for maker in makers {
        found.extend(product.split(maker).skip(1).filter_map(literal).map(str::to_owned));
    }
    // The code stands behind the ending, in the field of that name, or in a text that offers to explain it.
    for part in product.split("Failure::new(").skip(1) {
        let (_, after) = part.split_once(',').unwrap_or_default();
        found.extend(literal(after).map(str::to_owned));
    }
    found.extend(product.split(" code: ").skip(1).filter_map(literal).map(str::to_owned));
    found.extend(explained(product));
    for part in product.split("StatusCode::").skip(1) {
        let (status, after) = part.split_once(',').unwrap_or_default();
        let is_status = status.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        found.extend(literal(after).filter(|_| is_status).map(str::to_owned));
    }
    found.into_iter().filter(|code| is_code(code)).collect()
}

/// What a text offers: "`tidegate explain some-code`".
fn explained(text: &str) -> BTreeSet<String> {
    let after = text.split("tidegate explain ").skip(1);
    after.filter_map(|text| text.split('`').next()).filter(|code| is_code(code)).map(str::to_owned).collect()
}

fn sources_of_the_product(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root.join("crates")).unwrap() {
        let source = entry.unwrap().path().join("src");
        // The simulated world's faults are shown to nobody.
        if source.is_dir() && !source.ends_with("sim/src") {
            sources(&source, &mut files);
        }
    }
    files
}

#[test]
fn every_code_can_be_explained() {
    let root = root();
    let mut offered = BTreeSet::new();
    for file in sources_of_the_product(&root) {
        offered.extend(codes(&std::fs::read_to_string(&file).unwrap()));
    }
    for folder in ["docs/errors", "docs/guides", "docs/reference", "docs/concepts"] {
        for page in std::fs::read_dir(root.join(folder)).unwrap() {
            let page = page.unwrap().path();
            if page.extension().is_some_and(|extension| extension == "md") {
                offered.extend(explained(&std::fs::read_to_string(page).unwrap()));
            }
        }
    }
    offered.extend(tidegate_manifest::codes().map(|(code, _)| code.to_owned()));
    let directory = tempfile::tempdir().unwrap();
    let dumb: Vec<String> = offered
        .iter()
        .map(|code| common::run(directory.path(), &format!("explain {code}")))
        .filter(|told| !told.ends_with("--- exit code 0\n"))
        .collect();
    assert!(dumb.is_empty(), "{dumb:#?}");
}

#[test]
fn every_code_has_a_page() {
    let root = root();
    let files = sources_of_the_product(&root);
    let mut missing = BTreeSet::new();
    let mut all = BTreeSet::new();
    for file in files {
        for code in codes(&std::fs::read_to_string(&file).unwrap()) {
            if !root.join("docs/errors").join(format!("{code}.md")).is_file() {
                missing.insert(format!("{code} ({})", file.strip_prefix(&root).unwrap().display()));
            }
            all.insert(code);
        }
    }
    assert!(missing.is_empty(), "codes without a page in docs/errors:\n{missing:#?}");
    assert!(all.len() > 100, "found only {} codes: does the search still fit the sources?", all.len());
}

#[test]
fn codes_are_found_in_each_form() {
    let source = r#"
    fn code(&self) -> &'static str {
        match self {
            Self::A => "form-one",
        }
    }
    fn other() { let x = "not-a-code"; Fault::hold(
            "form-two", "text") }
    fn said() { Failure::new(Ending::Usage, "form-four", "text"); Problem { code: "form-five" }; "`tidegate explain form-six`" }
    fn more() { Trouble::new(StatusCode::NOT_FOUND, "form-three", format!("x")) }
#[cfg(test)]
mod tests { fn code() { "in-a-test" } }
"#;
    let expect: BTreeSet<String> =
        ["form-one", "form-two", "form-three", "form-four", "form-five", "form-six"]
            .map(str::to_owned)
            .into();
    assert_eq!(codes(source), expect);
}
