//! Lists `docs/errors/*.md` for `tidegate explain`, so that a page is known as soon as its file exists.
//!
//! Invariant: the list is in the order of the codes. Not here: reading the pages (they are included by the compiler).

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let pages = Path::new(&manifest).join("../../docs/errors").canonicalize()?;
    let mut names: Vec<String> = fs::read_dir(&pages)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
        .collect();
    names.sort();
    let mut code = String::from("&[\n");
    for name in names {
        let path = pages.join(format!("{name}.md")).into_os_string().into_string();
        let path = path.map_err(|_| io::Error::other("the path of the sources is not UTF-8"))?;
        writeln!(code, "    ({name:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    code.push_str("]\n");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("pages.rs"), code)?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "cargo::rerun-if-changed={}", pages.display())?;
    writeln!(stdout, "cargo::rerun-if-changed=build.rs")
}
