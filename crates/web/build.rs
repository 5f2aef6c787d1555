//! Has Cargo look at `web/dist`, so that a web interface that was built anew is in the next build of the program.
//!
//! Invariant: nothing is needed for it; without a web interface the program is built, too, and says so. Not here: reading
//! the files (they are embedded by the compiler).

use std::io::{self, Write as _};
use std::path::Path;
use std::{env, fs};

fn main() -> io::Result<()> {
    let manifest = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let root = Path::new(&manifest).join("../..");
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "cargo::rerun-if-changed=build.rs")?;
    // What is missing counts as changed at every build, so an empty directory stands for it, where that may be made.
    let dist = root.join("web/dist");
    if root.join("Cargo.toml").is_file() && (dist.is_dir() || fs::create_dir_all(&dist).is_ok()) {
        writeln!(stdout, "cargo::rerun-if-changed={}", dist.display())?;
    }
    Ok(())
}
