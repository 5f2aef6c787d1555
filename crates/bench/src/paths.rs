//! Where the programs are that are measured, and where scratch data goes.
//!
//! Invariant: scratch data lies on a real disk, in a directory that goes when the benchmark ends. Deliberately not here:
//! building anything.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

/// Another place for scratch data than the system's.
const SCRATCH: &str = "TIDEGATE_BENCH_DIRECTORY";

pub fn scratch() -> Result<TempDir> {
    let parent = std::env::var_os(SCRATCH).map_or_else(std::env::temp_dir, PathBuf::from);
    tempfile::Builder::new()
        .prefix("tidegate-bench-")
        .tempdir_in(&parent)
        .with_context(|| format!("no scratch directory in {}", parent.display()))
}

/// This program.
pub fn own() -> Result<PathBuf> {
    std::env::current_exe().context("this program's own file cannot be found")
}

/// The `tidegate` that was built together with this program.
pub fn tidegate() -> Result<PathBuf> {
    let path = own()?.with_file_name("tidegate");
    if !path.is_file() {
        bail!("{} is missing: build it with `cargo build --profile ci -p tidegate-cli`", path.display());
    }
    Ok(path)
}

/// A program on the PATH.
pub fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let also = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(also).map(|folder| folder.join(program)).find(|path| path.is_file())
}
