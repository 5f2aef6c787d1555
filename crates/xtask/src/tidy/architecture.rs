//! ARCHITECTURE.md stays short, and every invariant in it names a test that exists.

use std::path::Path;

use super::File;

const LINES_MAX: usize = 200;

pub fn broken(files: &[File]) -> Vec<String> {
    let Some(page) = files.iter().find(|file| file.path == "ARCHITECTURE.md") else {
        return vec!["ARCHITECTURE.md is missing".to_owned()];
    };
    let mut found = Vec::new();
    let lines = page.text.lines().count();
    if lines > LINES_MAX {
        found.push(format!("ARCHITECTURE.md has {lines} lines; {LINES_MAX} are enough"));
    }
    for (index, line) in page.text.lines().enumerate().filter(|(_, line)| line.contains("Invariant:")) {
        let names = held_by(line);
        if names.is_empty() {
            found.push(format!("ARCHITECTURE.md:{}: names no test that holds it (`test: name`)", index + 1));
        }
        for name in names.iter().filter(|name| !exists(files, name)) {
            found.push(format!("ARCHITECTURE.md:{}: there is no test `{name}`", index + 1));
        }
    }
    found
}

/// The names after `test:`, between backticks.
fn held_by(line: &str) -> Vec<&str> {
    let Some((_, tests)) = line.split_once("test:") else { return Vec::new() };
    tests.split('`').skip(1).step_by(2).collect()
}

/// A function here, or what a test of the web interface is called.
fn exists(files: &[File], name: &str) -> bool {
    let (function, called) = (format!("fn {name}("), format!("test(\"{name}\""));
    files.iter().any(|file| {
        let is_page =
            file.path.starts_with("web/") && Path::new(&file.path).extension().is_some_and(|end| end == "ts");
        (file.is_rust() && file.text.contains(&function)) || (is_page && file.text.contains(&called))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invariant_without_its_test_is_found() {
        let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let page = "Invariant: a. test: `holds_a`\nInvariant: b. test: `holds_b`\nInvariant: c.\n";
        let files = [file("ARCHITECTURE.md", page), file("a.rs", "fn holds_a() {}")];
        assert_eq!(broken(&files).len(), 2);
    }
}
