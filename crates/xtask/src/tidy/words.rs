//! Words that the house does not use, and things that never stand in a commit.

use super::File;

/// A word, where it is looked for, and what to say instead.
struct Banned {
    word: &'static str,
    only: fn(&File) -> bool,
    instead: &'static str,
}

const BANNED: &[Banned] = &[
    Banned { word: "todo!(", only: File::is_rust, instead: "finish it, or leave it out" },
    Banned { word: "unimplemented!(", only: File::is_rust, instead: "finish it, or leave it out" },
    Banned { word: "thread::sleep", only: is_test, instead: "wait for a condition with a deadline" },
    Banned { word: "crates.io/", only: anywhere, instead: "no host names of package registries" },
    Banned { word: "registry.npmjs", only: anywhere, instead: "no host names of package registries" },
    Banned { word: "pypi.org", only: anywhere, instead: "no host names of package registries" },
    Banned { word: "/work/", only: anywhere, instead: "no path of one machine" },
    Banned { word: "mean_time_to_recovery", only: in_code, instead: "failed_deployment_recovery_time" },
];

fn anywhere(file: &File) -> bool {
    // The lock file names its source in every entry; cargo writes it.
    file.path != "Cargo.lock"
        && file.path != "crates/xtask/src/tidy/words.rs"
        && !file.path.starts_with("deny.toml")
}

fn in_code(file: &File) -> bool {
    file.is_rust() && anywhere(file)
}

fn is_test(file: &File) -> bool {
    in_code(file) && file.path.contains("tests/") && !file.path.contains("/wait")
}

pub fn broken(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| anywhere(file)) {
        for banned in BANNED.iter().filter(|banned| (banned.only)(file)) {
            for (index, _) in file.text.lines().enumerate().filter(|(_, line)| line.contains(banned.word)) {
                found.push(format!("{}:{}: `{}`: {}", file.path, index + 1, banned.word, banned.instead));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banned_word_is_found_with_its_line() {
        let file =
            File { path: "crates/x/src/a.rs".to_owned(), text: "//! A.\nfn f() { todo!() }\n".to_owned() };
        assert_eq!(broken(&[file]), ["crates/x/src/a.rs:2: `todo!(`: finish it, or leave it out"]);
    }
}
