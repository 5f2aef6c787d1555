//! What Python cannot do by itself: run a Tidegate server in this process, evaluate flags, and the command line.
//!
//! Invariant: whatever waits lets other threads of Python run. Deliberately not here: anything about releases; the
//! package speaks the HTTP API, to this server as to any other.

mod flags;
mod server;
mod values;

use pyo3::prelude::*;

pyo3::create_exception!(
    _native,
    StartError,
    pyo3::exceptions::PyException,
    "A server that does not start: code, sentence, next step."
);

/// The native part of `release_management`.
#[pymodule]
mod _native {
    use std::ffi::OsString;
    use std::path::PathBuf;

    use pyo3::prelude::*;
    use tidegate_server::Program;

    #[pymodule_export]
    use super::StartError;
    #[pymodule_export]
    use super::flags::{FlagChanges, Flags};
    #[pymodule_export]
    use super::server::Server;

    /// Carries out one command line of `tidegate`; answers its exit code.
    #[pyfunction]
    fn run(py: Python<'_>, arguments: Vec<OsString>, program: PathBuf, before: Vec<OsString>) -> u8 {
        let words = std::iter::once(OsString::from("tidegate")).chain(arguments);
        py.detach(|| tidegate_cli::run(words, Ok(Program::new(program, before))))
    }

    /// The page of a code, as `tidegate explain` prints it.
    #[pyfunction]
    fn page(code: &str) -> Option<&'static str> {
        tidegate_cli::page(code)
    }

    /// Every code, with the first sentence of its page.
    #[pyfunction]
    fn codes() -> Vec<(&'static str, &'static str)> {
        tidegate_cli::codes().collect()
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("version", env!("CARGO_PKG_VERSION"))
    }
}
