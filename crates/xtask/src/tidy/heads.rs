//! Every Rust file says in its first line what it is.

use super::File;

pub fn broken(files: &[File]) -> Vec<String> {
    let headless = |file: &&File| file.is_rust() && !file.text.starts_with("//! ");
    let empty = |file: &&File| file.is_rust() && file.text.starts_with("//! (");
    let first = files.iter().filter(headless).map(|file| format!("{}: no `//!` head", file.path));
    let second = files.iter().filter(empty).map(|file| format!("{}: its `//!` head says nothing", file.path));
    first.chain(second).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_head_is_found() {
        let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let files = [
            file("a.rs", "//! Says it.\n"),
            file("b.rs", "use x;\n"),
            file("c.md", "x"),
            file("d.rs", "//! (later)"),
        ];
        assert_eq!(broken(&files).len(), 2);
    }
}
