//! Where versions run: artifacts brought in by digest, and operating-system processes on this machine.
//!
//! Invariant: what runs here is what the digest names, and it outlives the control plane that started it.
//! Deliberately not here: which version should run (the engine) and who is sent requests (traffic).

mod outside;

pub mod artifact;
pub mod process;

pub use artifact::{ArtifactStore, BundledFiles, Kept, Limits, digest_of};
pub use process::ProcessTarget;
